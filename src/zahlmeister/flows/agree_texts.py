"""The operator publishes terms and the data processing agreement, and merchants agree: at registration, and when new.

A version never changes, and neither does an agreement. Where nobody has published anything, nothing is asked. Until
the day a version names, everybody works on without; afterwards an owner has to agree first, and others only read.
"""

from collections.abc import Collection
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from zahlmeister.desk.models import Agreement, HouseText, TextKind
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.refusals import Refused

#: Characters of a text, in one language.
LONGEST = 200_000
#: A version of a text, by kind and number.
Version = tuple[str, int]
_MISSING = "Read the operator's texts and agree to each; they may have changed just now."


def in_force() -> list[HouseText]:
    """The newest version of each text, without its words; none where nobody has published any."""
    rows = HouseText.objects.defer("german", "english").order_by("kind", "-version")
    newest: dict[str, HouseText] = {}
    for row in rows:
        newest.setdefault(row.kind, row)
    return [newest[kind] for kind in TextKind.values if kind in newest]


def not_agreed(merchant: Merchant) -> list[HouseText]:
    """What a merchant has not agreed to in its newest version; the operator agrees to nothing."""
    wanted = [] if merchant.is_operator else in_force()
    if not wanted:
        return []
    known = set(Agreement.objects.filter(merchant=merchant).values_list("kind", "version"))
    return [row for row in wanted if (row.kind, row.version) not in known]


def is_overdue(rows: Collection[HouseText], today: date) -> bool:
    """Whether the day by which one of these had to be agreed is over."""
    return any(row.agree_by < today for row in rows)


def agreements_of(merchant: Merchant) -> list[Agreement]:
    """Everything a merchant has agreed to, the newest first."""
    return list(Agreement.objects.filter(merchant=merchant).order_by("-at", "kind"))


def text_of(kind: str, version: int) -> HouseText | None:
    """A version with its words, for whoever asks; None when there is none."""
    return HouseText.objects.filter(kind=kind, version=version).first()


def publish(kind: TextKind, german: str, english: str, agree_by: date, *, by: Person, at: datetime) -> HouseText:
    """Put a version in force that merchants agree to by a day. The words of the newest one again are that one.

    Raises:
        Refused: this person is no owner of the operator's, a language is missing, or the day is over.
    """
    runs = operator()
    if runs is None or not _is_owner(runs, by):
        raise Refused("Only an owner of who runs this installation may publish these texts.")
    german, english = _tidy(german), _tidy(english)
    if agree_by < timezone.localdate(at):
        raise Refused("The day by which merchants agree is over; choose one that comes.")
    with transaction.atomic(durable=True):
        lock(runs.pk)
        before = HouseText.objects.filter(merchant=runs, kind=kind).order_by("-version").first()
        if before is not None and (before.german, before.english) == (german, english):
            return before
        row = HouseText.objects.create(
            merchant=runs,
            kind=kind,
            version=before.version + 1 if before else 1,
            german=german,
            english=english,
            agree_by=agree_by,
            published_by=by.email,
            at=at,
        )
        facts = {"kind": kind.value, "version": row.version, "agree_by": str(agree_by), "sha256": _hash(row)}
        record(runs.pk, [Happened("merchant", runs.pk, "text_published", by.email, facts=facts)], at=at)
    return row


def agree(merchant: Merchant, versions: Collection[Version], *, by: Person, at: datetime) -> None:
    """An owner agrees to these versions. Twice is once.

    Raises:
        Refused: this person is no owner, or one of them is not the newest.
    """
    if not _is_owner(merchant, by):
        raise Refused("Only an owner may agree for the merchant.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        if not set(versions) <= {(row.kind, row.version) for row in in_force()}:
            raise Refused(_MISSING)
        note_agreed(merchant, [row for row in not_agreed(merchant) if (row.kind, row.version) in versions], by, at)


def agree_registering(merchant: Merchant, versions: Collection[Version], by: Person, at: datetime) -> None:
    """Who registers agrees to everything in force, inside the caller's transaction.

    Raises:
        Refused: something is missing, or has got a newer version meanwhile.
    """
    wanted = in_force()
    if not {(row.kind, row.version) for row in wanted} <= set(versions):
        raise Refused(_MISSING)
    note_agreed(merchant, wanted, by, at)


def note_agreed(merchant: Merchant, rows: Collection[HouseText], by: Person, at: datetime) -> None:
    """Keep who has agreed to what, inside the caller's transaction."""
    for row in rows:
        known = {"sha256": _hash(row), "person": by, "email": by.email, "at": at}
        Agreement.objects.create(merchant=merchant, kind=row.kind, version=row.version, **known)
    steps = [
        Happened("merchant", merchant.pk, "text_agreed", by.email, facts={"kind": row.kind, "version": row.version})
        for row in rows
    ]
    record(merchant.pk, steps, at=at)


def _hash(row: HouseText) -> str:
    return sha256(f"{row.german}\0{row.english}".encode()).hexdigest()


def _tidy(text: str) -> str:
    """The words with lines that end as everywhere.

    Raises:
        Refused: there are none, or too many.
    """
    text = "\n".join(line.rstrip() for line in text.replace("\0", "").splitlines()).strip()
    if not text:
        raise Refused("Give the text in German and in English.")
    if len(text) > LONGEST:
        raise Refused(f"A text has at most {LONGEST} characters.")
    return text


def _is_owner(merchant: Merchant, person: Person) -> bool:
    return Membership.objects.filter(merchant=merchant, person=person, role=Role.OWNER).exists()
