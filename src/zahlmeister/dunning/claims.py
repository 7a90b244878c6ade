"""What a notice asks for besides the debt: a fee, default interest, and the flat sum between businesses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Max, Sum

from zahlmeister.dunning.fees import flat_sum
from zahlmeister.dunning.in_default import Debt, Default, in_default
from zahlmeister.dunning.interest import InterestClaim, PartPayment, accrue
from zahlmeister.dunning.law import Interest, default_interest
from zahlmeister.dunning.models import DunningPolicy, Notice
from zahlmeister.receivables.models import DelayCosts, OpenItem
from zahlmeister.receivables.queries import all_allocations, standing

#: Less interest than this, in minor units, is not worth its line in a letter.
LEAST_INTEREST = 100


@dataclass(frozen=True, slots=True)
class Claims:
    """In minor units of the item's currency; `facts` say how they came about."""

    interest_minor: int = 0
    flat_minor: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Told(NamedTuple):
    """What the buyer was told with the invoice: when it arrived, and whether it pointed out the thirty days."""

    arrived_on: date | None = None
    thirty_days: bool = False


UNTOLD = Told()


def claims_of(
    item: OpenItem, policy: DunningPolicy, *, today: date, told: Told = UNTOLD, least_interest: int = LEAST_INTEREST
) -> Claims:
    """What the law of the debtor's country lets ask for today; nothing before the debtor is in default.

    Args:
        item: what is owed.
        policy: whether interest and the flat sum are asked for.
        today: interest is reckoned to the day before.
        told: what the buyer was told with the invoice.
        least_interest: less than this, in minor units, is not asked for.
    """
    if is_order_paid(item) or not (policy.with_interest or policy.with_flat_sum):
        return Claims()
    default = default_of(item, told)
    if default is None or default.since > today:
        return Claims()
    country, is_business = item.order.country.upper(), bool(item.order.company)
    flat = flat_sum(country, item.currency, is_business=is_business) if policy.with_flat_sum else None
    law = default_interest(country, is_business=is_business, agreed_on=item.opened_on) if policy.with_interest else None
    claim = _interest(item, default.since, today, law) if law else None
    asked = claim.minor if claim and claim.minor >= least_interest else 0
    facts: dict[str, Any] = {"default_since": default.since.isoformat(), "default_by": default.reason.value}
    if law and claim and asked:
        facts |= {"basis": law.basis, "slices": _told(claim)}
    return Claims(asked, flat.minor if flat else 0, facts)


class Added(NamedTuple):
    """How much more than before is asked for with a notice, in minor units; how much of it is interest."""

    minor: int
    interest: int


def added(notice: Notice, item: OpenItem) -> Added:
    """How much more than before is asked for with a notice: its fee, and interest and flat sum as far as they are new.

    Where only costs are left of an item, nothing is added to them.
    """
    earlier = Notice.objects.filter(merchant_id=item.merchant_id, item=item, was_skipped=False, level__lt=notice.level)
    most: dict[str, int] = earlier.aggregate(
        interest=Max("interest_minor", default=0), flat=Max("flat_minor", default=0)
    )
    interest = max(notice.interest_minor - most["interest"], 0)
    return Added(notice.fee_minor + interest + max(notice.flat_minor - most["flat"], 0), interest)


def asked_so_far(notice: Notice) -> dict[str, int]:
    """What a notice asks for besides the order, in minor units: all that was asked since a person dropped the like."""
    rows = Notice.objects.filter(merchant_id=notice.merchant_id, item_id=notice.item_id, was_skipped=False)
    drops = DelayCosts.objects.filter(merchant_id=notice.merchant_id, item_id=notice.item_id, minor__lt=0)
    dropped = drops.aggregate(at=Max("at"))["at"]
    until = rows.filter(level__lte=notice.level)
    sums = {
        "dunning_fee": Sum("fee_minor", default=0),
        "default_interest": Max("interest_minor", default=0),
        "flat_sum": Max("flat_minor", default=0),
    }
    found: dict[str, int] = until.aggregate(**sums)
    if dropped is None:
        return found
    before: dict[str, int] = until.filter(created_at__lte=dropped).aggregate(**sums)
    return {name: minor - before[name] for name, minor in found.items()}


def is_order_paid(item: OpenItem) -> bool:
    """Only costs of delay are left of it."""
    return item.open_minor <= item.costs_minor


def default_of(item: OpenItem, told: Told = UNTOLD) -> Default | None:
    """Since when the debtor of an item is in default, by its due day and the first notice that was sent."""
    sent = Notice.objects.filter(merchant_id=item.merchant_id, item=item, was_skipped=False)
    first = sent.order_by("level").values_list("on", flat=True).first()
    return in_default(
        Debt(
            country=item.order.country.upper(),
            is_business=bool(item.order.company),
            due_on=item.due_on or item.opened_on,
            invoice_arrived_on=told.arrived_on,
            thirty_days_told=told.thirty_days,
            reminded_on=first,
        )
    )


def _interest(item: OpenItem, first: date, today: date, law: Interest) -> InterestClaim:
    """On what was owed from the first day in default to yesterday: money that comes today ends it today.

    Claimed costs bear none (§ 289 BGB), and what comes is for the order before it is for them.
    """
    came = _came_since(item, first)
    principal = item.open_minor - item.costs_minor + sum(payment.minor for payment in came)
    return accrue(principal, first, today - timedelta(days=1), interest=law, payments=came)


def _came_since(item: OpenItem, first: date) -> Sequence[PartPayment]:
    rows = standing(all_allocations(item.merchant_id, item=item.pk))
    paid = (PartPayment(row.payment.booked_on, row.applied_minor) for row in rows if row.payment is not None)
    return [payment for payment in paid if payment.on >= first]


def _told(claim: InterestClaim) -> list[dict[str, Any]]:
    return [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
            "days": one.days,
            "principal": one.principal_minor,
            "percent": str(one.percent),
        }
        for one in claim.slices
    ]
