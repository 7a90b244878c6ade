"""The accountant's one page: which event makes which posting.

Every event of the house that moves money or claims is one function here. Each answers with the two books, never with
more: a posting has one debit, one credit and one positive amount.

    order placed           receivables      → orders            somebody owes us
    money came in          bank             → unclear           it is there, we do not know yet for what
    payment allocated      unclear          → receivables       now we know
    paid too much          unclear          → surplus           we owe the rest to the customer
    difference accepted    tolerance        → receivables       within the merchant's tolerance
    cash discount taken    discount         → receivables
    bank kept a charge     charges          → receivables
    not for an order       unclear          → other income      ignored by rule or by a person
    money went out         other spending   → bank              recorded, explained elsewhere
    our money came back    bank             → returns           a transfer of ours was returned
    paid elsewhere         paid elsewhere   → receivables       marked as paid by hand
    order cancelled        orders           → receivables       what is still open falls away
    books begin            bank             → opening           what was there before the first statement
"""

from dataclasses import dataclass
from enum import StrEnum


class Book(StrEnum):
    """The kinds of account the house keeps."""

    BANK = "bank"
    UNCLEAR = "unclear"
    RECEIVABLES = "receivables"
    ORDERS = "orders"
    SURPLUS = "surplus"
    TOLERANCE = "tolerance"
    DISCOUNT = "discount"
    CHARGES = "charges"
    OTHER_INCOME = "other_income"
    OTHER_SPENDING = "other_spending"
    RETURNS = "returns"
    PAID_ELSEWHERE = "paid_elsewhere"
    OPENING = "opening"


#: Which books must never be overdrawn: 1 keeps debits ahead, -1 keeps credits ahead.
FLOORS = {Book.UNCLEAR: -1, Book.RECEIVABLES: 1, Book.SURPLUS: -1}


class Waiver(StrEnum):
    """Why a small rest is not asked for."""

    TOLERANCE = "tolerance"
    DISCOUNT = "discount"
    CHARGES = "charges"


@dataclass(frozen=True, slots=True)
class Legs:
    """The two books of one posting; `about` names the bank account where one of them is the bank."""

    debit: Book
    credit: Book
    text: str
    about: int = 0


ORDER_PLACED = Legs(Book.RECEIVABLES, Book.ORDERS, "order_placed")
ORDER_RAISED = Legs(Book.RECEIVABLES, Book.ORDERS, "order_raised")
ORDER_LOWERED = Legs(Book.ORDERS, Book.RECEIVABLES, "order_lowered")
ORDER_CANCELLED = Legs(Book.ORDERS, Book.RECEIVABLES, "order_cancelled")
PAYMENT_ALLOCATED = Legs(Book.UNCLEAR, Book.RECEIVABLES, "payment_allocated")
PAID_TOO_MUCH = Legs(Book.UNCLEAR, Book.SURPLUS, "paid_too_much")
NOT_FOR_AN_ORDER = Legs(Book.UNCLEAR, Book.OTHER_INCOME, "not_for_an_order")
PAID_ELSEWHERE = Legs(Book.PAID_ELSEWHERE, Book.RECEIVABLES, "paid_elsewhere")

_WAIVED = {
    Waiver.TOLERANCE: Legs(Book.TOLERANCE, Book.RECEIVABLES, "difference_accepted"),
    Waiver.DISCOUNT: Legs(Book.DISCOUNT, Book.RECEIVABLES, "discount_taken"),
    Waiver.CHARGES: Legs(Book.CHARGES, Book.RECEIVABLES, "charges_borne"),
}


def waived(waiver: Waiver) -> Legs:
    """The rest of an item that is not asked for."""
    return _WAIVED[waiver]


def money_came_in(bank_account: int) -> Legs:
    """An incoming payment, not yet known for what."""
    return Legs(Book.BANK, Book.UNCLEAR, "money_came_in", bank_account)


def money_went_out(bank_account: int) -> Legs:
    """An outgoing entry of the statement."""
    return Legs(Book.OTHER_SPENDING, Book.BANK, "money_went_out", bank_account)


def money_came_back(bank_account: int) -> Legs:
    """A transfer of ours that its bank sent back."""
    return Legs(Book.BANK, Book.RETURNS, "money_came_back", bank_account)


def books_begin(bank_account: int, minor: int) -> Legs:
    """What the account held before the first statement; an overdrawn account begins on the other side."""
    if minor < 0:
        return Legs(Book.OPENING, Book.BANK, "books_begin", bank_account)
    return Legs(Book.BANK, Book.OPENING, "books_begin", bank_account)
