"""Tryton: its sales, customer invoices, shipments and returns are the documents, asked for over its JSON-RPC.

Only sales under the terms of payment that the merchant names for purchases on invoice are read. The order's number is
the sale's reference, which the shop gave, else Tryton's own number. A posted customer invoice is an invoice, with a
negative total a credit note; a shipment counts when it is done and billed, a return sale announces a return, and its
goods have come back when their shipment is received.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from zahlmeister.connectors.erps.asked import OVERLAP, found, in_order
from zahlmeister.connectors.erps.contract import News, Page
from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    Document,
    InvoiceDocument,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
)
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.connectors.erps.tryton_lines import lines_of, minor_of, share_of, taxes_of
from zahlmeister.connectors.erps.tryton_rpc import Row, Rpc, signed_in
from zahlmeister.refusals import Unreadable

#: Rows of one model asked for at once, and read in one look at most; the next look goes on behind them.
_AT_ONCE, _MOST = 500, 2_000
_POSTED = ("posted", "paid")
_BEGINNING = datetime(2000, 1, 1)  # noqa: DTZ001 - Tryton's instants are UTC without saying so
_SALE = ("number", "reference", "state", "origin", "sale_date", "payment_term.name", "currency.code", "create_date")
_SUMS = ("total_amount", "untaxed_amount")
_found = partial(found, "Tryton")


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
    """A sale as documents name it; a return sale is of the sale it goes back to. `also` is another one beside it."""

    number: str
    currency: str
    sale: Row
    original: int
    also: str = ""


class Tryton:
    """See `contract.Erp`. `terms` are names of terms of payment; payments in `journals` came to the merchant."""

    def __init__(self, rpc: Rpc, terms: frozenset[str], journals: tuple[str, ...]) -> None:
        self._rpc, self._terms, self._journals = rpc, terms, journals
        self._at_once, self._most = _AT_ONCE, _MOST
        self._orders: dict[int, _Order] = {}
        self._cut: list[str] = []  # where the reading of a model stopped that has more

    def about(self) -> str:
        [company] = self._rpc.rows("company.company", [], ["rec_name"], most=1) or [{"rec_name": "no company"}]
        known = {row["name"] for row in self._rpc.rows("account.invoice.payment_term", [], ["name"])}
        missing = sorted(self._terms - known)
        if missing:
            raise Unreadable(f"Tryton has no terms of payment “{missing[0]}”; it has {', '.join(sorted(known))}.")
        return f"Tryton, {company['rec_name']}"

    def documents(self, after: str) -> Page:
        since = datetime.fromisoformat(after) - OVERLAP if after else _BEGINNING
        self._orders, self._cut = {}, []
        newest = [after] if after else []
        bills, documents = self._invoices(since)
        newest += _last(bills)
        for read in (partial(self._shipments, bills), self._return_sales, self._returns, self._cancelled):
            rows, more = read(since)
            newest += _last(rows)
            documents += more
        return Page(in_order(documents), min(self._cut, default=max(newest, default="")), is_more=bool(self._cut))

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
        """The rows written since an instant, in this order, page by page behind the last one: rows move while we read.

        No more than `most`, unless all of them were written within what the next look reads again anyway.
        """
        rows: list[Row] = []
        behind: list[Any] = ["write_date", ">=", since]
        order = [["write_date", "ASC"], ["id", "ASC"]]
        while True:
            page = self._rpc.call(
                model, "search_read", [*domain, behind], 0, self._at_once, order, [*fields, "write_date"]
            )
            rows += page
            if len(page) < self._at_once:
                return rows
            last = page[-1]["write_date"]
            if len(rows) >= self._most and last > since + 2 * OVERLAP:
                self._cut.append(last.isoformat())
                return rows
            same = [["write_date", "=", last], ["id", ">", page[-1]["id"]]]
            behind = ["OR", ["write_date", ">", last], same]

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
        documents: list[Found] = []
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
            documents.append(_found("invoice", row["number"], order, _bill, row, parts, billed))
        return rows, [*documents, *self._payments(rows)]

    def _payments(self, rows: Sequence[Row]) -> list[Found]:
        if not self._journals:
            return []
        fields = ("debit", "credit", "date", "journal.code", "description")
        paid = self._rpc.read("account.move.line", _all(rows, "payment_lines"), fields)
        return [
            _found("direct_payment", f"{row['number']}-{number}", order, _payment, row, payment, number)
            for row in rows
            if (order := self._order(row["sales"])) is not None and row["total_amount"] > 0
            for number in row["payment_lines"]
            if (payment := paid[number])["journal."]["code"] in self._journals and payment["credit"] > 0
        ]

    def _billed(self, order: _Order, row: Row, before: Sequence[Row]) -> str:
        """The invoice that a credit note belongs to: the one it was made from, or the only one of the sale."""
        if row["total_amount"] >= 0:
            return ""
        if before:
            return str(before[0]["number"]) if len(before) == 1 else ""
        return _only(self._bills_of(order))

    def _bills_of(self, order: _Order) -> list[str]:
        """The posted invoices of a sale by their numbers."""
        of = self._rpc.read("sale.sale", [order.original], ["invoices"])[order.original]["invoices"]
        bills = self._rpc.read("account.invoice", of, ["number", "total_amount", "state"]).values()
        return [str(bill["number"]) for bill in bills if bill["state"] in _POSTED and bill["total_amount"] > 0]

    def _shipments(self, bills: Sequence[Row], since: datetime) -> tuple[list[Row], list[Found]]:
        """Those that changed, and those of sales that were billed since; told when all that they hold is billed.

        One told before would name no invoice, and would be another document afterwards.
        """
        fields = ("number", "reference", "effective_date", "outgoing_moves")
        rows = self._changed("stock.shipment.out", [["state", "=", "done"]], fields, since)
        also = self._rpc.read("stock.shipment.out", self._sent_of(bills, rows), (*fields, "state"))
        every = [*rows, *(row for row in also.values() if row["state"] == "done")]
        moves = self._rpc.read("stock.move", _all(every, "outgoing_moves"), ("sale", "invoice_lines"))
        of_lines = ("invoice.number", "invoice.state")
        billed = self._rpc.read("account.invoice.line", _all(moves.values(), "invoice_lines"), of_lines)
        self._know([move["sale"] for move in moves.values() if move["sale"]])
        documents = []
        for row in every:
            sent = [moves[number] for number in row["outgoing_moves"]]
            order = self._order([move["sale"] for move in sent if move["sale"]])
            if order is None:
                continue
            numbers = self._billed_by([billed[line] for move in sent for line in move["invoice_lines"]], order)
            if numbers:
                documents.append(_found("shipment", row["number"], order, _shipment, row, _only(numbers)))
        return rows, documents

    def _sent_of(self, bills: Sequence[Row], known: Sequence[Row]) -> list[int]:
        """The shipments of sales on invoice that were billed, without those that are known."""
        ours = [number for number in _all(bills, "sales") if self._order([number])]
        sent = _all(self._rpc.read("sale.sale", ours, ["shipments"]).values(), "shipments")
        return sorted(set(sent) - {int(row["id"]) for row in known})

    def _billed_by(self, lines: Sequence[Row], order: _Order) -> list[str]:
        """The invoices that bill a shipment; none as long as one of them is not posted."""
        if not lines:
            return self._bills_of(order)  # it was billed when it was ordered
        bills = [line["invoice."] or {} for line in lines]
        if any(bill.get("state") not in _POSTED for bill in bills):
            return []
        return sorted({str(bill["number"]) for bill in bills})

    def _return_sales(self, since: datetime) -> tuple[list[Row], list[Found]]:
        """A return sale that was confirmed announces what comes back."""
        domain = [["state", "in", ["confirmed", "processing", "done"]], ["origin", "!=", None]]
        rows = self._changed("sale.sale", domain, (*_SALE, "total_amount"), since)
        self._know([int(row["id"]) for row in rows])
        return rows, [
            _found("return_announced", row["number"], order, _announced, row)
            for row in rows
            if row["total_amount"] < 0 and (order := self._order([int(row["id"])])) is not None
        ]

    def _returns(self, since: datetime) -> tuple[list[Row], list[Found]]:
        fields = ("number", "effective_date", "incoming_moves")
        rows = self._changed("stock.shipment.out.return", [["state", "in", ["received", "done"]]], fields, since)
        moves = self._rpc.read("stock.move", _all(rows, "incoming_moves"), ("sale", "quantity", "unit_price"))
        self._know([move["sale"] for move in moves.values() if move["sale"]])
        sums = self._rpc.read("sale.sale", list(self._orders), ("number", *_SUMS))
        documents = []
        for row in rows:
            back = [moves[number] for number in row["incoming_moves"]]
            of = {move["sale"] for move in back if move["sale"]}
            order = self._order(sorted(of))
            if order is not None:
                sale = sums[min(of)]
                documents.append(_found("return_received", row["number"], order, _returned, row, sale, back))
        return rows, documents

    def _cancelled(self, since: datetime) -> tuple[list[Row], list[Found]]:
        rows = self._changed("sale.sale", [["state", "=", "cancelled"], ["origin", "=", None]], _SALE, since)
        self._know([int(row["id"]) for row in rows])
        return rows, [
            _found("cancellation", row["number"], order, _cancellation, row)
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
        """The order of sales that was bought on invoice; `also` names another one that they are of as well."""
        orders = {order.number: order for number in numbers if (order := self._orders.get(number))}
        wanted = [one for one in orders.values() if (one.sale["payment_term."] or {}).get("name") in self._terms]
        if not wanted:
            return None
        others = [number for number in orders if number != wanted[0].number]
        return replace(wanted[0], also=others[0]) if others else wanted[0]


@dataclass(frozen=True, slots=True)
class _Parts:
    lines: Sequence[Row]
    taxes: Sequence[Row]
    days: Sequence[date | None]


_LINE = ("type", "description", "product.code", "product.rec_name", "quantity", "amount", "taxes")


def _bill(order: _Order, row: Row, parts: _Parts, billed: str) -> Document:
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


def _payment(_order: _Order, row: Row, payment: Row, number: int) -> Document:
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


def _shipment(order: _Order, row: Row, invoice: str) -> Document:
    return ShipmentDocument(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        shipped_on=row["effective_date"],
        invoice=invoice,
        tracking=row["reference"] or "",
    )


def _announced(order: _Order, row: Row) -> Document:
    return ReturnAnnounced(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        minor=minor_of(-row["total_amount"], order.currency),
        announced_on=row["sale_date"],
    )


def _returned(order: _Order, row: Row, sale: Row, moves: Sequence[Row]) -> Document:
    net = sum((Decimal(move["quantity"]) * Decimal(move["unit_price"] or 0) for move in moves), Decimal(0))
    return ReturnReceived(
        number=row["number"],
        order=order.number,
        currency=order.currency,
        minor=share_of(abs(sale["total_amount"]), net, abs(sale["untaxed_amount"]), order.currency),
        received_on=row["effective_date"],
        announced=sale["number"],
    )


def _cancellation(order: _Order, row: Row) -> Document:
    """Tryton does not keep when; the last change would make another document each time somebody touches the sale."""
    day = row["sale_date"] or row["create_date"].date()
    return Cancellation(number=row["number"], order=order.number, currency=order.currency, cancelled_on=day)


def _only(numbers: Sequence[str]) -> str:
    """The one there is; empty where there are none or several."""
    return numbers[0] if len(numbers) == 1 else ""


def _last(rows: Sequence[Row]) -> list[str]:
    """When the last of some rows was written."""
    return [row["write_date"].isoformat() for row in rows[-1:]]


def _all(rows: Any, name: str) -> list[int]:
    """The numbers that stand in a field of several rows."""
    return [number for row in rows for number in row[name]]


def _is_return(sale: Row) -> bool:
    return str(sale["origin"] or "").startswith("sale.sale,")
