"""Refunds of orders that were paid to the merchant's own account are paid out by the operator, who collects them first.

All that are due go into one direct debit, once a week or as the merchant has agreed. Nothing is paid out before that
debit is good: it is on the operator's account, and the days in which the merchant's bank may send it back unasked are
over. If it comes back, nothing is paid out, and everybody sees it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.debits import move_debit
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.flows.collect_debit import Wanted, draft_debit, tell_debtor
from zahlmeister.flows.tell_people import owners, said
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import (
    HELD_FOR_MERCHANT,
    HELD_WENT_BACK,
    REFUNDS_COLLECTED,
    REFUNDS_NOT_COLLECTED,
    Book,
)
from zahlmeister.letters.figures import day as written_day
from zahlmeister.letters.figures import money
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.operator import operator
from zahlmeister.money.banking_days import banking_day
from zahlmeister.outbox.write import tell
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refunds.models import Refund, RefundCollection, RefundSettings
from zahlmeister.refunds.moves import move, move_collection
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.rules import Rhythm, slot
from zahlmeister.refunds.states import CollectionState, RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: Who approved a direct debit that the merchant's mandate and settings ask for.
POLICY = "refunds by direct debit"
_NOT_MADE = (DebitState.REJECTED, DebitState.RETURNED, DebitState.CANCELLED)

Clock = Callable[[], datetime]


def operators_account() -> BankAccount | None:
    """Where direct debits for refunds come in and refunds leave from; None when nobody runs the installation."""
    runs = operator()
    return next((each for each in paying_accounts(runs.pk) if each.currency == "EUR"), None) if runs else None


def collect(refund: Refund, wanted: RefundSettings, *, at: datetime) -> RefundCollection | None:
    """A refund is due: collect it together with all others that are, unless that was done in this week already.

    Returns:
        The collection; None when the refund waits for the next day of collecting.
    """
    today = timezone.localdate(at)
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        last = RefundCollection.objects.filter(merchant_id=refund.merchant_id).order_by("-asked_on").first()
        rhythm = Rhythm(wanted.rhythm)
        if rhythm != Rhythm.EACH and last is not None and slot(last.asked_on, rhythm) == slot(today, rhythm):
            again = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            Refund.objects.filter(pk=refund.pk, state=RefundState.PLANNED).update(look_at=again)
            return None
        due = Refund.objects.filter(
            Q(account=None) | Q(account__kind=AccountKind.OWN),
            merchant_id=refund.merchant_id,
            state=RefundState.PLANNED,
            due_on__lte=today,
            collection=None,
            currency="EUR",
            item__isnull=False,
        )
        refunds = list(due.filter(pk=refund.pk) if rhythm == Rhythm.EACH else due.order_by("id"))
        if not refunds:
            return None
        total = sum(each.amount_minor for each in refunds)
        collection = RefundCollection(
            merchant_id=refund.merchant_id,
            amount_minor=max(total - _left_over(refund.merchant_id), 0),
            currency="EUR",
            asked_on=today,
            created_at=at,
        )
        collection.save(force_insert=True)
        steps = []
        for each in refunds:
            move(each, RefundState.COLLECTING, collection=collection, look_at=None)
            steps.append(Happened("refund", each.pk, "collecting", BY))
        record(refund.merchant_id, steps, at=at)
    return collection


def follow_next(*, clock: Clock) -> RefundCollection | None:
    """A worker's turn: one collection that goes on; None when there is none."""
    now = clock()
    goes_on = Q(debit=None, state=CollectionState.ASKED) | Q(has_news=True)
    goes_on |= Q(state=CollectionState.ASKED, good_on__lte=timezone.localdate(now))
    collection = RefundCollection.objects.filter(goes_on).select_related("merchant", "debit").order_by("id").first()
    if collection is None:
        return None
    if collection.debit is None and collection.amount_minor:
        _ask(collection, at=now)
    else:
        _follow(collection, at=now)
    return collection


def _left_over(merchant_id: int) -> int:
    """What the operator still holds for no refund: of one that was withdrawn after it was collected."""
    held = balance(merchant_id, Book.WITH_OPERATOR, "EUR").minor
    paid_for = Refund.objects.filter(merchant_id=merchant_id, collection__isnull=False).exclude(
        state__in=(RefundState.PAID, RefundState.CANCELLED, RefundState.COLLECTING)
    )
    waiting = RefundCollection.objects.filter(
        merchant_id=merchant_id, state=CollectionState.ASKED, came_on__isnull=False
    )
    return held - sum(each.amount_minor for each in paid_for) - sum(each.amount_minor for each in waiting)


def _ask(collection: RefundCollection, *, at: datetime) -> None:
    """Draft the direct debit at the operator, tell the merchant, and let it leave: he has given a mandate for this."""
    account, wanted = operators_account(), settings_of(collection.merchant_id)
    if account is None or wanted.mandate is None:
        _fail(collection, "no_operator", at)
        return
    source = f"refunds:{collection.pk}"
    text = f"Rueckerstattungen {collection.refunds.count()}"
    today = timezone.localdate(at)
    try:
        debit = draft_debit(wanted.mandate, account, Wanted(source, collection.amount, today, text), by=BY, at=at)
        debit = tell_debtor(debit, today, by=BY, at=at) if debit.state == DebitState.DRAFTED else debit
    except Refused:
        _fail(collection, "debit_failed", at)
        return
    with transaction.atomic(durable=True):
        _lock_both(collection, debit)
        standing = Debit.objects.select_related("mandate").get(pk=debit.pk)
        if standing.state == DebitState.DRAFTED:
            move_debit(standing, DebitState.APPROVED, approved_by=POLICY)
            record(standing.merchant_id, [Happened("debit", debit.pk, "approved", BY, POLICY)], at=at)
        RefundCollection.objects.filter(pk=collection.pk, debit=None).update(debit=standing)
        values = {
            "amount": money(collection.amount, "de"),
            "day": written_day(standing.collect_on, "de"),
            "about": text,
            "number": standing.mandate.debtor_number,
            "mandate": standing.mandate.reference,
            "creditor": standing.mandate.creditor_id,
        }
        _tell_owners(collection, HouseKind.DEBIT_ANNOUNCED, "announced", values, at)


