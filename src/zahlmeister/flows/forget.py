"""After its time nobody's name is kept: orders, customers and bank lines lose who it was, and keep what it came to.

Amounts, days and numbers stay, so that the books can still be read; the fingerprint of a bank line stays, so that an
old file that comes again is still known. What is not settled is not forgotten. Bank files and letters are kept: the
first hold the lines of many, the second are not looked at here yet.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from zahlmeister.accounting.retention import retention_of
from zahlmeister.banking.models import BankTransaction
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Customer, Order
from zahlmeister.receivables.models import OpenItem, Payment

#: What a forgotten order and line no longer say.
_ORDER = {
    **dict.fromkeys(
        (
            "name", "company", "email", "street", "postcode", "city", "iban", "phone", "customer_number",
            "tracking_numbers",
        ),
        "",
    ),
    "delivery": {},
}  # fmt: skip
_LINE = {
    **dict.fromkeys(
        (
            "counterparty", "counterparty_number", "counterparty_bic", "ultimate_party", "remittance", "end_to_end_id",
            "mandate_id", "creditor_reference",
        ),
        "",
    ),
    "pieces": [],
}  # fmt: skip


def forget_old(merchant: Merchant, *, by: str, at: datetime) -> dict[str, int]:
    """Take the names out of whatever is older than vouchers have to be kept; again it changes nothing.

    Returns:
        How many orders, customers and bank lines were changed.
    """
    before = retention_of("orders").ended_before(merchant.country, timezone.localdate(at))
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        counts = {
            "orders": _orders(merchant, before).update(**_ORDER),
            "lines": _lines(merchant, before).update(**_LINE),
            "customers": _customers(merchant),
        }
        if any(counts.values()):
            facts = {**counts, "before": before.isoformat()}
            record(merchant.pk, [Happened("merchant", merchant.pk, "forgotten", by, facts=facts)], at=at)
    return counts


def _orders(merchant: Merchant, before: date) -> QuerySet[Order]:
    young = Q(settled_on__isnull=True, open_minor__gt=0) | Q(settled_on__gte=before) | Q(opened_on__gte=before)
    kept = OpenItem.objects.filter(young | Q(surplus_minor__gt=0), order=OuterRef("pk"))
    old = OpenItem.objects.filter(order=OuterRef("pk"))
    rows = Order.objects.filter(Exists(old), merchant=merchant).exclude(Exists(kept))
    return rows.exclude(name="", company="", email="", street="", iban="")


def _lines(merchant: Merchant, before: date) -> QuerySet[BankTransaction]:
    waiting = Payment.objects.filter(transaction=OuterRef("pk"), open_minor__gt=0)
    rows = BankTransaction.objects.filter(merchant=merchant, booked_on__lt=before).exclude(Exists(waiting))
    return rows.exclude(counterparty="", counterparty_number="", remittance="")


def _customers(merchant: Merchant) -> int:
    """Those of whom every order was forgotten."""
    known = Order.objects.filter(customer=OuterRef("pk")).exclude(name="", company="", email="")
    rows = Customer.objects.filter(Exists(Order.objects.filter(customer=OuterRef("pk"))), merchant=merchant)
    rows = rows.exclude(Exists(known)).exclude(name="", company="", email="", number="")
    count = 0
    for customer in rows:
        Customer.objects.filter(pk=customer.pk).update(
            identity=f"forgotten:{customer.pk}", number="", name="", company="", email=""
        )
        count += 1
    return count
