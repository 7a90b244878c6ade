"""What a bank file says, as plain records, the same for every format.

A reader yields, in file order and without holding the file in memory:

    Opening … Entry … Entry … Closing        once per statement of the file
    Problem                                  wherever something is odd but can be read

and raises `Unreadable` where reading cannot go on; everything yielded before stays true.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from zahlmeister.money.amount import Amount
from zahlmeister.values import value


class Status(StrEnum):
    """Whether the bank has booked the money or only announces it."""

    BOOKED = "booked"
    PENDING = "pending"


@value(frozen=True, slots=True)
class Source:
    """Where in which file a record stands; all counting starts at 1, and 0 stands for the whole above it."""

    file: str
    format: str  # camt.053.001.08, mt940, csv-…
    statement: int
    entry: int  # within the statement
    detail: int = 1  # within the entry

    def __str__(self) -> str:
        """The place as a person says it: `march.xml, statement 2, entry 14`."""
        place = self.file
        if self.statement:
            place += f", statement {self.statement}"
        if self.entry:
            place += f", entry {self.entry}"
        if self.detail > 1:
            place += f", detail {self.detail}"
        return place


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of the account on a day; the amount is negative when the account is overdrawn."""

    amount: Amount
    on: date | None


@dataclass(frozen=True, slots=True)
class Opening:
    """A statement begins. `account` is the IBAN, else the number as the bank writes it."""

    source: Source
    account: str | None
    currency: str | None
    identification: str | None  # the bank's id of this statement message
    sequence: str | None  # electronic sequence number or :28C:
    balance: Balance | None
    created: str | None = None
    is_copy: bool = False  # the bank flags a repeated delivery
    page: str | None = None  # of a statement that comes in pages


@value(frozen=True, slots=True)
class Transaction:
    """One movement of money: one per detail of a batch entry, otherwise one per entry.

    `amount` is signed as booked on the account (incoming is positive); None where a detail of several states
    none, or states it in another currency only. Parties are the other side: who paid us, or whom we paid.
    `remittance` is the unstructured text in reading order, `remittance_pieces` the same as the bank cut it,
    so that words broken by the bank's line width can be rejoined. Absent is None, never an empty text;
    NOTPROVIDED and its kind count as absent. `is_return` covers what the bank took back or gave back:
    returned transfers, returned direct debits and corrections of earlier bookings. `charges` are positive
    when we paid them.
    """

    source: Source
    account: str | None
    booked_on: date | None
    value_on: date | None
    amount: Amount | None
    counterparty: str | None = None
    counterparty_iban: str | None = None  # or the account number as the bank gives it
    counterparty_bic: str | None = None
    ultimate_party: str | None = None  # on whose behalf, when the bank says so
    remittance: str | None = None
    remittance_pieces: tuple[str, ...] = ()
    creditor_reference: str | None = None  # RF…, QRR, ESR
    end_to_end_id: str | None = None
    mandate_id: str | None = None
    bank_reference: str | None = None  # AcctSvcrRef, :61: bank reference
    bank_code: str | None = None  # GVC such as 166, else ISO such as PMNT/RCDT/ESCT
    booking_text: str | None = None
    is_return: bool = False
    return_reason: str | None = None  # ISO code such as AC04, else the bank's words
    charges: Amount | None = None
    original_amount: Amount | None = None  # instructed, before charges and exchange; unsigned as in the order
    status: Status = Status.BOOKED
    creditor_references: tuple[str, ...] = ()  # all of them, when one payment names several
    customer_reference: str | None = None  # KREF, :61: customer reference, InstrId


@value(frozen=True, slots=True)
class Entry:
    """One line of the statement with its transactions.

    `is_divisible` says that every transaction has an amount and that together (charges allowed for) they make
    the entry; only then may they be booked one by one instead of the entry as a whole.
    """

    source: Source
    amount: Amount
    transactions: tuple[Transaction, ...]
    is_divisible: bool = True


@dataclass(frozen=True, slots=True)
class Closing:
    """A statement ends."""

    source: Source
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd that did not stop the reading, in one sentence: where, what and why."""

    source: Source
    sentence: str


Record = Opening | Entry | Closing | Problem
