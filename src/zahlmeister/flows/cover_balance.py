"""A pooled account that is overdrawn is covered: the operator collects it from the merchant, and pays it in there.

What lies on the account of a trustee belongs to others, so that nobody may owe to it for long. It happens when a
payment that was paid out already has to go back, or when a refund has waited for the balance in vain. The direct debit
is announced before, and the money goes to the account once the debit is good (see `flows.collect_refunds`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.models import AccountKind, BankAccount, BankTransaction
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NOT_MADE, OrderState
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.collect_refunds import left_over, operators_account
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.undo_collection import MOST_TRIES, REST, tell_if_lost
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import BALANCE_COVERED, PAID_FOR_MERCHANT
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.payouts.standing import standing_of
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.set_apart import set_apart
from zahlmeister.receivables.states import UNDECIDED
from zahlmeister.refunds.models import Refund, RefundCollection
from zahlmeister.refunds.queries import on_its_way_there
from zahlmeister.refunds.states import CollectionState, RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: A refund that has waited for the balance so long is collected.
PATIENCE = timedelta(days=7)
#: So many banking days what a bank has taken off an account again may take to the operator's statement. A return takes
#: three, and a bank has ten to answer a recall.
_ON_ITS_WAY_BACK = 10
_TRIED_AGAIN = (OrderState.REJECTED, OrderState.RETURNED)

Clock = Callable[[], datetime]


def cover_next(*, clock: Clock) -> BooksCheck | RefundCollection | None:
    """A worker's turn: look at one merchant's accounts, or bring one covering a step on; None when nothing is to do."""
    now = clock()
    covering = RefundCollection.objects.filter(covers__isnull=False, arrived=None)
    rows = covering.select_related("merchant", "covers__merchant", "transfer").order_by("pk")
    come = Payment.objects.filter(
        state__in=UNDECIDED,
        transaction__account=OuterRef("covers"),
        amount_minor=OuterRef("cover_minor"),
        open_minor=OuterRef("cover_minor"),
        transaction__end_to_end_id=OuterRef("transfer__end_to_end_id"),
    ).order_by("pk")
    seen = Q(transfer__transaction__isnull=False) | ~Q(
        transfer__doubt=""
    )  # it was paid though the bank said it was not
    arrived = rows.filter(seen).annotate(payment=Subquery(come.values("pk")[:1]))
    to_send = (
        rows.filter(~Exists(_doubted()), state=CollectionState.GOOD)
        .annotate(tries=F("attempt") % MOST_TRIES)
        .filter(
            Q(transfer=None)
            | Q(transfer__state__in=_TRIED_AGAIN, tries__gt=0)
            | Q(transfer__state__in=NOT_MADE, transfer__created_at__lte=now - REST)
        )
    )
    unseen = BooksCheck.objects.filter(on=timezone.localdate(now), findings=[], is_balance_seen=False)
    return (
        take_first("cover_arrived", arrived.exclude(payment=None), lambda one: _arrived(one, now), at=now)
        or take_first("cover_send", to_send, lambda one: _send(one, now), at=now)
        or take_first("cover", unseen.order_by("pk"), lambda check: _look(check, now), at=now)
    )


def _doubted() -> QuerySet[PaymentOrder]:
    """Transfers of a covering of which the bank contradicts itself: one may have been paid, so that a person looks."""
    mine = Concat(Value("cover:"), Cast(OuterRef("pk"), CharField()), Value(":"))
    return PaymentOrder.objects.exclude(doubt="").filter(source__startswith=mine)


def owed_to(account: BankAccount, *, at: datetime) -> int:
    """By how much a pooled account is overdrawn, with the refunds that have waited too long; in minor units."""
    waiting = Refund.objects.filter(
        merchant_id=account.merchant_id,
        account=account,
        state=RefundState.SHORT,
        due_on__lte=timezone.localdate(at) - PATIENCE,
    )
    promised = waiting.aggregate(sum=Sum("amount_minor", default=0))["sum"]
    return standing_of(account, promised=int(promised)).missing


def _look(check: BooksCheck, now: datetime) -> None:
    accounts = BankAccount.objects.filter(merchant=check.merchant_id, kind=AccountKind.POOLED, currency="EUR")
    for account in accounts.order_by("pk"):
        _tell_of_lost(account, now)
        cover(account, at=now)
    BooksCheck.objects.filter(pk=check.pk).update(is_balance_seen=True)


def cover(account: BankAccount, *, at: datetime) -> RefundCollection | None:
    """Collect what an account is overdrawn by; None when nothing is owed, or it is being collected, or cannot be."""
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        minor = owed_to(account, at=at)
        if not minor or mandate_from(account.merchant_id) is None or operators_account() is None:
            return None
        if _is_being_covered(account, at):
            return None
        today = timezone.localdate(at)
        collection = RefundCollection(
            merchant_id=account.merchant_id,
            amount_minor=max(minor - left_over(account.merchant_id), 0),
            currency=account.currency,
            covers=account,
            cover_minor=minor,
            asked_on=today,
            created_at=at,
        )
        collection.save(force_insert=True)
        facts = {"minor": minor, "collected": collection.amount_minor}
        step = Happened("account", account.pk, "overdrawn", BY, facts=facts)
        record(account.merchant_id, [step], at=at)
    return collection


def _is_being_covered(account: BankAccount, at: datetime) -> bool:
    mine = RefundCollection.objects.filter(merchant_id=account.merchant_id, covers=account)
    under_way = on_its_way_there(account.merchant_id).filter(covers=account)
    failed = mine.filter(state=CollectionState.FAILED, asked_on__gt=timezone.localdate(at) - REST)
    return under_way.exists() or failed.exists() or _is_coming_back(account, at)


def _taken_off(account: BankAccount) -> QuerySet[RefundCollection]:
    """Coverings that the bank has taken off the account again, with the day as `taken_on`, that are not booked back."""
    movements = BankTransaction.objects.filter(
        merchant=OuterRef("merchant"),
        account=OuterRef("covers"),
        booked_on__gte=OuterRef("arrived__booked_on"),
        end_to_end_id=OuterRef("transfer__end_to_end_id"),
        amount_minor__lt=0,
    )
    mine = RefundCollection.objects.filter(merchant_id=account.merchant_id, covers=account, arrived__isnull=False)
    unbooked = mine.filter(Q(transfer__returned_by=None) | Q(has_news=True))
    last = movements.order_by("-booked_on").values("booked_on")[:1]
    return unbooked.select_related("covers", "transfer").annotate(taken_on=Subquery(last)).exclude(taken_on=None)


def _is_lost(collection: RefundCollection, at: datetime) -> bool:
    """Whether what was taken off should have come back to the operator long ago, and has not."""
    transfer, taken_on = collection.transfer, collection.taken_on  # type: ignore[attr-defined]  # annotated by `_taken_off`
    assert transfer is not None  # it has arrived
    overdue = banking_day(taken_on, later=_ON_ITS_WAY_BACK) < timezone.localdate(at)
    return transfer.returned_by_id is None and overdue


def _is_coming_back(account: BankAccount, at: datetime) -> bool:
    """Whether the bank has taken a transfer off the account again that will be on the operator's statement soon."""
    return any(not _is_lost(each, at) for each in _taken_off(account))


