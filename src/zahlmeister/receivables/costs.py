"""What being late costs the buyer: fees, interest and the flat sum, asked for with a notice, and dropped again.

Claimed, they are owed like the order itself. Not claimed, the order alone is enough, and who pays them pays them: up to
what was asked they are income, not a surplus.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Sum
from django.utils.timezone import localdate

from zahlmeister.merchants.ids import new_id
from zahlmeister.receivables.desk import Desk, take_out
from zahlmeister.receivables.keys import forget_keys, write_keys
from zahlmeister.receivables.models import DelayCosts, OpenItem
from zahlmeister.receivables.rules import interest_of
from zahlmeister.refusals import Refused


class Costs(NamedTuple):
    """So much more is asked for an item, by a notice named as `source`.

    Of it `interest` is default interest, and `fee` the fee of the reminder itself.
    """

    item_id: int
    minor: int
    source: str
    is_claimed: bool
    interest: int = 0
    fee: int = 0


def ask_costs(merchant_id: int, costs: Sequence[Costs], *, by: str, on: date, at: datetime) -> None:
    """Ask for costs of delay, inside the caller's transaction; what a source has asked for already is passed over.

    The newest notice says of all that was asked for an item whether it is claimed.

    Args:
        merchant_id: whose items.
        costs: in minor units of each item's currency; above zero, or zero where only the claim is to change.
        by: who asks.
        on: the day of the notices.
        at: now.

    Raises:
        Changed: somebody else was quicker.
    """
    known = DelayCosts.objects.filter(merchant_id=merchant_id, source__in=[one.source for one in costs])
    done = set(known.values_list("source", flat=True))
    fresh = {one.item_id: one for one in costs if one.source not in done}
    desk = take_out(merchant_id, item_ids=fresh)
    for item in desk.items.values():
        one = fresh[item.pk]
        item.interest_asked_minor += one.interest
        _change(desk, item, one.minor, is_claimed=one.is_claimed, on=on)
    _keep(desk, [one for one in fresh.values() if one.minor], by=by, on=on, at=at)


def drop_costs(merchant_id: int, item_id: int, *, by: str, at: datetime) -> None:
    """Ask no more for the costs of an item that have not been paid, inside the caller's transaction.

    Raises:
        Refused: nothing of the kind is asked for.
    """
    desk = take_out(merchant_id, item_ids=[item_id])
    item = desk.items.get(item_id)
    minor = unpaid_costs(item) if item is not None else 0
    if item is None or not minor:
        raise Refused("No costs of delay are asked for this order any more; look again.")
    on = localdate(at)
    left = item.costs_asked_minor - minor
    item.interest_asked_minor = interest_of(left, asked=item.costs_asked_minor, interest=item.interest_asked_minor)
    _change(desk, item, -minor, is_claimed=item.claims_costs, on=on)
    desk.happened("item", item.pk, "costs_dropped", by, minor=minor)
    _keep(desk, [Costs(item.pk, -minor, f"dropped:{new_id()}", item.claims_costs)], by=by, on=on, at=at)


def unpaid_costs(item: OpenItem) -> int:
    """The costs that are asked for and have not been paid, in minor units; what comes is for the order first."""
    return min(item.costs_minor, item.open_minor) if item.claims_costs else item.costs_asked_minor - item.costs_minor


def costs_since(merchant_id: int, item_id: int, day: date) -> int:
    """What was asked for on a day and later: who paid on that day could not know of it."""
    rows = DelayCosts.objects.filter(merchant_id=merchant_id, item_id=item_id, on__gte=day)
    return max(int(rows.aggregate(minor=Sum("minor", default=0))["minor"]), 0)


def _change(desk: Desk, item: OpenItem, minor: int, *, is_claimed: bool, on: date) -> None:
    forget_keys(desk.merchant_id, item)
    item.costs_asked_minor += minor
    item.claims_costs = is_claimed
    desk.settle_costs(item, is_claimed=is_claimed, source=f"item:{item.pk}:asked:{new_id()}", on=on)
    desk.settle_state(item, on=on)


def _keep(desk: Desk, costs: Sequence[Costs], *, by: str, on: date, at: datetime) -> None:
    desk.put_back(at=at)
    for item in desk.items.values():
        OpenItem.objects.filter(pk=item.pk).update(claims_costs=item.claims_costs)
    write_keys(desk.merchant_id, list(desk.items.values()))
    DelayCosts.objects.bulk_create(
        DelayCosts(
            merchant_id=desk.merchant_id,
            item_id=one.item_id,
            minor=one.minor,
            fee_minor=one.fee,
            on=on,
            source=one.source,
            by=by,
            at=at,
        )
        for one in costs
    )