def _follow(collection: RefundCollection, *, at: datetime) -> None:
    with transaction.atomic(durable=True):
        _lock_both(collection, collection.debit)
        standing = RefundCollection.objects.select_related("debit__transaction", "merchant").get(pk=collection.pk)
        RefundCollection.objects.filter(pk=collection.pk).update(has_news=False)
        debit = standing.debit
        if debit is not None and debit.state in _NOT_MADE:
            _came_back(standing, debit, at)
            return
        if debit is not None and debit.transaction is not None and standing.came_on is None:
            _came(standing, debit, at)
        is_good = debit is None or (standing.good_on is not None and standing.good_on <= timezone.localdate(at))
        if standing.state == CollectionState.ASKED and is_good:
            _good(standing, at)


def _came(collection: RefundCollection, debit: Debit, at: datetime) -> None:
    """The operator has the money. It is the merchant's, and stays where it is until it is good."""
    assert debit.transaction is not None  # asked by the caller
    day = debit.transaction.booked_on
    days = settings_of(collection.merchant_id).good_after_days
    collection.came_on, collection.good_on = day, banking_day(day, later=days)
    RefundCollection.objects.filter(pk=collection.pk).update(came_on=day, good_on=collection.good_on)
    source = f"collection:{collection.pk}"
    post(collection.merchant_id, [Booking(REFUNDS_COLLECTED, collection.amount, f"{source}:came", day)], at=at)
    payment = Payment.objects.filter(merchant_id=debit.merchant_id, transaction=debit.transaction).first()
    if payment is not None and payment.open_minor == payment.amount_minor:
        before = payment.state
        become(payment, PaymentState.IGNORED)
        rows = Payment.objects.filter(pk=payment.pk, state=before, open_minor=payment.open_minor)
        if not rows.update(state=payment.state, decided_by=BY, decided_at=at, reason=""):
            raise Refused("Somebody else has just decided on this payment.")
        post(debit.merchant_id, [Booking(HELD_FOR_MERCHANT, payment.amount, f"{source}:held", day)], at=at)
        record(debit.merchant_id, [Happened("payment", payment.pk, "held_for_merchant", BY)], at=at)


def _good(collection: RefundCollection, at: datetime) -> None:
    """From now on the refunds leave, each by its own transfer from the operator's account."""
    move_collection(collection, CollectionState.GOOD)
    steps = []
    for refund in collection.refunds.filter(state=RefundState.COLLECTING).order_by("id"):
        move(refund, RefundState.PLANNED, look_at=None)
        steps.append(Happened("refund", refund.pk, "collected", BY))
    record(collection.merchant_id, steps, at=at)


def _came_back(collection: RefundCollection, debit: Debit, at: datetime) -> None:
    """Rejected, cancelled or taken back: what has not left stays, and everybody hears of it."""
    if collection.state == CollectionState.FAILED:
        return
    if collection.came_on is not None:
        day = debit.returned_by.booked_on if debit.returned_by else timezone.localdate(at)
        source = f"collection:{collection.pk}"
        booking = Booking(REFUNDS_NOT_COLLECTED, collection.amount, f"{source}:went_back", day)
        post(collection.merchant_id, [booking], at=at)
        post(debit.merchant_id, [Booking(HELD_WENT_BACK, collection.amount, f"{source}:went_back", day)], at=at)
    _stop_all(collection, "debit_failed", at)


def _fail(collection: RefundCollection, why: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(collection.merchant_id)
        _stop_all(RefundCollection.objects.select_related("merchant").get(pk=collection.pk), why, at)


def _stop_all(collection: RefundCollection, why: str, at: datetime) -> None:
    move_collection(collection, CollectionState.FAILED)
    steps = []
    waiting = collection.refunds.filter(state__in=(RefundState.COLLECTING, RefundState.PLANNED, RefundState.SHORT))
    for refund in waiting.order_by("id"):
        if refund.state == RefundState.SHORT:
            move(refund, RefundState.PLANNED)
        move(refund, RefundState.STOPPED, reason=why, collection=None)
        steps.append(Happened("refund", refund.pk, "stopped", BY, why))
    record(collection.merchant_id, steps, at=at)
    values = {"amount": money(collection.amount, "de"), "count": str(len(steps))}
    _tell_owners(collection, HouseKind.REFUNDS_NOT_COLLECTED, "failed", values, at)


def _tell_owners(
    collection: RefundCollection, kind: HouseKind, what: str, values: dict[str, str], at: datetime
) -> None:
    key = f"collection:{collection.pk}:{what}"
    readers = owners(collection.merchant_id)
    tell(collection.merchant_id, [said(kind, key, one, values, page="/refunds/") for one in readers], at=at)


def _lock_both(collection: RefundCollection, debit: Debit | None) -> None:
    for merchant in sorted({collection.merchant_id, *([debit.merchant_id] if debit else [])}):
        lock(merchant)
