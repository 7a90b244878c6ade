"""The order book of the stand-in shop: what customers order, what the shop's people do, what the module writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: Statuses of the shop by code. What is open or means paid is the merchant's setting in the module.
OPEN, PAID, CANCELLED, PACKED = "1", "2", "3", "4"
STATUS_NAMES = {OPEN: "Pending", PAID: "Paid", CANCELLED: "Cancelled", PACKED: "Packed"}
#: The payment methods that the merchant chose in the module, and the kind they count as.
METHODS = {
    "moneyorder": "PREPAYMENT",
    "eustandardtransfer": "PREPAYMENT",
    "invoice": "INVOICE",
    "cash_on_delivery": "COD",
}
#: What the module writes for a word of ours, by kind.
WRITTEN = {
    (kind, word): status for kind in METHODS.values() for word, status in (("PAID", PAID), ("CANCELLED", CANCELLED))
}


@dataclass(slots=True)
class Person:
    """Who gets the bill, or the parcel."""

    first: str
    last: str
    company: str = ""
    street: str = "Straße 1"
    postcode: str = "50667"
    city: str = "Köln"
    country: str = "DE"
    phone: str = ""


@dataclass(slots=True)
class Entry:
    """A line of an order's history; `by` is who wrote it."""

    status: str
    by: str
    comment: str = ""


@dataclass(slots=True)
class Placed:
    """An order in the shop."""

    number: str
    total: Decimal
    billing: Person
    delivery: Person
    currency: str = "EUR"
    method: str = "moneyorder"
    placed_on: date = date(2026, 11, 20)
    email: str = "kunde@example.org"
    customer_number: str = "KD-7"
    language: str = "de-DE"
    status: str = OPEN
    store: str = "1"
    products: Sequence[str] = ("ART-1", "Ohne Artikelnr")
    invoices: dict[str, bytes] = field(default_factory=dict)
    parcels: list[str] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    transaction: str = ""  # what the module keeps of us

    @property
    def kind(self) -> str:
        return METHODS.get(self.method, "")


@dataclass(slots=True)
class CreditNote:
    """Money that the shop wants to be sent back."""

    number: str
    order: str
    amount: Decimal
    made_on: date
    transaction: str = ""
    comments: list[str] = field(default_factory=list)


class Books:
    """All orders of an installation."""

    def __init__(self) -> None:
        self.orders: dict[str, Placed] = {}
        self.credits: dict[str, CreditNote] = {}
        self.written = dict(WRITTEN)

    def place(self, order: Placed) -> Placed:
        """A customer orders."""
        self.orders[order.number] = order
        order.history.append(Entry(order.status, "customer"))
        return order

    def change_by_hand(self, number: str, status: str) -> None:
        """Somebody in the shop gives an order another status."""
        self.write(number, status, by="person")

    def write(self, number: str, status: str, *, by: str, comment: str = "") -> None:
        """A new status, with its line in the history."""
        self.orders[number].status = status
        self.orders[number].history.append(Entry(status, by, comment))

    def open_numbers(self, stores: Sequence[str] = ()) -> list[str]:
        """What the module's settings call open: these methods, this status."""
        return [
            order.number
            for order in self.orders.values()
            if order.status == OPEN and order.kind and (not stores or order.store in stores)
        ]

    def by_module(self, number: str) -> list[Entry]:
        """What the module has written to an order."""
        return [entry for entry in self.orders[number].history if entry.by == "module"]

    def want_back(self, order: str, amount: Decimal, on: date) -> CreditNote:
        """The shop makes a credit note."""
        note = CreditNote(str(100_000_001 + len(self.credits)), order, amount, on)
        self.credits[note.number] = note
        return note

    def open_credits(self) -> list[str]:
        """Credit notes that nobody has answered."""
        return [note.number for note in self.credits.values() if not note.transaction]
