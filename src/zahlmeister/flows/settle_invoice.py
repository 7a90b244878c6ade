"""An invoice is paid: from the balance of a pooled account where it is enough, else by direct debit, announced before.

Whoever has agreed neither pays by transfer; the operator's books find it by its number like any payment.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.announce_debit import announce
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.collect_debit import Wanted as WantedDebit
from zahlmeister.flows.collect_debit import draft_debit
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.flows.pay_out import standing_now
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import FEES_NOT_PAID, FEES_PAID
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.payouts.models import PayoutPlan
from zahlmeister.plans.models import Invoice
from zahlmeister.refusals import Refused

BY = "house"
AGAIN = timedelta(days=1)
_NOT_MADE = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.RETURNED)
_NOT_COLLECTED = (DebitState.CANCELLED, DebitState.REJECTED, DebitState.RETURNED)

Clock = Callable[[], datetime]


def settle_next(*, clock: Clock) -> Invoice | None:
    """A worker's turn: go one step on with one invoice that is not paid; None when there is nothing to do."""
    now = clock()
    rows = Invoice.objects.select_related("merchant", "customer", "order", "debit__mandate").order_by("pk")
    over = Q(order__state__in=_NOT_MADE) | Q(debit__state__in=_NOT_COLLECTED)
    collected = Q(debit__state=DebitState.COLLECTED, settled_on=None)
    waiting = Q(is_owed=True, order=None, debit=None, settled_on=None) & ~Q(look_at__gt=now)
    for which, step in ((over, _undo), (collected, _paid), (waiting, _settle)):
        invoice = take_first("settle_invoice", rows.filter(which), partial(_with, step, now), at=now)
        if invoice is not None:
            return invoice
    return None


def _with(step: Callable[[Invoice, datetime], None], now: datetime, invoice: Invoice) -> None:
    step(invoice, now)


def _settle(invoice: Invoice, now: datetime) -> None:
    try:
        if not _from_balance(invoice, now):
            _by_debit(invoice, now)
    except Refused as refusal:
        step = Happened("invoice", invoice.pk, "not_settled", BY, str(refusal))
        with transaction.atomic(durable=True):
            lock(invoice.merchant_id)
            record(invoice.merchant_id, [step], at=now)
    Invoice.objects.filter(pk=invoice.pk).update(look_at=now + AGAIN)


def _from_balance(invoice: Invoice, now: datetime) -> bool:
    """Take it from a pooled account; whether it was enough."""
    to = _account_of(invoice)
    pooled = BankAccount.objects.filter(
        merchant_id=invoice.customer_id, kind=AccountKind.POOLED, currency=invoice.currency
    )
    for account in pooled.select_related("merchant").order_by("pk"):
        wanted = Wanted(
            f"invoice:{invoice.pk}:{invoice.attempt + 1}",
            Party(to.holder or invoice.merchant.name),
            to.number,
            invoice.total,
            timezone.localdate(now),
            text=f"Rechnung {invoice.number}",
        )
        order = make_order(account, wanted, by=BY, at=now)
        with transaction.atomic(durable=True):
            lock(invoice.customer_id)
            plan = PayoutPlan.objects.filter(account=account).first()
            if standing_now(account, plan).available < invoice.total_minor:
                continue
            free = Invoice.objects.filter(pk=invoice.pk, order=None, debit=None, attempt=invoice.attempt)
            if not free.exists():
                return True
            keep_order(order, at=now)
            free.update(order=order, attempt=invoice.attempt + 1, settled_on=timezone.localdate(now))
            day = timezone.localdate(now)
            source = f"invoice:{invoice.pk}:paid:{invoice.attempt + 1}"
            post(invoice.customer_id, [Booking(FEES_PAID, invoice.total, source, day)], at=now)
            approve_by_policy(order, f"fees of invoice {invoice.number}", at=now)
        return True
    return False


def _by_debit(invoice: Invoice, now: datetime) -> None:
    mandate = mandate_from(invoice.customer_id)
    if mandate is None or invoice.currency != "EUR":
        return
    wanted = WantedDebit(
        f"invoice:{invoice.pk}:{invoice.attempt + 1}",
        invoice.total,
        timezone.localdate(now),
        f"Rechnung {invoice.number}",
    )
    debit = draft_debit(mandate, _account_of(invoice), wanted, by=BY, at=now)
    about = {"de": f"Rechnung {invoice.number}", "en": f"invoice {invoice.number}"}
    debit = announce(debit, invoice.customer_id, about, at=now)
    Invoice.objects.filter(pk=invoice.pk, order=None, debit=None).update(debit=debit, attempt=invoice.attempt + 1)


def _paid(invoice: Invoice, now: datetime) -> None:
    """The debit was collected: the merchant's debt is paid from an account of his own."""
    day = timezone.localdate(now)
    with transaction.atomic(durable=True):
        lock(invoice.customer_id)
        if Invoice.objects.filter(pk=invoice.pk, settled_on=None).update(settled_on=day):
            source = f"invoice:{invoice.pk}:paid:{invoice.attempt}"
            post(invoice.customer_id, [Booking(FEES_PAID, invoice.total, source, day)], at=now)
            record(invoice.customer_id, [Happened("invoice", invoice.pk, "paid", BY)], at=now)


def _undo(invoice: Invoice, now: datetime) -> None:
    """The transfer or the debit was not made, or came back: the invoice is open again, and tried again tomorrow."""
    day = timezone.localdate(now)
    with transaction.atomic(durable=True):
        lock(invoice.customer_id)
        mine = Invoice.objects.filter(pk=invoice.pk, attempt=invoice.attempt).exclude(order=None, debit=None)
        if not mine.update(order=None, debit=None, settled_on=None, look_at=now + AGAIN):
            return
        if invoice.settled_on is not None:
            source = f"invoice:{invoice.pk}:not_paid:{invoice.attempt}"
            post(invoice.customer_id, [Booking(FEES_NOT_PAID, invoice.total, source, day)], at=now)
        record(invoice.customer_id, [Happened("invoice", invoice.pk, "not_paid", BY)], at=now)


def _account_of(invoice: Invoice) -> BankAccount:
    found = [each for each in paying_accounts(invoice.merchant_id) if each.currency == invoice.currency]
    if not found:
        raise Refused(f"The operator has no account in {invoice.currency} to be paid on.")
    return found[0]
