"""What became of a settlement's transfer: it was made, it was not and is due anew, and the merchant has received it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from zahlmeister.banking.outgoing_states import NOT_MADE, OrderState
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import guarantor_paid, sellers_paid
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.purchase.events import note_settlement
from zahlmeister.purchase.models import Capture, Due, Settlement
from zahlmeister.purchase.moves import move_guarantee, move_settlement
from zahlmeister.purchase.states import DueKind, EventKind, GuaranteeState, SettlementState
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import MATCHER
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: How often the merchant's statements are looked through for a new settlement.
EVERY = timedelta(hours=1)


def follow_next(*, clock: Clock) -> Settlement | None:
    """A worker's turn: follow the transfer of one settlement that was made, or was not; None when there is none."""
    made = Q(state=SettlementState.ORDERED, order__state=OrderState.EXECUTED)
    not_made = Q(state__in=(SettlementState.ORDERED, SettlementState.PAID), order__state__in=NOT_MADE)
    rows = Settlement.objects.filter(made | not_made).select_related("terms__guarantor__merchant", "order")
    now = clock()

    def work(of: Settlement) -> None:
        with transaction.atomic(durable=True):
            lock_both(of.terms)
            found = rows.filter(pk=of.pk).first()
            if found is not None and found.order is not None:
                take_turn = _was_not_made if found.order.state in NOT_MADE else _was_made
                take_turn(found, now)

    return take_first("purchase.follow_settlements", rows.order_by("pk"), work, at=now)


def receive_next(*, clock: Clock) -> Settlement | None:
    """A worker's turn: look through one merchant's own statements for a settlement; None when none waits for that."""
    now = clock()
    waiting = Settlement.objects.filter(Q(look_at=None) | Q(look_at__lte=now), payment=None)
    waiting = waiting.filter(state__in=(SettlementState.ORDERED, SettlementState.PAID))
    rows = waiting.select_related("terms__guarantor").order_by("look_at", "pk")
    return take_first("receive_settlement", rows, lambda one: _look_for(one, now), at=now)


def _look_for(of: Settlement, at: datetime) -> None:
    """The older it is, the more seldom: a merchant may never show his statements here."""
    Settlement.objects.filter(pk=of.pk).update(look_at=at + max(EVERY, (at - of.created_at) / 24))
    payment = _payment_of(of)
    if payment is not None:
        _receive(of, payment, at)


def _was_made(of: Settlement, at: datetime) -> None:
    move_settlement(of, SettlementState.PAID)
    _move_captures(of, (GuaranteeState.IN_PAYOUT,), GuaranteeState.PAID_OUT)
    record(of.merchant_id, [Happened("settlement", of.pk, "paid", BY)], at=at)


def _was_not_made(of: Settlement, at: datetime) -> None:
    assert of.order is not None  # only what was ordered can fail
    move_settlement(of, SettlementState.NOT_MADE)
    today = localdate(at)
    Due.objects.create(
        merchant_id=of.merchant_id,
        terms=of.terms,
        kind=DueKind.NOT_MADE,
        minor=of.transfer_minor,
        currency=of.currency,
        on=today,
        source=f"settlement:{of.pk}:not_made",
        document=of.reference,
    )
    turned = sellers_paid(of.merchant_id).turned("sellers_not_paid")
    post(of.order.merchant_id, [Booking(turned, of.transfer, f"settlement:{of.pk}:not_made", today)], at=at)
    _move_captures(of, (GuaranteeState.IN_PAYOUT, GuaranteeState.PAID_OUT), GuaranteeState.PAYABLE)
    record(of.merchant_id, [Happened("settlement", of.pk, "not_made", BY, of.order.state)], at=at)
    note_settlement(of, EventKind.PAYOUT_NOT_MADE, at=at, period=of.period, amount=of.transfer_minor)


def _move_captures(of: Settlement, found_in: tuple[GuaranteeState, ...], whole: GuaranteeState) -> None:
    """Those that this settlement has completed; of one that is not whole any more, the guarantor waits again."""
    for row in Capture.objects.filter(settled_by=of, guarantee__in=found_in):
        state = whole if row.figures.is_whole else GuaranteeState.PENDING
        move_guarantee(row, state, as_read={"guarantee": row.guarantee})


def _payment_of(of: Settlement) -> Payment | None:
    """The one waiting payment of exactly this amount whose text names the settlement; None when there is none.

    What a person has decided on stays with that person.
    """
    rows = Payment.objects.filter(
        merchant_id=of.merchant_id,
        state__in=NEEDS_A_PERSON,
        decided_by__in=("", MATCHER),
        amount_minor=of.transfer_minor,
        open_minor=of.transfer_minor,
        currency=of.currency,
    )
    wanted = compact(of.reference)
    named = [row for row in rows.select_related("transaction")[:200] if wanted in compact(row.transaction.remittance)]
    return named[0] if len(named) == 1 else None


def _receive(of: Settlement, payment: Payment, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(of.merchant_id)
        before = payment.state
        become(payment, PaymentState.PAYOUT)
        rows = Payment.objects.filter(pk=payment.pk, state=before, open_minor=of.transfer_minor)
        if not rows.update(state=PaymentState.PAYOUT, decided_by=BY, decided_at=at, reason=""):
            raise Refused("Somebody else has just decided on this payment.")
        if not Settlement.objects.filter(pk=of.pk, payment=None).update(payment=payment):
            raise Refused("Somebody else has just found the payment of this settlement.")
        legs = guarantor_paid(of.terms.guarantor.merchant_id)
        source = f"payment:{payment.pk}:{legs.text}:{of.pk}"
        post(of.merchant_id, [Booking(legs, of.transfer, source, payment.booked_on)], at=at)
        facts = {"settlement": of.period}
        record(of.merchant_id, [Happened("payment", payment.pk, "settlement_received", BY, "", facts)], at=at)
