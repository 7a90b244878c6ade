"""Odoo's rows as documents: gross amounts that add up, days where the company is, and what an invoice bills."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    Document,
    InvoiceDocument,
    Line,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
    TaxShare,
    WrongDocument,
)
from zahlmeister.connectors.erps.odoo_rpc import Row, exact, name_of, number_of
from zahlmeister.money.amount import exponent

Day = Callable[[str], date]
#: Lines of an entry that bill nothing.
_NOT_BILLED = ("line_section", "line_subsection", "line_note", "tax", "payment_term", "rounding", "cogs", "discount")


@dataclass(frozen=True, slots=True)
class Parts:
    """The lines of an invoice, of whatever kind, and the taxes that they name."""

    lines: Sequence[Row]
    taxes: Mapping[int, Row]

    @property
    def billed(self) -> list[Row]:
        return [line for line in self.lines if line["display_type"] not in _NOT_BILLED]


def bill(order: Any, row: Row, parts: Parts, billed: str) -> Document:
    """An invoice or a credit note; `billed` is the invoice that a credit note belongs to."""
    currency = name_of(row["currency_id"])
    total = _minor(row["amount_total"], currency)
    common: dict[str, Any] = {
        "number": row["name"],
        "order": order.number,
        "currency": currency,
        "minor": total,
        "lines": _lines(parts, total, currency),
        "taxes": _taxes(parts, total, currency),
    }
    if row["move_type"] == "out_refund":
        return CreditNoteDocument(**common, credited_on=_day(row["invoice_date"]), invoice=billed)
    due = row["invoice_date_due"]
    return InvoiceDocument(**common, invoiced_on=_day(row["invoice_date"]), due_on=_day(due) if due else None)


def shipment(order: Any, row: Row, day: Day, invoice: str) -> Document:
    """A delivery that is done."""
    return ShipmentDocument(
        number=row["name"],
        order=order.number,
        currency=order.currency,
        shipped_on=day(row["date_done"]),
        invoice=invoice,
        carrier=name_of(row.get("carrier_id")),
        tracking=str(row.get("carrier_tracking_ref") or ""),
    )


def return_announced(order: Any, row: Row, day: Day, moves: Sequence[Row], prices: Mapping[int, Row]) -> Document:
    """A return that was made in the warehouse: so much is to come back."""
    return ReturnAnnounced(
        number=row["name"],
        order=order.number,
        currency=order.currency,
        minor=_worth(moves, prices, "product_uom_qty", order.currency),
        announced_on=day(row["create_date"]),
    )


def return_received(order: Any, row: Row, day: Day, moves: Sequence[Row], prices: Mapping[int, Row]) -> Document:
    """A return that is done: so much has come back."""
    return ReturnReceived(
        number=row["name"],
        order=order.number,
        currency=order.currency,
        minor=_worth(moves, prices, "quantity", order.currency),
        received_on=day(row["date_done"]),
        announced=row["name"],
    )


def cancellation(order: Any, row: Row, day: Day) -> Document:
    """An order that was cancelled.

    Odoo does not keep when; the day of the order stands for it, because that of the last change would make another
    document of it each time somebody touches the order.
    """
    of = order.number
    return Cancellation(number=row["name"], order=of, currency=order.currency, cancelled_on=day(row["date_order"]))


def direct_payment(_order: Any, number: str, invoice: Row, row: Row, paid: Row) -> Document:
    """What of a payment was counted for an invoice."""
    currency = name_of(invoice["currency_id"])
    return DirectPayment(
        number=number,
        order="",
        currency=currency,
        minor=_minor(row["debit_amount_currency"], currency),
        paid_on=_day(paid["date"]),
        invoice=invoice["name"],
        bank_reference=str(paid["ref"] or paid["name"] or ""),
    )


def quantities(rows: Sequence[Row]) -> Counter[int]:
    """How many of each product stand in lines or moves, in hundredths."""
    found: Counter[int] = Counter()
    for row in rows:
        if row.get("display_type") not in _NOT_BILLED and row["product_id"]:
            found[number_of(row["product_id"])] += int(exact(row["quantity"]) * 100)
    return found


def _lines(parts: Parts, total: int, currency: str) -> tuple[Line, ...]:
    """The billed lines with their tax; what rounding of the whole leaves over stands in the largest."""
    rows = [line for line in parts.billed if line["price_total"]]
    if not rows:
        return ()
    gross = [_whole(exact(line["price_total"]), currency) for line in rows]
    largest = max(range(len(gross)), key=lambda index: abs(gross[index]))
    gross[largest] += total - sum(gross)
    return tuple(
        Line(
            name=name_of(line["product_id"]) or str(line["name"] or ""),
            minor=minor,
            quantity=exact(line["quantity"]),
            tax_percent=_rate(line, parts.taxes),
        )
        for line, minor in zip(rows, gross, strict=True)
    )


def _taxes(parts: Parts, total: int, currency: str) -> tuple[TaxShare, ...]:
    """The tax shares; none where a line has several taxes or none, or where they do not make the whole amount."""
    net: Counter[Decimal] = Counter()
    gross: Counter[Decimal] = Counter()
    for line in parts.billed:
        rate = _rate(line, parts.taxes)
        if rate is None:
            return ()
        net[rate] += _whole(exact(line["price_subtotal"]), currency)
        gross[rate] += _whole(exact(line["price_total"]), currency)
    shares = tuple(TaxShare(rate, net[rate], gross[rate] - net[rate]) for rate in sorted(net, reverse=True))
    return shares if sum(gross.values()) == total else ()


def _rate(line: Row, taxes: Mapping[int, Row]) -> Decimal | None:
    rows = [taxes[number] for number in line["tax_ids"] if number in taxes]
    is_one = len(rows) == 1 and rows[0]["amount_type"] == "percent"
    return exact(rows[0]["amount"]) if is_one else None


def _worth(moves: Sequence[Row], prices: Mapping[int, Row], quantity: str, currency: str) -> int:
    """What goods cost when they were ordered, tax included."""
    worth = Decimal(0)
    for move in moves:
        line = prices.get(number_of(move["sale_line_id"]))
        ordered = exact(line["product_uom_qty"]) if line else Decimal(0)
        if line is not None and ordered:
            worth += exact(line["price_total"]) * exact(move[quantity]) / ordered
    return _whole(worth, currency)


def _minor(told: Any, currency: str) -> int:
    amount = abs(exact(told))
    minor = _whole(amount, currency)
    if Decimal(minor).scaleb(-exponent(currency)) != amount:
        raise WrongDocument(f"{amount} {currency} has parts of the smallest coin.")
    return minor


def _whole(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def _day(told: str) -> date:
    return date.fromisoformat(told)
