"""A person decides on a payment: assign it, take it back, ignore it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import FOR_AN_ORDER_AFTER_ALL, NOT_FOR_AN_ORDER, Legs
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate, take_back
from zahlmeister.receivables.desk import become, take_out
from zahlmeister.receivables.keys import learn_keys, unlearn_keys
from zahlmeister.receivables.models import Allocation, IgnoredPayer, OpenItem, PayerAccount, Payment
from zahlmeister.receivables.rules import Terms
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
            Share(item_id=item, minor=minor, source=f"person:{source}:{position}", payment_id=payment_id)
            for position, (item, minor) in enumerate(shares)
        ]
        desk = allocate(merchant.pk, parts, Decider(by, at, Terms(tolerance=merchant.tolerance_minor)))
        if desk.items:
            _learn(merchant, list(desk.items.values()), payment_id, at)


def unassign(merchant: Merchant, payment_id: int, *, by: str, at: datetime) -> None:
    """Take everything of this payment back; it waits for a person again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Allocation.objects.filter(merchant=merchant, payment_id=payment_id, reverses=None, reversal=None)
        current = list(rows.order_by("id"))
        if not current:
            raise Refused("Nothing of this payment is assigned.")
        take_back(merchant.pk, current, Decider(by, at))
        _unlearn(merchant, payment_id, [row.item_id for row in current])


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
        become(payment, PaymentState.IGNORED)
        if payment.open_minor != payment.amount_minor:
            raise Refused("A part of this payment is assigned; take that back first.")
        _move(payment, NOT_FOR_AN_ORDER, "ignored", by, at)
        if always:
            _ignore_always(merchant, payment, by, at)


def unignore(merchant: Merchant, payment_id: int, *, by: str, at: datetime) -> None:
    """The payment may be for an order after all; it waits for a person again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payment = _taken_out(merchant, payment_id)
        if payment.state != PaymentState.IGNORED:
            raise Refused("This payment is not ignored.")
        become(payment, PaymentState.UNCLEAR)
        _move(payment, FOR_AN_ORDER_AFTER_ALL, "unignored", by, at)
        IgnoredPayer.objects.filter(merchant=merchant, number=payment.transaction.counterparty_number).delete()


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


def _learn(merchant: Merchant, items: Sequence[OpenItem], payment_id: int, at: datetime) -> None:
    """A person confirmed who this account belongs to: when all items are one customer's, remember it."""
    number = Payment.objects.select_related("transaction").get(pk=payment_id).transaction.counterparty_number
    customers = {item.order.customer_id for item in items}
    customer = customers.pop()
    if not number or customers or customer is None:
        return
    _, is_new = PayerAccount.objects.get_or_create(
        merchant=merchant, customer_id=customer, number=number, defaults={"learned_at": at}
    )
    if is_new:
        others = OpenItem.objects.filter(merchant=merchant, order__customer_id=customer, open_minor__gt=0)
        learn_keys(merchant.pk, list(others), number)


def _unlearn(merchant: Merchant, payment_id: int, items: Sequence[int]) -> None:
    """What was taken back teaches nothing: forget the account unless another allocation of a person still says so."""
    number = Payment.objects.select_related("transaction").get(pk=payment_id).transaction.counterparty_number
    customers = set(OpenItem.objects.filter(pk__in=items).values_list("order__customer_id", flat=True))
    for customer in customers - {None}:
        standing = Allocation.objects.filter(
            merchant=merchant,
            item__order__customer_id=customer,
            payment__transaction__counterparty_number=number,
            reverses=None,
            reversal=None,
        ).exclude(by="matcher")
        if number and not standing.exists():
            PayerAccount.objects.filter(merchant=merchant, customer_id=customer, number=number).delete()
            others = OpenItem.objects.filter(merchant=merchant, order__customer_id=customer).exclude(order__iban=number)
            unlearn_keys(merchant.pk, list(others), number)