def _tell_of_lost(account: BankAccount, at: datetime) -> None:
    """What does not come back to the operator keeps the account overdrawn no longer, and is looked for by people."""
    for collection in _taken_off(account).order_by("pk"):
        if _is_lost(collection, at):
            with transaction.atomic(durable=True):
                tell_if_lost(collection, at=at)


def _send(collection: RefundCollection, now: datetime) -> None:
    """The debit is good: what it was collected for leaves the operator's account for the pooled one."""
    account, covered = operators_account(), collection.covers
    if account is None or covered is None:
        raise Refused("The operator has no account in euro to pay from.")
    wanted = Wanted(
        f"cover:{collection.pk}:{collection.attempt + 1}",
        Party(covered.holder or collection.merchant.name),
        covered.number,
        Amount(collection.cover_minor, collection.currency),
        timezone.localdate(now),
        text=f"Ausgleich Sammelkonto {collection.merchant.name}"[:140],
    )
    order = make_order(account, wanted, by=BY, at=now)
    with transaction.atomic(durable=True):
        for merchant in sorted({collection.merchant_id, account.merchant_id}):
            lock(merchant)
        unchanged = {"pk": collection.pk, "attempt": collection.attempt, "state": CollectionState.GOOD, "arrived": None}
        mine = RefundCollection.objects.filter(~Exists(_doubted()), **unchanged)
        if not mine.exists():
            return
        keep_order(order, at=now)
        mine.update(transfer=order, attempt=F("attempt") + 1)
        if look_at(order).pairs_needed == 1:
            approve_by_policy(order, f"collected for the pooled account {covered.number}", at=now)


def _arrived(collection: RefundCollection, now: datetime) -> None:
    """It is on the pooled account: what the operator held for the merchant is there."""
    transfer = collection.transfer
    assert transfer is not None  # asked for by the caller
    with transaction.atomic(durable=True):
        for merchant in sorted({collection.merchant_id, transfer.merchant_id}):
            lock(merchant)
        payment = Payment.objects.get(pk=collection.payment)  # type: ignore[attr-defined]  # annotated by the caller
        if not RefundCollection.objects.filter(pk=collection.pk, arrived=None).update(arrived=payment):
            return
        source = f"collection:{collection.pk}:covered"
        booking, step = set_apart(payment, BALANCE_COVERED, source, by=BY, at=now)
        post(collection.merchant_id, [booking], at=now)
        record(collection.merchant_id, [step], at=now)
        paid = Booking(PAID_FOR_MERCHANT, payment.amount, source, payment.booked_on)
        post(transfer.merchant_id, [paid], at=now)
