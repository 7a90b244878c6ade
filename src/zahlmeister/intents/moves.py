"""Payments and refunds at providers, one step at a time: each step is a compare-and-swap over its life."""

from typing import Any

from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.states import NEXT_GOES_BACK, NEXT_INTENT, GoesBack, IntentState
from zahlmeister.refusals import Refused


class IntentChanged(Refused):
    """Somebody else was quicker."""


def move(intent: PaymentIntent, state: IntentState, **changes: Any) -> bool:
    """Bring a payment into a state, with the columns that change beside it; False where no way leads there.

    Raises:
        IntentChanged: it is in another state by now.
    """
    if state != intent.state and state not in NEXT_INTENT[IntentState(intent.state)]:
        return False
    if not PaymentIntent.objects.filter(pk=intent.pk, state=intent.state).update(state=state, **changes):
        raise IntentChanged("This payment has just changed; look again.")
    intent.refresh_from_db()
    return True


def move_refund(refund: ProviderRefund, state: GoesBack, **changes: Any) -> bool:
    """Bring money that goes back into its next state; False when it is there already, or no way leads there."""
    if state not in NEXT_GOES_BACK[GoesBack(refund.state)]:
        return False
    mine = ProviderRefund.objects.filter(pk=refund.pk, state=refund.state)
    has_moved = bool(mine.update(state=state, **changes))
    refund.refresh_from_db()
    return has_moved
