"""What of an order will not be billed any more is let go: released, cancelled, or over by time."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from zahlmeister.connectors.erps.documents import Cancellation
from zahlmeister.flows.purchase.both_sides import happened, hold_limit, lock_both
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note
from zahlmeister.purchase.models import Authorisation
from zahlmeister.purchase.moves import move, swap
from zahlmeister.purchase.refusals import Overtaken
from zahlmeister.purchase.states import LIVE, AuthorisationState, EventKind
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"


def release(merchant: Merchant, number: int, minor: int | None = None, *, at: datetime, by: str) -> Authorisation:
    """Let a part of an order go that will not be billed; without an amount all that is left. What is billed stays.

    Raises:
        Refused: the order is over, or less is left of it.
    """
    found = _existing(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        found.refresh_from_db()
        _release(found, minor, by, at, "")
    return found


def cancel(merchant: Merchant, number: int, *, at: datetime, by: str, reason: str = "") -> Authorisation:
    """Let a whole order go of which nothing was billed. Twice is once.

    Raises:
        Refused: something of it was billed; then a credit note is what takes it back.
    """
    found = _existing(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        found.refresh_from_db()
        if found.state != AuthorisationState.CANCELLED:
            _cancel(found, by, at, reason)
    return found


def cancel_rest(of: Authorisation, _none: None, document: Cancellation, by: str, at: datetime) -> None:
    """An ERP says that the rest of an order, or a part of it, will not come; inside the caller's turn."""
    if document.minor is None and not of.captured_minor:
        _cancel(of, by, at, document.reason)
    else:
        _release(of, document.minor, by, at, document.reason)


def expire_next(*, clock: Clock) -> Authorisation | None:
    """A worker's turn: let one order go whose time is over; None when there is none. What is billed stays."""
    now = clock()
    found = Authorisation.objects.filter(state__in=LIVE, expires_at__lte=now).order_by("expires_at", "pk").first()
    if found is None:
        return None
    found = queries.authorisation(found.merchant_id, found.pk)
    assert found is not None  # nothing is ever deleted
    try:
        with transaction.atomic(durable=True):
            lock_both(found.terms)
            found.refresh_from_db()
            if found.state in LIVE and found.expires_at <= now:
                _expire(found, now)
    except Overtaken:
        return found
    return found


def _expire(of: Authorisation, at: datetime) -> None:
    left = of.left_minor
    if of.captured_minor:
        move(of, AuthorisationState.CAPTURED, released_minor=of.released_minor + left)
    else:
        move(of, AuthorisationState.EXPIRED)
    hold_limit(of)
    happened(of, "expired", BY, at=at, minor=left)
    note(of, EventKind.EXPIRED, "", at=at, amount=left)


def _release(of: Authorisation, minor: int | None, by: str, at: datetime, reason: str) -> None:
    amount = of.left_minor if minor is None else minor
    if of.state not in LIVE or not 0 < amount <= of.left_minor:
        said, left = Amount(amount, of.currency), Amount(of.left_minor, of.currency)
        raise Refused(
            f"{said} of order {of} cannot be released: it is “{of.get_state_display()}”, and {left} are left."
        )
    released = of.released_minor + amount
    if released == of.amount_minor:
        _cancel(of, by, at, reason)
        return
    if of.captured_minor and released + of.captured_minor == of.amount_minor:
        move(of, AuthorisationState.CAPTURED, released_minor=released)
    else:
        swap(of, released_minor=released)
    hold_limit(of)
    happened(of, "released", by, at=at, reason=reason, minor=amount)
    note(of, EventKind.RELEASED, str(released), at=at, amount=amount, left=of.left_minor)


def _cancel(of: Authorisation, by: str, at: datetime, reason: str) -> None:
    if of.captured_minor:
        raise Refused(f"Order {of} is billed in part and cannot be cancelled; release the rest, or credit the invoice.")
    move(of, AuthorisationState.CANCELLED)
    hold_limit(of)
    happened(of, "cancelled", by, at=at, reason=reason)
    note(of, EventKind.CANCELLED, "", at=at, reason=reason)


def _existing(merchant: Merchant, number: int) -> Authorisation:
    found = queries.authorisation(merchant.pk, number)
    if found is None:
        raise Refused("This authorisation does not exist.")
    return found
