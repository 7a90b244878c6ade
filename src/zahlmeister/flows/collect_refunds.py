"""Refunds of orders that were paid to the merchant's own account are paid out by the operator, who collects them first.

All that are due go into one direct debit, once a week or as the merchant has agreed. Nothing is paid out before that
debit is good: it is on the operator's account, and the days in which the merchant's bank may send it back unasked are
over. If it comes back, nothing is paid out, and everybody sees it.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.flows.announce_debit import announce
from zahlmeister.flows.collect_debit import Wanted, draft_debit
from zahlmeister.flows.hold_collected import hold, let_go
from zahlmeister.flows.undo_collection import came_back, stop_all, tell_if_recalled, tell_if_stuck
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import REFUNDS_COLLECTED, Book
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.accounts import shortened
from zahlmeister.money.banking_days import banking_day
from zahlmeister.receivables.models import Payment
from zahlmeister.refunds.accounts import LEAVES_FROM, leaves_from
from zahlmeister.refunds.models import Refund, RefundCollection, RefundSettings
from zahlmeister.refunds.moves import move, move_collection, note_news_of_debit
from zahlmeister.refunds.queries import on_its_way_there, settings_of
from zahlmeister.refunds.rules import Rhythm, slot
from zahlmeister.refunds.states import EDITABLE, CollectionState, RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: How long a refund waits that cannot leave now.
LATER = timedelta(hours=1)
_NOT_MADE = (DebitState.REJECTED, DebitState.RETURNED, DebitState.CANCELLED)

Clock = Callable[[], datetime]


def operators_account() -> BankAccount | None:
    """Where direct debits for refunds come in and refunds leave from; None when nobody runs the installation."""
    runs = operator()
    return next((each for each in paying_accounts(runs.pk) if each.currency == "EUR"), None) if runs else None


def collect(refund: Refund, wanted: RefundSettings, *, at: datetime) -> RefundCollection | None:
    """A refund is due: collect it together with all others that are, unless that was done in this week already.

    Returns:
        The collection; None when the refund waits for the next day of collecting, or cannot be collected now.
    """
    today = timezone.localdate(at)
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        before = RefundCollection.objects.filter(merchant_id=refund.merchant_id, covers=None)
        last = before.order_by("-asked_on").first()
        rhythm = Rhythm(wanted.rhythm)
        if rhythm != Rhythm.EACH and last is not None and slot(last.asked_on, rhythm) == slot(today, rhythm):
            again = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            Refund.objects.filter(pk=refund.pk, state=RefundState.PLANNED).update(look_at=again)
            return None
        refunds = _due_with(refund, rhythm, today)
        if refund not in refunds:  # whatever keeps it: it makes way for the refunds behind it
            Refund.objects.filter(pk=refund.pk, state=RefundState.PLANNED).update(look_at=at + LATER)
            return None
        total = sum(each.amount_minor for each in refunds)
        collection = RefundCollection(
            merchant_id=refund.merchant_id,
            amount_minor=max(total - left_over(refund.merchant_id), 0),
            currency="EUR",
            rhythm=rhythm,
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


def _due_with(refund: Refund, rhythm: Rhythm, today: date) -> list[Refund]:
    """What is collected together: all that is due and would leave an account of the merchant's own.

    What was promised from a direct debit that failed is collected anew.
    """
    due = Refund.objects.filter(
        Q(collection=None) | Q(collection__state=CollectionState.FAILED),
        Q(account=None) | Q(account__kind=AccountKind.OWN),
        merchant_id=refund.merchant_id,
        state=RefundState.PLANNED,
        due_on__lte=today,
        currency="EUR",
    )
    rows = (due.filter(pk=refund.pk) if rhythm == Rhythm.EACH else due).select_related("account", *LEAVES_FROM)
    return [each for each in rows.order_by("id") if _is_own(leaves_from(each))]


def _is_own(account: BankAccount | None) -> bool:
    return account is not None and account.kind == AccountKind.OWN


def follow_next(*, clock: Clock) -> RefundCollection | None:
    """A worker's turn: one collection that goes on; None when there is none."""
    now = clock()
    goes_on = Q(debit=None, state=CollectionState.ASKED) | Q(has_news=True)
    goes_on |= Q(state=CollectionState.ASKED, good_on__lte=timezone.localdate(now))
    rows = RefundCollection.objects.filter(goes_on).select_related("merchant", "debit", "covers").order_by("id")
    return take_first("follow_collections", rows, lambda one: _ask_or_follow(one, now), at=now)


def _ask_or_follow(collection: RefundCollection, now: datetime) -> None:
    if collection.debit is None and collection.amount_minor:
        _ask(collection, at=now)
    else:
        _follow(collection, at=now)


