"""A program's write is done once, however often it is asked for: the same key and the same content, the same answer.

The flow that does it runs in transactions of its own and knows the write by a `source` made from the program's key, so
that going on with one that was left in the middle does nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from zahlmeister.merchants.seal import opened, seal
from zahlmeister.programs.models import ProgramKey, Write

#: So long an answer is kept and given again.
KEPT = timedelta(days=7)
#: Whoever has not answered by then was ended in the middle.
LEASE = timedelta(minutes=2)
_AT_ONCE = 500


class SaidDifferently(Exception):
    """The key was used for another write before."""


class BeingDone(Exception):
    """The same write is being done at this moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered: status and JSON."""

    status: int
    content: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A write in hand. `source` makes what it does the same however often it is done."""

    write: Write
    source: str


def begin(key: ProgramKey, name: str, asked: bytes, *, at: datetime) -> Begun | Answer:
    """Take a write in hand, or give the answer it has got already.

    Args:
        key: of the program.
        name: the program's own key for this write.
        asked: method, address and content.
        at: now.

    Raises:
        SaidDifferently: under this name something else was asked.
        BeingDone: somebody works on it.
    """
    hashed, content = sha256(name.encode()).hexdigest(), sha256(asked).hexdigest()
    mine = Write(merchant_id=key.merchant_id, key=key, name=hashed, asked=content)
    mine.lease_until, mine.kept_until = at + LEASE, at + KEPT
    Write.objects.bulk_create([mine], ignore_conflicts=True)
    known = Write.objects.get(merchant_id=key.merchant_id, key=key, name=hashed)
    begun = Begun(known, f"program:{key.pk}:{hashed[:32]}")
    return begun if known.pk == mine.pk else _again(begun, content, at)


def finish(begun: Begun, answer: Answer) -> None:
    """Keep what the write was answered."""
    sealed = seal({"answer": answer.content}, _purpose(begun.write))
    Write.objects.filter(pk=begun.write.pk, status=None).update(status=answer.status, sealed=sealed)


def let_go(begun: Begun) -> None:
    """Nothing was answered that would be worth keeping: the same call may come again at once."""
    Write.objects.filter(pk=begun.write.pk, status=None).update(lease_until=begun.write.lease_until - LEASE)


def forget_answers(*, at: datetime) -> int:
    """Forget answers whose time is over.

    Returns:
        How many.
    """
    over = list(Write.objects.filter(kept_until__lt=at).order_by("kept_until").values_list("pk", flat=True)[:_AT_ONCE])
    Write.objects.filter(pk__in=over).delete()
    return len(over)


def _again(begun: Begun, asked: str, at: datetime) -> Begun | Answer:
    known = begun.write
    if known.asked != asked:
        raise SaidDifferently
    if known.status is not None:
        return Answer(known.status, opened(bytes(known.sealed), _purpose(known))["answer"])
    left = Write.objects.filter(pk=known.pk, status=None, lease_until=known.lease_until, lease_until__lte=at)
    if not left.update(lease_until=at + LEASE):
        raise BeingDone
    known.lease_until = at + LEASE
    return begun


def _purpose(write: Write) -> str:
    return f"write:{write.pk}"
