"""CSV exports that people of a merchant have described."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zahlmeister.banking.models import TableMapping
from zahlmeister.formats.table_described import Described, as_json, fingerprint, from_json
from zahlmeister.formats.table_profiles.profile import Profile


def described_tables(merchant_id: int) -> tuple[Profile, ...]:
    """The exports as the reader wants them."""
    kept = TableMapping.objects.filter(merchant_id=merchant_id).order_by("pk").values_list("said", flat=True)
    return tuple(from_json(said).profile() for said in kept)


@dataclass(frozen=True, slots=True)
class Remembered:
    """An export that a person has described, who did so when, and when a file was read by it the last time."""

    id: int
    said: Described
    by: str
    at: datetime
    used_at: datetime | None


def remembered(merchant_id: int) -> list[Remembered]:
    """What is remembered of exports, the newest first."""
    rows = TableMapping.objects.filter(merchant_id=merchant_id).order_by("-described_at", "-pk")
    return [Remembered(row.pk, from_json(row.said), row.described_by, row.described_at, row.used_at) for row in rows]


def forget(merchant_id: int, mapping_id: int) -> bool:
    """Remember an export no longer; whether it was remembered until now."""
    return bool(TableMapping.objects.filter(merchant_id=merchant_id, pk=mapping_id).delete()[0])


def note_used(merchant_id: int, header: Sequence[str], at: datetime) -> None:
    """A file with these columns was read as somebody has told."""
    TableMapping.objects.filter(merchant_id=merchant_id, fingerprint=fingerprint(header)).update(used_at=at)


def remember(merchant_id: int, said: Described, *, by: str, at: datetime) -> TableMapping:
    """Keep what a person said of an export; what was said of the same columns before is replaced."""
    made, _ = TableMapping.objects.update_or_create(
        merchant_id=merchant_id,
        fingerprint=fingerprint(said.header),
        defaults={"said": as_json(said), "described_by": by, "described_at": at},
    )
    return made
