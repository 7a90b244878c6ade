"""What letters say of a refund, with the facts as they are when they are written."""

from django.utils import timezone

from zahlmeister.correspondence.fill import RefundSaid
from zahlmeister.letters.kinds import Kind
from zahlmeister.money.accounts import shortened
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.links import address
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.rules import reference
from zahlmeister.refunds.states import OWED, RefundState

#: In which states a letter of a kind is still true.
_TRUE_IN = {
    Kind.REFUND_ANNOUNCED: (RefundState.PLANNED, RefundState.SHORT, RefundState.COLLECTING),
    Kind.REFUND_ACCOUNT_ASKED: (RefundState.ACCOUNT_MISSING,),
    Kind.REFUND_ACCOUNT_CHANGED: OWED,
    Kind.REFUND_CAME_BACK: (RefundState.ACCOUNT_MISSING,),
    Kind.REFUND_SENT: (RefundState.PAID,),
}


def refund_of(message: Message) -> RefundSaid | None:
    """The refund that a message is about; None when what it was to say is not so any more."""
    refund = Refund.objects.get(merchant_id=message.merchant_id, pk=message.payload["refund"])
    if refund.state not in _TRUE_IN[Kind(message.payload["kind"])]:
        return None
    return RefundSaid(refund.amount, refund.reference, refund.due_on, shortened(refund.iban), address(refund))


def example_refund(item: OpenItem) -> RefundSaid:
    """A refund for looking at the text of a letter."""
    return RefundSaid(item.total, reference(17), timezone.localdate(), "DE02 … 2051", "https://example.com/refund/…")
