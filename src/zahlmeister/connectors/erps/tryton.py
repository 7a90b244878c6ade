"""Tryton: its sales, customer invoices, shipments and returns are the documents, asked for over its JSON-RPC.

Only sales under the terms of payment that the merchant names for purchases on invoice are read. The order's number is
the sale's reference, which the shop gave, else Tryton's own number. A posted customer invoice is an invoice, with a
negative total a credit note; a shipment counts when it is done, a return sale announces a return, and its goods have
come back when their shipment is received.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from zahlmeister.connectors.erps.contract import News, Page
from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    Document,
    InvoiceDocument,
    Kind,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
)
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.connectors.erps.tryton_lines import lines_of, minor_of, share_of, taxes_of
from zahlmeister.connectors.erps.tryton_rpc import Row, Rpc, signed_in
from zahlmeister.refusals import Refusal, Unreadable

#: What was written so long before the last look may have been finished after it.
OVERLAP = timedelta(minutes=5)
#: Rows of one model asked for at once, and read in one look at most.
_AT_ONCE, _MOST = 500, 20_000
_POSTED = ("posted", "paid")
_BEGINNING = datetime(2000, 1, 1)  # noqa: DTZ001 - Tryton's instants are UTC without saying so
_SALE = ("number", "reference", "state", "origin", "sale_date", "payment_term.name", "currency.code", "write_date")
_RANK = {str(kind): rank for rank, kind in enumerate(Kind)}
_SUMS = ("total_amount", "untaxed_amount")


@contextmanager
def open_tryton(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Tryton"]:
    """A company's Tryton: `address` with its database, `user`, `terms`, `journals`; `password`.

    Raises:
        Unreachable: it does not answer or does not let us in.
        Refused: the address is none.
    """
    with signed_in(settings["address"], settings["user"], secret.get("password", "")) as rpc:
        yield Tryton(rpc, frozenset(settings.get("terms", ())), tuple(settings.get("journals", ())))


@dataclass(frozen=True, slots=True)
class _Order:
    """A sale as documents name it; a return sale is of the sale it goes back to."""

    number: str
    currency: str
    sale: Row
    original: int


class Tryton:
    """See `contract.Erp`. `terms` are names of terms of payment; payments in `journals` came to the merchant."""

    def __init__(self, rpc: Rpc, terms: frozenset[str], journals: tuple[str, ...]) -> None:
        self._rpc, self._terms, self._journals = rpc, terms, journals
        self._orders: dict[int, _Order] = {}

    def about(self) -> str:
        [company] = self._rpc.rows("company.company", [], ["rec_name"], most=1) or [{"rec_name": "no company"}]
        known = {row["name"] for row in self._rpc.rows("account.invoice.payment_term", [], ["name"])}
        missing = sorted(self._terms - known)
        if missing:
            raise Unreadable(f"Tryton has no terms of payment “{missing[0]}”; it has {', '.join(sorted(known))}.")
        return f"Tryton, {company['rec_name']}"

    def documents(self, after: str) -> Page:
        since = datetime.fromisoformat(after) - OVERLAP if after else _BEGINNING
        self._orders = {}
        newest = [after] if after else []
        found: list[Found] = []
        for read in (self._invoices, self._shipments, self._return_sales, self._returns, self._cancelled):
            rows, documents = read(since)
            newest += [row["write_date"].isoformat() for row in rows[-1:]]
            found += documents
        found.sort(key=lambda one: _RANK.get(one.kind, len(_RANK)))  # an invoice before what is said of it
        return Page(found, max(newest, default=""))

    def tell(self, news: News) -> bool:
        """A note at the invoice, else at the sale; its last words tell that it is there already."""
        resource = self._resource(news)
        mark = f"[Zahlmeister {news.key}]"
        if not resource or self._rpc.rows(
            "ir.note", [["resource", "=", resource], ["message", "ilike", f"%{mark}"]], []
        ):
            return False
        self._rpc.call("ir.note", "create", [{"resource": resource, "message": f"{news.sentence} {mark}"}])
        return True

    def _resource(self, news: News) -> str:
        if news.invoice:
            fits = [["type", "=", "out"], ["number", "=", news.invoice]]
            return next((f"account.invoice,{row['id']}" for row in self._rpc.rows("account.invoice", fits, [])), "")
        named = ["OR", ["reference", "=", news.order], ["number", "=", news.order]]
        return next((f"sale.sale,{row['id']}" for row in self._rpc.rows("sale.sale", [named], [])), "")

    # --- what has changed

    def _changed(self, model: str, domain: Sequence[Any], fields: Sequence[str], since: datetime) -> list[Row]:
        found: list[Row] = []
        wanted = [*domain, ["write_date", ">=", since]]
        while len(found) < _MOST:
            order = [["write_date", "ASC"], ["id", "ASC"]]
            page = self._rpc.call(model, "search_read", wanted, len(found), _AT_ONCE, order, [*fields, "write_date"])
            found += page
            if len(page) < _AT_ONCE:
                break
        return found

    def _invoices(self, since: datetime) -> tuple[list[Row], list[Found]]:
        """Posted customer invoices and credit notes, and where the merchant wants it the payments that came to him."""
        domain = [["type", "=", "out"], ["state", "in", list(_POSTED)]]
        fields = ("number", "invoice_date", *_SUMS, "sales", "lines", "taxes", "origin_invoices", "lines_to_pay")
        rows = self._changed("account.invoice", domain, (*fields, "payment_lines", "currency.code"), since)
        origins = self._rpc.read("account.invoice", _all(rows, "origin_invoices"), ["number", "sales"])
        self._know(_all(rows, "sales") + _all(origins.values(), "sales"))
        lines = self._rpc.read("account.invoice.line", _all(rows, "lines"), _LINE)
        taxes = self._rpc.read("account.invoice.tax", _all(rows, "taxes"), ("base", "amount", "tax.rate"))
        owed = self._rpc.read("account.move.line", _all(rows, "lines_to_pay"), ("maturity_date",))
        found: list[Found] = []
        for row in rows:
            before = [origins[number] for number in row["origin_invoices"]]
            order = self._order([*row["sales"], *(sale for one in before for sale in one["sales"])])
            if order is None:
                continue
            parts = _Parts(
                [lines[number] for number in row["lines"]],
                [taxes[number] for number in row["taxes"]],
                [owed[number]["maturity_date"] for number in row["lines_to_pay"]],
            )
            billed = self._billed(order, row, before)
            found.append(_found("invoice", row["number"], _bill, row, order, parts, billed))
        return rows, [*found, *self._payments(rows)]

    def _payments(self, rows: Sequence[Row]) -> list[Found]:
        if not self._journals:
            return []
        fields = ("debit", "credit", "date", "journal.code", "description")
        paid = self._rpc.read("account.move.line", _all(rows, "payment_lines"), fields)
        return [
            _found("direct_payment", f"{row['number']}-{number}", _payment, row, payment, number)
            for row in rows
            if self._order(row["sales"]) is not None and row["total_amount"] > 0
            for number in row["payment_lines"]
            if (payment := paid[number])["journal."]["code"] in self._journals and payment["credit"] > 0
        ]

    def _billed(self, order: _Order, row: Row, before: Sequence[Row]) -> str:
        """The invoice that a credit note belongs to: the one it was made from, or the only one of the sale."""
        if row["total_amount"] >= 0:
            return ""
        if before:
            return str(before[0]["number"]) if len(before) == 1 else ""
        of = self._rpc.read("sale.sale", [order.original], ["invoices"])[order.original]["invoices"]
        bills = self._rpc.read("account.invoice", of, ["number", "total_amount", "state"]).values()
        numbers = [bill["number"] for bill in bills if bill["state"] in _POSTED and bill["total_amount"] > 0]
        return numbers[0] if len(numbers) == 1 else ""

    def _shipments(self, since: datetime) -> tuple[list[Row], list[Found]]:
        fields = ("number", "reference", "effective_date", "outgoing_moves")
        rows = self._changed("stock.shipment.out", [["state", "=", "done"]], fields, since)
        moves = self._rpc.read("stock.move", _all(rows, "outgoing_moves"), ("sale", "invoice_lines"))
        billed = self._rpc.read("account.invoice.line", _all(moves.values(), "invoice_lines"), ("invoice.number",))
        self._know([move["sale"] for move in moves.values() if move["sale"]])
        found = []
        for row in rows:
            sent = [moves[number] for number in row["outgoing_moves"]]
            order = self._order([move["sale"] for move in sent if move["sale"]])
            numbers = {
                (billed[line]["invoice."] or {}).get("number") for move in sent for line in move["invoice_lines"]
            }
            invoice = str(numbers.pop() or "") if len(numbers) == 1 else ""
            if order is not None:
                found.append(_found("shipment", row["number"], _shipment, row, order, invoice))
        return rows, found

    def _return_sales(self, since: datetime) -> tuple[list[Row], list[Found]]:
        """A return sale that was confirmed announces what comes back."""
        domain = [["state", "in", ["confirmed", "processing", "done"]], ["origin", "!=", None]]
        rows = self._changed("sale.sale", domain, (*_SALE, "total_amount"), since)
        self._know([int(row["id"]) for row in rows])
        return rows, [
            _found("return_announced", row["number"], _announced, row, order)
            for row in rows
            if row["total_amount"] < 0 and (order := self._order([int(row["id"])])) is not None
        ]

    def _returns(self, since: datetime) -> tuple[list[Row], list[Found]]:
        fields = ("number", "effective_date", "incoming_moves")
        rows = self._changed("stock.shipment.out.return", [["state", "in", ["received", "done"]]], fields, since)
        moves = self._rpc.read("stock.move", _all(rows, "incoming_moves"), ("sale", "quantity", "unit_price"))
        self._know([move["sale"] for move in moves.values() if move["sale"]])
        sums = self._rpc.read("sale.sale", list(self._orders), ("number", *_SUMS))
        found = []
        for row in rows:
            back = [moves[number] for number in row["incoming_moves"]]
            of = {move["sale"] for move in back if move["sale"]}
            order = self._order(sorted(of))
            if order is not None:
                sale = sums[min(of)]
                found.append(_found("return_received", row["number"], _returned, row, order, sale, back))
        return rows, found

    def _cancelled(self, since: datetime) -> tuple[list[Row], list[Found]]:
        rows = self._changed("sale.sale", [["state", "=", "cancelled"], ["origin", "=", None]], _SALE, since)
        self._know([int(row["id"]) for row in rows])
        return rows, [
            _found("cancellation", row["number"], _cancellation, row, order)
            for row in rows
            if row["number"] and (order := self._order([int(row["id"])])) is not None
        ]

    # --- which order it is

    def _know(self, numbers: Sequence[int]) -> None:
        """Read the sales of these numbers that are not known yet, with those that they go back to."""
        missing = [number for number in numbers if number not in self._orders]
        sales = self._rpc.read("sale.sale", missing, _SALE)
        back = {
            number: int(str(sale["origin"]).partition(",")[2]) for number, sale in sales.items() if _is_return(sale)
        }
        originals = self._rpc.read("sale.sale", list(back.values()), _SALE)
        for number, sale in sales.items():
            named = originals.get(back.get(number, 0), sale)
            order = str(named["reference"] or named["number"] or "")
            self._orders[number] = _Order(order, sale["currency."]["code"], named, int(named["id"]))

    def _order(self, numbers: Sequence[int]) -> _Order | None:
        """The order of sales, if it is one and bought on invoice."""
        orders = {order.number: order for number in numbers if (order := self._orders.get(number))}
        wanted = [one for one in orders.values() if (one.sale["payment_term."] or {}).get("name") in self._terms]
        return wanted[0] if len(wanted) == len(orders) == 1 else None


@dataclass(frozen=True, slots=True)
class _Parts:
    lines: Sequence[Row]
    taxes: Sequence[Row]
    days: Sequence[date | None]


_LINE = ("type", "description", "product.code", "product.rec_name", "quantity", "amount", "taxes")


def _found(kind: str, number: str, make: Callable[..., Document], *of: Any) -> Found:
    """A document, or the sentence why what stands there is none."""
    where = f"Tryton {number}"
    try:
        document = make(*of)
    except Refusal as why:
        return Found(where, kind, str(number or ""), why=str(why))
    return Found(where, document.kind, document.number, document)


def _bill(row: Row, order: _Order, parts: _Parts, billed: str) -> Document:
    total = minor_of(abs(row["total_amount"]), order.currency)
    common: dict[str, Any] = {
        "number": row["number"],
        "order": order.number,
        "currency": order.currency,
        "minor": total,
        "lines": lines_of(parts.lines, parts.taxes, total, order.currency),
        "taxes": taxes_of(parts.taxes, abs(row["untaxed_amount"]), order.currency),
    }
    if row["total_amount"] < 0:
        return CreditNoteDocument(**common, credited_on=row["invoice_date"], invoice=billed)
    due = max((day for day in parts.days if day), default=None)
    return InvoiceDocument(**common, invoiced_on=row["invoice_date"], due_on=due)


def _payment(row: Row, payment: Row, number: int) -> Document:
    currency = row["currency."]["code"]
    return DirectPayment(
        number=f"{row['number']}-{number}",
        order="",
        currency=currency,
        minor=minor_of(payment["credit"], currency),
        paid_on=payment["date"],
        invoice=row["number"],
        bank_reference=payment["description"] or "",
    )


def _shipment(row: Row, order: _Order, invoice: str) -> Document:
    return ShipmentDocument(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        shipped_on=row["effective_date"],
        invoice=invoice,
        tracking=row["reference"] or "",
    )


def _announced(row: Row, order: _Order) -> Document:
    return ReturnAnnounced(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        minor=minor_of(-row["total_amount"], order.currency),
        announced_on=row["sale_date"],
    )


def _returned(row: Row, order: _Order, sale: Row, moves: Sequence[Row]) -> Document:
    net = sum((Decimal(move["quantity"]) * Decimal(move["unit_price"] or 0) for move in moves), Decimal(0))
    return ReturnReceived(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        minor=share_of(abs(sale["total_amount"]), net, abs(sale["untaxed_amount"]), order.currency),
        received_on=row["effective_date"],
        announced=sale["number"],
    )


def _cancellation(row: Row, order: _Order) -> Document:
    return Cancellation(
        number=row["number"], order=order.number, currency=order.currency, cancelled_on=row["write_date"].date()
    )


def _all(rows: Any, name: str) -> list[int]:
    """The numbers that stand in a field of several rows."""
    return [number for row in rows for number in row[name]]


def _is_return(sale: Row) -> bool:
    return str(sale["origin"] or "").startswith("sale.sale,")
