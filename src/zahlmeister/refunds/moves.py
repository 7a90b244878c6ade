"""Refunds and what they are paid from, one step at a time: each step is a compare-and-swap over `NEXT_REFUND`."""

from typing import Any

from zahlmeister.refunds.models import Refund, RefundCollection
from zahlmeister.refunds.states import NEXT_COLLECTION, NEXT_REFUND, CollectionState, RefundState
from zahlmeister.refusals import Refused


class RefundChanged(Refused):
    """Another person, the buyer or the house was quicker."""


def move(refund: Refund, state: RefundState, **changes: Any) -> None:
    """Bring a refund into its next state, with the columns that change beside it.

    Raises:
        RefundChanged: it is in another state by now.
        Refused: no way leads from its state to that one.
    """
    if state not in NEXT_REFUND[RefundState(refund.state)]:
        raise Refused(f"A refund that is “{refund.get_state_display()}” cannot become “{state.label}”.")
    if not Refund.objects.filter(pk=refund.pk, state=refund.state).update(state=state, **changes):
        raise RefundChanged("Somebody else has just changed this refund; look again.")
    refund.refresh_from_db()


def move_collection(collection: RefundCollection, state: CollectionState, **changes: Any) -> None:
    """Bring a collection into its next state, likewise."""
    if state not in NEXT_COLLECTION[CollectionState(collection.state)]:
        raise Refused(f"What is “{collection.get_state_display()}” cannot become “{state.label}”.")
    rows = RefundCollection.objects.filter(pk=collection.pk, state=collection.state)
    if not rows.update(state=state, **changes):
        raise RefundChanged("Somebody else has just changed this refund; look again.")
    collection.refresh_from_db()


def note_news(transfer_id: int) -> None:
    """Something has become of a transfer: what it brings is looked at soon. Inside the caller's transaction."""
    Refund.objects.filter(transfer=transfer_id).update(has_news=True)
    RefundCollection.objects.filter(transfer=transfer_id).update(has_news=True)


def note_news_of_debit(debit_id: int) -> None:
    """Something has become of a direct debit; likewise."""
    RefundCollection.objects.filter(debit=debit_id).update(has_news=True)
