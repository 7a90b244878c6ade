"""The rows of a CSV export as entries, each with what its columns say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from zahlmeister.formats.records import Entry, Source, Status, Transaction
from zahlmeister.formats.returns import reason_in
from zahlmeister.formats.sepa_text import Tagged, tagged
from zahlmeister.formats.table_cells import amount, bare, day, labelled, patterned
from zahlmeister.formats.table_profiles.profile import Profile
from zahlmeister.formats.table_rows import Row
from zahlmeister.formats.words import present
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

#: A CSV has no code for money that came back, only the bank's word for it.
_RETURNED = re.compile(
    r"r(?:ü|ue|u)ck(?:last|belast|ueberw|überw|buch|gabe)|retoure|storno|lastschrift r|chargeback|payment reversal",
    re.IGNORECASE,
)
#: The two balances that some banks write as rows among the bookings.
_BALANCE_ROW = re.compile(r"(?:anfangs|end|alter |neuer )?(?:saldo|kontostand)", re.IGNORECASE)
#: Fields whose columns are one text in several pieces; of other fields the first that says something counts.
_JOINED = frozenset({"remittance", "counterparty", "booking_text"})


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with what is not part of it: its line in the file, its statement, the balance after it."""

    row: int
    statement: int
    account: str | None
    currency: str
    booked_on: date
    entry: Entry
    balance: Amount | None


