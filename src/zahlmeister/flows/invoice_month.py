"""A month is over: what it cost a merchant becomes an invoice, booked in his books and in the operator's.

The number is drawn while the operator's books are held, in the transaction that keeps the invoice: none is drawn twice
and none is missing. In the operator's books the invoice is an order like a shop's, so that whatever pays it finds it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import FEES_CHARGED, TAX_CHARGED, TAX_OWED
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.orders.record import shop_called
from zahlmeister.outbox.write import tell
from zahlmeister.plans.credits import draw, give_back, keep_fees, keep_late
from zahlmeister.plans.models import BilledMonth, Billing, Invoice, InvoiceLine, Subscription
from zahlmeister.plans.reminder_fees import keep_reminder_fees
from zahlmeister.plans.rules import tax_of
from zahlmeister.plans.usage import Line, usage
from zahlmeister.refusals import Refused

BY = "house"
SHOP = "Zahlmeister"

Clock = Callable[[], datetime]


def invoice_next(*, clock: Clock) -> Merchant | None:
    """A worker's turn: bill one merchant's last month; None when every one is billed."""
    now = clock()
    runs = operator()
    if runs is None:
        return None
    month = month_before(timezone.localdate(now))
    agreed = Subscription.objects.filter(merchant=OuterRef("pk"), since__lte=month)
    billed = BilledMonth.objects.filter(merchant=OuterRef("pk"), month=month)
    able = Billing.objects.filter(merchant=OuterRef("pk"))
    due = Merchant.objects.filter(Exists(agreed), Exists(able), is_operator=False).exclude(Exists(billed))
    if not Billing.objects.filter(merchant=runs).exists():
        return None
    return take_first("invoice", due.order_by("pk"), lambda merchant: invoice_month(merchant, month, at=now), at=now)


def owe_next(*, clock: Clock) -> Invoice | None:
    """A worker's turn: put one invoice among the operator's open items; None when all are."""
    rows = Invoice.objects.select_related("merchant").filter(is_owed=False, total_minor__gt=0).order_by("pk")
    return take_first("owe_invoice", rows, lambda invoice: _owe(invoice, clock), at=clock())


def _owe(invoice: Invoice, clock: Clock) -> None:
    shop = shop_called(invoice.merchant_id, SHOP)
    buyer = invoice.buyer
    row = OrderRow(
        1,
        invoice.number,
        invoice.total,
        invoice.issued_on,
        invoice_number=invoice.number,
        payment_kind="invoice",
        company=buyer["company"],
        email=buyer["email"] or None,
        country=buyer["country"],
    )
    import_orders(shop, [row], by=BY, clock=clock)
    Invoice.objects.filter(pk=invoice.pk).update(is_owed=True)


def invoice_month(merchant: Merchant, month: date, *, at: datetime) -> list[Invoice]:
    """Bill a month, once: an invoice per currency, none for what costs nothing.

    Fees of earlier months that were found not to be due are taken off, as far as the invoice goes.

    Raises:
        Refused: there is no operator, no plan was agreed, or somebody has no address for invoices.
    """
    runs = operator()
    if runs is None:
        raise Refused("This installation has no operator; nobody is charged.")
    with transaction.atomic(durable=True):
        for each in sorted((runs.pk, merchant.pk)):
            lock(each)
        if BilledMonth.objects.filter(merchant=merchant, month=month).exists():
            return list(Invoice.objects.filter(merchant=runs, customer=merchant, month=month))
        found = usage(merchant.pk, month)
        if found is None:
            raise Refused(f"No plan was agreed with “{merchant.name}” for {month:%Y-%m}.")
        keep_late(merchant.pk, at=at)
        by_currency: dict[str, list[Line]] = defaultdict(list)
        for line in found.lines:
            by_currency[line.currency].append(line)
        made = [_issue(runs, merchant, month, by_currency[each], at) for each in sorted(by_currency)]
        BilledMonth.objects.create(merchant=merchant, month=month, invoiced=len(made))
        keep_fees(merchant.pk, month, found, made)
        numbers = {invoice.currency: invoice.pk for invoice in made}
        keep_reminder_fees(merchant.pk, month, found.reminder_fees, numbers)
    return made


def month_before(today: date) -> date:
    """The first day of the month that is over."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _issue(runs: Merchant, merchant: Merchant, month: date, lines: Sequence[Line], at: datetime) -> Invoice:
    parties = {row.merchant_id: row for row in Billing.objects.filter(merchant__in=(runs, merchant))}
    if len(parties) < 2:
        raise Refused("The operator and the merchant need an address for invoices.")
    seller, buyer = parties[runs.pk], parties[merchant.pk]
    tax = tax_of(seller.country, buyer.country, has_valid_id=buyer.vat_is_valid)
    gross = sum(line.net for line in lines)
    taken = draw(merchant.pk, lines[0].currency, tax, gross)
    allowance = sum(one.minor for one in taken)
    net = gross - allowance
    last = Invoice.objects.filter(merchant=runs).aggregate(last=Max("ordinal"))["last"] or 0
    invoice = Invoice.objects.create(
        merchant=runs,
        customer=merchant,
        month=month,
        currency=lines[0].currency,
        ordinal=last + 1,
        number=f"R{last + 1:06d}",
        issued_on=timezone.localdate(at),
        allowance_minor=allowance,
        net_minor=net,
        tax_minor=tax.on(net),
        total_minor=net + tax.on(net),
        category=tax.category.value,
        per_mille=tax.per_mille,
        seller=seller.party,
        buyer=buyer.party,
        settled_on=None if net else timezone.localdate(at),
    )
    give_back(invoice, taken)
    for position, line in enumerate(lines, start=1):
        InvoiceLine.objects.create(
            merchant=runs,
            invoice=invoice,
            position=position,
            kind=line.kind,
            about=line.about,
            count=line.count,
            base_minor=line.base,
            net_minor=line.net,
        )
    _book(invoice, at)
    _tell(invoice, at)
    return invoice


