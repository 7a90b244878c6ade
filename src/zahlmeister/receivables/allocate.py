"""Allocate payments to items, and take allocations back. Called twice with the same source it happens once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from zahlmeister.ledger.rules import (
    NOT_PAID_ELSEWHERE,
    ORDER_CANCELLED,
    ORDER_REVIVED,
    PAID_ELSEWHERE,
    PAYMENT_ALLOCATED,
    PAYMENT_TAKEN_BACK,
    Waiver,
    waived,
    waiver_withdrawn,
)
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.costs import costs_since
from zahlmeister.receivables.desk import Desk, NewAllocation, debt_of, numbered, take_out
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.rules import Terms, lift, lower, waiver
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused
from zahlmeister.values import value

NO_TERMS = Terms()


@value(frozen=True, slots=True)
class Share:
    """So much of a payment for an item. `payment_id` None means the money is not on any statement of ours."""

    item_id: int
    minor: int
    source: str
    payment_id: int | None = None
    has_charges: bool = False
    confidence_ppm: int | None = None
    clues: list[Any] | str = "[]"  # or the JSON text of it


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, when, and on which terms."""

    by: str
    at: datetime
    terms: Terms = NO_TERMS


def terms_of(merchant: Merchant) -> Terms:
    """What a merchant accepts less than asked, by his settings; a cash discount is the order's."""
    return Terms(tolerance=merchant.tolerance_minor, bears_charges=not merchant.claims_charges)


def allocate(merchant_id: int, shares: Sequence[Share], decider: Decider, desk: Desk | None = None) -> Desk:
    """Allocate shares of payments to items and put everything into the books.

    Args:
        merchant_id: whose.
        shares: what is to be allocated.
        decider: who decides, when, on which terms.
        desk: the items and payments, when the caller has read them already.

    Returns the desk with the items and payments as they now stand.

    Raises:
        Refused: unknown item or payment, another currency, or more than the payment has left.
        Changed: somebody else was quicker.
    """
    is_first_time = desk is not None and desk.are_payments_new
    fresh = list(shares) if is_first_time else _unknown(merchant_id, shares)
    desk = desk or take_out(
        merchant_id,
        item_ids=(share.item_id for share in fresh),
        payment_ids=(share.payment_id for share in fresh if share.payment_id is not None),
    )
    rows = [_allocation(desk, share, decider) for share in fresh]
    for share, row in zip(fresh, numbered(rows), strict=True):
        _apply(desk, share, row, decider)
    desk.allocations.extend(rows)
    for number in dict.fromkeys(share.payment_id for share in fresh):
        if number is not None:
            desk.settle_payment(desk.payments[number], by=decider.by, at=decider.at)
    desk.put_back(at=decider.at)
    return desk


def take_back(merchant_id: int, allocations: Iterable[Allocation], decider: Decider) -> Desk:
    """Undo allocations by rows that reverse them; what was taken back before is left alone."""
    current = [row for row in allocations if row.reverses_id is None and not hasattr(row, "reversal")]
    also = standing_waivers(merchant_id, {row.item_id for row in current})  # they held because all was paid
    current += [row for row in also if row.pk not in {one.pk for one in current}]
    desk = take_out(
        merchant_id,
        item_ids=(row.item_id for row in current),
        payment_ids=(row.payment_id for row in current if row.payment_id is not None and not row.waived_minor),
    )
    mirrors = [_mirror(row, decider) for row in current]
    for row, mirror in zip(current, numbered(mirrors), strict=True):
        _undo(desk, row, mirror, decider)
    desk.allocations.extend(mirrors)
    standing = _standing_of(desk, current)
    for number, payment in desk.payments.items():
        desk.settle_payment(payment, by=decider.by, at=decider.at, is_assigned=number in standing)
    desk.put_back(at=decider.at)
    return desk


def _standing_of(desk: Desk, undone: Sequence[Allocation]) -> set[int]:
    """Those of the payments on the desk of which something stays assigned."""
    rows = Allocation.objects.filter(payment__in=list(desk.payments), reverses=None, reversal=None, waived_minor=0)
    rows = rows.filter(merchant_id=desk.merchant_id).exclude(pk__in=[row.pk for row in undone])
    return set(rows.values_list("payment_id", flat=True))


def _unknown(merchant_id: int, shares: Sequence[Share]) -> list[Share]:
    """The shares that were not allocated before under their source."""
    known: set[str] = set()
    sources = [share.source for share in shares]
    for start in range(0, len(sources), 5000):
        rows = Allocation.objects.filter(merchant_id=merchant_id, source__in=sources[start : start + 5000])
        known.update(rows.values_list("source", flat=True))
    return [share for share in shares if share.source not in known]


