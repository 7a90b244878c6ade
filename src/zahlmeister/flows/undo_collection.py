"""A direct debit for refunds or for an overdrawn account was not paid, or comes back: what was to leave for it stays.

Also after it was taken for good: a debtor may take a debit back for eight weeks. Transfers that nobody has yet are
called back, out of a file for the bank if they are in one. What has left is owed to the operator.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.outgoing import move as move_transfer
from zahlmeister.banking.outgoing import move_file
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NOT_MADE, FileState, OrderState
from zahlmeister.flows.make_payment_file import withdraw
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import BALANCE_RECALLED, CAME_BACK_FOR_MERCHANT, HELD_WENT_BACK, REFUNDS_NOT_COLLECTED
from zahlmeister.letters.house import HouseKind
from zahlmeister.money.accounts import shortened
from zahlmeister.outbox.write import tell
from zahlmeister.refunds.models import Refund, RefundCollection
from zahlmeister.refunds.moves import move, move_collection, note_news
from zahlmeister.refunds.states import CollectionState, RefundState

BY = "house"
#: So long nothing is collected after a direct debit that was not paid, nor a transfer tried once more that did not get
#: there in several tries, or that a person has cancelled.
REST = timedelta(days=28)
#: So often in a row the operator's transfer to an overdrawn account is tried.
MOST_TRIES = 3
#: Nobody outside the house has such a file.
_AT_HOME = (FileState.MADE, FileState.QUEUED)


def came_back(collection: RefundCollection, debit: Debit, *, at: datetime) -> None:
    """The debit was rejected, cancelled or taken back: what has not left stays, and everybody hears of it.

    Inside the caller's transaction, who has locked the merchant, the operator and whoever owns the transfers.
    """
    if collection.state == CollectionState.FAILED:
        return
    if collection.came_on is not None:
        day = debit.returned_by.booked_on if debit.returned_by else timezone.localdate(at)
        source = f"collection:{collection.pk}"
        booking = Booking(REFUNDS_NOT_COLLECTED, collection.amount, f"{source}:went_back", day)
        post(collection.merchant_id, [booking], at=at)
        post(debit.merchant_id, [Booking(HELD_WENT_BACK, collection.amount, f"{source}:went_back", day)], at=at)
    if collection.transfer_id is not None:
        call_back(collection.transfer_id, "debit_failed", at=at)
    stop_all(collection, "debit_failed", at=at)


def stop_all(collection: RefundCollection, why: str, *, at: datetime) -> None:
    """Nothing is collected: the refunds that have not left stop, and the owners are told; inside the caller's turn."""
    is_debt = not collection.refunds.exists()
    move_collection(collection, CollectionState.FAILED)
    stopped = [refund for refund in collection.refunds.order_by("id") if _stays(refund, why, at)]
    came_back_before = collection.refunds.filter(state__in=(RefundState.STOPPED, RefundState.ACCOUNT_MISSING))
    came_back_before.update(collection=None)  # the money went back with the debit: collected anew, if they leave again
    steps = [Happened("refund", refund.pk, "stopped", BY, why) for refund in stopped]
    record(collection.merchant_id, steps, at=at)
    kind, page = HouseKind.REFUNDS_NOT_COLLECTED, "/refunds/"
    if collection.covers_id is not None:
        kind, page = HouseKind.BALANCE_NOT_COLLECTED, "/payouts/"
    elif is_debt:
        kind, page = HouseKind.DEBT_NOT_COLLECTED, "/plan/"
    values: dict[str, Value] = {"amount": collection.amount, "count": str(len(steps))}
    _tell(collection.merchant_id, kind, f"collection:{collection.pk}:failed", values, page, at)


def tell_if_stuck(collection: RefundCollection, *, at: datetime) -> None:
    """What was collected for an overdrawn account did not get there in several tries: owners and operator are told."""
    transfer = collection.transfer
    if transfer is None or transfer.state not in NOT_MADE or collection.attempt % MOST_TRIES:
        return
    key = f"collection:{collection.pk}:stuck:{collection.attempt}"
    _tell_both(collection, transfer, HouseKind.BALANCE_NOT_BROUGHT, key, at)