def left_over(merchant_id: int) -> int:
    """What the operator holds for nothing, or is to get for it; below zero what he has paid and never got.

    Of a refund that was withdrawn after it was collected something is left; of a debit that came back when what it was
    for had left already, something is missing.
    """
    held = balance(merchant_id, Book.WITH_OPERATOR, "EUR").minor
    mine = RefundCollection.objects.filter(merchant_id=merchant_id)
    coming = mine.filter(state=CollectionState.ASKED, came_on=None).aggregate(sum=Sum("amount_minor", default=0))
    leaving = Refund.objects.filter(merchant_id=merchant_id, collection__isnull=False)
    leaving = leaving.exclude(state__in=(RefundState.PAID, RefundState.CANCELLED))
    leaving = leaving.exclude(collection__state=CollectionState.FAILED, state__in=EDITABLE)  # collected anew
    promised = leaving.aggregate(sum=Sum("amount_minor", default=0))["sum"]
    promised += on_its_way_there(merchant_id).aggregate(sum=Sum("cover_minor", default=0))["sum"]
    return held + int(coming["sum"]) - int(promised)


def _ask(collection: RefundCollection, *, at: datetime) -> None:
    """Draft the direct debit at the operator, tell the merchant, and let it leave: he has given a mandate for this.

    One that was drafted before somebody stopped here is his, whatever has become of mandate and account since.
    """
    source = f"{_what(collection)}:{collection.pk}"
    drafted = Debit.objects.filter(mandate__customer=collection.merchant_id, source=source).first()
    debit = drafted or _draft(collection, source, at)
    if debit is None:
        return
    if debit.state not in _NOT_MADE:
        with suppress(Refused):  # somebody was quicker: what became of it is followed
            announce(debit, collection.merchant_id, _said(collection)[1], at=at)
    RefundCollection.objects.filter(pk=collection.pk, debit=None).update(debit=debit)
    note_news_of_debit(debit.pk)  # what became of it before it was known whose it is


def _draft(collection: RefundCollection, source: str, at: datetime) -> Debit | None:
    """The direct debit; None when there is none, and the collection has failed."""
    account, mandate = operators_account(), mandate_from(collection.merchant_id)
    if account is None or mandate is None:
        _fail(collection, "no_operator" if account is None else "no_mandate", at)
        return None
    wanted = Wanted(source, collection.amount, timezone.localdate(at), _said(collection)[0])
    try:
        return draft_debit(mandate, account, wanted, by=BY, at=at)
    except Refused:
        _fail(collection, "debit_failed", at)
        return None


def _what(collection: RefundCollection) -> str:
    """The beginning of the debit's source; by it a plan knows what a direct debit is charged for."""
    if collection.covers_id is not None:
        return "cover"
    return f"refunds:{collection.rhythm}" if collection.rhythm else "debt"


def _said(collection: RefundCollection) -> tuple[str, dict[str, str]]:
    """What the debit is for: to the bank, and to people by language."""
    if collection.covers is not None:
        number = shortened(collection.covers.number)
        return "Ausgleich Sammelkonto", {
            "de": f"Ausgleich des Sammelkontos {number}",
            "en": f"the overdrawn pooled account {number}",
        }
    count = collection.refunds.count()
    if not count:
        return "Auslagen", {"de": "was der Betreiber für Sie ausgelegt hat", "en": "what the operator has paid for you"}
    return f"Rueckerstattungen {count}", {"de": f"Rückerstattungen: {count}", "en": f"refunds: {count}"}


def _follow(collection: RefundCollection, *, at: datetime) -> None:
    with transaction.atomic(durable=True):
        _lock_both(collection, collection.debit)
        standing = _standing(collection)
        RefundCollection.objects.filter(pk=collection.pk).update(has_news=False)
        tell_if_recalled(standing, at=at)
        debit = standing.debit
        if debit is not None and debit.state in _NOT_MADE:
            came_back(standing, debit, at=at)
            let_go(debit)
            return
        if standing.state == CollectionState.GOOD:
            tell_if_stuck(standing, at=at)
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
    if payment is not None:
        hold(payment, collection.amount, source, by=BY, at=at)
    let_go(debit)


def _good(collection: RefundCollection, at: datetime) -> None:
    """From now on the refunds leave, each by its own transfer from the operator's account."""
    move_collection(collection, CollectionState.GOOD)
    steps = []
    for refund in collection.refunds.filter(state=RefundState.COLLECTING).order_by("id"):
        move(refund, RefundState.PLANNED, look_at=None)
        steps.append(Happened("refund", refund.pk, "collected", BY))
    record(collection.merchant_id, steps, at=at)


def _fail(collection: RefundCollection, why: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(collection.merchant_id)
        stop_all(_standing(collection), why, at=at)


def _standing(collection: RefundCollection) -> RefundCollection:
    rows = RefundCollection.objects.select_related("debit__transaction", "merchant", "covers", "transfer__returned_by")
    return rows.get(pk=collection.pk)


def _lock_both(collection: RefundCollection, debit: Debit | None) -> None:
    """The merchant and the operator, and whoever was the operator when the transfers were made."""
    transfers = PaymentOrder.objects.filter(Q(refunds__collection=collection) | Q(pk=collection.transfer_id))
    theirs = transfers.values_list("merchant_id", flat=True)
    for merchant in sorted({collection.merchant_id, *theirs, *([debit.merchant_id] if debit else [])}):
        lock(merchant)
