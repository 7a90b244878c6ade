"""The desk: items and payments are taken out, worked on and put back together with everything that belongs to it.

Putting back is one write of all figures by compare-and-swap, of the allocations, the postings and the history. It
belongs inside the caller's transaction: either everything of it is there afterwards or nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

from django.db import connection

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    COSTS_NOT_OWED,
    COSTS_OWED,
    INTEREST_NOT_OWED,
    INTEREST_OWED,
    Legs,
    Pair,
)
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import Later, insert_like, update_each, written
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.announce import announce
from zahlmeister.receivables.keys import retire_keys, rewrite_keys
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.rules import Debt, Moved, costs_due, interest_of, lift, lower
from zahlmeister.receivables.states import NEXT_ITEM, NEXT_PAYMENT, ItemState, PaymentState
from zahlmeister.refusals import Refused

#: What stands with a payment that a direct debit of the house's own has brought, until that is booked with what it was
#: collected for.
COLLECTED = "collected"

#: Open, surplus, cancelled, total, costs asked for, costs that count, and the state.
_Figures = tuple[int, int, int, int, int, int, str]
_FIGURES = (
    *(f"{name}_minor bigint" for name in ("open", "surplus", "cancelled", "total", "costs_asked", "costs")),
    "state varchar",
)


class Changed(Refused):
    """Somebody else was quicker: the figures are not those the decision was made on."""


@dataclass(slots=True)
class NewAllocation:
    """An allocation on its way into its table, by the names of the columns."""

    merchant_id: int
    item_id: int
    payment_id: int | None
    source: str
    by: str
    at: datetime
    id: int = 0
    applied_minor: int = 0
    surplus_minor: int = 0
    waived_minor: int = 0
    waiver: str = ""
    revived_minor: int = 0
    confidence_ppm: int | None = None
    clues: list[Any] | str = "[]"
    reverses_id: int | None = None

    @property
    def pk(self) -> int:
        """Its row number."""
        return self.id


@dataclass(slots=True)
class Desk:
    """What is being worked on, for one merchant. Payments that have just come are put into their table, not back.

    With `later`, putting back only collects there what is to be written.
    """

    merchant_id: int
    items: dict[int, OpenItem]
    payments: dict[int, Payment]
    are_payments_new: bool = False
    later: Later | None = None
    allocations: list[NewAllocation] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    steps: list[Happened] = field(default_factory=list)
    _items_before: dict[int, _Figures] = field(default_factory=dict)
    _payments_before: dict[int, tuple[int, str]] = field(default_factory=dict)

    def move(self, item: OpenItem, moved: Moved, pair: Pair, *, source: str, on: date) -> None:
        """Set the item's new figures and book both parts of the move."""
        item.open_minor, item.surplus_minor = moved.debt.open, moved.debt.surplus
        self.book(pair.open, moved.of_open, item.currency, source=source, on=on)
        self.book(pair.surplus, moved.of_surplus, item.currency, source=f"{source}:surplus", on=on)

    def settle_costs(self, item: OpenItem, *, is_claimed: bool, given: int = 0, source: str, on: date) -> None:
        """Let as much of the costs of delay count as is owed or paid; see `rules.costs_due`."""
        before, asked, were = item.costs_minor, item.costs_asked_minor, item.interest_minor
        due = costs_due(debt_of(item), asked=asked, due=before, given=given, is_claimed=is_claimed)
        item.costs_minor, item.interest_minor = due, interest_of(due, asked=asked, interest=item.interest_asked_minor)
        fees = (due - item.interest_minor) - (before - were)
        self._owe(item, fees, (COSTS_OWED, COSTS_NOT_OWED), source=f"{source}:costs", on=on)
        owed = (INTEREST_OWED, INTEREST_NOT_OWED)
        self._owe(item, item.interest_minor - were, owed, source=f"{source}:interest", on=on)

    def _owe(self, item: OpenItem, minor: int, pairs: tuple[Pair, Pair], *, source: str, on: date) -> None:
        """So much more is owed; less where it is below zero."""
        more, less = pairs
        if minor > 0:
            self.move(item, lift(debt_of(item), minor), more, source=source, on=on)
        elif minor < 0:
            self.move(item, lower(debt_of(item), -minor), less, source=source, on=on)

    def book(self, legs: Legs, minor: int, currency: str, *, source: str, on: date) -> None:
        """Note a posting; nothing is booked for nothing."""
        if minor:
            self.bookings.append(Booking(legs, Amount(minor, currency), source, on))

    def happened(self, subject: str, subject_id: int, verb: str, by: str, **facts: Any) -> None:
        """Note a step for the history."""
        reason = str(facts.pop("reason", ""))
        self.steps.append(Happened(subject, subject_id, verb, by, reason, facts))

    def settle_state(self, item: OpenItem, *, on: date) -> None:
        """Give the item the state its figures say."""
        if item.cancelled_minor:
            state = ItemState.CANCELLED
        elif not item.open_minor:
            state = ItemState.PAID
        else:
            whole = item.total_minor + item.costs_minor
            state = ItemState.OPEN if item.open_minor == whole else ItemState.PART_PAID
        if state != item.state and state not in NEXT_ITEM[ItemState(item.state)]:
            raise Refused(f"An order that is “{item.get_state_display()}” cannot become “{state.label}”.")
        item.state = state
        item.settled_on = (item.settled_on or on) if state == ItemState.PAID else None

    def settle_payment(self, payment: Payment, *, by: str, at: datetime, is_assigned: bool = True) -> None:
        """Give the payment the state its figures say; what is open may be a part although nothing is assigned.

        Then the rest of it went back before the assigned part was taken back.
        """
        if not payment.open_minor:
            state = PaymentState.ASSIGNED
        else:
            whole = payment.open_minor == payment.amount_minor + payment.kept_minor
            waiting = PaymentState.SUGGESTED if whole and payment.candidates else PaymentState.UNCLEAR
            state = PaymentState.PART_ASSIGNED if is_assigned and not whole else waiting
        if state != payment.state:
            become(payment, state)
        payment.decided_by, payment.decided_at = by, at

    def put_back(self, *, at: datetime) -> None:
        """Write everything.

        Raises:
            Changed: an item or a payment has been changed by somebody else since it was taken out.
        """
        items = [item for item in self.items.values() if _figures(item) != self._items_before[item.pk]]
        new = self.are_payments_new
        with written(self.later) as later:
            self._write_items(items, later)
            if new:
                insert_like(Payment, list(self.payments.values()), later)
            else:
                self._write_payments(
                    [paid for paid in self.payments.values() if _standing(paid) != self._payments_before[paid.pk]],
                    later,
                )
            insert_like(Allocation, self.allocations, later)
            post(self.merchant_id, self.bookings, at=at, new_sources=new, later=later)
            record(self.merchant_id, self.steps, at=at, new_subjects={"payment"} if new else set(), later=later)
            self._rewrite_keys(items, later)
            states = {item.pk: (self._items_before[item.pk][-1], str(item.state)) for item in items}
            later.add(partial(announce, self.merchant_id, states, at=at))

    def _rewrite_keys(self, items: Sequence[OpenItem], later: Later) -> None:
        """Settled items are plain rows here; of those whose keys are written anew the order is wanted."""
        was_open = {item.pk: self._items_before[item.pk][0] for item in items}
        if self.are_payments_new:
            retire_keys(
                self.merchant_id, [(item.pk, was_open[item.pk]) for item in items if not item.open_minor], later
            )
            left = {item.pk: was_open[item.pk] for item in items if item.open_minor}
            if left:
                later.add(partial(_rewrite_keys_of, self.merchant_id, left))
        else:
            later.add(partial(rewrite_keys, self.merchant_id, [(item, was_open[item.pk]) for item in items]))

    def _write_items(self, items: Sequence[OpenItem], later: Later) -> None:
        day = lru_cache(64)(connection.ops.adapt_datefield_value)  # items of a batch are settled on few days
        items = sorted(items, key=attrgetter("pk"))
        now, before = list(map(_figures, items)), [self._items_before[item.pk] for item in items]
        moved = _differing(now, before)
        rows = [
            (*[figures[at] for at in moved], day(item.settled_on), item.pk, *was)
            for item, figures, was in zip(items, now, before, strict=True)
        ]
        sets = (*[_FIGURES[at] for at in moved], "settled_on date")
        later.add(partial(_swap, "receivables_openitem", sets, ("id bigint", *_FIGURES), rows))
        later.add(partial(_keep_interest, [item for item in items if item.costs_asked_minor or self._had_costs(item)]))

    def _had_costs(self, item: OpenItem) -> bool:
        return bool(self._items_before[item.pk][4])

    def _write_payments(self, payments: Sequence[Payment], later: Later) -> None:
        standing = ("open_minor bigint", "state varchar")
        sets = (
            *standing, "reason varchar", "confidence_ppm integer", "decided_by varchar", "decided_at timestamptz",
        )  # fmt: skip
        rows = [
            (
                *_standing(paid),
                paid.reason,
                paid.confidence_ppm,
                paid.decided_by,
                _instant(paid.decided_at),
                paid.pk,
                *self._payments_before[paid.pk],
            )
            for paid in sorted(payments, key=attrgetter("pk"))
        ]
        later.add(partial(_swap, "receivables_payment", sets, ("id bigint", *standing), rows))


