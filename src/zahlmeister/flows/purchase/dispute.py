"""A buyer objects, or promises to pay; and a claim that should not have been guaranteed goes back to the merchant."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.flows.purchase.both_sides import happened, lock_both
from zahlmeister.flows.purchase.fall_away import drop_open
from zahlmeister.flows.purchase.follow_claims import note_lost, note_paid
from zahlmeister.flows.purchase.pause import pause_by
from zahlmeister.flows.purchase.sellers_order import settle_sellers_order
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase import queries
from zahlmeister.purchase.dues import Cause, change
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Capture
from zahlmeister.purchase.states import Dispute, DueKind, EventKind, GuaranteeState, Recourse
from zahlmeister.refusals import Refused


def dispute(merchant: Merchant, number: int, why: Dispute, until: date | None, *, by: str, at: datetime) -> Capture:
    """The buyer objects to an invoice: he is not asked, and the guarantor does not pay, until that has ended.

    Args:
        merchant: of either side.
        number: of the capture.
        why: what he says.
        until: the merchant has to answer by this day; none where it was not said.
        by: who notes it.
        at: now.
    """
    of = either_side(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(of.authorisation.terms)
        of.refresh_from_db()
        if (of.dispute, of.dispute_until) != (why, until):
            _keep(of, dispute=why, dispute_until=until)
            pause_by(of, by=by, at=at)
            said = until.isoformat() if until else ""
            happened(of, "disputed", by, at=at, reason=why, until=said)
            note_capture(of, EventKind.DISPUTED, f"{why}:{at.isoformat()}", at=at, reason=why, until=said)
    return of


def end_dispute(merchant: Merchant, number: int, *, is_buyer_right: bool, by: str, at: datetime) -> Capture:
    """The objection has ended. If the buyer was right, what is still open goes back to the merchant.

    Raises:
        Refused: there is no objection, or somebody else than the guarantor decides.
    """
    of = guarantors_side(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(of.authorisation.terms)
        of.refresh_from_db()
        if not of.dispute:
            raise Refused("Nobody objects to this invoice; look again.")
        _keep(of, dispute="", dispute_until=None)
        happened(of, "dispute_ended", by, at=at, is_buyer_right=is_buyer_right)
        outcome = "buyer" if is_buyer_right else "merchant"
        note_capture(of, EventKind.DISPUTE_ENDED, at.isoformat(), at=at, in_favour_of=outcome)
        if is_buyer_right:
            _take_back(of, Recourse.DISPUTE_LOST, by, at)
        pause_by(of, by=by, at=at)
    return of


def promise(merchant: Merchant, number: int, until: date | None, *, by: str, at: datetime) -> Capture:
    """The buyer has promised to pay until a day, and is not asked before; none ends that. The guarantee goes on.

    Raises:
        Refused: the day is over.
    """
    of = either_side(merchant, number)
    if until is not None and until < localdate(at):
        raise Refused(f"{until} is over; choose today or a later day.")
    with transaction.atomic(durable=True):
        lock_both(of.authorisation.terms)
        of.refresh_from_db()
        if of.promised_until != until:
            _keep(of, promised_until=until)
            pause_by(of, by=by, at=at)
            said = until.isoformat() if until else ""
            happened(of, "promised", by, at=at, until=said)
            note_capture(of, EventKind.PROMISED, said or at.isoformat(), at=at, until=said)
    return of


def take_recourse(merchant: Merchant, number: int, why: Recourse, *, by: str, at: datetime) -> Capture:
    """The guarantor gives a claim back: what it paid and the buyer did not is the merchant's to give back.

    Raises:
        Refused: somebody else than the guarantor decides, or it went back for another reason before.
    """
    of = guarantors_side(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(of.authorisation.terms)
        of.refresh_from_db()
        if of.recourse == why:
            return of
        if of.recourse:
            raise Refused("This claim went back to the merchant before.")
        _take_back(of, why, by, at)
        if not of.recourse:
            raise Refused("Nothing is open on this invoice that could go back to the merchant.")
    return of


def give_up(merchant: Merchant, number: int, *, by: str, at: datetime, reason: str = "") -> Capture:
    """The guarantor writes a claim off: its loss. The merchant keeps what he was paid.

    Raises:
        Refused: somebody else than the guarantor decides, nothing is open, or the merchant was not paid for it yet.
    """
    of = guarantors_side(merchant, number)
    with transaction.atomic(durable=True):
        lock_both(of.authorisation.terms)
        of.refresh_from_db()
        if not of.is_guaranteed:
            raise Refused("The merchant was not paid for this claim yet: give it back to him, or wait for its day.")
        drop_open(of, by=by, at=at, reason=reason or "given up")
        happened(of, "given_up", by, at=at, reason=reason)
    return of


def either_side(merchant: Merchant, number: int) -> Capture:
    """A capture that a merchant sold or guarantees.

    Raises:
        Refused: it does not exist.
    """
    found = queries.every_capture().filter(pk=number).first()
    if found is None or merchant.pk not in (found.merchant_id, found.item.merchant_id):
        raise Refused("This invoice does not exist.")
    return found


def guarantors_side(merchant: Merchant, number: int) -> Capture:
    """A capture that a merchant guarantees.

    Raises:
        Refused: it does not exist, or this merchant has sold it.
    """
    found = either_side(merchant, number)
    if merchant.pk != found.item.merchant_id:
        raise Refused("Only the guarantor can decide this.")
    return found


def _take_back(of: Capture, why: Recourse, by: str, at: datetime) -> None:
    note_paid(of, at=at)
    if not of.figures.value - of.paid_minor:
        return  # nothing is open that could go back
    if of.lost_minor and of.is_guaranteed:
        raise Refused("This claim was given up before; nothing goes back to the merchant.")
    of.item.refresh_from_db()
    if of.item.open_minor:  # nothing is, where asking has ended by itself
        drop_open(of, by=by, at=at, reason=why)
    cause = Cause(DueKind.RECOURSE, localdate(at), at)
    before = of.guarantee
    more = change(of, cause, guarantee=GuaranteeState.RECOURSE, recourse=why)
    note_lost(of, at=at)
    settle_sellers_order(of.authorisation, by=by, at=at)
    happened(of, "recourse", by, at=at, reason=why, before=before, minor=more)
    note_capture(of, EventKind.RECOURSE, "", at=at, reason=why, amount=more)


def _keep(of: Capture, **facts: object) -> None:
    """What is known of the buyer's side, and the guarantee is looked at anew."""
    for name, fact in facts.items():
        setattr(of, name, fact)
    Capture.objects.filter(pk=of.pk).update(**facts, look_at=None)
