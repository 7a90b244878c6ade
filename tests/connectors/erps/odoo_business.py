"""A little business in Odoo, done over its own JSON-RPC as its people would, and the documents that it must give."""

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
from zahlmeister.connectors.erps.odoo_rpc import Rpc

TERMS, OTHER_TERMS = "Rechnungskauf", "Vorkasse"
JOURNAL = "BNK1"
GOODS = {"Wolle": 10.00, "Stricknadeln": 3.33}
NINETEEN = Decimal(19)


class Business:
    """People at work in an Odoo whose company is empty yet."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def whole(self) -> None:
        """Everything that `documents_of_whole` expects."""
        self._open_company()
        sold = self.sell("B-1001", TERMS, (2, 3))
        self.sell("B-1002", OTHER_TERMS, (1, 0))
        self._rpc.call("sale.order", "action_cancel", [self.sell("B-1003", TERMS, (1, 0))])
        parcel = self.ship(sold)
        invoice = self.bill(sold)
        self.take_back(parcel)
        self.bill(sold)
        self.pay(invoice, 20.00)

    def _open_company(self) -> None:
        [euro] = self._rpc.call("res.currency", "search", [["name", "=", "EUR"], ["active", "in", [True, False]]])
        self._rpc.call("res.currency", "write", [euro], {"active": True})
        self._rpc.call("res.company", "write", [1], {"name": "Dunder Mifflin", "currency_id": euro})
        self._rpc.call("product.pricelist", "write", self._all("product.pricelist"), {"currency_id": euro})
        self._rpc.call("res.users", "write", [2], {"tz": "Europe/Berlin"})
        said = {"name": "USt 19 %", "amount": 19, "amount_type": "percent", "type_tax_use": "sale"}
        tax = self._rpc.call("account.tax", "create", said)
        days = [[0, 0, {"value": "percent", "value_amount": 100, "nb_days": 14}]]
        self._rpc.call("account.payment.term", "create", {"name": TERMS, "line_ids": days})
        self._rpc.call("account.payment.term", "create", {"name": OTHER_TERMS})
        self._customer = self._rpc.call("res.partner", "create", {"name": "Anna Weber", "city": "Berlin"})
        of_all = {"type": "consu", "invoice_policy": "delivery", "taxes_id": [[6, 0, [tax]]]}
        self._goods = [
            self._rpc.call("product.product", "create", {"name": name, "list_price": price, **of_all})
            for name, price in GOODS.items()
        ]

    def _all(self, model: str, *domain: Any) -> list[int]:
        return list(self._rpc.call(model, "search", list(domain)))

    def sell(self, reference: str, terms: str, quantities: Sequence[int]) -> int:
        lines = [
            [0, 0, {"product_id": product, "product_uom_qty": quantity}]
            for product, quantity in zip(self._goods, quantities, strict=True)
            if quantity
        ]
        [term] = self._all("account.payment.term", ["name", "=", terms])
        said = {"partner_id": self._customer, "client_order_ref": reference, "payment_term_id": term}
        made = int(self._rpc.call("sale.order", "create", {**said, "order_line": lines}))
        self._rpc.call("sale.order", "action_confirm", [made])
        return made

    def ship(self, sale: int) -> int:
        [parcel] = self._all("stock.picking", ["sale_id", "=", sale])
        self._is_done(parcel)
        return parcel

    def _is_done(self, parcel: int) -> None:
        for move in self._rpc.rows("stock.move", [["picking_id", "=", parcel]], ["product_uom_qty"]):
            told = {"quantity": float(move["product_uom_qty"]), "picked": True}
            self._rpc.call("stock.move", "write", [move["id"]], told)
        self._rpc.call("stock.picking", "button_validate", [parcel])

    def bill(self, sale: int) -> int:
        """Bill what was delivered and not billed yet; below zero what came back."""
        about = {"active_model": "sale.order", "active_ids": [sale], "active_id": sale}
        asked = {"advance_payment_method": "delivered", "sale_order_ids": [[6, 0, [sale]]]}
        wizard = self._rpc.call("sale.advance.payment.inv", "create", asked, context=about)
        self._rpc.call("sale.advance.payment.inv", "create_invoices", [wizard], context=about)
        made = self._all("account.move", ["state", "=", "draft"], ["move_type", "in", ["out_invoice", "out_refund"]])
        self._rpc.call("account.move", "action_post", made)
        return made[0]

    def take_back(self, parcel: int) -> None:
        """One piece of the first product comes back."""
        about = {"active_model": "stock.picking", "active_ids": [parcel], "active_id": parcel}
        wizard = self._rpc.call("stock.return.picking", "create", {"picking_id": parcel}, context=about)
        lines = self._rpc.rows("stock.return.picking.line", [["wizard_id", "=", wizard]], ["product_id"])
        for line in lines:
            quantity = int(line["product_id"][0] == self._goods[0])
            self._rpc.call("stock.return.picking.line", "write", [line["id"]], {"quantity": quantity})
        self._rpc.call("stock.return.picking", "action_create_returns", [wizard], context=about)
        [back] = self._all("stock.picking", ["return_id", "=", parcel])
        self._is_done(back)

    def pay(self, invoice: int, amount: float) -> None:
        """Somebody books in Odoo that the buyer has paid a part of it to the merchant's own bank account."""
        about = {"active_model": "account.move", "active_ids": [invoice]}
        [journal] = self._all("account.journal", ["code", "=", JOURNAL])
        said = {"amount": amount, "journal_id": journal}
        wizard = self._rpc.call("account.payment.register", "create", said, context=about)
        self._rpc.call("account.payment.register", "action_create_payments", [wizard], context=about)


def documents_of_whole(today: date, due: date) -> list[Document]:
    """What `Business.whole` has made, in the adapter's order."""
    invoice = f"INV/{today.year}/00001"
    common: dict[str, Any] = {"order": "B-1001", "currency": "EUR"}
    return [
        InvoiceDocument(
            **common,
            number=invoice,
            minor=3569,
            invoiced_on=today,
            due_on=due,
            lines=(
                Line("Wolle", 2380, Decimal(2), "", NINETEEN),
                Line("Stricknadeln", 1189, Decimal(3), "", NINETEEN),
            ),
            taxes=(TaxShare(NINETEEN, 2999, 570),),
        ),
        ShipmentDocument(**common, number="WH/OUT/00001", shipped_on=today, invoice=invoice),
        ReturnAnnounced(**common, number="WH/IN/00001", minor=1190, announced_on=today),
        ReturnReceived(**common, number="WH/IN/00001", minor=1190, received_on=today, announced="WH/IN/00001"),
        CreditNoteDocument(
            **common,
            number=f"R{invoice}",
            minor=1190,
            credited_on=today,
            invoice=invoice,
            lines=(Line("Wolle", 1190, Decimal(1), "", NINETEEN),),
            taxes=(TaxShare(NINETEEN, 1000, 190),),
        ),
        Cancellation(order="B-1003", currency="EUR", number="S00003", cancelled_on=today),
        DirectPayment(
            order="",
            currency="EUR",
            number=f"{invoice}-1",
            minor=2000,
            paid_on=today,
            invoice=invoice,
            bank_reference=invoice,
        ),
    ]
