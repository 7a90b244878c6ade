"""A buyer who objects, sends goods back or has promised to pay is not asked until that is over."""

from datetime import date, datetime

from zahlmeister.dunning.models import DunningCase
from zahlmeister.dunning.states import Pause
from zahlmeister.history.record import Happened, record
from zahlmeister.purchase.models import Capture


def pause_by(of: Capture, *, by: str, at: datetime) -> None:
    """Let asking for a claim rest, or go on, as the capture says; inside the caller's transaction.

    The strongest reason counts: an objection, then goods on their way, then a promise. What a person of the
    guarantor's has paused for another reason stays so.
    """
    case = DunningCase.objects.get(item=of.item_id)
    if case.paused_for == Pause.OTHER:
        return
    why, until = _reason(of)
    if (case.paused_for, case.paused_until) == (why, until):
        return
    case.paused_for, case.paused_until, case.holds = why, until, []
    case.save(update_fields=["paused_for", "paused_until", "holds"])
    facts = {"why": why, "until": until.isoformat() if until else ""} if why else {}
    step = Happened("item", of.item_id, "paused" if why else "resumed", by, "", facts)
    record(case.merchant_id, [step], at=at)


def _reason(of: Capture) -> tuple[str, date | None]:
    if of.dispute:
        return Pause.DISPUTE, None
    if of.return_until:
        return Pause.RETURN, of.return_until
    if of.promised_until:
        return Pause.AGREEMENT, of.promised_until
    return "", None