def tell_if_lost(collection: RefundCollection, *, at: datetime) -> None:
    """What the bank took off the pooled account again is not with the operator: both are told, once."""
    transfer = collection.transfer
    if transfer is not None:
        key = f"collection:{collection.pk}:lost:{transfer.pk}"
        _tell_both(collection, transfer, HouseKind.BALANCE_NOT_BACK, key, at)


def tell_if_recalled(collection: RefundCollection, *, at: datetime) -> None:
    """The bank has taken the operator's transfer off the pooled account again: the operator holds its money as before.

    Inside the caller's transaction, like the others. What the account is overdrawn by then is covered anew, from that.
    """
    transfer = collection.transfer
    if transfer is None or transfer.returned_by is None or collection.arrived_id is None:
        return
    day, source = transfer.returned_by.booked_on, f"collection:{collection.pk}:recalled:{transfer.pk}"
    if not post(collection.merchant_id, [Booking(BALANCE_RECALLED, transfer.amount, source, day)], at=at):
        return  # other news of a transfer that is booked back already
    post(transfer.merchant_id, [Booking(CAME_BACK_FOR_MERCHANT, transfer.amount, source, day)], at=at)
    step = Happened("collection", collection.pk, "balance_recalled", "bank", transfer.reason)
    record(collection.merchant_id, [step], at=at)
    _tell_both(collection, transfer, HouseKind.BALANCE_RECALLED, source, at)


def call_back(number: int, why: str, *, at: datetime) -> bool:
    """Cancel a transfer that nobody outside the house has; inside the caller's transaction and turn.

    A file that it is in is withdrawn; the others in it are approved again and wait for the next one.

    Returns:
        Whether it stays. False when the bank may have it, or it is over.
    """
    transfer = PaymentOrder.objects.select_related("file").get(pk=number)
    file = transfer.file
    if transfer.state == OrderState.IN_FILE and file is not None and file.state in _AT_HOME:
        if file.state == FileState.QUEUED:
            move_file(file, FileState.MADE, connection=None, error="")
        withdraw(file, by=BY, at=at)
        transfer.refresh_from_db()
    if transfer.state not in {OrderState.DRAFTED, OrderState.APPROVED}:
        return False
    move_transfer(transfer, OrderState.CANCELLED)
    note_news(transfer.pk)
    record(transfer.merchant_id, [Happened("transfer", transfer.pk, "cancelled", BY, why)], at=at)
    return True


def _stays(refund: Refund, why: str, at: datetime) -> bool:
    """Stop a refund that has not left; whether it had not."""
    if refund.state == RefundState.ORDERED:
        if refund.transfer_id is None or not call_back(refund.transfer_id, why, at=at):
            return False
    elif refund.state not in {RefundState.COLLECTING, RefundState.PLANNED, RefundState.SHORT}:
        return False
    if refund.state == RefundState.SHORT:
        move(refund, RefundState.PLANNED)
    move(refund, RefundState.STOPPED, reason=why, collection=None)
    return True


def _tell_both(collection: RefundCollection, transfer: PaymentOrder, kind: HouseKind, key: str, at: datetime) -> None:
    """Tell the owners of the merchant and of the operator what has become of a transfer to a pooled account."""
    values: dict[str, Value] = {"amount": transfer.amount, "account": shortened(transfer.creditor_number)}
    for merchant_id, page in ((collection.merchant_id, "/payouts/"), (transfer.merchant_id, "/transfers/")):
        _tell(merchant_id, kind, key, values, page, at)


def _tell(merchant_id: int, kind: HouseKind, key: str, values: dict[str, Value], page: str, at: datetime) -> None:
    mails = [said(kind, key, one, values, page=page) for one in owners(merchant_id)]
    tell(merchant_id, mails, at=at)