def _allocation(desk: Desk, share: Share, decider: Decider) -> NewAllocation:
    if share.item_id not in desk.items:
        raise Refused("This order does not exist.")
    if share.payment_id is not None and share.payment_id not in desk.payments:
        raise Refused("This payment does not exist.")
    if share.minor <= 0:
        raise Refused("An amount above zero is needed to assign.")
    return NewAllocation(
        merchant_id=desk.merchant_id,
        item_id=share.item_id,
        payment_id=share.payment_id,
        source=share.source,
        by=decider.by,
        at=decider.at,
        confidence_ppm=share.confidence_ppm,
        clues=share.clues,
    )


def _apply(desk: Desk, share: Share, row: NewAllocation, decider: Decider) -> None:
    item = desk.items[share.item_id]
    payment = desk.payments[share.payment_id] if share.payment_id is not None else None
    on = payment.booked_on if payment else localdate(decider.at)
    if payment:
        _spend(payment, item, share.minor)
    if item.cancelled_minor:
        row.revived_minor = item.cancelled_minor
        revive(desk, item, by=decider.by, on=on)
    if item.state == ItemState.PAID:
        withdraw_waivers(desk, item, decider, on=on)
    source = f"allocation:{row.pk}"
    if item.costs_asked_minor:
        desk.settle_costs(item, is_claimed=item.claims_costs, given=share.minor, source=source, on=on)
    moved = lower(debt_of(item), share.minor)
    row.applied_minor, row.surplus_minor = moved.of_open, moved.of_surplus
    desk.move(item, moved, PAYMENT_ALLOCATED if payment else PAID_ELSEWHERE, source=source, on=on)
    _waive(desk, item, row, share, on, decider.terms)
    desk.settle_state(item, on=on)
    _tell_allocated(desk, item, row, decider)


def _spend(payment: Payment, item: OpenItem, minor: int) -> None:
    if payment.currency != item.currency:
        raise Refused(f"The payment is in {payment.currency}, the order in {item.currency}.")
    if minor > payment.open_minor:
        raise Refused(f"Only {payment.open} of this payment are left to assign.")
    payment.open_minor -= minor


def _waive(desk: Desk, item: OpenItem, row: NewAllocation, share: Share, on: date, terms: Terms) -> None:
    """What is not asked for is a row of its own, so that it can be withdrawn by itself."""
    if not item.open_minor:
        return
    order, on_time = item.order, on
    if share.payment_id is not None and (order.discount_minor or item.costs_minor):
        terms = replace(terms, discount=order.discount_minor, discount_until=order.discount_until)
        on_time = min(on, desk.payments[share.payment_id].transaction.value_on or on)
    crossed = costs_since(desk.merchant_id, item.pk, on_time) if item.costs_minor else 0
    why = waiver(item.open_minor, paid_on=on_time, terms=terms, has_charges=share.has_charges, crossed=crossed)
    if why is not None:
        grant_waiver(desk, item, like=row, why=why, on=on)


def grant_waiver(desk: Desk, item: OpenItem, *, like: Allocation | NewAllocation, why: Waiver, on: date) -> None:
    """Do not ask for what is open; the row belongs to the allocation it is granted with."""
    minor = item.open_minor
    [row] = numbered(
        [
            NewAllocation(
                merchant_id=desk.merchant_id,
                item_id=item.pk,
                payment_id=like.payment_id,
                waived_minor=minor,
                waiver=why,
                source=f"waived:{new_id()}",
                by=like.by,
                at=like.at,
            )
        ]
    )
    desk.allocations.append(row)
    desk.move(item, lower(debt_of(item), minor), waived(why), source=f"allocation:{row.pk}", on=on)


def standing_waivers(merchant_id: int, items: Iterable[int]) -> list[Allocation]:
    """What is not asked for of these items at present."""
    rows = Allocation.objects.filter(merchant_id=merchant_id, item_id__in=list(items), waived_minor__gt=0)
    return list(rows.filter(reverses=None, reversal=None).order_by("pk"))


def withdraw_waivers(desk: Desk, item: OpenItem, decider: Decider, *, on: date) -> list[Allocation]:
    """Ask again for what was not asked for, because the figures it was granted on have changed."""
    rows = standing_waivers(desk.merchant_id, [item.pk])
    mirrors = numbered([_mirror(row, decider) for row in rows])
    for row, mirror in zip(rows, mirrors, strict=True):
        _lift_waiver(desk, item, row, mirror, on)
    desk.allocations.extend(mirrors)
    return rows


