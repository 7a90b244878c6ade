"""Fees that were charged, and found later to be for payments that cost nothing: the next invoices give them back.

What a payment cost is kept when its month is billed, because what becomes of the payment later would change the figure.
A payment that a person had to assign, or to take back, after that costs nothing; if it was one of the free ones, the
first that was charged takes its place. No payment ever costs more than it did.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Max, Min, QuerySet

from zahlmeister.money.amount import Amount
from zahlmeister.plans.models import BilledFee, FeeCredit, Found, Invoice
from zahlmeister.plans.rules import Tax, Why
from zahlmeister.plans.usage import Usage, end_of
from zahlmeister.receivables.guarantee import MISSED, judged

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Drawn:
    """So much of a fee is given back on an invoice."""

    fee: BilledFee
    minor: int


def keep_fees(merchant_id: int, month: date, found: Usage, invoices: Sequence[Invoice]) -> None:
    """Keep what each payment of a billed month cost, and which were free; inside the caller's transaction."""
    by_currency = {invoice.currency: invoice for invoice in invoices}
    rows = []
    for charge in found.charges:
        currency = found.currencies[charge.payment]
        row = BilledFee(merchant_id=merchant_id, payment_id=charge.payment, month=month, currency=currency)
        row.why, row.minor = charge.why.value, charge.minor
        if charge.minor:
            invoice = by_currency[currency]
            row.invoice_id, row.category, row.per_mille = invoice.pk, invoice.category, invoice.per_mille
        if charge.minor or charge.why is Why.FREE:
            rows.append(row)
    BilledFee.objects.bulk_create(rows, batch_size=_AT_ONCE)


def late(merchant_id: int) -> list[BilledFee]:
    """The fees of billed months that are not due after all, each with what was `found`; nothing is written."""
    billed = BilledFee.objects.filter(merchant_id=merchant_id).aggregate(first=Min("month"), last=Max("month"))
    if billed["first"] is None:
        return []
    verdicts = judged(merchant_id, billed["first"], end_of(billed["last"]))
    missed = {one.payment_id for one in verdicts if one.verdict in MISSED}
    found: list[BilledFee] = []
    places: Counter[date] = Counter()
    for fee in _billed(merchant_id, sorted(missed)):
        places[fee.month] += fee.why == Why.FREE or fee.found == Found.FREE
        fee.found = Found.MISSED
        found.append(fee)
    for month in sorted(places):
        found += _next_free(merchant_id, month, places[month], missed)
    return found


def _billed(merchant_id: int, payments: Sequence[int]) -> Iterator[BilledFee]:
    """The fees of these payments that were not known to be missed."""
    rows = BilledFee.objects.filter(merchant_id=merchant_id).exclude(found=Found.MISSED)
    for start in range(0, len(payments), _AT_ONCE):
        yield from rows.filter(payment__in=payments[start : start + _AT_ONCE]).select_related("payment").order_by("pk")


def _next_free(merchant_id: int, month: date, places: int, missed: set[int]) -> Iterator[BilledFee]:
    """The earliest that were charged in a month take the places that became free."""
    charged = BilledFee.objects.filter(merchant_id=merchant_id, month=month, found=Found.NOTHING, minor__gt=0)
    for fee in charged.select_related("payment").order_by("payment__booked_on", "payment_id").iterator(_AT_ONCE):
        if not places:
            return
        if fee.payment_id not in missed:
            fee.found, places = Found.FREE, places - 1
            yield fee


def keep_late(merchant_id: int, *, at: datetime) -> list[BilledFee]:
    """Keep what was found since the last invoice; inside the caller's transaction."""
    found = late(merchant_id)
    for fee in found:
        fee.found_at = at
    BilledFee.objects.bulk_update(found, ["found", "found_at"], batch_size=_AT_ONCE)
    return found


def draw(merchant_id: int, currency: str, tax: Tax, most: int) -> list[Drawn]:
    """What an invoice can give back, the oldest first, up to a net amount.

    Only fees that were taxed alike: giving back a net amount under another tax would give back another tax.
    """
    taken: list[Drawn] = []
    rows = _left(merchant_id).filter(currency=currency, category=tax.category.value, per_mille=tax.per_mille)
    for fee in rows.order_by("pk"):
        if not most:
            break
        taken.append(Drawn(fee, min(most, fee.left.minor)))
        most -= taken[-1].minor
    return taken


def give_back(invoice: Invoice, taken: Sequence[Drawn]) -> None:
    """Keep what an invoice gives back; constraints refuse more than was charged."""
    for one in taken:
        BilledFee.objects.filter(pk=one.fee.pk).update(credited_minor=F("credited_minor") + one.minor)
    FeeCredit.objects.bulk_create(
        [
            FeeCredit(merchant_id=invoice.customer_id, invoice_id=invoice.pk, fee=one.fee, minor=one.minor)
            for one in taken
        ],
        batch_size=_AT_ONCE,
    )


def credits_of(invoice: Invoice) -> list[FeeCredit]:
    """The fees that an invoice gives back, by payment."""
    rows = FeeCredit.objects.filter(merchant_id=invoice.customer_id, invoice_id=invoice.pk)
    return list(rows.select_related("fee__payment").order_by("fee_id"))


def to_give_back(merchant_id: int) -> list[BilledFee]:
    """Every fee that the next invoices have still to give back, as it stands now; nothing is written."""
    found = late(merchant_id)
    known = {fee.pk for fee in found}
    kept = [fee for fee in _left(merchant_id).select_related("payment").order_by("pk") if fee.pk not in known]
    return kept + [fee for fee in found if fee.left.minor]


def sums(fees: Sequence[BilledFee]) -> list[Amount]:
    """What is left of these fees, by currency."""
    totals: Counter[str] = Counter()
    for fee in fees:
        totals[fee.currency] += fee.left.minor
    return [Amount(minor, currency) for currency, minor in sorted(totals.items())]


def _left(merchant_id: int) -> QuerySet[BilledFee]:
    found = BilledFee.objects.filter(merchant_id=merchant_id).exclude(found=Found.NOTHING)
    return found.filter(credited_minor__lt=F("minor"))
