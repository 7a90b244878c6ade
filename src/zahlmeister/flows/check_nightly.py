"""Every day each merchant's books are derived anew and the result is kept: without a good one nothing is paid out."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.check_books import check_books
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import BY_CHANCE, take_first
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]


def check_next(*, clock: Clock) -> Merchant | None:
    """A worker's turn: look at the books of one merchant with a pooled account who was not looked at today."""
    now = clock()
    today = timezone.localdate(now)
    pooled = BankAccount.objects.filter(merchant=OuterRef("pk"), kind=AccountKind.POOLED)
    checked = BooksCheck.objects.filter(merchant=OuterRef("pk"), on=today)
    waiting = Merchant.objects.filter(Exists(pooled)).exclude(Exists(checked)).order_by(BY_CHANCE)
    return take_first("check", waiting, lambda merchant: check_today(merchant, at=now), at=now)


def check_today(merchant: Merchant, *, at: datetime) -> BooksCheck:
    """Look at a merchant's books now and keep the result as that of today; a later look replaces it."""
    found = check_books(merchant)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        row, _new = BooksCheck.objects.update_or_create(
            merchant=merchant, on=timezone.localdate(at), defaults={"at": at, "findings": found[:50]}
        )
    return row


def require_good_books(merchant_id: int, today: date) -> None:
    """Make sure that the books were looked at today and that all of them added up.

    Raises:
        Refused: they were not, or did not.
    """
    row = BooksCheck.objects.filter(merchant_id=merchant_id, on=today).first()
    if row is None:
        raise Refused("The books were not checked today yet; nothing is paid out before.")
    if row.findings:
        raise Refused(f"The books do not add up, so that nothing is paid out: {row.findings[0]}")
