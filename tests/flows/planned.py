"""What the second process does on PostgreSQL, in this one: each batch is thought out while the one before waits."""

import pickle
from collections.abc import Iterator

from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.plan_statement import AheadPlanner, Part
from zahlmeister.flows.prepare_batch import prepared_batches
from zahlmeister.flows.read_ahead import Clock


def planned_ahead(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
    """The parts of a file with their plans, as they come through the pipe, one batch ahead of the writing."""
    work = StatementImport.objects.select_related("merchant").get(pk=work.pk)  # the other process has its own
    planner = AheadPlanner(work)
    waiting: bytes | None = None
    for batch in prepared_batches(work, is_ahead=True):
        said = pickle.dumps(planner.parts(batch, at=clock()), protocol=pickle.HIGHEST_PROTOCOL)
        if waiting:
            yield pickle.loads(waiting)
        waiting = said
    if waiting:
        yield pickle.loads(waiting)
