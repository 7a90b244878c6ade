"""Who does the run of a day: claimed for a while, gone on with by another when its worker falls silent."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q

from zahlmeister.dunning.models import DunningPolicy, DunningRun
from zahlmeister.dunning.states import RunState
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.trouble import staying
from zahlmeister.refusals import Refused

LEASE = timedelta(seconds=60)


class RunLost(Refused):
    """Another worker goes on with this run; what this one did last is not written."""


def claim_run(day: date, at: datetime) -> DunningRun | None:
    """Take a run of this day that nobody does, beginning those that are missing; None when all are done or held."""
    asking = staying(DunningPolicy.objects.filter(is_on=True)).values_list("merchant_id", flat=True).distinct()
    begun = DunningRun.objects.filter(day=day)
    _begin(set(asking) - set(begun.values_list("merchant_id", flat=True)), day, at)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    for run in staying(begun.filter(free, state=RunState.RUNNING)).order_by("started_at", "id")[:5]:
        token = new_id()
        if DunningRun.objects.filter(pk=run.pk, token=run.token).update(token=token, lease_until=at + LEASE):
            run.refresh_from_db()
            return run
    return None


def advance(run: DunningRun, at: datetime, *, counts: Mapping[str, int], **changes: Any) -> None:
    """Write progress under the claim, inside the caller's transaction.

    Raises:
        RunLost: somebody else goes on with it.
    """
    grown = {name: F(name) + value for name, value in counts.items() if value}
    mine = DunningRun.objects.filter(pk=run.pk, token=run.token, state=RunState.RUNNING)
    if not mine.update(lease_until=at + LEASE, **grown, **changes):
        raise RunLost("Another worker goes on with this run.")


def _begin(merchants: Iterable[int], day: date, at: datetime) -> None:
    DunningRun.objects.bulk_create(
        [DunningRun(merchant_id=merchant, day=day, started_at=at) for merchant in sorted(merchants)],
        ignore_conflicts=True,
    )
