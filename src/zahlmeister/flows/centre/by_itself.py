"""What happens on accounts without anybody asking: top-ups are asked for, and granted credit expires.

An automatic top-up is a request: the customer gets the mail with reference and code, and nothing is taken from any
account. It is asked for at most once a day, not while an earlier one waits, and never beyond the month's cap.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.timezone import localdate

from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.merchants.lock import lock
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, Entry
from zahlmeister.prepaid.queries import balance_of, centre_of
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind, Every, Purpose, TransferState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
_REST = {Every.THRESHOLD: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=30)}


def ask_next(*, clock: Clock) -> AutomaticTopUp | None:
    """A worker's turn: look whether one customer wants to be asked for a top-up; None when none is due."""
    now = clock()
    due = AutomaticTopUp.objects.filter(is_on=True, look_at__lte=now).select_related("account__merchant")
    wanted = due.order_by("look_at", "pk").first()
    if wanted is None:
        return None
    mine = AutomaticTopUp.objects.filter(pk=wanted.pk, look_at=wanted.look_at)
    if mine.update(look_at=now + _REST[Every(wanted.every)]) and _is_wanted(wanted, localdate(now)):
        key = f"by-itself-{wanted.pk}-{wanted.look_at:%Y%m%d%H%M%S}"  # whoever dies here and comes again asks once
        try:
            announce(wanted.account, Wanted(Purpose.TOP_UP, wanted.amount_minor, key), by=BY, at=now)
        except Refused:
            return wanted  # outside the merchant's limits by now; it is looked at again
    return wanted


def save_automatic(account: Account, said: AutomaticTopUp, *, at: datetime) -> AutomaticTopUp:
    """Keep what a customer wants to be asked for by itself; the next look is at once.

    Raises:
        Refused: the amount is outside the merchant's limits, or more than the month's cap.
    """
    if said.is_on:
        account.limits(centre_of(account.merchant_id)).check(said.amount_minor, balance=0)
        if said.month_cap_minor < said.amount_minor:
            raise Refused("The month's cap is lower than one top-up.")
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        figures = {name: getattr(said, name) for name in ("every", "below_minor", "amount_minor", "month_cap_minor")}
        row, _ = AutomaticTopUp.objects.update_or_create(
            account=account,
            defaults={**figures, "is_on": said.is_on, "look_at": at, "merchant_id": account.merchant_id},
            create_defaults={
                **figures,
                "is_on": said.is_on,
                "look_at": at,
                "created_at": at,
                "merchant_id": account.merchant_id,
            },
        )
    return row


def expire_next(*, clock: Clock) -> Entry | None:
    """A worker's turn: take back what is left of one grant whose time is over; None when there is none."""
    now = clock()
    today = localdate(now)
    over = Entry.objects.filter(kind=EntryKind.GRANT, expires_on__lt=today, undone_by=None)
    for grant in over.select_related("account").order_by("expires_on", "id"):
        with transaction.atomic(durable=True):
            lock(grant.merchant_id)
            left = _left_of(grant, today)
            if left and not Entry.objects.filter(undoes=grant).exists():
                change = Change(
                    EntryKind.GRANT_EXPIRED, Balance(granted=left), f"expired:{grant.pk}", grant.text, undoes=grant
                )
                return enter(grant.account, change, by=BY, at=now)
    return None


def _is_wanted(wanted: AutomaticTopUp, today: date) -> bool:
    account = wanted.account
    waiting = AnnouncedTransfer.objects.filter(account=account, state__in=(TransferState.SENT, TransferState.SEEN))
    if waiting.filter(purpose=Purpose.TOP_UP).exists():
        return False
    if wanted.every == Every.THRESHOLD and balance_of(account).total >= wanted.below_minor:
        return False
    month = AnnouncedTransfer.objects.filter(account=account, created_by=BY, created_at__date__gte=today.replace(day=1))
    asked = month.exclude(state__in=(TransferState.EXPIRED, TransferState.CANCELLED, TransferState.REJECTED))
    return (asked.aggregate(sum=Sum("amount_minor"))["sum"] or 0) + wanted.amount_minor <= wanted.month_cap_minor


def _left_of(grant: Entry, today: date) -> int:
    """What is left of a grant: what expires first is spent first, so that younger grants are what is left last."""
    standing = Entry.objects.filter(account=grant.account, kind=EntryKind.GRANT).exclude(expires_on__lt=today)
    younger = standing.aggregate(sum=Sum("granted_minor"))["sum"] or 0
    return min(max(balance_of(grant.account).granted - younger, 0), grant.granted_minor)
