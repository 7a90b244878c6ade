"""What happens on accounts without anybody asking: top-ups are asked for or charged, and granted credit expires.

Where the customer has agreed to be charged, that is ordered at the provider who has stored how he pays. Else an
automatic top-up is a request: he gets the mail with reference and code, and nothing is taken from any account. It is
asked for at most once a day, not while an earlier one waits, and never beyond the month's cap; a charge is never
ordered while one is on its way.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.timezone import localdate

from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.flows.centre.charge_by_itself import order_charge
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.intents.queries import on_its_way
from zahlmeister.intents.states import OVER
from zahlmeister.intents.stored import drop_stored, stored_for
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, Entry
from zahlmeister.prepaid.queries import balance_of, centre_of, grant_steps
from zahlmeister.prepaid.rules import Balance, OutsideLimits, grants_left
from zahlmeister.prepaid.states import EntryKind, Every, Purpose, TransferState
from zahlmeister.refusals import Refused


class CapTooLow(Refused):
    """One top-up alone is more than the month's cap."""


Clock = Callable[[], datetime]
BY = "house"
_REST = {Every.THRESHOLD: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=30)}


def ask_next(*, clock: Clock) -> AutomaticTopUp | None:
    """A worker's turn: look whether one customer wants to be asked for a top-up; None when none is due."""
    now = clock()
    due = AutomaticTopUp.objects.filter(is_on=True, look_at__lte=now)
    due = due.select_related("account__merchant", "account__customer")
    rows = due.order_by("look_at", "pk")
    return take_first("ask_for_top_up", rows, lambda wanted: _ask(wanted, now), at=now)


def _ask(wanted: AutomaticTopUp, now: datetime) -> None:
    """Ask first and rest then: the key is of the day that was due, so that whoever dies in between asks once."""
    stored = stored_for(wanted.account.merchant_id, wanted.account_id, wanted.way) if _charges(wanted) else None
    if stored is not None and stored.connection.is_on:
        _charge(wanted, now)
        return
    if (stored is not None or not _charges(wanted)) and _is_wanted(wanted, localdate(now)):
        key = f"by-itself-{wanted.pk}-{wanted.look_at:%Y%m%d%H%M%S}"
        with suppress(Refused):  # outside the merchant's limits by now; it is looked at again
            announce(wanted.account, Wanted(Purpose.TOP_UP, wanted.amount_minor, key), by=BY, at=now)
    mine = AutomaticTopUp.objects.filter(pk=wanted.pk, look_at=wanted.look_at)
    mine.update(look_at=now + _REST[Every(wanted.every)])


def _charges(wanted: AutomaticTopUp) -> bool:
    """Whether the customer has agreed to be charged, and the merchant wants that; the first payment stores how."""
    return bool(wanted.way) and centre_of(wanted.account.merchant_id).charges


def _charge(wanted: AutomaticTopUp, now: datetime) -> None:
    """Order one charge and rest, in one go: whoever comes second finds that it is not due any more."""
    with transaction.atomic(durable=True):
        lock(wanted.account.merchant_id)
        rows = AutomaticTopUp.objects.select_related("account__merchant", "account__customer")
        standing = rows.filter(pk=wanted.pk, look_at=wanted.look_at, is_on=True, way=wanted.way).first()
        if standing is None:
            return
        stored = stored_for(standing.account.merchant_id, standing.account_id, standing.way)
        if stored is None or not stored.connection.is_on:
            return  # it was just taken away; the next look finds that
        changes: dict[str, object] = {"look_at": now + _REST[Every(standing.every)]}
        if _is_wanted(standing, localdate(now)) and _is_within(standing):
            changes["charging"] = order_charge(standing, stored, at=now).pk
        AutomaticTopUp.objects.filter(pk=wanted.pk).update(**changes)


def _is_within(wanted: AutomaticTopUp) -> bool:
    """Whether the merchant's limits still allow it."""
    limits, held = wanted.account.limits(centre_of(wanted.account.merchant_id)), balance_of(wanted.account).total
    try:
        limits.check(wanted.amount_minor, balance=held)
    except OutsideLimits:
        return False
    return True


