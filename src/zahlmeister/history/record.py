"""Record steps of any state machine, in batches, and verify the chain."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zahlmeister.history.models import Step
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import insert_values


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to which subject. `facts` are plain JSON values: texts, whole numbers, lists, dicts."""

    subject: str
    subject_id: int
    verb: str
    actor: str
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def record(merchant_id: int, steps: Sequence[Happened], *, at: datetime, new_subjects: bool = False) -> None:
    """Write steps in the given order, each chained to the step before it of the same subject.

    Args:
        merchant_id: whose history.
        steps: what happened.
        at: when.
        new_subjects: True when none of the subjects can have a step yet, which saves the look-up.
    """
    last = {} if new_subjects else _last(merchant_id, {(step.subject, step.subject_id) for step in steps})
    rows = []
    for step, number in zip(steps, new_ids(len(steps)), strict=True):
        key = (step.subject, step.subject_id)
        ordinal, previous = last.get(key, (0, b""))
        said = (step.subject, step.subject_id, ordinal + 1, step.verb, step.actor, step.reason[:240], step.facts, at)
        mark = _hash(said, previous)
        last[key] = (ordinal + 1, mark)
        rows.append((number, merchant_id, *said, mark))
    insert_values(Step, _COLUMNS, rows)


def digest(row: Step, previous: bytes) -> bytes:
    """What the hash of a step must be, given the hash of the step before it."""
    return _hash(tuple(getattr(row, name) for name in _HASHED), previous)


_HASHED = ("subject", "subject_id", "ordinal", "verb", "actor", "reason", "facts", "at")
_COLUMNS = ("id", "merchant_id", *_HASHED, "hash")
_written = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def _hash(said: tuple[Any, ...], previous: bytes) -> bytes:
    """SHA-256 over the hash before it and the content in a fixed order; the instant is the last part of it."""
    text = _written([*said[:-1], said[-1].astimezone(UTC).isoformat()])
    return hashlib.sha256(previous + text.encode()).digest()


def _last(merchant_id: int, subjects: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, bytes]]:
    """The newest ordinal and hash of each subject."""
    last: dict[tuple[str, int], tuple[int, bytes]] = {}
    for kind in sorted({subject for subject, _ in subjects}):
        numbers = [number for subject, number in subjects if subject == kind]
        for start in range(0, len(numbers), 5000):
            rows = Step.objects.filter(
                merchant_id=merchant_id, subject=kind, subject_id__in=numbers[start : start + 5000]
            ).values_list("subject_id", "ordinal", "hash")
            for subject_id, ordinal, value in rows:
                if ordinal > last.get((kind, subject_id), (0, b""))[0]:
                    last[kind, subject_id] = (ordinal, bytes(value))
    return last
