"""Announced transfers one step at a time: each step is a compare-and-swap over `NEXT_TRANSFER`."""

from datetime import datetime
from typing import Any

from zahlmeister.history.record import Happened, record
from zahlmeister.prepaid.models import AnnouncedTransfer
from zahlmeister.prepaid.states import NEXT_TRANSFER, TransferState
from zahlmeister.refusals import Refused


class TransferChanged(Refused):
    """Another person, the customer or the house was quicker."""


def move_transfer(
    transfer: AnnouncedTransfer, state: TransferState, *, by: str, at: datetime, reason: str = "", **changes: Any
) -> None:
    """Bring a transfer into its next state, with the columns that change beside it and a step of its history.

    Raises:
        TransferChanged: it is in another state by now.
        Refused: no way leads from its state to that one.
    """
    if state not in NEXT_TRANSFER[TransferState(transfer.state)]:
        raise Refused(f"A transfer that is “{transfer.get_state_display()}” cannot become “{state.label}”.")
    rows = AnnouncedTransfer.objects.filter(pk=transfer.pk, state=transfer.state)
    if not rows.update(state=state, decided_by=by, decided_at=at, reason=reason[:240], **changes):
        raise TransferChanged("Somebody else has just changed this transfer; look again.")
    record(transfer.merchant_id, [Happened("transfer", transfer.pk, state.value, by, reason)], at=at)
    transfer.refresh_from_db()