def save_automatic(account: Account, said: AutomaticTopUp, *, consent: str, at: datetime) -> AutomaticTopUp:
    """Keep what a customer wants to be asked for by itself; the next look is at once.

    Args:
        account: whose.
        said: when, how much, and at most how much in a month; or that it is off.
        consent: the sentence that the customer has agreed to, in his words; it stays in the account's history.
        at: now.

    Raises:
        Refused: nobody has agreed, the amount is outside the merchant's limits, or more than the month's cap.
    """
    if said.is_on:
        _check_automatic(account, said, consent)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        names = ("every", "below_minor", "amount_minor", "month_cap_minor", "way")
        figures = {name: getattr(said, name) for name in names}
        is_paid_now = said.way and said.every != Every.THRESHOLD  # the customer makes the first payment himself
        look_at = at + _REST[Every(said.every)] if is_paid_now else at
        told = {**figures, "is_on": said.is_on, "look_at": look_at, "merchant_id": account.merchant_id}
        told |= {"failures": 0, "trouble": ""}
        if not said.is_on or not said.way:
            drop_stored(account.merchant_id, account.pk, at=at)
        if not said.is_on:  # what was wanted before stays, so that it is there when it is switched on again
            AutomaticTopUp.objects.filter(account=account).update(is_on=False)
        else:
            AutomaticTopUp.objects.update_or_create(
                account=account, defaults=told, create_defaults={**told, "created_at": at}
            )
        facts = {**figures, "consent": consent} if said.is_on else {}
        verb = "automatic_on" if said.is_on else "automatic_off"
        record(account.merchant_id, [Happened("account", account.pk, verb, "customer", "", facts)], at=at)
    return AutomaticTopUp.objects.filter(account=account).first() or said


def _check_automatic(account: Account, said: AutomaticTopUp, consent: str) -> None:
    if not consent:
        raise Refused("Without the customer's consent nothing is asked for by itself.")
    if said.way and not centre_of(account.merchant_id).charges:
        raise Refused("This merchant charges nothing by itself.")
    account.limits(centre_of(account.merchant_id)).check(said.amount_minor, balance=0)
    if said.month_cap_minor < said.amount_minor:
        raise CapTooLow("The month's cap is lower than one top-up.")


def expire_next(*, clock: Clock) -> Account | None:
    """A worker's turn: take back what is left of an account's grants that are over; None when none is."""
    now = clock()
    over = Account.objects.filter(grants_end_on__lt=localdate(now)).select_related("merchant", "customer")
    rows = over.order_by("grants_end_on", "pk")
    return take_first("expire_grants", rows, lambda account: _expire(account, now), at=now)


def _expire(account: Account, now: datetime) -> None:
    today = localdate(now)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        steps = grant_steps(account)
        ends = {step.number: step.expires_on for step in steps if step.expires_on is not None}
        left = {number: minor for number, minor in grants_left(steps).items() if minor and number in ends}
        for grant in Entry.objects.filter(pk__in=[number for number in left if ends[number] < today]).order_by("pk"):
            source = f"expired:{grant.pk}:{steps[-1].number}"
            change = Change(EntryKind.GRANT_EXPIRED, Balance(granted=left[grant.pk]), source, grant.text)
            enter(account, change, by=BY, at=now)
        later = [ends[number] for number in left if ends[number] >= today]
        Account.objects.filter(pk=account.pk).update(grants_end_on=min(later, default=None))


def _is_wanted(wanted: AutomaticTopUp, today: date) -> bool:
    account = wanted.account
    is_shut = account.is_blocked or account.customer.is_blocked
    if is_shut or wanted.charging is not None or on_its_way(account.merchant_id, account=account.pk):
        return False
    waiting = AnnouncedTransfer.objects.filter(account=account, state__in=(TransferState.SENT, TransferState.SEEN))
    if waiting.filter(purpose=Purpose.TOP_UP).exists():
        return False
    if wanted.every == Every.THRESHOLD and balance_of(account).total >= wanted.below_minor:
        return False
    month = AnnouncedTransfer.objects.filter(account=account, created_by=BY, created_at__date__gte=today.replace(day=1))
    asked = month.exclude(state__in=(TransferState.EXPIRED, TransferState.CANCELLED, TransferState.REJECTED))
    charged = PaymentIntent.objects.filter(
        Q(stored__isnull=False) | Q(keeps=True),
        merchant_id=account.merchant_id,
        account=account.pk,
        created_at__date__gte=today.replace(day=1),
    ).exclude(state__in=OVER)
    spent = sum(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0 for rows in (asked, charged))
    return spent + wanted.amount_minor <= wanted.month_cap_minor
