"""CSV exports that people of a merchant have described."""

from datetime import datetime

from zahlmeister.banking.models import TableMapping
from zahlmeister.formats.table_described import Described, as_json, fingerprint, from_json
from zahlmeister.formats.table_profiles.profile import Profile


def described_tables(merchant_id: int) -> tuple[Profile, ...]:
    """The exports as the reader wants them."""
    kept = TableMapping.objects.filter(merchant_id=merchant_id).order_by("pk").values_list("said", flat=True)
    return tuple(from_json(said).profile() for said in kept)


def remember(merchant_id: int, said: Described, *, by: str, at: datetime) -> TableMapping:
    """Keep what a person said of an export; what was said of the same columns before is replaced."""
    made, _ = TableMapping.objects.update_or_create(
        merchant_id=merchant_id,
        fingerprint=fingerprint(said.header),
        defaults={"said": as_json(said), "described_by": by, "described_at": at},
    )
    return made
