"""A payment that nobody can place goes back: a transfer to its sender is drafted, and a person approves it.

It is a refund like that of an order, of the whole payment or of what no order needed, and without a waiting period: its
sender has not been promised anything. On pooled accounts it happens by itself when the term is over. Where the sender's
account cannot be paid to, a person is asked for another one; then the merchant must be verified, for the money leaves
to somebody else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.payer_account import unusable
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.taken_back import check_not_refunded
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import post
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.trouble import take_first
from zahlmeister.merchants.verification import require_verified
from zahlmeister.receivables.going_back import (
    ASK_ACCOUNT,
    CANNOT_GO_BACK,
    NOT_BY_ITSELF,
    all_to_go_back,
    go_back,
    origin_of,
)
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import next_number
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Refused

BY = "house"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SendTo:
    """An account that a person named because the sender's cannot be paid to."""

    name: str
    iban: str


def return_payment(
    merchant: Merchant, payment_id: int, *, by: Person | str, at: datetime, to: SendTo | None = None
) -> PaymentOrder:
    """Draft the transfer that sends a payment, or what is left of it, back. It waits for approval; twice is one.

    Args:
        merchant: whose payment.
        payment_id: which payment.
        by: the person, or the name of what in the house does it.
        at: now.
        to: where to, when not to the account it came from.

    Raises:
        Refused: the account it came from cannot be paid to, nothing is left, a bank would reject the transfer, or an
            order it was for is refunded without it.
    """
    payment = _found(merchant, payment_id)
    if known := _drafted(payment):
        return known
    if to is not None:
        require_verified(merchant)
    elif why := unusable(origin_of(payment.transaction)):
        raise Refused(f"Nothing can be sent back to where this payment came from ({why}); enter an account.")
    refund = _refund(payment, to, by, at)
    order = make_order(payment.transaction.account, _wanted(payment, refund, at), by=by, at=at)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        standing = _found(merchant, payment_id)
        if known := _drafted(standing):
            return known
        if standing.open_minor != refund.amount_minor:
            raise Refused("Somebody else has just decided on this payment.")
        check_not_refunded(standing)
        booking, step = go_back(standing, f"refund:{refund.pk}", by=order.created_by, at=at)
        keep_order(order, at=at)
        refund.number, refund.transfer = next_number(merchant.pk), order
        refund.save(force_insert=True)
        post(merchant.pk, [booking], at=at)
        facts = {"amount": str(refund.amount), "to": refund.iban}
        record(merchant.pk, [step, Happened("refund", refund.pk, "promised", order.created_by, "", facts)], at=at)
    return order


def return_next(*, clock: Clock) -> Payment | None:
    """A worker's turn: one payment on a pooled account whose term is over goes back; None when there is none."""
    now = clock()
    tried = Refund.objects.filter(merchant=OuterRef("merchant"), payment=OuterRef("pk"))
    over = all_to_go_back(timezone.localdate(now)).exclude(reason__in=NOT_BY_ITSELF).exclude(Exists(tried))
    rows = over.select_related("merchant")
    return take_first("return_payment", rows, lambda payment: _by_itself(payment.merchant, payment, now), at=now)


def _by_itself(merchant: Merchant, payment: Payment, now: datetime) -> None:
    try:
        return_payment(merchant, payment.pk, by=BY, at=now)
    except Refused:  # a person has to name an account, or to look why it cannot go; Today says so
        note_why_not(payment)


def note_why_not(payment: Payment) -> None:
    """A payment could not be sent back: whether that is because nobody knows where to, or for another reason."""
    why = ASK_ACCOUNT if unusable(origin_of(payment.transaction)) else CANNOT_GO_BACK
    Payment.objects.filter(pk=payment.pk, state__in=NEEDS_A_PERSON).update(reason=why)


def _refund(payment: Payment, to: SendTo | None, by: Person | str, at: datetime) -> Refund:
    said, number = payment.transaction, new_id()
    return Refund(
        id=number,
        merchant_id=payment.merchant_id,
        source=f"payment:{payment.pk}:{number}",
        origin=Origin.OFFICE if isinstance(by, Person) else Origin.HOUSE,
        payment=payment,
        amount_minor=payment.open_minor,
        currency=payment.currency,
        state=RefundState.ORDERED,
        name=(to.name if to else said.counterparty)[:140],
        iban=to.iban.replace(" ", "").upper() if to else said.counterparty_number,
        bic="" if to else said.counterparty_bic[:11],
        is_going_back=to is None,
        account=said.account,
        attempt=1,
        due_on=timezone.localdate(at),
        created_by=by.email if isinstance(by, Person) else by,
        created_at=at,
    )


def _wanted(payment: Payment, refund: Refund, at: datetime) -> Wanted:
    return Wanted(
        f"return:{payment.pk}:{refund.pk}",
        Party(refund.name),
        refund.iban,
        payment.open,
        timezone.localdate(at),
        bic=refund.bic,
        text=f"Rueckzahlung {payment.booked_on:%d.%m.%Y}",
        is_going_back=refund.is_going_back,
    )


def _drafted(payment: Payment) -> PaymentOrder | None:
    """The newest transfer of a payment that waits for nobody any more because it goes back."""
    if payment.open_minor and payment.state != PaymentState.GOING_BACK:
        return None
    rows = Refund.objects.filter(merchant_id=payment.merchant_id, payment=payment).exclude(state=RefundState.CANCELLED)
    newest = rows.select_related("transfer").order_by("-pk").first()
    return newest.transfer if newest else None


def _found(merchant: Merchant, payment_id: int) -> Payment:
    rows = Payment.objects.select_related("transaction__account__merchant").filter(merchant=merchant, pk=payment_id)
    payment = rows.first()
    if payment is None:
        raise Refused("This payment does not exist.")
    return payment