@dataclass(slots=True)
class Sheet:
    """The rows below a header that was recognised."""

    name: str
    profile: Profile
    header: list[str]
    places: Mapping[str, tuple[int, ...]]
    width: int
    delimiter: str
    account: str | None  # from the lines above the header, where no column says it
    currency: str | None  # from the header or the lines above it
    month_first: bool | None = False
    passed_over: list[str] = field(default_factory=list)
    statement: int = 0
    entry: int = 0

    def lines(self, body: Iterator[Row]) -> Iterator[Line]:
        """The bookings, in the order of the file.

        Raises:
            Unreadable: a row says something that cannot be; with line, column and why.
        """
        current: tuple[str | None, str] | None = None
        for row, more in self._bookings(body):
            cells = _Cells(self, row)
            account, currency = cells.account(), cells.currency()
            minor = cells.moved(currency)
            if minor == 0 or any(_is(cells.text("status"), word) for word in self.profile.unmoved):
                continue  # a note of the bank: no money moved
            if (account, currency) != current:
                current = (account, currency)
                self.statement, self.entry = self.statement + 1, 0
            self.entry += 1
            place = Source(self.name, self.profile.name, self.statement, self.entry)
            entry = cells.entry(place, account, Amount(minor, currency), more)
            booked_on = entry.transactions[0].booked_on
            assert booked_on is not None
            yield Line(row.line, self.statement, account, currency, booked_on, entry, cells.balance(currency))

    def _bookings(self, body: Iterator[Row]) -> Iterator[tuple[Row, list[str]]]:
        """The rows that are bookings, each with the texts of the rows that carry it on."""
        held: Row | None = None
        more: list[str] = []
        for row in body:
            if held is not None and self.profile.continues and self._carries_on(held, row):
                more += (said for place in self.places.get("remittance", ()) if (said := _at(row, place)))
                continue
            if self._is_beside(row):
                continue
            if held is not None:
                yield held, more
            held, more = row, []
        if held is not None:
            yield held, more

    def _carries_on(self, above: Row, row: Row) -> bool:
        """Whether a row moves nothing and belongs to the one above: it has no day, or that one's reference."""
        if any(self._says(row, name) for name in ("amount", "debit", "credit")):
            return False
        reference = self._says(row, "bank_reference")
        return not self._says(row, "booked_on") or bool(reference and reference == self._says(above, "bank_reference"))

    def _says(self, row: Row, name: str) -> list[str]:
        return [said for place in self.places.get(name, ()) if (said := _at(row, place))]

    def _is_beside(self, row: Row) -> bool:
        """Whether a row is a total, a balance or a legal note and no booking; what is not known as such is told."""
        if any(_BALANCE_ROW.fullmatch(cell.strip()) for cell in row.cells):
            return True
        filled = [cell.strip() for cell in row.cells if cell.strip()]
        day = _at(row, self.places["booked_on"][0])
        if day is None or any(letter.isdigit() for letter in day[:10]):
            return len(filled) == 1 and day is None
        if len(filled) > 1:  # one cell of words is a legal note; this may be more
            self.passed_over.append(f", line {row.line}: “{filled[0][:60]}” is no booking; the line was passed over.")
        return True


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row with what is needed to say where something is wrong."""

    sheet: Sheet
    row: Row

    def text(self, name: str) -> str | None:
        """What the row says of a field; texts in several columns as one."""
        said = self.pieces(name)
        if name in _JOINED:
            return " ".join(said) or None
        return said[0] if said else None

    def pieces(self, name: str) -> list[str]:
        return [said for place in self.sheet.places.get(name, ()) if (said := _at(self.row, place))]

    def account(self) -> str | None:
        cells = self.row.cells
        is_short = len(cells) < self.sheet.width and not self.sheet.profile.is_ragged
        if is_short or (any(cell.strip() for cell in cells[self.sheet.width :]) and not self.sheet.profile.is_ragged):
            raise Unreadable(
                f"{self._place()}: the row has {len(cells)} columns where {self.sheet.width} are expected; "
                "is it cut off?"
            )
        account = self.text("account") or self.sheet.account
        return "".join(account.split()) if account else None

    def currency(self) -> str:
        currency = self.text("currency") or self.sheet.currency or self.sheet.profile.currency
        if currency is None:
            raise Unreadable(f"{self._place()}: the row names no currency.")
        try:
            return Amount.zero(currency).currency
        except Unreadable as refusal:
            raise self.bad("currency", refusal) from None

    def moved(self, currency: str) -> int:
        """What the row moves on the account, in minor units: the net amount where a fee is taken off."""
        if "debit" in self.sheet.places:
            return self._of_two_columns(currency)
        gross = self.money("amount", currency)
        if gross is None:
            raise self.bad("amount", "the row has no amount.")
        net = self.money("net", currency)
        if net is None and (fee := self.money("fee", currency)):
            net = gross - abs(fee)
        moved = (net or gross).minor
        return abs(moved) * self._sign() if "sign" in self.sheet.places else moved

    def _of_two_columns(self, currency: str) -> int:
        debit, credit = self.money("debit", currency), self.money("credit", currency)
        if debit and credit:
            raise self.bad("credit", "the row has two amounts, one going out and one coming in.")
        if debit is None and credit is None:
            raise self.bad("credit", "the row has no amount.")
        return -abs(debit).minor if debit else abs(credit).minor if credit else 0

    def _sign(self) -> int:
        word = self.text("sign") or ""
        if word in self.sheet.profile.debits:
            return -1
        if word in self.sheet.profile.credits or not self.sheet.profile.credits:
            return 1
        raise self.bad("sign", f"“{word}” is neither a debit nor a credit.")

    def money(self, name: str, currency: str) -> Amount | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return amount(text, currency, decimal=self.sheet.profile.decimal)
        except Unreadable as refusal:
            raise self.bad(name, refusal) from None

    def balance(self, currency: str) -> Amount | None:
        return self.money("balance", currency)

    def day(self, name: str, near: date | None) -> date | None:
        text = self.text(name)
        try:
            return day(text, near=near, month_first=bool(self.sheet.month_first)) if text else None
        except Unreadable as refusal:
            raise self.bad(name, refusal) from None

    def entry(self, place: Source, account: str | None, moved: Amount, more: list[str]) -> Entry:
        value_on = self.day("value_on", None)
        booked_on = self.day("booked_on", value_on)
        if booked_on is None:
            raise self.bad("booked_on", "the row has no booking day; is it a total and no booking?")
        keys, said = self._texts(more)
        charges, original = self._charges(moved)
        booking_text = said.get("booking_text") or self.text("booking_text")
        is_return = self._is_return(booking_text or "", moved)
        number = self.text("counterparty_iban") or said.get("counterparty_iban")
        transaction = Transaction(
            source=place,
            account=account,
            booked_on=booked_on,
            value_on=value_on,
            amount=moved,
            counterparty=self.text("counterparty")
            or said.get("counterparty")
            or self.text("payee" if moved.minor < 0 else "payer"),
            counterparty_iban="".join(number.split()) if number else said.get("IBAN"),
            counterparty_bic=self.text("counterparty_bic") or said.get("counterparty_bic") or said.get("BIC"),
            ultimate_party=said.get("ABWA"),
            remittance=keys.text,
            remittance_pieces=keys.pieces,
            creditor_reference=self._creditor_reference(),
            end_to_end_id=self.text("end_to_end_id") or said.get("end_to_end_id") or said.get("EREF"),
            mandate_id=self.text("mandate_id") or said.get("mandate_id") or said.get("MREF"),
            bank_reference=self.text("bank_reference") or said.get("bank_reference"),
            booking_text=booking_text,
            is_return=is_return,
            return_reason=reason_in(self.text("remittance")) if is_return else None,
            charges=charges,
            original_amount=original,
            status=self._status(moved),
            customer_reference=said.get("KREF"),
        )
        return Entry(place, moved, (transaction,))

    def _texts(self, more: list[str]) -> tuple[Tagged, Mapping[str, str]]:
        """The remittance text, and the fields that stand in it."""
        profile = self.sheet.profile
        beyond = filter(None, map(bare, self.row.cells[self.sheet.width :]))
        cells = (*self.pieces("remittance"), *beyond, *more)
        pieces = [line.strip() for cell in cells for line in cell.splitlines() if line.strip()]
        said: Mapping[str, str] = {}
        if pieces and (profile.labels or profile.pattern):
            whole = " ".join(pieces)
            said = patterned(whole, profile.pattern) if profile.pattern else labelled(whole, profile.labels)
            said = {name: value for name, written in said.items() if (value := present(written))}
            pieces = [said["remittance"]] if "remittance" in said else []
        text = " ".join(pieces)
        keys = tagged([text], width=len(text)) if text else None
        if keys is None:
            return Tagged(" ".join(text.split()) or None, tuple(pieces), {}), said
        return keys, {**keys.fields, **said}

    def _charges(self, moved: Amount) -> tuple[Amount | None, Amount | None]:
        """What the bank or provider kept, and what was paid before: unsigned, as in the order."""
        charges, original = (self.money(name, moved.currency) for name in ("charges", "original_amount"))
        gross = self.money("amount", moved.currency)
        if gross is not None and "debit" not in self.sheet.places and abs(gross) != abs(moved):
            return gross - moved, abs(gross)
        return abs(charges) if charges else None, abs(original) if original else None

    def _is_return(self, booking_text: str, moved: Amount) -> bool:
        """Whether no customer paid this: money taken back or given back, and what a provider moves by itself."""
        internal = tuple(word.lower() for word in self.sheet.profile.internal)
        is_internal = moved.minor > 0 and bool(internal) and booking_text.lower().startswith(internal)
        return is_internal or bool(_RETURNED.search(booking_text))

    def _status(self, moved: Amount) -> Status:
        profile = self.sheet.profile
        is_pending = any(_is(said, word) for said in self.pieces("status") for word in profile.pending)
        return Status.PENDING if is_pending and not (profile.holds and moved.minor < 0) else Status.BOOKED

    def _creditor_reference(self) -> str | None:
        reference = self.text("creditor_reference")
        return "".join(reference.split()) if reference else None

    def bad(self, name: str, why: str | Unreadable) -> Unreadable:
        places = self.sheet.places.get(name) or self.sheet.places.get("debit", (0,))
        column = self.sheet.header[places[0]].strip() or str(places[0] + 1)
        return Unreadable(f"{self._place()}, column “{column}”: {why}")

    def _place(self) -> str:
        return f"{self.sheet.name}, line {self.row.line}"


def _at(row: Row, place: int) -> str | None:
    return bare(row.cells[place]) if place < len(row.cells) else None


def _is(said: str | None, word: str) -> bool:
    return said is not None and said.lower() == word.lower()
