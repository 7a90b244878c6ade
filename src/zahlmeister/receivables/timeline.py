"""A merchant's open items as they stood on an earlier day, moved forward day by day: kept in memory, nothing written.

What is known of the past: when an order was placed, what was paid of it when, when it was cancelled, when a payer was
learned. What is not: amounts, names and numbers that the shop has changed since; they are taken as they are today.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from django.utils.timezone import localdate

from zahlmeister.history.models import Step
from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import Digest, digest, kept_keys
from zahlmeister.matching.population import STOP, Population, is_in_sample
from zahlmeister.receivables.facts import item_facts
from zahlmeister.receivables.models import Allocation, OpenItem, PayerAccount
from zahlmeister.receivables.states import ItemState

#: Orders older than this before the first day are only known when something is owed on them today.
REACH = timedelta(days=400)


class Timeline:
    """Implements `matching.store.CandidateStore` for a day in the past; days only go forward."""

    def __init__(self, merchant_id: int, first_day: date, *, with_learned: bool) -> None:
        self.digest: Digest = digest
        self._now: dict[int, Item] = {}
        self._ids: dict[int, int | set[int]] = {}
        self._of_customer: dict[int, list[int]] = defaultdict(list)
        self._payers: dict[int, tuple[list[str], list[str]]] = {}
        self._to_open: dict[date, list[Item]] = defaultdict(list)
        self._to_pay: dict[date, list[tuple[int, int]]] = defaultdict(list)
        self._to_learn: dict[date, list[tuple[int, str, str]]] = defaultdict(list)
        known = self._read_items(merchant_id, first_day - REACH)
        for day, item, minor in (*_paid(merchant_id), *_cancelled(merchant_id)):
            if item in known:
                self._to_pay[day].append((item, minor))
        for learned_on, customer, number, name in _learned(merchant_id):
            self._to_learn[date.min if with_learned else learned_on].append((customer, number, name))

    def go_to(self, day: date) -> None:
        """The morning of this day: its orders are placed, what was paid and learned before it is known."""
        for learned_on in [past for past in self._to_learn if past < day]:
            for customer, number, name in self._to_learn.pop(learned_on):
                self._learn(customer, number, name)
        for opened_on in [past for past in self._to_open if past <= day]:
            for item in self._to_open.pop(opened_on):
                self._put(self._with_payers(item))
        for paid_on in sorted(past for past in self._to_pay if past < day):
            for item_id, minor in self._to_pay.pop(paid_on):
                before = self._now.get(item_id)
                if before is not None:
                    self._put(replace(before, open_minor=max(before.open_minor - minor, 0)))
                else:  # paid before it was placed: taken off when it is
                    self._to_pay[day].append((item_id, minor))

    def look_up(self, digests: Sequence[int]) -> Mapping[int, Sequence[int]]:
        found: dict[int, Sequence[int]] = {}
        for number in digests:
            present = self._ids.get(number)
            if isinstance(present, int):
                found[number] = (present,)
            elif present:
                found[number] = sorted(present) if len(present) <= STOP else tuple(islice(present, STOP + 1))
        return found

    def items(self, ids: Sequence[int]) -> Mapping[int, Item]:
        return {number: self._now[number] for number in ids if number in self._now}

    def population(self) -> Population:
        """What was typical of the items that were open, from the sample that the database would take."""
        open_items = [item for item in self._now.values() if item.open_minor > 0]
        total = len(open_items)
        return Population.of((item for item in open_items if is_in_sample(item.id, total)), total)

    def was_placed(self, item_id: int) -> bool:
        """Whether the order was there by now."""
        return item_id in self._now

    def _read_items(self, merchant_id: int, since: date) -> set[int]:
        rows = OpenItem.objects.filter(merchant_id=merchant_id).select_related("order")
        known: set[int] = set()
        for row in rows.iterator(chunk_size=2000):
            if row.opened_on >= since or row.open_minor:
                self._to_open[row.opened_on].append(item_facts(row, open_minor=max(row.total_minor, 0)))
                known.add(row.pk)
                if row.order.customer_id is not None:
                    self._of_customer[row.order.customer_id].append(row.pk)
        self._customer = {item: customer for customer, items in self._of_customer.items() for item in items}
        return known

    def _learn(self, customer: int, number: str, name: str) -> None:
        ibans, names = self._payers.setdefault(customer, ([], []))
        ibans += [number] if number else []
        names += [name] if name else []
        for item in self._of_customer.get(customer, ()):
            if item in self._now:
                self._put(self._with_payers(self._now[item]))

    def _with_payers(self, item: Item) -> Item:
        ibans, names = self._payers.get(self._customer.get(item.id, 0), ([], []))
        return replace(item, ibans=tuple(dict.fromkeys((*item.ibans, *ibans))), payer_names=tuple(names))

    def _put(self, item: Item) -> None:
        """Keep the item as it is now, under the keys it would have in the database."""
        before = kept_keys(self._now[item.id]) if item.id in self._now else set()
        after = kept_keys(item)
        self._now[item.id] = item
        for key in before - after:
            self._take_away(digest(key), item.id)
        for key in after - before:
            self._add(digest(key), item.id)

    def _add(self, number: int, item_id: int) -> None:
        present = self._ids.get(number)
        if present is None or present == item_id:
            self._ids[number] = item_id
        elif isinstance(present, int):
            self._ids[number] = {present, item_id}
        else:
            present.add(item_id)

    def _take_away(self, number: int, item_id: int) -> None:
        present = self._ids.get(number)
        if isinstance(present, set):
            present.discard(item_id)
        elif present == item_id:
            del self._ids[number]


def _paid(merchant_id: int) -> Iterator[tuple[date, int, int]]:
    """What still stands: the day, the item, and how much less was owed."""
    rows = Allocation.objects.filter(merchant_id=merchant_id, reverses=None, reversal=None).order_by()
    by_payment = rows.filter(payment__isnull=False)
    facts = by_payment.values_list("payment__booked_on", "item_id", "applied_minor", "waived_minor")
    for booked_on, item, applied, waived in facts.iterator(chunk_size=2000):
        yield booked_on, item, applied + waived
    elsewhere = rows.filter(payment=None).values_list("at", "item_id", "applied_minor", "waived_minor")
    for at, item, applied, waived in elsewhere.iterator(chunk_size=2000):
        yield localdate(at), item, applied + waived


def _cancelled(merchant_id: int) -> Iterator[tuple[date, int, int]]:
    """The orders that are cancelled now, and since when."""
    rows = OpenItem.objects.filter(merchant_id=merchant_id, state=ItemState.CANCELLED)
    minors = dict(rows.values_list("pk", "cancelled_minor"))
    numbers = sorted(minors)
    for start in range(0, len(numbers), 500):
        steps = Step.objects.filter(
            merchant_id=merchant_id, subject="item", subject_id__in=numbers[start : start + 500], verb="cancelled"
        )
        last = dict(steps.order_by("ordinal").values_list("subject_id", "at"))
        for item, at in last.items():
            yield localdate(at), item, minors[item]


def _learned(merchant_id: int) -> list[tuple[date, int, str, str]]:
    """Who pays for whom, and since when that is known; a name that pays for several tells of none."""
    rows = list(
        PayerAccount.objects.filter(merchant_id=merchant_id).values_list("learned_at", "customer_id", "number", "name")
    )
    customers = Counter(name for name, _ in {(name, customer) for _, customer, _, name in rows})
    return [
        (localdate(at), customer, number, name if customers[name] == 1 else "")
        for at, customer, number, name in rows
    ]  # fmt: skip
