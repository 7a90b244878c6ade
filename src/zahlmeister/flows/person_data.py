"""What is kept of one person, for that person: orders, payments and letters, as they stand (GDPR, Art. 15 and 20)."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Customer, Order
from zahlmeister.receivables.models import Allocation, OpenItem, PayerAccount
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused


def person_data(merchant: Merchant, email: str, *, by: str, at: datetime) -> bytes:
    """Everything about whoever has this mail address, as JSON.

    Raises:
        Refused: nobody here has it.
    """
    address = email.strip().lower()
    orders = Order.objects.filter(merchant=merchant, email__iexact=address)
    customers = Customer.objects.filter(merchant=merchant, email__iexact=address)
    if not orders.exists() and not customers.exists():
        raise Refused(f"Nothing is kept of “{email}”.")
    items = OpenItem.objects.filter(order__in=orders)
    allocations = Allocation.objects.filter(item__in=items)
    told = {
        "customers": list(_rows(customers)),
        "orders": list(_rows(orders)),
        "open_items": list(_rows(items)),
        "allocations": list(_rows(allocations)),
        "payments": [
            {"booked_on": row.booked_on, "amount_minor": row.amount_minor, "currency": row.currency,
             "from": row.transaction.counterparty, "account": row.transaction.counterparty_number,
             "text": row.transaction.remittance}
            for row in _payments(allocations)
        ],
        "known_accounts": list(_rows(PayerAccount.objects.filter(customer__in=customers))),
        "refunds": list(_rows(Refund.objects.filter(item__in=items))),
        "letters": [
            {"kind": row.kind, "subject": row.subject, "reader": row.reader, "sent_at": row.sent_at}
            for row in SentLetter.objects.filter(merchant=merchant, reader__iexact=address)
        ],
    }  # fmt: skip
    record(merchant.pk, [Happened("merchant", merchant.pk, "person_data_given", by)], at=at)
    return json.dumps(told, default=_text, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _payments(allocations: QuerySet[Allocation]) -> list[Any]:
    rows = allocations.filter(payment__isnull=False).select_related("payment__transaction")
    return list({row.payment_id: row.payment for row in rows}.values())


def _rows(rows: QuerySet[Any]) -> Iterator[dict[str, object]]:
    for row in rows.order_by("pk").values():
        yield {name: fact for name, fact in row.items() if not isinstance(fact, bytes) and name != "merchant_id"}


def _text(fact: object) -> str:
    return fact.isoformat() if isinstance(fact, (date, datetime)) else str(fact)
