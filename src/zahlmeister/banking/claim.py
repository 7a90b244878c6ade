"""Who reads which file: a worker claims an import for a while, and loses it when it stops renewing.

A claim draws a token; every write of the worker is made under it. A worker that was frozen and comes back finds
another token there and can write nothing any more, so no entry is read twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import NEXT, ImportState
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.trouble import staying
from zahlmeister.refusals import Refused

LEASE = timedelta(seconds=60)


class LeaseLost(Refused):
    """Another worker has taken over this file; what this one read last is not written."""


def claim(at: datetime, *, only: int | None = None) -> StatementImport | None:
    """Take the oldest file that waits, or whose worker has gone silent; None when there is nothing to do.

    Args:
        at: now.
        only: claim this import or none.
    """
    waits = Q(state=ImportState.WAITING) | Q(state=ImportState.RUNNING, lease_until__lte=at)
    due = staying(StatementImport.objects.filter(waits)).order_by("created_at", "id")
    if only is not None:
        due = due.filter(pk=only)
    for candidate in due[:5]:
        token = new_id()
        won = StatementImport.objects.filter(pk=candidate.pk, state=candidate.state, token=candidate.token).update(
            state=ImportState.RUNNING,
            token=token,
            lease_until=at + LEASE,
            started_at=candidate.started_at or at,
            error="",
        )
        if won:
            candidate.refresh_from_db()
            return candidate
    return None


def hold(work: StatementImport) -> None:
    """Make sure, inside the caller's transaction and before anything is written, that the claim still holds.

    Raises:
        LeaseLost: somebody else holds it now, or has gone on behind where this worker stands.
    """
    mine = StatementImport.objects.filter(pk=work.pk, token=work.token, state=ImportState.RUNNING)
    if not mine.filter(entries_done=work.entries_done).select_for_update().exists():
        raise LeaseLost(f"“{work.name}” is being read by another worker now.")


def advance(work: StatementImport, at: datetime, *, counts: Mapping[str, int], **changes: Any) -> None:
    """Write progress under the claim, inside the caller's transaction.

    Args:
        work: the claimed import.
        at: now; the lease is renewed from here.
        counts: columns and by how much they grow.
        changes: columns and their new values.

    Raises:
        LeaseLost: somebody else holds the claim now.
    """
    assert changes.get("state", ImportState.RUNNING) in NEXT[ImportState.RUNNING]
    grown = {name: F(name) + value for name, value in counts.items() if value}
    mine = StatementImport.objects.filter(pk=work.pk, token=work.token, state=ImportState.RUNNING)
    if not mine.update(lease_until=at + LEASE, **grown, **changes):
        raise LeaseLost(f"“{work.name}” is being read by another worker now.")


def release(work: StatementImport, at: datetime) -> None:
    """Give the claim back, so that the next worker need not wait for the lease to end."""
    StatementImport.objects.filter(pk=work.pk, token=work.token, state=ImportState.RUNNING).update(lease_until=at)
