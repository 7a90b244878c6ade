"""What becomes of a claim in the guarantor's hands is followed: paid, overdue, reminded, with an agency, lost.

The guarantor's claims are open items like any other, so nobody who assigns a payment or sends a notice knows of
purchases: a worker looks at what has changed, and both sides' books, what is due and the ERP follow.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.timezone import localdate

from zahlmeister.collection.models import Case
from zahlmeister.collection.queries import at_agencies
from zahlmeister.collection.states import WITH_THE_AGENCY
from zahlmeister.flows.purchase.both_sides import happened, lock_both
from zahlmeister.flows.purchase.fall_away import drop_open
from zahlmeister.flows.purchase.sellers_order import settle_sellers_order
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import CLAIM_LOST, CLAIM_NOT_LOST
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.purchase import queries
from zahlmeister.purchase.dues import Cause, change
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Capture
from zahlmeister.purchase.paid import HAS_MONEY_NEWS, paid_of, with_figures
from zahlmeister.purchase.states import ClaimState, DueKind, EventKind, GuaranteeState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: The name of the turn, which settling takes as well.
FOLLOW = "purchase.follow"
#: So many claims are tried in a turn.
_AT_ONCE = 50


def follow_next(*, clock: Clock) -> Capture | None:
    """A worker's turn: follow one claim of which there is news; None when there is none, or none that can be."""
    now = clock()
    rows = news(queries.every_capture(), today=localdate(now)).order_by("pk")
    for _try in range(_AT_ONCE):
        with suppress(Refused):  # one that cannot be followed rests, and keeps no other waiting
            return take_first(FOLLOW, rows, lambda claim: follow(claim, at=now), at=now)
    return None


def news(rows: QuerySet[Capture], *, today: date) -> QuerySet[Capture]:
    """Those captures of which something has to be followed."""
    at_agency = Exists(Case.objects.filter(item=OuterRef("item"), hand_over__in=WITH_THE_AGENCY))
    is_over = Q(item__state__in=(ItemState.PAID, ItemState.CANCELLED))
    is_further = (
        Q(claim=ClaimState.OPEN, due_on__lt=today)
        | Q(item__dunning__level__gt=F("level"))
        | Q(at_agency=True) & ~Q(claim=ClaimState.IN_COLLECTION)
        | Q(at_agency=False, claim=ClaimState.IN_COLLECTION)
    )
    asked = Q(claim__in=_ASKED) & (is_over | is_further)
    is_back = Q(guarantee=GuaranteeState.RECOURSE, item__open_minor__gt=0)
    return with_figures(rows).annotate(at_agency=at_agency).filter(HAS_MONEY_NEWS | asked | is_back)


def follow(capture: Capture, *, at: datetime) -> None:
    """Follow one claim now; twice is once."""
    with transaction.atomic(durable=True):
        lock_both(capture.authorisation.terms)
        capture.refresh_from_db()
        note_paid(capture, at=at)
        _keep_dropped(capture, at)
        note_lost(capture, at=at)
        _note_claim(capture, at)


def note_paid(capture: Capture, *, at: datetime, by: str = BY) -> None:
    """Bring what the buyer has paid up to date, inside the caller's transaction and both sides' turns."""
    item = OpenItem.objects.get(pk=capture.item_id)
    paid, before = paid_of(item), capture.paid_minor
    if paid == before:
        return
    kind = DueKind.PAYMENT if paid > before else DueKind.PAYMENT_TAKEN_BACK
    more = change(capture, Cause(kind, localdate(at), at), paid_minor=paid)
    verb = "paid" if paid > before else "payment_taken_back"
    happened(capture, verb, by, at=at, minor=paid - before, due=more)
    event = EventKind.PAID if paid > before else EventKind.PAYMENT_TAKEN_BACK
    open_minor = capture.figures.value - paid
    note_capture(capture, event, str(new_id()), at=at, paid=paid, amount=abs(paid - before), open=open_minor)
    if capture.guarantee == GuaranteeState.RECOURSE:
        settle_sellers_order(capture.authorisation, by=by, at=at)


def _keep_dropped(capture: Capture, at: datetime) -> None:
    """A late payment opens an item anew; of a claim that went back, the rest is still the merchant's to ask for."""
    capture.item.refresh_from_db()
    if capture.guarantee == GuaranteeState.RECOURSE and capture.item.open_minor:
        drop_open(capture, by=BY, at=at, reason=capture.recourse)


def note_lost(capture: Capture, *, at: datetime) -> None:
    """What the guarantor gives up is its own loss; of a claim that went back to the merchant it is not.

    Inside the caller's transaction and both sides' turns.
    """
    item = OpenItem.objects.get(pk=capture.item_id)
    lost = 0 if capture.guarantee == GuaranteeState.RECOURSE else item.cancelled_minor
    more = lost - capture.lost_minor
    if not more:
        return
    Capture.objects.filter(pk=capture.pk, lost_minor=capture.lost_minor).update(lost_minor=lost)
    capture.lost_minor = lost
    legs = CLAIM_LOST if more > 0 else CLAIM_NOT_LOST
    booking = Booking(legs, Amount(abs(more), capture.currency), f"capture:{capture.pk}:lost:{new_id()}", localdate(at))
    post(item.merchant_id, [booking], at=at)
    happened(capture, "lost" if more > 0 else "not_lost", BY, at=at, minor=abs(more))


def _note_claim(capture: Capture, at: datetime) -> None:
    item = OpenItem.objects.select_related("dunning").get(pk=capture.item_id)
    level = item.dunning.level
    state = _claim_state(capture, item, level, localdate(at))
    if (state, level) == (capture.claim, capture.level):
        return
    Capture.objects.filter(pk=capture.pk).update(claim=state, level=level)
    is_new = state != capture.claim or level > capture.level
    capture.claim, capture.level = state, level
    if is_new and state in _TOLD:
        happened(capture, state.value, BY, at=at, level=level)
        note_capture(capture, _TOLD[state], f"{level}:{new_id()}", at=at, level=level, open=item.open_minor)


def _claim_state(capture: Capture, item: OpenItem, level: int, today: date) -> ClaimState:
    if item.state == ItemState.PAID:
        return ClaimState.PAID
    if item.state == ItemState.CANCELLED:
        return ClaimState.WRITTEN_OFF
    if item.pk in at_agencies(item.merchant_id):
        return ClaimState.IN_COLLECTION
    if level:
        return ClaimState.DUNNED
    return ClaimState.OVERDUE if capture.due_on < today else ClaimState.OPEN


_ASKED = (ClaimState.OPEN, ClaimState.OVERDUE, ClaimState.DUNNED, ClaimState.IN_COLLECTION)
_TOLD = {
    ClaimState.OVERDUE: EventKind.OVERDUE,
    ClaimState.DUNNED: EventKind.DUNNED,
    ClaimState.IN_COLLECTION: EventKind.IN_COLLECTION,
    ClaimState.WRITTEN_OFF: EventKind.WRITTEN_OFF,
}
