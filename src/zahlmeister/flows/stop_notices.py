"""Somebody wants no more notices of a kind, or wants them again after all."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from zahlmeister.correspondence.models import NoticeStop
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.kinds import Kind


def stop_notices(merchant_id: int, person_id: int, kind: Kind, *, at: datetime) -> None:
    """Send this person no more notices of this kind. Saying it twice changes nothing."""
    with transaction.atomic(durable=True):
        _, is_new = NoticeStop.objects.get_or_create(
            merchant_id=merchant_id, person_id=person_id, kind=kind, defaults={"at": at}
        )
        if is_new:
            _record(merchant_id, "notices_stopped", person_id, [kind], at)


def want_notices(merchant_id: int, person_id: int, kinds: Collection[Kind], *, at: datetime) -> None:
    """Send them again."""
    with transaction.atomic(durable=True):
        stops = NoticeStop.objects.filter(merchant_id=merchant_id, person_id=person_id, kind__in=list(kinds))
        if stops.delete()[0]:
            _record(merchant_id, "notices_wanted", person_id, kinds, at)


def _record(merchant_id: int, verb: str, person_id: int, kinds: Collection[Kind], at: datetime) -> None:
    facts = {"person": person_id, "kinds": sorted(kinds)}
    record(merchant_id, [Happened("merchant", merchant_id, verb, f"person:{person_id}", "", facts)], at=at)
