"""How a posting of our books becomes a booking of the bookkeeper's: two tables and three rules.

`chart.csv` says which account of SKR03, SKR04 and the Austrian and Swiss charts stands for each of our books; others
may be said. A book without an account is left to others: what was ordered is booked by whoever writes the invoices,
and what was on the bank before us is in the bookkeeper's own opening balance. Postings that touch such a book are not
exported.

    1. What came in and was assigned on the same day is one booking, bank against debtor, and not two.
    2. The bank's account leads, then the debtor's: so the bookkeeper finds a statement's lines as they stand there.
    3. A rest that was accepted, and costs of delay, are taken back as DATEV's reversal with the same sides.

Source of the accounts: the DATEV charts SKR03 and SKR04, the Austrian Einheitskontenrahmen and the Swiss chart for
small and medium firms, in which numbers that a firm gives freely (2881, 3791, 1092) are only proposed; of the
bookings: how DATEV's own samples book payments.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files

from zahlmeister.formats.journals.row import BookRow
from zahlmeister.ledger.rules import Book
from zahlmeister.refusals import Refused

#: In the chart: the debtor of whom the posting is about.
DEBTOR = "debtor"
CHARTS = ("03", "04", "at", "ch")
#: A guarantor's *Orders* are claims that it has bought, and nobody writes invoices for them: they are cleared here.
CLAIMS_BOUGHT = {"03": "1592", "04": "1372", "at": "3794", "ch": "1097"}
#: Four digits of the general ledger; each digit more appends a zero to every account.
USUAL_LENGTH = 4
_REVERSALS = frozenset(
    {"tolerance_withdrawn", "discount_withdrawn", "charges_withdrawn", "costs_not_owed", "interest_not_owed"}
)
#: DATEV's *Sachverhalt* of an open item: 31 is default interest, 40 a fee for a notice (booking batch, column 18).
_MATTERS = {Book.INTEREST: "31", Book.DUNNING: "40"}
_LAST_DEBTOR = 69_999  # of five digits; creditors begin behind it


@dataclass(frozen=True, slots=True)
class About:
    """What a posting is about, as the bookkeeper needs it.

    `receipt` is the line of the statement that brought the money; `debtor` the account of who owes, empty where the
    posting is about no order.
    """

    receipt: int = 0
    voucher: str = ""
    order_number: str = ""
    who: str = ""
    debtor: str = ""
    due_on: date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting with what it is about. The `abouts` name the bank account or agency of each side, else 0."""

    number: int
    debit: Book
    credit: Book
    minor: int
    on: date
    event: str
    source: str
    debit_about: int = 0
    credit_about: int = 0
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class Plan:
    """The merchant's accounts by book and what the book is about; 0 is for all that have none of their own."""

    accounts: Mapping[tuple[Book, int], str]
    tax_keys: Mapping[tuple[Book, int], str] = field(default_factory=dict)

    def tax_key(self, entry: "Entry") -> str:
        """The key of the tax rate that one of its sides bears."""
        sides = (entry.debit, entry.debit_about), (entry.credit, entry.credit_about)
        found = (self.tax_keys.get(side) or self.tax_keys.get((side[0], 0)) for side in sides)
        return next((key for key in found if key), "")

    def account(self, book: Book, about: int, debtor: str) -> str:
        """The account, or nothing where the book is left to others."""
        number = self.accounts.get((book, about)) or self.accounts[book, 0]
        if number != DEBTOR:
            return number
        return debtor or self.accounts[Book.UNCLEAR, 0]  # what goes back to a payer whom nobody knows


def usual_accounts(chart: str, account_length: int = USUAL_LENGTH) -> dict[Book, str]:
    """What the chart says: an account, “debtor”, or nothing for a book that is left to others."""
    return {book: lengthened(number, account_length) for book, number in _chart()[chart].items()}


