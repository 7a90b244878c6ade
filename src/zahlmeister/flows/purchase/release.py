"""What of an order will not be billed any more is let go: released, cancelled, or over by time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from zahlmeister.connectors.erps.documents import Cancellation
from zahlmeister.flows.purchase.both_sides import happened, hold_limit, is_over, lock_both
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note
from zahlmeister.purchase.models import Authorisation, Document
from zahlmeister.purchase.moves import move, swap
from zahlmeister.purchase.refusals import DifferentContent
from zahlmeister.purchase.states import LIVE, AuthorisationState, EventKind
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: The kind of document that a released part is kept as; ERPs send a cancellation for the same.
RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Part:
    """So much of an order, under the number that whoever lets it go gave that: the same twice is once."""

    minor: int
    key: str


def release(merchant: Merchant, number: int, part: Part | None = None, *, at: datetime, by: str) -> Authorisation:
    """Let a part of an order go that will not be billed; without one all that is left. What is billed stays.

    Raises:
        Refused: the order is over, or less is left of it.
        DifferentContent: a part of this key was released before, and it was another one.
    """
    found = _existing(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        found.refresh_from_db()
        if part is None or _is_new(found, part, by, at):
            _release(found, part.minor if part else None, by, at, "")
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
    over = Authorisation.objects.filter(state__in=LIVE, expires_at__lte=now).select_related("terms__guarantor")
    return take_first("purchase.expire", over.order_by("expires_at", "pk"), lambda of: _let_expire(of, now), at=now)


def _let_expire(of: Authorisation, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock_both(of.terms)
        of.refresh_from_db()
        if of.state in LIVE and of.expires_at <= at:
            _expire(of, at)


def _expire(of: Authorisation, at: datetime) -> None:
    left = of.left_minor
    if of.captured_minor:
        move(of, AuthorisationState.CAPTURED, released_minor=of.released_minor + left)
    else:
        move(of, AuthorisationState.EXPIRED)
    is_over(of, at=at)
    happened(of, "expired", BY, at=at, minor=left)
    note(of, EventKind.EXPIRED, "", at=at, amount=left)


def _is_new(of: Authorisation, part: Part, by: str, at: datetime) -> bool:
    """Keep a part as a document of its own kind, inside the caller's transaction and turns."""
    content = {"order": of.order_number, "minor": part.minor, "currency": of.currency}
    mark = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    told = {"fingerprint": mark, "content": content, "authorisation": of, "taken_by": by, "taken_at": at}
    rows = Document.objects.filter(merchant_id=of.merchant_id)
    kept, is_new = rows.get_or_create(merchant_id=of.merchant_id, kind=RELEASE, number=part.key, defaults=told)
    if kept.fingerprint != mark:
        raise DifferentContent(f"Release {part.key} was sent before with other content; give the new one another key.")
    return is_new


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
    is_over(of, at=at)
    happened(of, "cancelled", by, at=at, reason=reason)
    note(of, EventKind.CANCELLED, "", at=at, reason=reason)


def _existing(merchant: Merchant, number: int) -> Authorisation:
    found = queries.authorisation(merchant.pk, number)
    if found is None:
        raise Refused("This authorisation does not exist.")
    return found
