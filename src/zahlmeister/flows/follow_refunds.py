"""What has become of refunds: their transfers were made, rejected, cancelled, or came back.

A statement says that a refund was made; only then it is off the books. Whatever does not arrive is owed again. Where
the account could not take it, the buyer is asked for another one, and that account is never paid to again; otherwise
a person decides.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NOT_MADE, OrderState
from zahlmeister.flows.centre.stays import entry_of, give_up
from zahlmeister.flows.tell_of_refund import tell_of_return, tell_of_sending
from zahlmeister.formats.payments.reasons import Remedy, reason
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    CAME_BACK_FOR_MERCHANT,
    PAID_FOR_MERCHANT,
    REFUND_CAME_BACK,
    REFUND_CAME_BACK_TO_OPERATOR,
    REFUND_MADE,
    REFUND_MADE_FOR_US,
    Legs,
)
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.receivables.going_back import ASK_ACCOUNT, CANNOT_GO_BACK, stay
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.states import CollectionState, RefundState

BY = "bank"
#: Reasons that say the account itself is at fault; whatever came back is never sent there again.
_OTHER_ACCOUNT = (Remedy.ASK_ACCOUNT, Remedy.ASK_ONCE)

Clock = Callable[[], datetime]


def follow_next(*, clock: Clock) -> Refund | None:
    """A worker's turn: one refund whose transfer has news; None when there is none."""
    now = clock()
    rows = Refund.objects.filter(has_news=True).order_by("id")
    return take_first("follow_refunds", rows, lambda refund: _follow(refund, at=now), at=now)


def follow_refund_of(transfer_id: int, *, at: datetime) -> None:
    """Look at once at the refund that a transfer brings, if it brings one."""
    for refund in Refund.objects.filter(transfer=transfer_id, has_news=True):
        _follow(refund, at=at)


def _follow(refund: Refund, *, at: datetime) -> None:
    with transaction.atomic(durable=True):
        _lock_both(refund)
        rows = Refund.objects.select_related("transfer", "payment", "item__order", "merchant", "collection")
        standing = rows.get(pk=refund.pk)
        if not Refund.objects.filter(pk=refund.pk, has_news=True).update(has_news=False):
            return
        transfer = standing.transfer
        if transfer is None:
            return
        if transfer.transaction is not None and standing.state == RefundState.ORDERED:
            _made(standing, transfer, at)
        if transfer.state in NOT_MADE and standing.state in {RefundState.ORDERED, RefundState.PAID}:
            _not_made(standing, transfer, at)


def _lock_both(refund: Refund) -> None:
    """The merchant, and the operator where the transfer leaves the operator's account; always in the same order."""
    transfer = refund.transfer
    for merchant in sorted({refund.merchant_id, *([transfer.merchant_id] if transfer else [])}):
        lock(merchant)


def _made(refund: Refund, transfer: PaymentOrder, at: datetime) -> None:
    assert transfer.transaction is not None  # asked by the caller
    day = transfer.transaction.booked_on
    move(refund, RefundState.PAID, paid_on=day)
    _book(refund, transfer, (REFUND_MADE, REFUND_MADE_FOR_US, PAID_FOR_MERCHANT), "made", at)
    record(refund.merchant_id, [Happened("refund", refund.pk, "paid", BY)], at=at)
    tell_of_sending(refund, settings_of(refund.merchant_id), at=at)


def _not_made(refund: Refund, transfer: PaymentOrder, at: datetime) -> None:
    was_made = refund.state == RefundState.PAID
    if was_made:
        legs = (REFUND_CAME_BACK, REFUND_CAME_BACK_TO_OPERATOR, CAME_BACK_FOR_MERCHANT)
        _book(refund, transfer, legs, "came_back", at)
    if refund.payment_id is not None:
        _payment_stays(refund, transfer, at)
        return
    if refund.prepaid is not None:  # it is balance again, and the customer may name another account
        language = entry_of(refund).account.customer.language
        give_up(refund, by=BY, at=at, reason=reason(transfer.reason).sentence(language) if transfer.reason else "")
        return
    wanted, why = settings_of(refund.merchant_id), transfer.reason
    failed = [*refund.failed, refund.iban] if transfer.state != OrderState.CANCELLED else refund.failed
    paid_from = _paid_from(refund)
    if _is_the_account(transfer):
        columns = {"name": "", "iban": "", "bic": "", "failed": failed, "confirmed_at": None, **paid_from}
        move(
            refund, RefundState.ACCOUNT_MISSING, reason=f"returned:{why}", paid_on=None, is_going_back=False, **columns
        )
        _tell(refund, "came_back", why, at)
        if wanted.asks_again:
            tell_of_return(refund, at=at)
    else:
        move(refund, RefundState.STOPPED, reason=f"{transfer.state}:{why}", paid_on=None, **paid_from)
        _tell(refund, "stopped", why, at)


def _paid_from(refund: Refund) -> dict[str, None]:
    """It is collected anew where the direct debit that it was paid from has come back meanwhile."""
    failed = refund.collection is not None and refund.collection.state == CollectionState.FAILED
    return {"collection": None} if failed else {}


def _is_the_account(transfer: PaymentOrder) -> bool:
    """Whether the account could not take it, so that it never goes there again."""
    rejected = transfer.state == OrderState.REJECTED and reason(transfer.reason).transfer in _OTHER_ACCOUNT
    return rejected or transfer.state == OrderState.RETURNED


def _payment_stays(refund: Refund, transfer: PaymentOrder, at: datetime) -> None:
    """A payment that was to go back waits for a person again, who may send it somewhere else."""
    assert refund.payment is not None  # asked by the caller
    move(refund, RefundState.CANCELLED, reason=f"{transfer.state}:{transfer.reason}", paid_on=None)
    why = "" if transfer.state == OrderState.CANCELLED else CANNOT_GO_BACK
    if _is_the_account(transfer):
        why = ASK_ACCOUNT
    day = transfer.returned_by.booked_on if transfer.returned_by else timezone.localdate(at)
    booking, step = stay(refund.payment, refund.amount, f"refund:{refund.pk}", by=BY, on=day, reason=why)
    post(refund.merchant_id, [booking], at=at)
    record(refund.merchant_id, [step, Happened("refund", refund.pk, "cancelled", BY, transfer.reason)], at=at)


def _book(refund: Refund, transfer: PaymentOrder, legs: tuple[Legs, Legs, Legs], what: str, at: datetime) -> None:
    """By the merchant's own transfer with the first legs; by the operator's with the second, and the third there."""
    own, ours, operators = legs
    line = transfer.transaction if what == "made" else transfer.returned_by
    day = line.booked_on if line else timezone.localdate(at)
    source = f"refund:{refund.pk}:{what}:{transfer.pk}"
    if transfer.merchant_id == refund.merchant_id:
        post(refund.merchant_id, [Booking(own, refund.amount, source, day)], at=at)
        return
    post(refund.merchant_id, [Booking(ours, refund.amount, source, day)], at=at)
    post(transfer.merchant_id, [Booking(operators, refund.amount, source, day)], at=at)


def _tell(refund: Refund, verb: str, why: str, at: datetime) -> None:
    record(refund.merchant_id, [Happened("refund", refund.pk, verb, BY, why)], at=at)
