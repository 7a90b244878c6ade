"""What is kept of one person, for that person, as it stands (GDPR, Art. 15 and 20).

It begins with who has the mail address: buyers, orders, customers of the centre, letters, and what was decided about
an application. From there every table is asked whose rows belong to one of these rows, then those that belong to them,
so that a table which is added later is told of without anybody thinking of it.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.credit.keys import Kind, digest
from zahlmeister.credit.models import CreditDecision
from zahlmeister.flows.export_audit import columns, house_tables
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.merchants.models import Merchant, Owned
from zahlmeister.orders.models import Customer, Order
from zahlmeister.prepaid.models import Account
from zahlmeister.prepaid.models import Customer as CentreCustomer
from zahlmeister.purchase.models import Authorisation
from zahlmeister.receivables.models import Payment
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

Table = type[models.Model]
_AT_ONCE = 900  # numbers in one question


def person_data(merchant: Merchant, email: str, *, by: str, at: datetime) -> bytes:
    """Everything about whoever has this mail address, as JSON: the rows of each table by its name.

    Raises:
        Refused: nobody here has it.
    """
    found = _beginnings(merchant, email.strip())
    if not any(found.values()):
        raise Refused(f"Nothing is kept of “{email}”.")
    fresh = dict(found)
    while fresh := _that_belong_to(fresh, found):
        for table, numbers in fresh.items():
            found.setdefault(table, set()).update(numbers)
    told = {table._meta.db_table: list(_rows(table, numbers)) for table, numbers in found.items() if numbers}  # noqa: SLF001 - Django's way to ask a table
    told["payments"] = _payments(found)
    record(merchant.pk, [Happened("merchant", merchant.pk, "person_data_given", by)], at=at)
    return json.dumps(told, default=_text, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _beginnings(merchant: Merchant, address: str) -> dict[Table, set[int]]:
    """The rows that name the address."""
    key = digest(merchant.pk, Kind.EMAIL, address.casefold())
    decisions = CreditDecision.objects.filter(
        Q(keys__kind=Kind.EMAIL, keys__digest=key) | Q(application__email__iexact=address)
    )
    asked = Authorisation.objects.filter(Q(application__email__iexact=address) | Q(decision__in=decisions.values("pk")))
    rows: tuple[models.QuerySet[Any], ...] = (
        Customer.objects.filter(email__iexact=address),
        Order.objects.filter(email__iexact=address),
        CentreCustomer.objects.filter(email__iexact=address),
        SentLetter.objects.filter(reader__iexact=address),
        Refund.objects.filter(contact__iexact=address),  # of a balance, which names its account by number only
        PaymentIntent.objects.filter(email__iexact=address),
        StoredMethod.objects.filter(account__in=Account.objects.filter(customer__email__iexact=address).values("pk")),
        decisions,
        asked,
    )
    return {each.model: set(each.filter(merchant=merchant).values_list("pk", flat=True)) for each in rows}


def _that_belong_to(rows: dict[Table, set[int]], known: dict[Table, set[int]]) -> dict[Table, set[int]]:
    """Rows of any table that name one of these rows and are not known yet."""
    found: dict[Table, set[int]] = {}
    for table in house_tables():
        if not issubclass(table, Owned):
            continue  # keys for looking things up, and what belongs to nobody
        for one in columns(table):
            if isinstance(one, models.ForeignKey) and (numbers := rows.get(one.related_model)):
                mine = _pks(table, one.name, numbers) - known.get(table, set())
                if mine:
                    found.setdefault(table, set()).update(mine)
    return found


def _pks(table: Table, column: str, numbers: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for some in _some(numbers):
        found.update(table._default_manager.filter(**{f"{column}__in": some}).values_list("pk", flat=True))  # noqa: SLF001 - Django's own name
    return found


def _rows(table: Table, numbers: Iterable[int]) -> Iterator[dict[str, object]]:
    names = [one.attname for one in columns(table) if one.name != "merchant"]
    for some in _some(numbers):
        yield from table._default_manager.filter(pk__in=some).order_by("pk").values(*names)  # noqa: SLF001 - Django's own name


def _payments(found: dict[Table, set[int]]) -> list[dict[str, object]]:
    """What the bank said of the money that was found to be theirs."""
    rows = [
        payment
        for table in found
        for one in columns(table)
        if isinstance(one, models.ForeignKey) and one.related_model is Payment
        for some in _some(found[table])
        for payment in Payment.objects.filter(
            pk__in=table._default_manager.filter(pk__in=some).values(one.attname)  # noqa: SLF001 - Django's own name
        ).select_related("transaction")
    ]
    return [
        {"booked_on": row.booked_on, "amount_minor": row.amount_minor, "currency": row.currency,
         "from": row.transaction.counterparty, "account": row.transaction.counterparty_number,
         "text": row.transaction.remittance}
        for row in {row.pk: row for row in rows}.values()
    ]  # fmt: skip


def _some(numbers: Iterable[int]) -> Iterator[list[int]]:
    every = sorted(numbers)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


def _text(fact: object) -> str:
    if isinstance(fact, (bytes, memoryview)):
        return bytes(fact).hex()
    return fact.isoformat() if isinstance(fact, (date, datetime)) else str(fact)
