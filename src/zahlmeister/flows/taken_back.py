"""What was paid on an order is taken back after money of that order has gone back, or was promised.

A person is refused, for the same money would leave twice. What a bank or an agency takes back is recorded whatever was
refunded: the order is owed again, at most its amount; a refund beyond that is no surplus any more and is taken off the
order instead (REFUND_UNCOVERED), and refunds that have not left stop until a person has looked.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import Sum
from django.utils.timezone import localdate

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.rules import REFUND_UNCOVERED
from zahlmeister.receivables.allocate import Decider, take_back
from zahlmeister.receivables.desk import Desk, debt_of, take_out
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.rules import lower
from zahlmeister.refunds.accounts import paid_minor
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move
from zahlmeister.refunds.queries import refunded_minor, standing_refunds
from zahlmeister.refunds.states import EDITABLE, RefundState
from zahlmeister.refusals import Refused


def take_back_by_hand(merchant_id: int, rows: Sequence[Allocation], decider: Decider) -> None:
    """Undo allocations because a person says so; inside the caller's transaction and turn.

    Raises:
        Refused: what stays paid on one of the orders does not cover what is refunded of it.
    """
    for item in _items(rows):
        refunded = refunded_minor(merchant_id, item=item.pk)
        if refunded and paid_minor(item) - _taken(rows)[item.pk] < refunded:
            names = ", ".join(refund.reference for refund in standing_refunds(merchant_id, item=item.pk))
            raise Refused(
                f"Money of order {item.order.number} has gone back or is promised ({names}), "
                "so that what was paid on it cannot be taken back; withdraw the refund first if it has not left."
            )
    take_back(merchant_id, rows, decider)


def take_back_whatever(merchant_id: int, rows: Sequence[Allocation], decider: Decider) -> None:
    """Undo allocations because the money is gone, whatever was refunded; inside the caller's transaction and turn."""
    for item in _items(rows):
        left = paid_minor(item) - _taken(rows)[item.pk]
        if refunded_minor(merchant_id, item=item.pk) > left:
            _uncover(merchant_id, item.pk, left, decider)
            _stop(merchant_id, item.pk, decider)
    take_back(merchant_id, rows, decider)


def check_not_refunded(payment: Payment) -> None:
    """Make sure that no order a payment was for is refunded without it; inside the caller's turn.

    Raises:
        Refused: one is; the same money would leave as the refund and as the payment.
    """
    was_for = Allocation.objects.filter(merchant_id=payment.merchant_id, payment=payment, waived_minor=0, reverses=None)
    for item in _items(list(was_for)):
        refunded = refunded_minor(payment.merchant_id, item=item.pk)
        if refunded > paid_minor(item):
            raise Refused(
                f"This payment was for order {item.order.number}, of which money has gone back or is promised; "
                "assign it to that order again, or withdraw the refund first."
            )


def _items(rows: Sequence[Allocation]) -> list[OpenItem]:
    found = OpenItem.objects.filter(pk__in={row.item_id for row in rows}).select_related("order")
    return list(found.order_by("pk"))


def _taken(rows: Sequence[Allocation]) -> Counter[int]:
    """How much is taken back of each item."""
    taken: Counter[int] = Counter()
    for row in rows:
        taken[row.item_id] += row.applied_minor + row.surplus_minor
    return taken


def _uncover(merchant_id: int, item_id: int, left: int, decider: Decider) -> None:
    """Refunds were taken from a surplus that is gone: as far as it is, they are taken off the order."""
    refunds = standing_refunds(merchant_id, item=item_id)
    of_surplus = refunds.aggregate(sum=Sum("of_surplus_minor"))["sum"] or 0
    beyond, on = of_surplus - max(left, 0), localdate(decider.at)
    if beyond <= 0:
        return
    desk = take_out(merchant_id, item_ids=[item_id])
    for refund in refunds.order_by("-id"):
        part = min(refund.of_surplus_minor, beyond)
        if part:
            _take_off_order(desk, refund, part, on, decider)
            beyond -= part
    desk.put_back(at=decider.at)


def _take_off_order(desk: Desk, refund: Refund, part: int, on: date, decider: Decider) -> None:
    item = desk.items[refund.item_id or 0]
    source = f"refund:{refund.pk}:uncovered:{refund.of_order_minor + part}"
    desk.move(item, lower(debt_of(item), part), REFUND_UNCOVERED, source=source, on=on)
    desk.settle_state(item, on=on)
    desk.happened("item", item.pk, "refund_uncovered", decider.by, refund=refund.pk, minor=part)
    Refund.objects.filter(pk=refund.pk).update(
        of_surplus_minor=refund.of_surplus_minor - part, of_order_minor=refund.of_order_minor + part
    )


def _stop(merchant_id: int, item_id: int, decider: Decider) -> None:
    """What has not left leaves no more by itself."""
    waiting = standing_refunds(merchant_id, item=item_id).filter(state__in=EDITABLE)
    for refund in waiting.exclude(state=RefundState.STOPPED):
        move(refund, RefundState.STOPPED, reason="payment_gone")
        step = Happened("refund", refund.pk, "stopped", decider.by, "payment_gone")
        record(merchant_id, [step], at=decider.at)
