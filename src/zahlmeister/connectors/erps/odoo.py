"""Odoo: its sales orders, customer invoices, transfers and payments are the documents, asked for over its JSON-RPC.

Only orders under the terms of payment that the merchant names for purchases on invoice are read. The order's number is
the customer reference, which the shop gave, else Odoo's own name. A posted customer invoice is an invoice, a posted
customer credit note a credit note. A delivery counts when it is done and its invoice is posted; a return that was made
in the warehouse announces what comes back, and the goods have come when it is done.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from zahlmeister.connectors.erps.asked import OVERLAP, found, in_order
from zahlmeister.connectors.erps.contract import News, Page
from zahlmeister.connectors.erps.odoo_documents import (
    Parts,
    bill,
    cancellation,
    direct_payment,
    quantities,
    return_announced,
    return_received,
    shipment,
)
from zahlmeister.connectors.erps.odoo_rpc import Row, Rpc, name_of, number_of, read_instant, signed_in, write_instant
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.refusals import Unreadable

#: Rows of one model read in one look at most; the next look goes on behind them.
MOST = 2_000
_found = partial(found, "Odoo")
_SALE = ("name", "client_order_ref", "state", "date_order", "payment_term_id", "currency_id")
_INVOICE = ("name", "move_type", "invoice_date", "invoice_date_due", "amount_total", "amount_untaxed", "currency_id")
_LINE = ("move_id", "display_type", "name", "product_id", "quantity", "price_total", "price_subtotal", "tax_ids")
_PICKING = ("name", "state", "picking_type_code", "sale_id", "create_date", "date_done")
_MOVE = ("picking_id", "product_id", "quantity", "product_uom_qty", "sale_line_id")
_CHANGED: Mapping[str, Sequence[Any]] = {
    "account.move": (["move_type", "in", ["out_invoice", "out_refund"]], ["state", "=", "posted"]),
    "stock.picking": (["sale_id", "!=", False], ["picking_type_code", "in", ["outgoing", "incoming"]]),
    "sale.order": (["state", "=", "cancel"],),
    "account.partial.reconcile": (["debit_move_id.move_id.move_type", "=", "out_invoice"],),
}


@contextmanager
def open_odoo(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Odoo"]:
    """A company's Odoo: `address`, `database`, `user`, `terms`, `journals`; `password` or an API key.

    Raises:
        Unreachable: it does not answer or does not let us in.
        Refused: the address is none.
    """
    who = (settings["database"], settings["user"], secret.get("password", ""))
    with signed_in(settings["address"], *who) as rpc:
        yield Odoo(rpc, frozenset(settings.get("terms", ())), tuple(settings.get("journals", ())))


@dataclass(frozen=True, slots=True)
class Order:
    """A sales order as documents name it. `also` is another one beside it; `sale` is its number in Odoo."""

    number: str
    currency: str
    sale: int
    also: str = ""


@dataclass(slots=True)
class _Known:
    """What was read in one look of orders bought on invoice: other orders are there as None."""

    orders: dict[int, Order | None] = field(default_factory=dict)
    of_line: dict[int, int] = field(default_factory=dict)  # line of an order → order


class Odoo:
    """See `contract.Erp`. `terms` are terms of payment by name; payments in `journals` (codes) came to the merchant."""

    def __init__(self, rpc: Rpc, terms: frozenset[str], journals: tuple[str, ...]) -> None:
        self._rpc, self._terms, self._journals = rpc, terms, journals
        self._known = _Known()

    def about(self) -> str:
        asked: tuple[tuple[str, str, Iterable[str], str], ...] = (
            ("account.payment.term", "name", self._terms, "terms of payment"),
            ("account.journal", "code", self._journals, "journal"),
        )
        for model, field_, wanted, what in asked:
            known = {str(row[field_]) for row in self._rpc.rows(model, [], [field_])}
            missing = sorted(set(wanted) - known)
            if missing:
                raise Unreadable(f"Odoo has no {what} “{missing[0]}”; it has {', '.join(sorted(known))}.")
        [company, *_] = self._rpc.rows("res.company", [], ["name"]) or [{"name": "no company"}]
        return f"Odoo {self._rpc.version}, {company['name']}"

    def documents(self, after: str) -> Page:
        first, newest = self._edge("write_date"), self._edge("write_date desc")
        if first is None or newest is None:
            return Page((), after)
        since = (datetime.fromisoformat(after) if after else first) - OVERLAP
        newest = max(newest + timedelta(seconds=1), since + OVERLAP)
        until = self._until(since, newest)
        self._known = _Known()
        bills = self._changed("account.move", _INVOICE, since, until)
        documents = [*self._invoices(bills), *self._transfers(bills, since, until), *self._payments(since, until)]
        documents += self._cancelled(since, until)
        return Page(in_order(documents), until.isoformat(), is_more=until < newest)

    def tell(self, news: News) -> bool:
        """A note at the invoice, else at the order; its last words tell that it is there already."""
        model, number = self._subject(news)
        mark = f"[Zahlmeister {news.key}]"
        there = [["model", "=", model], ["res_id", "=", number], ["body", "ilike", mark]]
        if not number or self._rpc.call("mail.message", "search_count", there):
            return False
        self._rpc.call(model, "message_post", [number], body=f"{news.sentence} {mark}", subtype_xmlid="mail.mt_note")
        return True

    def _subject(self, news: News) -> tuple[str, int]:
        fits: list[Any]
        if news.invoice:
            model, fits = "account.move", [["move_type", "=", "out_invoice"], ["name", "=", news.invoice]]
        else:
            model, fits = "sale.order", ["|", ["client_order_ref", "=", news.order], ["name", "=", news.order]]
        return model, next((int(row["id"]) for row in self._rpc.rows(model, fits, ["id"], most=1)), 0)

    # --- what has changed

    def _models(self) -> list[str]:
        return [model for model in _CHANGED if self._journals or model != "account.partial.reconcile"]

    def _edge(self, order: str) -> datetime | None:
        """When the first, or the last, of all that is of interest was written."""
        rows = [self._rpc.rows(model, _CHANGED[model], ["write_date"], most=1, order=order) for model in self._models()]
        days = [read_instant(row["write_date"]) for found_ in rows for row in found_]
        return (max if order.endswith("desc") else min)(days, default=None)

    def _until(self, since: datetime, newest: datetime) -> datetime:
        """Up to where one look can read; never so near that the next one would begin at the same place."""
        until = newest
        while until - since > 4 * OVERLAP and self._most(since, until) > MOST:
            until = since + (until - since) / 2
        return until

    def _most(self, since: datetime, until: datetime) -> int:
        counts = [self._rpc.call(model, "search_count", _within(model, since, until)) for model in self._models()]
        return max(map(int, counts))

    def _changed(self, model: str, fields: Sequence[str], since: datetime, until: datetime) -> list[Row]:
        return self._rpc.rows(model, _within(model, since, until), fields)

    def _invoices(self, rows: Sequence[Row]) -> list[Found]:
        numbers = [int(row["id"]) for row in rows]
        known = self._orders_of_bills(numbers)
        lines = self._rpc.of("account.move.line", "move_id", [one for one in numbers if known[one]], _LINE)
        taxes = self._rpc.read(
            "account.tax", [tax for line in lines for tax in line["tax_ids"]], ("amount", "amount_type")
        )
        reversed_ = self._rpc.read("account.move", numbers, ("reversed_entry_id",))
        back = {number: number_of(row["reversed_entry_id"]) for number, row in reversed_.items()}
        names = self._rpc.read("account.move", list(filter(None, back.values())), ("name",))
        documents = []
        for row in rows:
            number = int(row["id"])
            if (order := known[number]) is None:
                continue
            parts = Parts([line for line in lines if number_of(line["move_id"]) == number], taxes)
            billed = str(names[back[number]]["name"]) if back[number] else self._only_bill(order, row)
            documents.append(_found(_KIND[row["move_type"]], row["name"], order, bill, row, parts, billed))
        return documents

    def _only_bill(self, order: Order, row: Row) -> str:
        """The invoice that a credit note belongs to which was not made from one: the only one of its order."""
        bills = self._bills_of([order.sale])[order.sale] if row["move_type"] == "out_refund" else {}
        return next(iter(bills)) if len(bills) == 1 else ""

    def _transfers(self, bills: Sequence[Row], since: datetime, until: datetime) -> list[Found]:
        """Deliveries and returns: those that changed, and those of orders that were billed since."""
        also = [name for name in ("carrier_tracking_ref", "carrier_id") if name in self._fields("stock.picking")]
        rows = {int(row["id"]): row for row in self._changed("stock.picking", (*_PICKING, *also), since, until)}
        sales = [order.sale for order in self._orders_of_bills([int(row["id"]) for row in bills]).values() if order]
        for row in self._rpc.of("stock.picking", "sale_id", sales, (*_PICKING, *also)):
            rows.setdefault(int(row["id"]), row)
        self._know([number_of(row["sale_id"]) for row in rows.values()])
        ours = {number: row for number, row in rows.items() if self._known.orders.get(number_of(row["sale_id"]))}
        moves = self._rpc.of("stock.move", "picking_id", list(ours), _MOVE)
        billed = self._bills_of([number_of(row["sale_id"]) for row in ours.values()])
        prices = self._rpc.read(
            "sale.order.line", [number_of(move["sale_line_id"]) for move in moves], ("price_total", "product_uom_qty")
        )
        documents = list[Found]()
        for number, row in ours.items():
            of_it = [move for move in moves if number_of(move["picking_id"]) == number]
            order = self._known.orders[number_of(row["sale_id"])]
            assert order is not None  # only those are ours
            documents += self._of_transfer(order, row, of_it, prices, billed[order.sale])
        return documents

    def _of_transfer(
        self, order: Order, row: Row, moves: Sequence[Row], prices: Mapping[int, Row], bills: Mapping[str, Any]
    ) -> Iterator[Found]:
        is_done = row["state"] == "done"
        if row["picking_type_code"] == "outgoing":
            if is_done and bills:
                yield _found("shipment", row["name"], order, shipment, row, self._rpc.day, _fitting(moves, bills))
        elif row["state"] not in ("draft", "cancel"):
            yield _found("return_announced", row["name"], order, return_announced, row, self._rpc.day, moves, prices)
            if is_done:
                yield _found("return_received", row["name"], order, return_received, row, self._rpc.day, moves, prices)

    def _payments(self, since: datetime, until: datetime) -> list[Found]:
        if not self._journals:
            return []
        fields = ("debit_move_id", "credit_move_id", "debit_amount_currency")
        rows = self._changed("account.partial.reconcile", fields, since, until)
        sides = self._rpc.read(
            "account.move.line",
            [number_of(row[side]) for row in rows for side in fields[:2]],
            ("move_id", "journal_id", "date", "name", "ref"),
        )
        codes = {int(row["id"]): str(row["code"]) for row in self._rpc.rows("account.journal", [], ["code"])}
        debits = {int(row["id"]): number_of(sides[number_of(row["debit_move_id"])]["move_id"]) for row in rows}
        known = self._orders_of_bills(list(debits.values()))
        bills = self._rpc.read("account.move", [one for one in known if known[one]], _INVOICE)
        documents = []
        for row in rows:
            invoice, paid = debits[int(row["id"])], sides[number_of(row["credit_move_id"])]
            order = known[invoice]
            if order is not None and codes.get(number_of(paid["journal_id"])) in self._journals:
                number = f"{bills[invoice]['name']}-{row['id']}"
                documents.append(
                    _found("direct_payment", number, order, direct_payment, number, bills[invoice], row, paid)
                )
        return documents

    def _cancelled(self, since: datetime, until: datetime) -> list[Found]:
        rows = self._changed("sale.order", _SALE, since, until)
        self._know([int(row["id"]) for row in rows])
        return [
            _found("cancellation", row["name"], order, cancellation, row, self._rpc.day)
            for row in rows
            if (order := self._known.orders[int(row["id"])]) is not None
        ]

    # --- which order it is

    def _fields(self, model: str) -> Mapping[str, Any]:
        found_: Mapping[str, Any] = self._rpc.call(model, "fields_get", [], attributes=["type"])
        return found_

    def _know(self, numbers: Sequence[int]) -> None:
        """Read the orders of these numbers that are not known yet."""
        missing = [number for number in numbers if number and number not in self._known.orders]
        for number, row in self._rpc.read("sale.order", missing, _SALE).items():
            order = Order(str(row["client_order_ref"] or row["name"]), name_of(row["currency_id"]), number)
            is_ours = name_of(row["payment_term_id"]) in self._terms
            self._known.orders[number] = order if is_ours else None

    def _orders_of_bills(self, numbers: Sequence[int]) -> dict[int, Order | None]:
        """The order of each invoice or credit note; `also` names another one that it is of as well."""
        lines = self._rpc.of("account.move.line", "move_id", numbers, ("move_id", "sale_line_ids"))
        of_lines = self._known.of_line
        missing = [one for line in lines for one in line["sale_line_ids"] if one not in of_lines]
        for number, row in self._rpc.read("sale.order.line", missing, ("order_id",)).items():
            of_lines[number] = number_of(row["order_id"])
        self._know(list(of_lines.values()))
        sales: dict[int, list[int]] = {number: [] for number in numbers}
        for line in lines:
            sales[number_of(line["move_id"])] += [of_lines[one] for one in line["sale_line_ids"]]
        return {number: self._order(of) for number, of in sales.items()}

    def _order(self, sales: Sequence[int]) -> Order | None:
        ours = [order for number in sales if (order := self._known.orders.get(number))]
        others = sorted({number for number in sales if ours and number != ours[0].sale})
        if not others:
            return ours[0] if ours else None
        names = self._rpc.read("sale.order", others, _SALE)
        return replace(ours[0], also=str(names[others[0]]["client_order_ref"] or names[others[0]]["name"]))

    def _bills_of(self, sales: Sequence[int]) -> dict[int, dict[str, Counter[int]]]:
        """The posted invoices of orders by their numbers, each with the quantities of its products."""
        found_: dict[int, dict[str, Counter[int]]] = {sale: {} for sale in sales}
        invoices = {
            sale: row["invoice_ids"] for sale, row in self._rpc.read("sale.order", sales, ["invoice_ids"]).items()
        }
        every = [number for of in invoices.values() for number in of]
        rows = self._rpc.read("account.move", every, ("name", "move_type", "state"))
        lines = self._rpc.of("account.move.line", "move_id", every, _LINE)
        for sale, of in invoices.items():
            for number in of:
                if (rows[number]["move_type"], rows[number]["state"]) == ("out_invoice", "posted"):
                    of_it = [line for line in lines if number_of(line["move_id"]) == number]
                    found_[sale][str(rows[number]["name"])] = quantities(of_it)
        return found_


_KIND = {"out_invoice": "invoice", "out_refund": "credit_note"}


def _within(model: str, since: datetime, until: datetime) -> list[Any]:
    first, last = write_instant(since), write_instant(until)
    return [*_CHANGED[model], ["write_date", ">=", first], ["write_date", "<=", last]]


def _fitting(moves: Sequence[Row], bills: Mapping[str, Counter[int]]) -> str:
    """The invoice of a delivery: the one of the same quantities, else the only one that has all of its products."""
    sent = quantities(moves)
    for fits in (
        [name for name, billed in bills.items() if billed == sent],
        [name for name, billed in bills.items() if set(sent) <= set(billed)],
    ):
        if fits:
            return fits[0] if len(fits) == 1 else ""
    return ""
