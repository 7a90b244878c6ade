"""What can be asked of history."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.db.models import Max, QuerySet

from zahlmeister.history.models import Step
from zahlmeister.history.record import FORGOTTEN, digest

#: The shortest time for which any of the countries has books kept (AT: seven years, § 132 BAO).
KEPT_AT_LEAST = timedelta(days=7 * 365)


def steps_of(merchant_id: int, subject: str, subject_id: int) -> QuerySet[Step]:
    """The steps of one subject, oldest first."""
    return Step.objects.filter(merchant_id=merchant_id, subject=subject, subject_id=subject_id).order_by("ordinal")


def steps_behind(merchant_id: int, place: int, subjects: Iterable[str], most: int) -> list[Step]:
    """The steps of these kinds of subjects behind a step, oldest first."""
    rows = Step.objects.filter(merchant_id=merchant_id, subject__in=list(subjects), id__gt=place)
    return list(rows.order_by("id")[:most])


def broken_chains(merchant_id: int) -> list[tuple[str, int, int]]:
    """Subjects whose chain does not verify: (subject, its number, the first ordinal that is wrong)."""
    rows = Step.objects.filter(merchant_id=merchant_id).order_by("subject", "subject_id", "ordinal").iterator()
    forgotten, broken = _forgotten_before(merchant_id), []
    for (subject, subject_id), steps in groupby(rows, key=lambda row: (row.subject, row.subject_id)):
        wrong = _first_wrong(list(steps), forgotten)
        if wrong is not None:
            broken.append((subject, subject_id, wrong))
    return broken


def sealed_hashes(merchant_id: int, closing: int) -> Iterator[tuple[str, int, int, bytes]]:
    """Every step that a closing sealed: subject, number, ordinal, hash."""
    rows = Step.objects.filter(merchant_id=merchant_id, closing=closing).order_by("subject", "subject_id", "ordinal")
    told = rows.values_list("subject", "subject_id", "ordinal", "hash")
    for subject, number, ordinal, mark in told.iterator(chunk_size=2000):
        yield subject, number, ordinal, bytes(mark)


def broken_since(merchant_id: int, subject: str, subject_id: int) -> int | None:
    """The first ordinal at which the chain of one subject is wrong; None when it verifies."""
    return _first_wrong(list(steps_of(merchant_id, subject, subject_id)), _forgotten_before(merchant_id))


def _forgotten_before(merchant_id: int) -> datetime:
    """Steps may have lost their words when they are older than any country lets them be, seen from the newest one."""
    newest = Step.objects.filter(merchant_id=merchant_id).aggregate(at=Max("at"))["at"]
    return (newest or datetime.now(UTC)) - KEPT_AT_LEAST


def _first_wrong(steps: list[Step], forgotten_before: datetime) -> int | None:
    previous, may_be_forgotten = b"", True  # the oldest are forgotten first
    for expected, step in enumerate(steps, start=1):
        may_be_forgotten = may_be_forgotten and _is_forgotten(step) and step.at < forgotten_before
        if step.ordinal != expected or not (may_be_forgotten or bytes(step.hash) == digest(step, previous)):
            return expected
        previous = bytes(step.hash)
    return None


def _is_forgotten(step: Step) -> bool:
    return step.actor == FORGOTTEN and not step.reason