def _book(invoice: Invoice, at: datetime) -> None:
    """The fee and its tax in the merchant's books, the tax in the operator's; his claim follows with the order."""
    source, day = f"invoice:{invoice.pk}", invoice.issued_on
    net, tax = Amount(invoice.net_minor, invoice.currency), Amount(invoice.tax_minor, invoice.currency)
    his, ours = [], []
    if net.minor:
        his.append(Booking(FEES_CHARGED, net, f"{source}:fees", day))
    if tax.minor:
        his.append(Booking(TAX_CHARGED, tax, f"{source}:tax", day))
        ours.append(Booking(TAX_OWED, tax, f"{source}:tax", day))
    post(invoice.customer_id, his, at=at)
    post(invoice.merchant_id, ours, at=at)
    facts = {"number": invoice.number, "total": str(invoice.total)}
    for each in (invoice.merchant_id, invoice.customer_id):
        record(each, [Happened("invoice", invoice.pk, "issued", BY, facts=facts)], at=at)


_SETTLED = {
    "de": "Sie wird vom Saldo genommen, sonst per Lastschrift eingezogen, wo ein Mandat vorliegt.",
    "en": "It is taken from the balance, or else collected by direct debit where there is a mandate.",
}
_NOTHING_LEFT = {
    "de": "Zu zahlen ist nichts: Gebühren früherer Monate wurden gutgeschrieben.",
    "en": "There is nothing to pay: fees of earlier months were credited.",
}


def _tell(invoice: Invoice, at: datetime) -> None:
    values: Mapping[str, Value] = {
        "invoice": invoice.number,
        "month": f"{invoice.month:%m/%Y}",
        "amount": invoice.total,
        "settled": _SETTLED if invoice.total_minor else _NOTHING_LEFT,
    }
    mails = [
        said(HouseKind.INVOICE, f"invoice:{invoice.pk}", each, values, page=f"/plan/invoices/{invoice.pk}/")
        for each in owners(invoice.customer_id)
    ]
    tell(invoice.customer_id, mails, at=at)
