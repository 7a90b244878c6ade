"""Authorisations, guarantees and settlements, one step at a time: each is a compare-and-swap over its `NEXT` table."""

from typing import Any

from zahlmeister.purchase.models import Authorisation, Capture, Settlement
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.purchase.refusals import Overtaken
from zahlmeister.purchase.states import (
    NEXT_AUTHORISATION,
    NEXT_GUARANTEE,
    NEXT_OFFER,
    NEXT_SETTLEMENT,
    AuthorisationState,
    GuaranteeState,
    OfferState,
    SettlementState,
)
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


def move_offer(offer: GuaranteeOffer, state: OfferState, **changes: Any) -> None:
    """Bring offered terms into their next state, likewise."""
    if state not in NEXT_OFFER[OfferState(offer.state)]:
        raise Refused(f"Terms that are “{offer.get_state_display()}” cannot become “{state.label}”.")
    if not GuaranteeOffer.objects.filter(pk=offer.pk, state=offer.state).update(state=state, **changes):
        raise Overtaken("Somebody else has just changed these terms; look again.")
    offer.refresh_from_db()


def move_guarantee(capture: Capture, state: GuaranteeState, *, as_read: dict[str, Any], **changes: Any) -> None:
    """Bring the guarantee of a capture into its next state, or leave it, with the figures that change beside it.

    Args:
        capture: whose guarantee; afterwards it stands as it is kept.
        state: the state that follows, which may be the one it has.
        as_read: the columns that must stand as they were read, `guarantee` among them.
        changes: other columns.

    Raises:
        Overtaken: somebody else has changed them.
        Refused: no way leads from its state to that one.
    """
    before = GuaranteeState(as_read["guarantee"])
    if state != before and state not in NEXT_GUARANTEE[before]:
        raise Refused(f"The guarantee of invoice {capture} is “{before.label}” and cannot become “{state.label}”.")
    wanted = {**changes, "guarantee": state}
    if not Capture.objects.filter(pk=capture.pk, **as_read).update(**wanted):
        raise Overtaken(f"Somebody else has just changed invoice {capture}; look again.")
    for name, value in wanted.items():
        setattr(capture, name, value)


def move_settlement(settlement: Settlement, state: SettlementState, **changes: Any) -> None:
    """Bring a settlement into its next state, likewise."""
    if state not in NEXT_SETTLEMENT[SettlementState(settlement.state)]:
        raise Refused(f"A settlement that is “{settlement.get_state_display()}” cannot become “{state.label}”.")
    if not Settlement.objects.filter(pk=settlement.pk, state=settlement.state).update(state=state, **changes):
        raise Overtaken("Somebody else has just changed this settlement; look again.")
    settlement.refresh_from_db()