def names_of(plan: Plan) -> tuple[dict[str, str], dict[str, str]]:
    """What the accounts of a plan are called, and what they are: *Assets*, *Liabilities*, *Income*, *Expenses*.

    A chart in which two books share an account names it after the first of them.
    """
    names: dict[str, str] = {}
    roots: dict[str, str] = {}
    rows = {Book(row["book"]): row for row in _table("chart")}
    for (book, _about), number in plan.accounts.items():
        if number and number != DEBTOR:
            names.setdefault(number, rows[book]["name"])
            roots.setdefault(number, rows[book]["root"])
    return names, roots


def lengthened(number: str, account_length: int) -> str:
    """An account of the usual length with as many zeros as the client's books have more digits."""
    return number + "0" * (account_length - USUAL_LENGTH) if number.isdigit() else number


def next_debtor(taken: int, account_length: int) -> int:
    """The number behind the last debtor's.

    Raises:
        Refused: the numbers of debtors are used up.
    """
    if taken >= _LAST_DEBTOR * 10 ** (account_length - USUAL_LENGTH):
        raise Refused(
            "All numbers of debtors are used up; let all customers share one account, or use longer accounts."
        )
    return taken + 1


def bookings(entries: Sequence[Entry], plan: Plan) -> list[tuple[int, BookRow]]:
    """The bookkeeper's rows, each with the number of the posting that it tells.

    Whatever is folded away or stays on one account has no row; the balance of each account is that of the postings.
    """
    rows = ((entry.number, _row(entry, plan)) for entry in _folded(entries))
    return [(number, row) for number, row in rows if row is not None]


def _folded(entries: Iterable[Entry]) -> list[Entry]:
    """Rule 1: a receipt gives what is assigned of it on its day straight to where it goes."""
    found: list[Entry] = []
    receipts: dict[int, int] = {}
    for entry in entries:
        place = receipts.get(entry.about.receipt) if entry.debit is Book.UNCLEAR else None
        if entry.about.receipt and (entry.debit, entry.credit) == (Book.BANK, Book.UNCLEAR):
            receipts[entry.about.receipt] = len(found)
            found.append(entry)
        elif place is not None and _can_give(found[place], entry):
            receipt = found[place]
            found[place] = replace(receipt, minor=receipt.minor - entry.minor)
            found.append(replace(entry, debit=receipt.debit, debit_about=receipt.debit_about))
        else:
            found.append(entry)
    return [entry for entry in found if entry.minor]


def _can_give(receipt: Entry, entry: Entry) -> bool:
    return receipt.on == entry.on and receipt.minor >= entry.minor


def _row(entry: Entry, plan: Plan) -> BookRow | None:
    debit = plan.account(entry.debit, entry.debit_about, entry.about.debtor)
    credit = plan.account(entry.credit, entry.credit_about, entry.about.debtor)
    if debit == credit or not debit or not credit:
        return None
    is_debit = _rank(entry.debit) <= _rank(entry.credit)
    reverses = entry.event in _REVERSALS
    about = entry.about
    return BookRow(
        minor=entry.minor,
        is_debit=is_debit != reverses,
        account=debit if is_debit else credit,
        against=credit if is_debit else debit,
        on=entry.on,
        voucher=about.voucher,
        text=", ".join(filter(None, (about.who, event_names().get(entry.event, "Umbuchung")))),
        order_number=about.order_number,
        source=entry.source,
        due_on=about.due_on if Book.ORDERS in (entry.debit, entry.credit) else None,
        matter=_MATTERS.get(entry.debit, "") or _MATTERS.get(entry.credit, ""),
        reverses=reverses,
        tax_key=plan.tax_key(entry),
        document=about.document,
    )


def _rank(book: Book) -> int:
    """Rule 2: whose account leads."""
    return {Book.BANK: 0, Book.RECEIVABLES: 1, Book.SURPLUS: 1, Book.REFUNDS: 1}.get(book, 2)


@cache
def _chart() -> dict[str, dict[Book, str]]:
    rows = _table("chart")
    return {chart: {Book(row["book"]): row[chart] for row in rows} for chart in CHARTS}


@cache
def event_names() -> dict[str, str]:
    """What happened, in German: DATEV's users read German."""
    return {row["event"]: row["name"] for row in _table("event_names")}


def _table(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))
