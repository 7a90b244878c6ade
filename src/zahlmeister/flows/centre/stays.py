"""What was to go back of a customer's balance stays there after all: it was withdrawn, declined, or came back."""

from datetime import datetime

from zahlmeister.flows.centre.tell import tell_of_stay
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import ProviderRefund
from zahlmeister.intents.moves import move_refund as move_back
from zahlmeister.intents.states import GoesBack
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Entry
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move
from zahlmeister.refunds.states import RefundState

#: What stands with a refund of a balance that waits for its release.
TO_RELEASE = "to_release"


def refund_behind(back: ProviderRefund) -> Refund | None:
    """The refund of a balance that money at a provider goes back for; None where it is for something else."""
    kind, _colon, number = back.subject.partition(":")
    if kind != "refund" or not number.isdecimal():
        return None
    return Refund.objects.filter(merchant_id=back.merchant_id, pk=int(number), prepaid__isnull=False).first()


def waits_for_release(refund: Refund) -> bool:
    """Whether it is of a balance, and somebody has to say yes or no before it leaves."""
    return refund.prepaid is not None and refund.state == RefundState.STOPPED and refund.reason == TO_RELEASE


def give_up(refund: Refund, *, by: str, at: datetime, reason: str = "") -> None:
    """Nothing goes back; inside the caller's turn.

    Raises:
        Refused: it has left, or somebody else was quicker.
    """
    move(refund, RefundState.CANCELLED, reason=reason[:240], paid_on=None)
    record(refund.merchant_id, [Happened("refund", refund.pk, "cancelled", by, reason)], at=at)
    is_balance_again(refund, by=by, at=at, reason=reason)


def is_balance_again(refund: Refund, *, by: str, at: datetime, reason: str = "") -> None:
    """A refund that was cancelled is on the balance again, and its customer is told; inside the caller's turn."""
    for back in ProviderRefund.objects.filter(merchant_id=refund.merchant_id, subject=f"refund:{refund.pk}"):
        if back.state == GoesBack.ASKED:
            move_back(back, GoesBack.FAILED, look_at=None, error=reason)
    entry = entry_of(refund)
    change = Change(EntryKind.REFUND_UNDONE, Balance(-entry.paid_minor), f"{entry.source}:undone", reason, undoes=entry)
    tell_of_stay(enter(entry.account, change, by=by, at=at), at=at)


def entry_of(refund: Refund) -> Entry:
    """What has taken a refund off its balance."""
    rows = Entry.objects.select_related("account__customer", "account__merchant").filter(account=refund.prepaid)
    return rows.get(kind=EntryKind.REFUND, source__endswith=f":back:{refund.pk}")
