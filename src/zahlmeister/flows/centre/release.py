"""Money that is there is credited, or is not: by a person from the queue, or by itself where it matches exactly."""

from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.flows.centre.tell import tell_of_deposit, tell_of_rejection
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Entry
from zahlmeister.prepaid.moves import move_transfer
from zahlmeister.prepaid.queries import open_items, owed_of
from zahlmeister.prepaid.rules import Balance, shares
from zahlmeister.prepaid.states import EntryKind, Surplus, TransferState
from zahlmeister.receivables.allocate import Decider, Share, allocate, terms_of
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import UNDECIDED, PaymentState
from zahlmeister.refusals import Refused


def release(merchant: Merchant, transfer_id: int, *, by: str, at: datetime) -> AnnouncedTransfer:
    """Credit what came for a top-up: all of it, whatever was announced. Twice is once.

    Raises:
        Refused: there is no such transfer, its money is not there, or somebody has used it for something else.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        transfer = _transfer(merchant, transfer_id)
        if transfer.state == TransferState.CREDITED:
            return transfer
        credit(transfer, by=by, at=at)
    return transfer


def credit(transfer: AnnouncedTransfer, *, by: str, at: datetime) -> None:
    """Credit a top-up whose money is there, inside the caller's transaction and turn."""
    payment = _payment(transfer)
    move_transfer(transfer, TransferState.CREDITED, by=by, at=at)
    tell_of_deposit(_credit(transfer, payment, EntryKind.TOP_UP, by, at), at=at)


def reject(merchant: Merchant, transfer_id: int, *, by: str, at: datetime, reason: str) -> AnnouncedTransfer:
    """What came is not credited: the payment waits for a person, who sends it back or assigns it.

    Raises:
        Refused: no reason is given, or its money was credited or is not there.
    """
    if not reason.strip():
        raise Refused("Say why it is not credited; the customer is told.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        transfer = _transfer(merchant, transfer_id)
        move_transfer(transfer, TransferState.REJECTED, by=by, at=at, reason=reason)
        tell_of_rejection(transfer, at=at)
    return transfer


def take_back_release(merchant: Merchant, transfer_id: int, *, by: str, at: datetime, reason: str) -> AnnouncedTransfer:
    """The money was not for this account, or was taken back by its bank: the credit goes, whatever was spent of it.

    The payment waits for a person again. A balance below zero blocks the account's spending by itself.

    Raises:
        Refused: it was not credited, or no reason is given.
    """
    if not reason.strip():
        raise Refused("Say why the credit is taken back.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        transfer = _transfer(merchant, transfer_id)
        entry = Entry.objects.filter(
            merchant=merchant, payment=transfer.payment_id, kind=EntryKind.TOP_UP, undone_by=None
        ).first()
        if transfer.state != TransferState.CREDITED or entry is None or transfer.payment is None:
            raise Refused("This transfer was not credited; look again.")
        move_transfer(transfer, TransferState.SEEN, by=by, at=at, reason=reason)
        change = Change(
            EntryKind.TOP_UP_UNDONE,
            Balance(paid=entry.paid_minor),
            f"{entry.source}:undone",
            reason,
            payment=transfer.payment,
            undoes=entry,
        )
        enter(transfer.account, change, by=by, at=at)
        _move(transfer.payment, PaymentState.UNCLEAR, transfer.payment.amount_minor, by, at)
    return transfer


def pay_items(transfer: AnnouncedTransfer, *, by: str, at: datetime) -> None:
    """Pay the chosen invoices with what came, inside the caller's transaction and turn.

    Chosen invoices first, what is left over goes to the other open ones never: it is the customer's, onto the balance
    or back. Invoices that were paid meanwhile take nothing.
    """
    payment = _payment(transfer)
    chosen = [int(share["item"]) for share in transfer.shares]
    open_now = {owed.item: owed for owed in owed_of(open_items(transfer.account))}
    spread, over = shares(payment.open_minor, [open_now[item] for item in chosen if item in open_now])
    if not spread and transfer.surplus_to == Surplus.BACK:
        move_transfer(transfer, TransferState.REJECTED, by=by, at=at, reason="nothing_open")
        return  # all of it goes back: the payment waits for a person
    back = over if spread and transfer.surplus_to == Surplus.BACK else 0
    last = len(spread) - 1
    parts = [
        Share(
            item,
            minor + (back if position == last else 0),
            f"announced:{transfer.pk}:{position}",
            payment_id=payment.pk,
        )
        for position, (item, minor) in enumerate(spread)
    ]
    terms = terms_of(transfer.account.merchant)
    if parts:
        allocate(transfer.merchant_id, parts, Decider(by, at, terms))
    if over and not back:
        _credit(transfer, Payment.objects.get(pk=payment.pk), EntryKind.SURPLUS, by, at)
    to_send: dict[str, Any] = {"back_item_id": spread[last][0], "back_minor": back} if back else {}
    move_transfer(transfer, TransferState.CREDITED, by=by, at=at, **to_send)


def credit_rest(account: Account, payment: Payment, minor: int, source: str, *, by: str, at: datetime) -> Entry:
    """Put what is left of an assigned payment onto a balance, inside the caller's transaction and turn."""
    change = Change(EntryKind.SURPLUS, Balance(paid=minor), source, payment=payment, on=payment.booked_on)
    entry = enter(account, change, by=by, at=at)
    left = payment.open_minor - minor
    state = PaymentState(payment.state) if left else PaymentState.ASSIGNED
    _move(payment, state, left, by, at)
    return entry


def _credit(transfer: AnnouncedTransfer, payment: Payment, kind: EntryKind, by: str, at: datetime) -> Entry:
    """What is left of a payment becomes balance."""
    times = Entry.objects.filter(merchant_id=transfer.merchant_id, payment=payment).count()  # released anew is new
    source = f"announced:{transfer.pk}:{kind}:{times}"
    what = Balance(paid=payment.open_minor)
    change = Change(kind, what, source, transfer.reference, payment=payment, on=payment.booked_on)
    entry = enter(transfer.account, change, by=by, at=at)
    state = PaymentState.TOPPED_UP if payment.open_minor == payment.amount_minor else PaymentState.ASSIGNED
    _move(payment, state, 0, by, at)
    return entry


def _move(payment: Payment, state: PaymentState, open_minor: int, by: str, at: datetime) -> None:
    before = payment.state, payment.open_minor
    if state != payment.state:
        become(payment, state)
    rows = Payment.objects.filter(pk=payment.pk, state=before[0], open_minor=before[1])
    if not rows.update(state=state, open_minor=open_minor, decided_by=by, decided_at=at, reason=""):
        raise Refused("Somebody else has just decided on this payment.")
    record(payment.merchant_id, [Happened("payment", payment.pk, state.value, by)], at=at)


def _transfer(merchant: Merchant, transfer_id: int) -> AnnouncedTransfer:
    rows = AnnouncedTransfer.objects.filter(merchant=merchant, pk=transfer_id)
    transfer = rows.select_related("account__merchant", "account__customer", "payment").first()
    if transfer is None:
        raise Refused("There is no such transfer; look again.")
    return transfer


def _payment(transfer: AnnouncedTransfer) -> Payment:
    """The payment that brought it, as it stands now."""
    payment = Payment.objects.filter(announced=transfer).first()
    if payment is None or payment.open_minor != payment.amount_minor or payment.state not in UNDECIDED:
        raise Refused("The money of this transfer is not there, or was used for something else; look again.")
    return payment
