"""The lines of a batch, shaped for their table: what a file says, cut to the columns, with its identity.

Plain tuples, because a statement has a hundred thousand of them; they travel between processes and into the database
as they are.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.rules import Line
from zahlmeister.formats.records import Entry, Status, Transaction
from zahlmeister.money.amount import Amount
from zahlmeister.values import value


@value(frozen=True, slots=True)
class Place:
    """An entry of a file: the account it is about and its number counted through the file, from 1."""

    account: BankAccount
    position: int
    entry: Entry
    day: date  # of the entry, or of its statement when the entry has none


class Said(NamedTuple):
    """What the file says of a transaction: columns of its table, absent texts empty."""

    booked_on: date
    value_on: date | None
    amount_minor: int
    currency: str
    counterparty: str
    counterparty_number: str
    counterparty_bic: str
    ultimate_party: str
    remittance: str
    pieces: list[str]
    creditor_reference: str
    end_to_end_id: str
    mandate_id: str
    bank_reference: str
    bank_code: str
    booking_text: str
    is_return: bool
    return_reason: str
    charges_minor: int | None
    original_minor: int | None
    original_currency: str
    entry_minor: int


class Told(NamedTuple):
    """A booked line: where it stands, what it says, and which transactions it is known to be or to be a part of."""

    account_id: int
    entry: int
    detail: int
    message: str  # the kind of file that told it, such as camt.053
    said: Said
    known: int = 0  # the transaction that another file told already
    part_of: int = 0  # the sum that it divides

    @property
    def is_payment(self) -> bool:
        """Whether money came in that somebody may have paid us; our own money coming back is not."""
        return self.said.amount_minor > 0 and not self.said.is_return

    @property
    def line(self) -> Line:
        """What is compared with what other files said."""
        return line_of(self.said, self.message)


def booked_lines(places: Iterable[Place]) -> list[Told]:
    """The lines of the entries that are booked; pending ones are announcements and not recorded."""
    return [line for place in places if not is_pending(place) for line in _lines(place)]


def is_pending(place: Place) -> bool:
    """Whether the bank only announces this entry."""
    return place.entry.transactions[0].status is not Status.BOOKED


def line_of(said: Said, message: str) -> Line:
    """A line as far as its identity is concerned."""
    return Line(
        counterparty_number=said.counterparty_number,
        counterparty=said.counterparty,
        remittance=said.remittance,
        end_to_end_id=said.end_to_end_id,
        bank_reference=said.bank_reference,
        creditor_reference=said.creditor_reference,
        message=message,
    )


@lru_cache(maxsize=256)
def kind_of_message(told_by: str) -> str:
    """The kind of message without its version: camt.053.001.08 and camt.053.001.02 use the same references."""
    return ".".join(told_by.split(".")[:2])


def _lines(place: Place) -> Iterator[Told]:
    """One line per detail where the details make up the entry, else one for the entry as a whole."""
    entry = place.entry
    message = kind_of_message(entry.source.format)
    details = _parts(entry) if entry.is_divisible else (_whole(entry),)
    for number, transaction in enumerate(details, start=1):
        yield Told(place.account.id, place.position, number, message, _said(transaction, place))


def _parts(entry: Entry) -> tuple[Transaction, ...]:
    """The details, and what the bank kept of the entry besides them, so that together they are what was booked."""
    if len(entry.transactions) == 1:
        return entry.transactions
    kept = entry.amount.minor - sum(said.amount.minor for said in entry.transactions if said.amount is not None)
    if not kept:
        return entry.transactions
    first = entry.transactions[0]
    charges = Transaction(
        source=first.source,
        account=first.account,
        booked_on=first.booked_on,
        value_on=first.value_on,
        amount=Amount(kept, entry.amount.currency),
        bank_reference=first.bank_reference,
        booking_text="Charges",
        is_return=kept > 0,  # money that is nobody's payment
        status=first.status,
    )
    return (*entry.transactions, charges)


def _whole(entry: Entry) -> Transaction:
    """A batch that cannot be divided, as one transaction with all its texts."""
    first = entry.transactions[0]
    texts = [said.remittance for said in entry.transactions if said.remittance]
    return Transaction(
        source=first.source,
        account=first.account,
        booked_on=first.booked_on,
        value_on=first.value_on,
        amount=entry.amount,
        remittance=" ".join(texts) or None,
        remittance_pieces=tuple(texts),
        bank_reference=first.bank_reference,
        bank_code=first.bank_code,
        booking_text=first.booking_text,
        is_return=any(said.is_return for said in entry.transactions),
        status=first.status,
    )


def _said(told: Transaction, place: Place) -> Said:
    amount = told.amount if told.amount is not None else place.entry.amount
    original, charges = told.original_amount, told.charges
    return Said(
        told.booked_on or told.value_on or place.day,
        told.value_on,
        amount.minor,
        told.amount.currency if told.amount is not None else place.account.currency,
        _cut(told.counterparty, 200),
        _cut(told.counterparty_iban, 64),
        _cut(told.counterparty_bic, 16),
        _cut(told.ultimate_party, 200),
        (told.remittance or "").replace("\0", ""),
        [piece.replace("\0", "") for piece in told.remittance_pieces],
        _cut(told.creditor_reference, 64),
        _cut(told.end_to_end_id, 64),
        _cut(told.mandate_id, 64),
        _cut(told.bank_reference, 80),
        _cut(told.bank_code, 40),
        _cut(told.booking_text, 200),
        told.is_return,
        _cut(told.return_reason, 200),
        charges.minor if charges else None,
        original.minor if original else None,
        original.currency if original else "",
        place.entry.amount.minor,
    )


def _cut(text: str | None, length: int) -> str:
    return text.replace("\0", "")[:length] if text else ""