def _lift_waiver(desk: Desk, item: OpenItem, row: Allocation, mirror: NewAllocation, on: date) -> None:
    mirror.waived_minor, mirror.waiver = row.waived_minor, row.waiver
    pair = waiver_withdrawn(Waiver(row.waiver))
    desk.move(item, lift(debt_of(item), row.waived_minor), pair, source=f"allocation:{mirror.pk}:waived", on=on)


def _tell_allocated(desk: Desk, item: OpenItem, row: NewAllocation, decider: Decider) -> None:
    verb = "paid" if item.state == ItemState.PAID else "part_paid"
    minor = row.applied_minor + row.surplus_minor
    facts = {"minor": minor, "open_minor": item.open_minor, "allocation": row.pk}
    if row.payment_id is None:
        desk.happened("item", item.pk, "marked_paid" if _is_by_hand(row) else "paid_elsewhere", decider.by, **facts)
        return
    desk.happened("item", item.pk, verb, decider.by, payment=row.payment_id, **facts)
    desk.happened("payment", row.payment_id, "assigned", decider.by, item=item.pk, **facts)


def _is_by_hand(row: Allocation | NewAllocation) -> bool:
    """Whether a person or a program said that it was paid, and not an agency or a provider."""
    return row.source.startswith("person:")


def revive(desk: Desk, item: OpenItem, *, by: str, on: date) -> None:
    """Late money, or a person, brings a cancelled order back to life."""
    source = f"item:{item.pk}:revived:{new_id()}"
    desk.book(ORDER_REVIVED, item.cancelled_minor, item.currency, source=source, on=on)
    item.open_minor, item.cancelled_minor = item.open_minor + item.cancelled_minor, 0
    if item.costs_asked_minor:
        desk.settle_costs(item, is_claimed=item.claims_costs, source=source, on=on)
    desk.happened("item", item.pk, "reopened", by)


def cancel(desk: Desk, item: OpenItem, *, by: str, on: date, reason: str) -> None:
    """What is still open falls away, and with it what was claimed for being late."""
    if item.cancelled_minor or not item.open_minor:
        raise Refused("There is nothing open on this order that could fall away.")
    _fall_away(desk, item, on)
    desk.settle_state(item, on=on)
    desk.happened("item", item.pk, "cancelled", by, reason=reason, minor=item.cancelled_minor)


def _fall_away(desk: Desk, item: OpenItem, on: date) -> None:
    source = f"item:{item.pk}:cancelled:{new_id()}"  # an order can be cancelled, revived and cancelled again
    if item.costs_minor:
        desk.settle_costs(item, is_claimed=False, source=source, on=on)
    desk.book(ORDER_CANCELLED, item.open_minor, item.currency, source=source, on=on)
    item.cancelled_minor, item.open_minor = item.cancelled_minor + item.open_minor, 0


def _mirror(row: Allocation, decider: Decider) -> NewAllocation:
    return NewAllocation(
        merchant_id=row.merchant_id,
        item_id=row.item_id,
        payment_id=row.payment_id,
        source=f"{row.source}:taken-back",
        by=decider.by,
        at=decider.at,
        reverses_id=row.pk,
    )


def _undo(desk: Desk, row: Allocation, mirror: NewAllocation, decider: Decider) -> None:
    item, on = desk.items[row.item_id], localdate(decider.at)
    minor = row.applied_minor + row.surplus_minor
    pair = NOT_PAID_ELSEWHERE if row.payment_id is None else PAYMENT_TAKEN_BACK
    moved = lift(debt_of(item), minor)
    desk.move(item, moved, pair, source=f"allocation:{mirror.pk}", on=on)
    mirror.applied_minor, mirror.surplus_minor = moved.of_open, moved.of_surplus
    if row.waived_minor:
        _lift_waiver(desk, item, row, mirror, on)
    if item.costs_asked_minor:
        desk.settle_costs(item, is_claimed=item.claims_costs, source=f"allocation:{mirror.pk}", on=on)
    if item.open_minor and (item.cancelled_minor or row.revived_minor):
        _fall_away(desk, item, on)  # of a cancelled order nothing is owed, paid or not
    desk.settle_state(item, on=on)
    facts = {"minor": minor, "open_minor": item.open_minor, "allocation": mirror.pk}
    if not minor:
        return
    if row.payment_id is None:
        desk.happened("item", item.pk, "unmarked" if _is_by_hand(row) else "not_paid_elsewhere", decider.by, **facts)
        return
    desk.payments[row.payment_id].open_minor += minor
    desk.happened("item", item.pk, "reopened", decider.by, payment=row.payment_id, **facts)
    desk.happened("payment", row.payment_id, "unassigned", decider.by, item=item.pk, **facts)
