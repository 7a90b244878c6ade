"""What is to be asked of whom next: the run and what is said of the days to come (`ahead`) compute it the same way."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Min, Q, QuerySet

from zahlmeister.dunning.plan import Situation, Step, next_step, working_day
from zahlmeister.dunning.policies import InForce, Policies, Sold, base_day
from zahlmeister.orders.states import Presence
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED

#: So many items are looked at in one go.
BATCH = 2_000


class Standing(NamedTuple):
    """An open item as far as asking for it goes; what a case would say is None where nobody has asked yet.

    All behind its number says where it stands: items that are alike in that are asked for on the same days.
    """

    item: int
    kind: str
    shop: int
    opened_on: date
    due_on: date | None
    is_invoiced: bool
    invoiced_on: date | None
    country: str
    customer_group: str
    level: int | None
    reached_on: date | None
    base_on: date | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class Coming:
    """A step that comes for an item, and the policy that says so."""

    item: int
    step: Step
    in_force: InForce


def coming(row: Standing, policies: Policies, *, today: date) -> Coming | None:
    """The next step for an item, today at the earliest; None when there is none."""
    found = situation(row, policies)
    if found is None:
        return None
    in_force, where = found
    step = next_step(where, in_force.policy, working_day(row.country), today=today)
    return Coming(row.item, step, in_force) if step is not None else None


def standings(merchant_id: int, policies: Policies, after: int, opened_on: Collection[date] = ()) -> Sequence[Standing]:
    """The next items that may be asked for, by number; of orders of some days only, where such are given."""
    rows = _may_be_asked_for(merchant_id, policies).filter(pk__gt=after)
    if opened_on:
        rows = rows.filter(opened_on__in=opened_on)
    return [Standing(*row) for row in rows.order_by("pk").values_list(*_FIELDS)[:BATCH]]


def alike(merchant_id: int, policies: Policies) -> Iterator[tuple[Standing, int]]:
    """The items that may be asked for, told together where they stand alike: one of them, and how many they are."""
    rows = _may_be_asked_for(merchant_id, policies).order_by().values(*_FIELDS[1:])
    for row in rows.annotate(one=Min("pk"), count=Count("pk")).values_list("one", *_FIELDS[1:], "count"):
        yield Standing(*row[:-1]), row[-1]


def standing_of(merchant_id: int, item_id: int) -> Standing | None:
    """One item, whatever its state; None when the merchant has no such item."""
    row = _standing(merchant_id).filter(pk=item_id).values_list(*_FIELDS).first()
    return Standing(*row) if row else None


def situation(row: Standing, policies: Policies) -> tuple[InForce, Situation] | None:
    """The policy of an item and where the item stands; None when it is not to be asked for."""
    in_force = policies.of(row.kind, row.shop, row.opened_on, row.customer_group)
    if in_force is None:
        return None
    sold = Sold(row.opened_on, row.due_on, row.is_invoiced, row.invoiced_on)
    base_on = row.base_on or base_day(sold, in_force.row)
    return in_force, Situation(base_on, row.level or 0, row.reached_on, has_ended=bool(row.ended))


def _may_be_asked_for(merchant_id: int, policies: Policies) -> QuerySet[OpenItem]:
    rows = _standing(merchant_id).filter(
        state__in=OWED, order__payment_kind__in=policies.kinds(), order__presence=Presence.HERE
    )
    first = policies.first_day()
    return rows if first is None else rows.filter(opened_on__gte=first)


def _standing(merchant_id: int) -> QuerySet[OpenItem]:
    return OpenItem.objects.filter(merchant_id=merchant_id).annotate(is_invoiced=~Q(order__invoice_number=""))


_FIELDS = (
    "pk", "order__payment_kind", "order__shop_id", "opened_on", "due_on", "is_invoiced",
    "order__invoiced_on", "order__country", "order__customer_group",
    "dunning__level", "dunning__reached_on", "dunning__base_on", "dunning__ended",
)  # fmt: skip