def take_out(merchant_id: int, *, item_ids: Iterable[int], payment_ids: Iterable[int] = ()) -> Desk:
    """Lock the rows in ascending order and lay them on the desk. Rows of other merchants are not found."""
    return lay_out(
        merchant_id,
        items=_locked(OpenItem.objects.filter(merchant_id=merchant_id).select_related("order"), item_ids),
        payments=_locked(Payment.objects.filter(merchant_id=merchant_id), payment_ids),
    )


def lay_out(
    merchant_id: int,
    *,
    items: dict[int, OpenItem],
    payments: dict[int, Payment],
    are_payments_new: bool = False,
    later: Later | None = None,
) -> Desk:
    """Lay rows on the desk that the caller has read; were they changed since, putting them back is refused."""
    desk = Desk(merchant_id, items, payments, are_payments_new, later)
    desk._items_before = {item.pk: _figures(item) for item in desk.items.values()}  # noqa: SLF001 - its own maker
    if not are_payments_new:
        desk._payments_before = {paid.pk: _standing(paid) for paid in desk.payments.values()}  # noqa: SLF001 - likewise
    return desk


def become(payment: Payment, state: PaymentState) -> None:
    """Change the payment's state, if its life allows it.

    Raises:
        Refused: no way leads there, or the house has collected this money itself.
    """
    if payment.reason == COLLECTED:
        raise Refused(
            "The house has collected this money from a merchant by direct debit and books it itself within minutes; it "
            "is for no order."
        )
    if state not in NEXT_PAYMENT[PaymentState(payment.state)]:
        raise Refused(f"A payment that is “{payment.get_state_display()}” cannot become “{state.label}”.")
    payment.state = state


