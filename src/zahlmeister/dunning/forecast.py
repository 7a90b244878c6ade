"""What would be asked of whom if nothing were paid: computed the way the run does it, and nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from zahlmeister.dunning.models import DunningCase
from zahlmeister.dunning.plan import Situation, Step, next_step, steps_until, working_day
from zahlmeister.dunning.policies import InForce, Policies, base_day
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED

BATCH = 500


@dataclass(frozen=True, slots=True)
class Coming:
    """A step that comes for an item, and the policy that says so."""

    item: OpenItem
    step: Step
    in_force: InForce


def forecast(merchant_id: int, policies: Policies, *, today: date, last: date) -> Iterator[Coming]:
    """Every step until a day, item by item."""
    after = 0
    while items := open_items(merchant_id, policies, after):
        for item in items:
            found = standing(item, policies)
            if found is not None:
                in_force, situation = found
                steps = steps_until(last, situation, in_force.policy, working_day(item.order.country), today=today)
                yield from (Coming(item, step, in_force) for step in steps)
        after = items[-1].pk


def due(item: OpenItem, policies: Policies, *, today: date) -> Coming | None:
    """What is to be done for an item today; None when its day has not come."""
    found = standing(item, policies)
    if found is None:
        return None
    in_force, situation = found
    step = next_step(situation, in_force.policy, working_day(item.order.country))
    return Coming(item, step, in_force) if step is not None and step.on <= today else None


def open_items(merchant_id: int, policies: Policies, after: int) -> Sequence[OpenItem]:
    """The next items that may be asked for, by number."""
    rows = OpenItem.objects.filter(
        merchant_id=merchant_id, state__in=OWED, order__payment_kind__in=policies.kinds(), pk__gt=after
    )
    if (first := policies.first_day()) is not None:
        rows = rows.filter(opened_on__gte=first)
    return list(rows.select_related("order__customer__dunning_block", "dunning").order_by("pk")[:BATCH])


def case_of(item: OpenItem) -> DunningCase | None:
    """Where asking for the item stands; None when nobody has asked yet."""
    try:
        return item.dunning
    except DunningCase.DoesNotExist:
        return None


def standing(item: OpenItem, policies: Policies) -> tuple[InForce, Situation] | None:
    """The policy of an item and where the item stands; None when it is not to be asked for."""
    in_force = policies.of(item)
    if in_force is None:
        return None
    case = case_of(item)
    base_on = base_day(item, in_force.row, case.base_on if case else None)
    if case is None:
        return in_force, Situation(base_on)
    return in_force, Situation(base_on, case.level, case.reached_on, has_ended=bool(case.ended))
