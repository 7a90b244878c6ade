"""A pooled account that is overdrawn is covered: the operator collects it from the merchant, and pays it in there.

What lies on the account of a trustee belongs to others, so that nobody may owe to it for long. It happens when a
payment that was paid out already has to go back, or when a refund has waited for the balance in vain. The direct debit
is announced before, and the money goes to the account once the debit is good (see `flows.collect_refunds`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.collect_refunds import left_over, operators_account
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import BALANCE_COVERED, PAID_FOR_MERCHANT
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.payouts.standing import standing_of
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.set_apart import set_apart
from zahlmeister.receivables.states import UNDECIDED
from zahlmeister.refunds.models import Refund, RefundCollection
from zahlmeister.refunds.states import CollectionState, RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: A refund that has waited for the balance so long is collected.
PATIENCE = timedelta(days=7)
#: So long nothing is collected for an account after a direct debit for it was not paid.
REST = timedelta(days=28)
#: So often the operator's transfer is tried.
MOST_TRIES = 3
_NOT_MADE = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.RETURNED)

Clock = Callable[[], datetime]


def cover_next(*, clock: Clock) -> BooksCheck | RefundCollection | None:
    """A worker's turn: look at one merchant's accounts, or bring one covering a step on; None when nothing is to do."""
    now = clock()
    covering = RefundCollection.objects.filter(state=CollectionState.GOOD, covers__isnull=False, arrived=None)
    rows = covering.select_related("merchant", "covers__merchant", "transfer").order_by("pk")
    come = Payment.objects.filter(
        state__in=UNDECIDED,
        transaction__account=OuterRef("covers"),
        amount_minor=OuterRef("cover_minor"),
        open_minor=OuterRef("cover_minor"),
        transaction__end_to_end_id=OuterRef("transfer__end_to_end_id"),
    ).order_by("pk")
    arrived = rows.filter(transfer__transaction__isnull=False).annotate(payment=Subquery(come.values("pk")[:1]))
    to_send = rows.filter(Q(transfer=None) | Q(transfer__state__in=_NOT_MADE), attempt__lt=MOST_TRIES)
    unseen = BooksCheck.objects.filter(on=timezone.localdate(now), findings=[], is_balance_seen=False)
    return (
        take_first("cover_arrived", arrived.exclude(payment=None), lambda one: _arrived(one, now), at=now)
        or take_first("cover_send", to_send, lambda one: _send(one, now), at=now)
        or take_first("cover", unseen.order_by("pk"), lambda check: _look(check, now), at=now)
    )


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
    under_way = mine.exclude(state=CollectionState.FAILED).filter(arrived=None)
    failed = mine.filter(state=CollectionState.FAILED, asked_on__gt=timezone.localdate(at) - REST)
    return under_way.exists() or failed.exists()


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
        mine = RefundCollection.objects.filter(
            pk=collection.pk, attempt=collection.attempt, state=CollectionState.GOOD, arrived=None
        )
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
