"""Does the database take what is written? One that only answers questions looks healthy, and nothing moves."""

from datetime import datetime

from django.db import DatabaseError, transaction

from zahlmeister.merchants.models import WriteProbe

_ROW = 1


def can_write(at: datetime) -> bool:
    """Write one row and commit it: on a full disk, on a standby, or behind a writer that never ends, that fails.

    Args:
        at: now; stands in the row.
    """
    try:
        with transaction.atomic():
            if not WriteProbe.objects.filter(pk=_ROW).update(at=at):
                WriteProbe.objects.bulk_create([WriteProbe(pk=_ROW, at=at)], ignore_conflicts=True)
    except DatabaseError:
        return False
    return True
