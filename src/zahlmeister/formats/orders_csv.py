"""Orders as a shop exports them to a CSV file."""

from dataclasses import dataclass
from datetime import date

from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the file; absent is None. `line` is the line in the file, the header being line 1."""

    line: int
    number: str
    amount: Amount
    ordered_on: date | None = None
    due_on: date | None = None
    invoice_number: str | None = None
    customer_number: str | None = None
    payment_kind: str = "prepayment"  # prepayment, invoice, cod, other
    name: str | None = None
    company: str | None = None
    email: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    shipping: Amount | None = None
    iban: str | None = None
    reference: str | None = None
