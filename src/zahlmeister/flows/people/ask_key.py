"""Whoever is not signed in asks for a mail with a link: noted at the door, and looked into by a worker.

The door answers everybody alike and does the same work for everybody, so that neither the answer nor the time it takes
tells whether an address is known.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.flows.people.own_access import send_password_link
from zahlmeister.flows.people.register import send_registration_link
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.merchants.models import AskedKey, KeyKind

Clock = Callable[[], datetime]
#: Whoever looks into one has so long; then somebody else tries it.
LEASE = timedelta(minutes=5)
#: What could not be answered for so long is not waited for any more.
PATIENCE = timedelta(days=1)


def ask_key(kind: KeyKind, email: str, *, language: str, at: datetime) -> None:
    """Note that somebody wants a link. Asked again before it was looked into, it is asked once."""
    address = email.strip().lower()
    if is_mail_address(address):
        told = {"language": "de" if language.startswith("de") else "en", "at": at, "look_at": at}
        AskedKey.objects.get_or_create(kind=kind, email=address, defaults=told)


def send_key_next(*, clock: Clock) -> AskedKey | None:
    """A worker's turn: answer the mail of one who has asked; None when nobody has.

    Raises:
        Exception: whatever stopped it; the next worker tries it after the lease, and others are answered before.
    """
    now = clock()
    asked = AskedKey.objects.filter(look_at__lte=now).order_by("look_at", "pk").first()
    if asked is None:
        return None
    mine = AskedKey.objects.filter(pk=asked.pk, look_at=asked.look_at)
    if mine.update(look_at=now + LEASE) == 1:
        _answer(asked, now)
    return asked


def _answer(asked: AskedKey, at: datetime) -> None:
    with transaction.atomic(durable=True):
        AskedKey.objects.filter(pk=asked.pk).delete()
        if at - asked.at > PATIENCE:
            return
        if asked.kind == KeyKind.PASSWORD:
            send_password_link(asked.email, at=at)
        else:
            send_registration_link(asked.email, language=asked.language, at=at)
