"""Authorisations, guarantees and settlements, one step at a time: each is a compare-and-swap over its `NEXT` table."""

from typing import Any

from zahlmeister.purchase.models import Authorisation, Settlement
from zahlmeister.purchase.refusals import Overtaken
from zahlmeister.purchase.states import NEXT_AUTHORISATION, NEXT_SETTLEMENT, AuthorisationState, SettlementState
from zahlmeister.refusals import Refused


def move(authorisation: Authorisation, state: AuthorisationState, **changes: Any) -> None:
    """Bring an authorisation into its next state, with the columns that change beside it.

    Raises:
        Overtaken: somebody else has changed it.
        Refused: no way leads from its state to that one.
    """
    if state not in NEXT_AUTHORISATION[AuthorisationState(authorisation.state)]:
        raise Refused(
            f"Order {authorisation} is “{authorisation.get_state_display()}” and cannot become “{state.label}”."
        )
    swap(authorisation, state=state, **changes)


def swap(authorisation: Authorisation, **changes: Any) -> None:
    """Change figures of an authorisation that stands as it was read.

    Raises:
        Overtaken: it does not.
    """
    as_read = {name: getattr(authorisation, name) for name in _FIGURES}
    if not Authorisation.objects.filter(pk=authorisation.pk, **as_read).update(**changes):
        raise Overtaken(f"Somebody else has just changed order {authorisation}; look again.")
    authorisation.refresh_from_db()


_FIGURES = ("state", "amount_minor", "captured_minor", "released_minor")


def move_settlement(settlement: Settlement, state: SettlementState, **changes: Any) -> None:
    """Bring a settlement into its next state, likewise."""
    if state not in NEXT_SETTLEMENT[SettlementState(settlement.state)]:
        raise Refused(f"A settlement that is “{settlement.get_state_display()}” cannot become “{state.label}”.")
    if not Settlement.objects.filter(pk=settlement.pk, state=settlement.state).update(state=state, **changes):
        raise Overtaken("Somebody else has just changed this settlement; look again.")
    settlement.refresh_from_db()
