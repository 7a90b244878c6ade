"""What is to be asked of whom, today and in the days to come: the run and the forecast compute it the same way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from zahlmeister.dunning.plan import Situation, Step, next_step, steps_until, working_day
from zahlmeister.dunning.policies import InForce, Policies, Sold, base_day
from zahlmeister.orders.states import Presence
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED

#: So many items are looked at in one go.
BATCH = 2_000


class Standing(NamedTuple):
    """An open item as far as asking for it goes; what a case would say is None where nobody has asked yet."""

    item: int
    kind: str
    shop: int
    opened_on: date
    due_on: date | None
    invoice_number: str
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


def forecast(merchant_id: int, policies: Policies, *, today: date, last: date) -> Iterator[Coming]:
    """Every step until a day if nothing were paid, item by item; nothing is written."""
    after = 0
    while rows := standings(merchant_id, policies, after):
        for row in rows:
            found = situation(row, policies)
            if found is not None:
                in_force, where = found
                steps = steps_until(last, where, in_force.policy, working_day(row.country), today=today)
                yield from (Coming(row.item, step, in_force) for step in steps)
        after = rows[-1].item


def coming(row: Standing, policies: Policies, *, today: date) -> Coming | None:
    """The next step for an item, today at the earliest; None when there is none."""
    found = situation(row, policies)
    if found is None:
        return None
    in_force, where = found
    step = next_step(where, in_force.policy, working_day(row.country), today=today)
    return Coming(row.item, step, in_force) if step is not None else None


def standings(merchant_id: int, policies: Policies, after: int) -> Sequence[Standing]:
    """The next items that may be asked for, by number."""
    rows = OpenItem.objects.filter(
        merchant_id=merchant_id,
        state__in=OWED,
        order__payment_kind__in=policies.kinds(),
        order__presence=Presence.HERE,
        pk__gt=after,
    )
    if (first := policies.first_day()) is not None:
        rows = rows.filter(opened_on__gte=first)
    return [Standing(*row) for row in rows.order_by("pk").values_list(*_FIELDS)[:BATCH]]


def standing_of(merchant_id: int, item_id: int) -> Standing | None:
    """One item, whatever its state; None when the merchant has no such item."""
    row = OpenItem.objects.filter(merchant_id=merchant_id, pk=item_id).values_list(*_FIELDS).first()
    return Standing(*row) if row else None


def situation(row: Standing, policies: Policies) -> tuple[InForce, Situation] | None:
    """The policy of an item and where the item stands; None when it is not to be asked for."""
    in_force = policies.of(row.kind, row.shop, row.opened_on, row.customer_group)
    if in_force is None:
        return None
    sold = Sold(row.opened_on, row.due_on, bool(row.invoice_number), row.invoiced_on)
    base_on = row.base_on or base_day(sold, in_force.row)
    return in_force, Situation(base_on, row.level or 0, row.reached_on, has_ended=bool(row.ended))


_FIELDS = (
    "pk", "order__payment_kind", "order__shop_id", "opened_on", "due_on", "order__invoice_number",
    "order__invoiced_on", "order__country", "order__customer_group",
    "dunning__level", "dunning__reached_on", "dunning__base_on", "dunning__ended",
)  # fmt: skip