def debt_of(item: OpenItem) -> Debt:
    """The item's figures as the rules want them."""
    return Debt(item.open_minor, item.surplus_minor)


def numbered(rows: Sequence[NewAllocation]) -> Sequence[NewAllocation]:
    """Give allocations ascending numbers at once."""
    for row, number in zip(rows, new_ids(len(rows)), strict=True):
        row.id = number
    return rows


def _locked(rows: Any, ids: Iterable[int]) -> dict[int, Any]:
    wanted = sorted(set(ids))
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), 5000):
        chunk = rows.filter(pk__in=wanted[start : start + 5000]).order_by("pk").select_for_update(of=("self",))
        found.update((row.pk, row) for row in chunk)
    return found


def _figures(item: OpenItem) -> _Figures:
    costs = item.costs_asked_minor, item.costs_minor
    return item.open_minor, item.surplus_minor, item.cancelled_minor, item.total_minor, *costs, str(item.state)


def _differing(now: Sequence[_Figures], before: Sequence[_Figures]) -> list[int]:
    """Which of the figures change at all: an index over one that is written as it was is written anew, too."""
    columns = zip(zip(*now, strict=True), zip(*before, strict=True), strict=True)
    return [at for at, (new, old) in enumerate(columns) if new != old]


def _standing(payment: Payment) -> tuple[int, str]:
    return payment.open_minor, str(payment.state)


def _instant(at: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _keep_interest(items: Sequence[OpenItem]) -> None:
    """How much of the costs is interest: few items have any, and their figures have just been swapped."""
    for item in items:
        said = {"interest_asked_minor": item.interest_asked_minor, "interest_minor": item.interest_minor}
        OpenItem.objects.filter(pk=item.pk).update(**said)


def _rewrite_keys_of(merchant_id: int, was_open: dict[int, int]) -> None:
    """The items stand in their table by now as they are to be found."""
    items = OpenItem.objects.filter(pk__in=was_open).select_related("order")
    rewrite_keys(merchant_id, [(item, was_open[item.pk]) for item in items])


def _swap(table: str, sets: Sequence[str], where: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Compare and swap many rows in one go; losing any of them undoes all with the caller's transaction."""
    if update_each(table, sets, where, rows) != len(rows):
        raise Changed("Somebody else has just changed one of these; look again and decide anew.")
