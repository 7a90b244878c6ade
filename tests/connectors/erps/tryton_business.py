"""A little business in Tryton, done over its own JSON-RPC as its people would, and the documents that it must give."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
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
)
from zahlmeister.connectors.erps.tryton_rpc import Rpc

TERMS, OTHER_TERMS = "Rechnungskauf", "Vorkasse"
TERMS_OF_PARCELS = "Pakete"  # beside those of the sales whose answers are recorded
JOURNAL = "BANK"
PRICES = (Decimal("10.00"), Decimal("3.33"))
NINETEEN = Decimal(19)


class Business:
    """People at work in a Tryton whose company `scripts/tryton_company.py` has made."""

    def __init__(self, rpc: Rpc, today: date) -> None:
        self._rpc, self._today = rpc, today
        [self._customer] = rpc.rows("party.party", [["name", "=", "Anna Weber"]], ["addresses"])
        self._terms = {row["name"]: row["id"] for row in rpc.rows("account.invoice.payment_term", [], ["name"])}
        self._products = rpc.rows("product.product", [], ["rec_name", "default_uom"])
        self._taxes = [row["id"] for row in rpc.rows("account.tax", [["parent", "=", None]], [])]

    def whole(self) -> None:
        """Everything that `documents_of_whole` expects."""
        sold = self.sell("B-1001", TERMS, (2, 3))
        self.sell("B-1002", OTHER_TERMS, (1, 0))
        self.cancel(self.sell("B-1003", TERMS, (1, 0), is_confirmed=False))
        self.ship(sold)
        self.bill(sold)
        back = self.sell("", TERMS, (-1, 0), origin=sold)
        self.take_back(back)
        self.bill(back)
        self.pay(sold, Decimal("35.69"))

    def sell(
        self, reference: str, terms: str, quantities: Sequence[int], *, origin: int = 0, is_confirmed: bool = True
    ) -> int:
        address = self._customer["addresses"][0]
        lines = [
            {
                "product": product["id"],
                "quantity": quantity,
                "unit": product["default_uom"],
                "unit_price": price,
                "taxes": [["add", self._taxes]],
            }
            for product, quantity, price in zip(self._products, quantities, PRICES, strict=True)
            if quantity
        ]
        sale: dict[str, Any] = {
            "party": self._customer["id"],
            "invoice_address": address,
            "shipment_address": address,
            "payment_term": self._terms.get(terms) or self._term(terms),
            "reference": reference,
            "invoice_method": "fulfillment",
            "sale_date": self._today,
            "lines": [["create", lines]],
        }
        [made] = self._rpc.call(
            "sale.sale", "create", [{**sale, **({"origin": f"sale.sale,{origin}"} if origin else {})}]
        )
        for step in ("quote", "confirm", "process") if is_confirmed else ("quote",):
            self._rpc.call("sale.sale", step, [made])
        return int(made)

    def cancel(self, sale: int) -> None:
        self._rpc.call("sale.sale", "cancel", [sale])

    def ship(self, sale: int) -> None:
        self._ship(self._of(sale, "shipments"))

    def ship_in_two_parts(self, sale: int) -> tuple[str, str]:
        """Of the wool only one is there at first; the numbers of both parcels."""
        [first] = self._of(sale, "shipments")
        [wool, _needles] = self._rpc.read("stock.shipment.out", [first], ["inventory_moves"])[first]["inventory_moves"]
        self._rpc.call(
            "stock.shipment.out", "write", [first], {"inventory_moves": [["write", [wool], {"quantity": 1}]]}
        )
        self._ship([first])
        [second] = set(self._of(sale, "shipments")) - {first}
        self._ship([second])
        rows = self._rpc.read("stock.shipment.out", [first, second], ["number"])
        return rows[first]["number"], rows[second]["number"]

    def bill_each(self, sale: int) -> tuple[str, str]:
        """What was shipped first is billed first; the numbers of both invoices."""
        self.bill(sale)
        rows = self._rpc.read("account.invoice", sorted(self._of(sale, "invoices")), ["number"])
        one, two = rows.values()
        return one["number"], two["number"]

    def take_back(self, sale: int) -> None:
        parcels = self._of(sale, "shipment_returns")
        for step in ("receive", "do"):
            self._rpc.call("stock.shipment.out.return", step, parcels)

    def bill(self, sale: int) -> None:
        invoices = self._of(sale, "invoices")
        self._rpc.call("account.invoice", "write", invoices, {"invoice_date": self._today})
        self._rpc.call("account.invoice", "post", invoices)

    def pay(self, sale: int, amount: Decimal) -> None:
        """Somebody books in Tryton that the buyer has paid to the merchant's own bank account."""
        [method] = self._rpc.rows("account.invoice.payment.method", [["name", "=", "Bank"]], [])
        [invoice] = self._of(sale, "invoices")
        [currency] = self._rpc.rows("currency.currency", [["code", "=", "EUR"]], [])
        start = {"payee": self._customer["id"], "amount": amount, "currency": currency["id"], "date": self._today}
        about = {"active_model": "account.invoice", "active_id": invoice, "active_ids": [invoice]}
        session, *_ = self._rpc.do("wizard.account.invoice.pay.create", context=about)
        self._rpc.do(
            "wizard.account.invoice.pay.execute",
            session,
            {"start": {**start, "payment_method": method["id"]}},
            "choice",
            context=about,
        )

    def _ship(self, parcels: Sequence[int]) -> None:
        for step in ("assign_force", "pick", "pack", "do"):
            self._rpc.call("stock.shipment.out", step, parcels)

    def _term(self, name: str) -> int:
        """Terms of payment of this name that there were none of."""
        whole = {"type": "remainder", "relativedeltas": [["create", [{"days": 14}]]]}
        [made] = self._rpc.call(
            "account.invoice.payment_term", "create", [{"name": name, "lines": [["create", [whole]]]}]
        )
        return int(made)

    def _of(self, sale: int, name: str) -> list[int]:
        return list(self._rpc.read("sale.sale", [sale], [name])[sale][name])


def documents_of_whole(today: date, due: date, payment: str) -> list[Document]:
    """What `Business.whole` has made, in the adapter's order; `payment` is the number of the payment's line."""
    common: dict[str, Any] = {"order": "B-1001", "currency": "EUR"}
    wool, needles = Decimal(2), Decimal(3)
    return [
        InvoiceDocument(
            **common,
            number="1",
            minor=3569,
            invoiced_on=today,
            due_on=due,
            lines=(Line("Wolle", 2380, wool, "", NINETEEN), Line("Stricknadeln", 1189, needles, "", NINETEEN)),
            taxes=(TaxShare(NINETEEN, 2999, 570),),
        ),
        ShipmentDocument(**common, number="1", shipped_on=today, invoice="1"),
        ReturnAnnounced(**common, number="4", minor=1190, announced_on=today),
        ReturnReceived(**common, number="1", minor=1190, received_on=today, announced="4"),
        CreditNoteDocument(
            **common,
            number="2",
            minor=1190,
            credited_on=today,
            invoice="1",
            lines=(Line("Wolle", 1190, Decimal(1), "", NINETEEN),),
            taxes=(TaxShare(NINETEEN, 1000, 190),),
        ),
        Cancellation(order="B-1003", currency="EUR", number="3", cancelled_on=today),
        DirectPayment(order="", currency="EUR", number=payment, minor=3569, paid_on=today, invoice="1"),
    ]
