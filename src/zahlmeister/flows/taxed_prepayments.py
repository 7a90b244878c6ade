"""What was paid before its invoice is put onto the account of taxed prepayments, and back when the invoice is written.

VAT is due on it in the month in which the money came (DE: § 13 (1) no. 1 a UStG), so that the bookkeeper's program has
to find it on an account that bears the tax (1718 in SKR03, 3272 in SKR04). At the end of each month that is over, each
order is compared: what was received for it and not sent back, while no invoice was written, against what stands on
that account by the files so far. The difference is a booking; what comes late is told with the month after.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Sum

from zahlmeister.accounting.models import BookkeeperSettings, TaxedPrepayment
from zahlmeister.accounting.plan import debtors_of
from zahlmeister.flows.bookkeeper_facts import Fact, facts
from zahlmeister.flows.close_month import bounds
from zahlmeister.flows.month_statement import prepaid
from zahlmeister.formats.journals.row import BookRow
from zahlmeister.merchants.models import Merchant

#: DATEV's kinds of bookings about prepayments: money that came in, and the invoice that settles them.
RECEIVED, SETTLED = "AG", "SR"


@dataclass(frozen=True, slots=True)
class Told:
    """A booking about one order at the end of a month, and what it changes on the account."""

    item: int
    month: date
    minor: int
    row: BookRow


def taxed_prepayments(
    merchant: Merchant, settings: BookkeeperSettings, currency: str, until: date
) -> dict[tuple[int, int], list[Told]]:
    """The bookings that are still to be told, by year and month; none without an account for them.

    Args:
        merchant: whose.
        settings: with the account; what was received before `begins_on` is left to whoever booked it.
        currency: of the file.
        until: months that end later are not over.
    """
    if not settings.prepayments:
        return {}
    rows = TaxedPrepayment.objects.filter(merchant=merchant, currency=currency)
    before = _received(merchant, settings.begins_on - timedelta(days=1), currency)
    stands = dict(rows.values_list("item").annotate(Sum("minor")).order_by())
    newest = rows.aggregate(Max("month"))["month__max"]
    found: dict[tuple[int, int], list[Told]] = {}
    for last in _ends(newest + timedelta(days=1) if newest else settings.begins_on, until):
        now = _received(merchant, last, currency)
        wanted = {item: max(minor - before.get(item, 0), 0) for item, minor in now.items()}
        changes = {item: wanted.get(item, 0) - stands.get(item, 0) for item in wanted.keys() | stands.keys()}
        told = list(_told(settings, last, {item: minor for item, minor in changes.items() if minor}, wanted))
        stands = wanted
        if told:
            found[last.year, last.month] = told
    return found


def _received(merchant: Merchant, day: date, currency: str) -> dict[int, int]:
    return {line.item: line.received for line in prepaid(merchant, day) if line.currency == currency}


def _ends(first: date, until: date) -> Iterator[date]:
    """The last day of each month from that of `first` that is over by a day."""
    last = bounds(first)[1]
    while last <= until:
        yield last
        last = bounds(last + timedelta(days=1))[1]


def _told(settings: BookkeeperSettings, last: date, changes: dict[int, int], wanted: dict[int, int]) -> Iterator[Told]:
    known = facts(f"item:{item}" for item in changes)
    debtors = debtors_of(settings, (fact.customer for fact in known.values() if fact.customer))
    for item, minor in sorted(changes.items()):
        fact = known.get(f"item:{item}", Fact())
        is_settled = minor < 0 and not wanted.get(item) and bool(fact.invoice_number)
        about = fact.about(debtors, settings.debtor)
        row = BookRow(
            minor=abs(minor),
            is_debit=minor > 0,
            account=about.debtor or settings.debtor,
            against=settings.prepayments,
            on=last,
            voucher=about.voucher if is_settled else fact.number,
            text=", ".join(filter(None, (fact.who, "Anzahlung verrechnet" if is_settled else "Anzahlung"))),
            order_number=fact.number,
            source=f"prepaid:{item}:{last}",
            kind=SETTLED if is_settled else RECEIVED,
        )
        yield Told(item, last, minor, row)
