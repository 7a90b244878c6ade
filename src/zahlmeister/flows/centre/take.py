"""Money that customers announced is found by its reference: invoices are paid, top-ups wait for their release.

A transfer is looked for among the payments that wait for a person; a payment that the matcher has assigned is none of
them. What exactly matches is credited by itself where the merchant wants that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.flows.centre.release import credit, pay_items
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.prepaid.models import AnnouncedTransfer
from zahlmeister.prepaid.moves import move_transfer
from zahlmeister.prepaid.queries import centre_of
from zahlmeister.prepaid.states import AWAITED, Purpose, Release, TransferState
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import UNDECIDED, PaymentState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: So long money is still looked for after a transfer expired or was withdrawn.
LATE = timedelta(days=180)
#: Banks book with a day of before, but with none before the reference was made by more than this.
BEFORE = timedelta(days=7)
_WAITING = tuple(state for state in UNDECIDED if state != PaymentState.EARLY)


def take_next(*, clock: Clock) -> AnnouncedTransfer | None:
    """A worker's turn: take the money of one announced transfer; None when none has come."""
    now = clock()
    for merchant_id in (
        AnnouncedTransfer.objects.filter(state__in=AWAITED).values_list("merchant", flat=True).distinct()
    ):
        if (taken := _take_of(merchant_id, now)) is not None:
            return taken
    return _expire_first(now)


def _take_of(merchant_id: int, now: datetime) -> AnnouncedTransfer | None:
    found = {transfer.pk: (transfer, payment) for transfer, payment in _found(merchant_id, now)}
    while found:
        rows = AnnouncedTransfer.objects.filter(pk__in=found).order_by("pk")
        try:
            return take_first("take_announced", rows, lambda row: take(*found[row.pk], at=now), at=now)
        except Refused:
            continue  # somebody has just decided on it; it rests, and is looked at again
    return None


def _found(merchant_id: int, now: datetime) -> list[tuple[AnnouncedTransfer, Payment]]:
    """Announced transfers with the one waiting payment that names their reference."""
    rows = AnnouncedTransfer.objects.filter(merchant_id=merchant_id, state__in=AWAITED)
    awaited = {row.reference: row for row in rows.filter(expires_on__gte=localdate(now - LATE))}
    if not awaited:
        return []
    since = min(localdate(row.created_at) for row in awaited.values()) - BEFORE
    payments = Payment.objects.filter(merchant_id=merchant_id, state__in=_WAITING, booked_on__gte=since)
    payments = payments.select_related("transaction")
    found: list[tuple[AnnouncedTransfer, Payment]] = []
    for payment in payments.order_by("id").iterator(chunk_size=500):
        said = payment.transaction
        text = compact(f"{said.remittance} {said.end_to_end_id}")
        named = [row for reference, row in awaited.items() if compact(reference) in text]
        if len(named) == 1 and named[0].currency == payment.currency and payment.open_minor == payment.amount_minor:
            found.append((named[0], payment))
            del awaited[named[0].reference]
    return found


def take(transfer: AnnouncedTransfer, payment: Payment, *, at: datetime) -> AnnouncedTransfer:
    """This payment is that transfer: invoices are paid with it, a top-up waits or is credited by itself.

    Raises:
        Refused: either has changed meanwhile.
    """
    is_exact = _releases_itself(transfer, payment)
    with transaction.atomic(durable=True):
        lock(transfer.merchant_id)
        rows = AnnouncedTransfer.objects.select_related("account__merchant", "account__customer")
        standing = rows.get(pk=transfer.pk)
        move_transfer(standing, TransferState.SEEN, by=BY, at=at, payment=payment, paid_minor=payment.open_minor)
        if standing.purpose == Purpose.ITEMS:
            pay_items(standing, by=BY, at=at)
        elif is_exact:
            credit(standing, by=BY, at=at)
    return standing


def _releases_itself(transfer: AnnouncedTransfer, payment: Payment) -> bool:
    wanted = centre_of(transfer.merchant_id).release
    is_exact = transfer.amount_minor == payment.amount_minor and transfer.state == TransferState.SENT
    if wanted == Release.BY_HAND or not is_exact:
        return False
    return wanted == Release.EXACT or _is_known(transfer, payment)


def _is_known(transfer: AnnouncedTransfer, payment: Payment) -> bool:
    """Whether this customer has paid from the same account before, and a person released it."""
    number = payment.transaction.counterparty_number
    before = AnnouncedTransfer.objects.filter(
        merchant_id=transfer.merchant_id,
        account__customer=transfer.account.customer_id,
        state=TransferState.CREDITED,
        payment__transaction__counterparty_number=number,
    )
    return bool(number) and before.exists()


def _expire_first(now: datetime) -> AnnouncedTransfer | None:
    rows = AnnouncedTransfer.objects.filter(state=TransferState.SENT, expires_on__lt=localdate(now))
    return take_first("expire_announced", rows.order_by("expires_on", "pk"), lambda row: _expire(row, now), at=now)


def _expire(transfer: AnnouncedTransfer, now: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(transfer.merchant_id)
        move_transfer(transfer, TransferState.EXPIRED, by=BY, at=now)
