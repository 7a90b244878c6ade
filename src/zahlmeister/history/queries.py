"""What can be asked of history."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from django.db.models import QuerySet

from zahlmeister.history.models import Step
from zahlmeister.history.record import digest


def steps_of(merchant_id: int, subject: str, subject_id: int) -> QuerySet[Step]:
    """The steps of one subject, oldest first."""
    return Step.objects.filter(merchant_id=merchant_id, subject=subject, subject_id=subject_id).order_by("ordinal")


def broken_chains(merchant_id: int) -> list[tuple[str, int, int]]:
    """Subjects whose chain does not verify: (subject, its number, the first ordinal that is wrong)."""
    rows = Step.objects.filter(merchant_id=merchant_id).order_by("subject", "subject_id", "ordinal").iterator()
    broken = []
    for (subject, subject_id), steps in groupby(rows, key=lambda row: (row.subject, row.subject_id)):
        wrong = _first_wrong(list(steps))
        if wrong is not None:
            broken.append((subject, subject_id, wrong))
    return broken


def hashes_between(merchant_id: int, after: datetime | None, until: datetime) -> Iterator[tuple[str, int, int, bytes]]:
    """Every step that was recorded before an instant and not before another: subject, number, ordinal, hash."""
    rows = Step.objects.filter(merchant_id=merchant_id, at__lt=until)
    rows = rows if after is None else rows.filter(at__gte=after)
    told = rows.order_by("subject", "subject_id", "ordinal").values_list("subject", "subject_id", "ordinal", "hash")
    for subject, number, ordinal, mark in told.iterator(chunk_size=2000):
        yield subject, number, ordinal, bytes(mark)


def broken_since(merchant_id: int, subject: str, subject_id: int) -> int | None:
    """The first ordinal at which the chain of one subject is wrong; None when it verifies."""
    return _first_wrong(list(steps_of(merchant_id, subject, subject_id)))


def _first_wrong(steps: list[Step]) -> int | None:
    previous = b""
    for expected, step in enumerate(steps, start=1):
        if step.ordinal != expected or bytes(step.hash) != digest(step, previous):
            return expected
        previous = bytes(step.hash)
    return None
