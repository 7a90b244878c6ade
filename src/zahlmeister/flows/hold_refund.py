"""A person keeps a promised refund from leaving for now, and lets it go on."""

from datetime import datetime

from django.db import transaction

from zahlmeister.flows.change_refund import found
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

#: Why a refund stopped that a person holds, for the history and the refund's own page.
HELD = "held"
#: From here a refund would leave by itself.
HOLDABLE = (RefundState.PLANNED, RefundState.SHORT)


def hold_refund(refund: Refund, *, by: str, at: datetime) -> Refund:
    """It leaves when somebody lets it go on, and not before; the books stay as they are. Twice is once.

    Raises:
        Refused: it has left or would not leave by itself, or it goes back at a provider.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = found(refund)
        if _is_held(standing):
            return standing
        if standing.state not in HOLDABLE:
            raise Refused(f"A refund that is “{standing.get_state_display()}” cannot be held.")
        if standing.by_provider:
            raise Refused("This goes back by the way it was paid and cannot be held.")
        move(standing, RefundState.STOPPED, reason=HELD)
        record(standing.merchant_id, [Happened("refund", standing.pk, "held", by)], at=at)
    return standing


def let_refund_go_on(refund: Refund, *, by: str, at: datetime) -> Refund:
    """What was held leaves on its day, or at once where that is over.

    Raises:
        Refused: nobody holds it any more.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = found(refund)
        if not _is_held(standing):
            raise Refused("This refund is not held any more; look again.")
        move(standing, RefundState.PLANNED, reason="", look_at=None)
        record(standing.merchant_id, [Happened("refund", standing.pk, "let_go_on", by)], at=at)
    return standing


def _is_held(refund: Refund) -> bool:
    return refund.state == RefundState.STOPPED and refund.reason == HELD
