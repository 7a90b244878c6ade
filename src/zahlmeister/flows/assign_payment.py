"""A person decides on a payment: assign it, take it back, ignore it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from zahlmeister.banking.models import AccountKind, BankTransaction
from zahlmeister.flows.taken_back import take_back_by_hand
from zahlmeister.history.record import Happened, record
from zahlmeister.learning.payers import learn_payer, unlearn_payer
from zahlmeister.learning.propose import propose_to_ignore
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import FOR_AN_ORDER_AFTER_ALL, NOT_FOR_AN_ORDER, Legs
from zahlmeister.matching.folding import fold
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate, terms_of
from zahlmeister.receivables.desk import become, take_out
from zahlmeister.receivables.kept import give_back_kept
from zahlmeister.receivables.models import Allocation, IgnoredPayer, OpenItem, Payment
from zahlmeister.receivables.queries import BY_A_PERSON
from zahlmeister.receivables.set_apart import SET_APART
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused


def assign(
    merchant: Merchant,
    payment_id: int,
    shares: Sequence[tuple[int, int]],
    *,
    by: str,
    at: datetime,
    source: str,
) -> None:
    """Assign a payment to one or several items, as a person decided.

    Args:
        merchant: whose payment.
        payment_id: which payment.
        shares: item number and minor units, each above zero; together at most what the payment has left.
        by: the person's e-mail address.
        at: now.
        source: a key made for this decision; the same key again changes nothing.

    Raises:
        Refused: nothing to assign, more than is left, an unknown order, or somebody else was quicker.
    """
    if not shares:
        raise Refused("Choose at least one order to assign the payment to.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        parts = [
            Share(item_id=item, minor=minor, source=f"{BY_A_PERSON}{source}:{position}", payment_id=payment_id)
            for position, (item, minor) in enumerate(shares)
        ]
        desk = allocate(merchant.pk, parts, Decider(by, at, terms_of(merchant)))
        if desk.items:
            learn_payer(merchant.pk, list(desk.items.values()), _said(payment_id), at=at)


def unassign(merchant: Merchant, payment_id: int, *, by: str, at: datetime) -> None:
    """Take everything of this payment back; it waits for a person again.

    Raises:
        Refused: nothing is assigned, or an order it is assigned to was refunded and what stays does not cover that.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Allocation.objects.filter(merchant=merchant, payment_id=payment_id, reverses=None, reversal=None)
        current = list(rows.order_by("id"))
        if not current:
            raise Refused("Nothing of this payment is assigned.")
        take_back_by_hand(merchant.pk, current, Decider(by, at))
        give_back_kept(merchant.pk, payment_id, at=at)
        items = OpenItem.objects.filter(pk__in=[row.item_id for row in current]).select_related("order")
        unlearn_payer(merchant.pk, list(items), _said(payment_id))


def ignore(merchant: Merchant, payment_id: int, *, by: str, at: datetime, always: bool = False) -> None:
    """This money is not for an order.

    Args:
        merchant: whose payment.
        payment_id: which payment.
        by: the person's e-mail address.
        at: now.
        always: nor is any other money from the same account, now and later.

    Raises:
        Refused: it is already assigned or ignored, or `always` is wanted for a payment without an account.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payment = _taken_out(merchant, payment_id)
        if payment.transaction.account.kind == AccountKind.POOLED:
            raise Refused("Money on a pooled account cannot be ignored; it is for an order, or it goes back.")
        become(payment, PaymentState.IGNORED)
        if payment.open_minor != payment.amount_minor:
            raise Refused("Only a whole payment can be ignored; a part of this one went back or was kept by a carrier.")
        _move(payment, NOT_FOR_AN_ORDER, "ignored", by, at)
        if always:
            _ignore_always(merchant, payment, by, at)
        propose_to_ignore(merchant.pk, at=at)


def unignore(merchant: Merchant, payment_id: int, *, by: str, at: datetime) -> None:
    """The payment may be for an order after all; it waits for a person again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payment = _taken_out(merchant, payment_id)
        if payment.state != PaymentState.IGNORED:
            raise Refused("This payment is not ignored.")
        if payment.reason == SET_APART:
            raise Refused("This money was collected or transferred by the operator and is booked; it is for no order.")
        become(payment, PaymentState.UNCLEAR)
        _move(payment, FOR_AN_ORDER_AFTER_ALL, "unignored", by, at)
        _rule_about(merchant, payment).delete()
        propose_to_ignore(merchant.pk, at=at)


def _taken_out(merchant: Merchant, payment_id: int) -> Payment:
    payment = take_out(merchant.pk, item_ids=(), payment_ids=[payment_id]).payments.get(payment_id)
    if payment is None:
        raise Refused("This payment does not exist.")
    return payment


def _move(payment: Payment, legs: Legs, verb: str, by: str, at: datetime) -> None:
    """Write the payment's new state with its posting and its step."""
    before = Payment.objects.get(pk=payment.pk).state
    swapped = Payment.objects.filter(pk=payment.pk, state=before, open_minor=payment.open_minor)
    if not swapped.update(state=payment.state, decided_by=by, decided_at=at, reason=""):
        raise Refused("Somebody else has just decided on this payment.")
    amount = Amount(payment.open_minor, payment.currency)
    source = f"payment:{payment.pk}:{verb}:{new_id()}"  # it can be ignored, taken up again and ignored again
    post(payment.merchant_id, [Booking(legs, amount, source, payment.booked_on)], at=at)
    record(payment.merchant_id, [Happened("payment", payment.pk, verb, by)], at=at)


def _ignore_always(merchant: Merchant, payment: Payment, by: str, at: datetime) -> None:
    said = payment.transaction
    if not said.counterparty_number:
        raise Refused("The bank names no account for this payment, so that its payer cannot be ignored for good.")
    IgnoredPayer.objects.get_or_create(
        merchant=merchant,
        number=said.counterparty_number,
        defaults={"name": said.counterparty, "created_by": by, "created_at": at},
    )


def _rule_about(merchant: Merchant, payment: Payment) -> QuerySet[IgnoredPayer]:
    """The rule that ignores this payer, if there is one."""
    number, payer = payment.transaction.counterparty_number, payment.transaction.counterparty
    by_name = Q(number="", name=fold(payer)[:200])
    return IgnoredPayer.objects.filter(by_name | Q(number=number) if number else by_name, merchant=merchant)


def _said(payment_id: int) -> BankTransaction:
    """What the bank said of this payment."""
    return BankTransaction.objects.get(payment=payment_id)
