"""Record steps of any state machine, in batches, and verify the chain."""

import hashlib
import json
from collections.abc import Container, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from django.db import connection

from zahlmeister.history.models import Step
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import Later, among, insert_values, numbers, written
from zahlmeister.values import value


@value(frozen=True, slots=True)
class Happened:
    """What happened to which subject. `facts` are plain JSON values: texts, whole numbers, lists, dicts."""

    subject: str
    subject_id: int
    verb: str
    actor: str
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


#: Stands as the actor of a step whose words were taken out when it had been kept long enough.
FORGOTTEN = "forgotten"

_Numbered = tuple[Happened, int]  # with the number of its row
_Link = tuple[int, bytes]  # ordinal and hash of a step
_FIRST: _Link = (0, b"")


def record(
    merchant_id: int,
    steps: Sequence[Happened],
    *,
    at: datetime,
    new_subjects: Container[str] = frozenset(),
    later: Later | None = None,
) -> None:
    """Write steps in the given order, each chained to the step before it of the same subject.

    Args:
        merchant_id: whose history.
        steps: what happened.
        at: when.
        new_subjects: kinds of subjects none of which can have a step yet, which saves the look-up.
        later: where to collect what is to be written; now when absent.
    """
    numbered = list(zip(steps, new_ids(len(steps)), strict=True))
    known = [each for each in numbered if each[0].subject not in new_subjects]
    with written(later) as collected:
        if len(known) < len(numbered):
            new = [each for each in numbered if each[0].subject in new_subjects]
            _chain(merchant_id, new, {}, at, collected)
        if known:  # what is written before this may give the same subject a step, too
            collected.add(partial(_go_on, merchant_id, known, at))


def seal_steps(merchant_id: int, closing: int) -> None:
    """Give every step that no closing has sealed yet to this one.

    It is the column that says so and not the time of the step: another worker may write a step a moment later that
    happened a moment earlier, and that one belongs to the closing after.
    """
    Step.objects.filter(merchant_id=merchant_id, closing=None).update(closing=closing)


def forget_steps(merchant_id: int, before: datetime, *, most: int) -> int:
    """Take the words out of steps that are older: who, why, and what facts say in words; figures and hashes stay.

    What such a step said can be proven no more. Its hash still seals those after it, and closings hold it as before.

    Args:
        merchant_id: whose history.
        before: whatever happened earlier need not be kept any more.
        most: so many at once, the oldest first.

    Returns:
        How many.
    """
    old = Step.objects.filter(merchant_id=merchant_id, at__lt=before).exclude(actor=FORGOTTEN).order_by("id")
    rows = list(old[:most])
    for row in rows:
        row.actor, row.reason = FORGOTTEN, ""
        row.facts = {name: fact for name, fact in row.facts.items() if type(fact) is int}
    Step.objects.bulk_update(rows, ["actor", "reason", "facts"], batch_size=100)
    return len(rows)


def _go_on(merchant_id: int, steps: Sequence[_Numbered], at: datetime) -> None:
    """Chain steps to those that stand in the table by now."""
    last = _last(merchant_id, {(step.subject, step.subject_id) for step, _ in steps})
    _chain(merchant_id, steps, last, at, None)


def _chain(
    merchant_id: int, steps: Sequence[_Numbered], last: dict[tuple[str, int], _Link], at: datetime, later: Later | None
) -> None:
    instant = _written(_instant(at))
    rows = []
    for step, number in steps:
        key = (step.subject, step.subject_id)
        ordinal, previous = last.get(key, _FIRST)
        ordinal, reason, facts = ordinal + 1, step.reason[:240], _facts(step.facts)
        mark = _hash(previous, _head(step.subject, step.subject_id, ordinal), _said(step, reason), facts, instant)
        last[key] = (ordinal, mark)
        said = (step.subject, step.subject_id, ordinal, step.verb, step.actor, reason, facts, at)
        rows.append((number, merchant_id, *said, mark))
    insert_values(Step, _COLUMNS, rows, later)


def digest(row: Step, previous: bytes) -> bytes:
    """What the hash of a step must be, given the hash of the step before it.

    SHA-256 over the hash before it and a JSON list of subject, number, ordinal, verb, actor, reason, facts (keys in
    order) and instant (UTC).
    """
    values = (row.subject, row.subject_id, row.ordinal, row.verb, row.actor, row.reason, row.facts, _instant(row.at))
    return hashlib.sha256(previous + _written(values).encode()).digest()


_COLUMNS = (
    "id", "merchant_id", "subject", "subject_id", "ordinal", "verb", "actor", "reason", "facts", "at", "hash",
)  # fmt: skip
_written = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _hash(previous: bytes, head: str, said: str, facts: str, instant: str) -> bytes:
    """The same as `digest`, from parts that are written already: a batch writes most of them once."""
    return hashlib.sha256(previous + f"[{head},{said},{facts},{instant}]".encode()).digest()


def _head(subject: str, subject_id: int, ordinal: int) -> str:
    return f"{_text(subject)},{subject_id},{ordinal}"


def _facts(facts: dict[str, Any]) -> str:
    """What `_written` makes of facts; most are whole numbers, for which no encoder need be set up."""
    for fact in facts.values():
        if type(fact) is not int:
            return _written(facts)
    return _layout(tuple(facts)) % facts


@lru_cache(maxsize=256)
def _layout(names: tuple[str, ...]) -> str:
    """The JSON text of facts with these names, with a place for each whole number."""
    return "{" + ",".join([f"{_text(name)}:%({name})d" for name in sorted(names)]) + "}"


def _said(step: Happened, reason: str) -> str:
    return f"{_text(step.verb)},{_text(step.actor)},{_text(reason)}"


@lru_cache(maxsize=1024)
def _text(value: str) -> str:
    return _written(value)


def _last(merchant_id: int, subjects: set[tuple[str, int]]) -> dict[tuple[str, int], _Link]:
    """The newest ordinal and hash of each subject."""
    last: dict[tuple[str, int], _Link] = {}
    for kind in sorted({subject for subject, _ in subjects}):
        wanted = sorted(number for subject, number in subjects if subject == kind)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT subject_id, ordinal, hash FROM history_step "  # noqa: S608 - put together from our own words
                f"WHERE merchant_id = %s AND subject = %s AND {among('subject_id')} ORDER BY ordinal",
                [merchant_id, kind, numbers(wanted)],
            )
            last.update(((kind, number), (ordinal, bytes(mark))) for number, ordinal, mark in cursor.fetchall())
    return last
