"""CSV exports of online banking: the last resort of a merchant whose bank gives nothing better.

A CSV has no balances and no counting, so nothing can be checked but that every row says what it must. Rows stay in the
order of the file. Where a row names another account than the one before, another statement begins.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from zahlmeister.formats.detect import NoStatement
from zahlmeister.formats.encoding import Decoder, Readable, lines
from zahlmeister.formats.records import Closing, Entry, Opening, Problem, Record, Source, Status, Transaction
from zahlmeister.formats.returns import reason_in
from zahlmeister.formats.sepa_text import tagged
from zahlmeister.formats.table_profiles import PROFILES, Profile, folded
from zahlmeister.formats.words import present
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

#: Banks put a title, the account and a balance before the header, and legal notes: 13 lines at most were seen.
HEADER_WITHIN = 40


def read_table(stream: Readable, *, name: str) -> Iterator[Record]:
    """The records of a CSV export whose columns we know.

    Raises:
        NoStatement: no line is the header of an export we know.
        Unreadable: a row has no amount, no date or not enough columns. What was yielded stays true.
    """
    decoder = Decoder()
    source = lines(stream, decoder, name=name)
    preamble: list[str] = []
    for line in source:
        sheet = _sheet(line, preamble, name)
        if sheet is not None:
            break
        preamble.append(line)
        if len(preamble) > HEADER_WITHIN:
            break
    else:
        sheet = None
    if sheet is None:
        raise NoStatement(
            f"{name}: this is no statement of a kind we know. If it is a CSV export, its columns are not known yet; "
            "ask the online banking for camt.053 or MT940."
        )
    yield from sheet.records(source)
    for doubt in decoder.doubts:
        yield Problem(Source(name, sheet.profile.name, 0, 0), f"{name}: {doubt}")


@dataclass(slots=True)
class _Sheet:
    """The rows below a header that was recognised."""

    name: str
    profile: Profile
    places: dict[str, int]
    width: int
    delimiter: str
    account: str | None  # from the lines above the header, where no column says it
    statement: int = 0
    entry: int = 0

    def records(self, source: Iterator[str]) -> Iterator[Record]:
        current: tuple[str | None, str] | None = None
        try:
            for row in csv.reader(source, delimiter=self.delimiter):
                if not any(cell.strip() for cell in row):
                    continue
                self.entry += 1
                account, currency = self._account(row)
                if (account, currency) != current:
                    if current is not None:
                        yield Closing(self._place(0), None)
                    current = (account, currency)
                    self.statement, self.entry = self.statement + 1, 1
                    yield Opening(self._place(0), account, currency, None, None, None)
                yield self._entry(row, account, currency)
        except csv.Error as error:
            raise Unreadable(f"{self._place(self.entry)}: the row behind it is no CSV ({error}).") from None
        if current is not None:
            yield Closing(self._place(0), None)

    def _place(self, entry: int) -> Source:
        return Source(self.name, self.profile.name, self.statement, entry)

    def _cell(self, row: list[str], field: str) -> str | None:
        place = self.places.get(field)
        return present(row[place]) if place is not None else None

    def _account(self, row: list[str]) -> tuple[str | None, str]:
        if len(row) < self.width or any(cell.strip() for cell in row[self.width :]):
            raise self._refusal(f"the row has {len(row)} columns where {self.width} are expected; is it cut off?")
        account = self._cell(row, "account") or self.account
        currency = self._cell(row, "currency") or self.profile.currency
        if currency is None:
            raise self._refusal("the row names no currency.")
        return ("".join(account.split()) if account else None), currency

    def _refusal(self, why: str) -> Unreadable:
        return Unreadable(f"{Source(self.name, self.profile.name, max(self.statement, 1), self.entry)}: {why}")

    def _entry(self, row: list[str], account: str | None, currency: str) -> Entry:
        place = self._place(self.entry)
        try:
            amount = _amount(self._cell(row, "amount"), currency)
            value_on = _day(self._cell(row, "value_on"), None)
            booked_on = _day(self._cell(row, "booked_on"), value_on)
            charges, original = (_stated(self._cell(row, each), currency) for each in ("charges", "original_amount"))
        except Unreadable as refusal:
            raise Unreadable(f"{place}: {refusal}") from None
        if booked_on is None:
            raise Unreadable(f"{place}: the row has no booking day; is it a total and no booking?")
        text = self._cell(row, "remittance")
        keys = tagged([text], width=len(text)) if text else None
        fields = keys.fields if keys else {}
        remittance = keys.text if keys else " ".join(text.split()) if text else None
        booking_text = self._cell(row, "booking_text")
        is_return = bool(_RETURNED.search(booking_text or ""))
        number = self._cell(row, "counterparty_iban")
        transaction = Transaction(
            source=place,
            account=account,
            booked_on=booked_on,
            value_on=value_on,
            amount=amount,
            counterparty=self._cell(row, "counterparty") or self._cell(row, "payee" if amount.minor < 0 else "payer"),
            counterparty_iban="".join(number.split()) if number else fields.get("IBAN"),
            counterparty_bic=self._cell(row, "counterparty_bic") or fields.get("BIC"),
            ultimate_party=fields.get("ABWA"),
            remittance=remittance,
            remittance_pieces=keys.pieces if keys else (text,) if text else (),
            end_to_end_id=self._cell(row, "end_to_end_id") or fields.get("EREF"),
            mandate_id=self._cell(row, "mandate_id") or fields.get("MREF"),
            booking_text=booking_text,
            is_return=is_return,
            return_reason=reason_in(text) if is_return else None,
            charges=charges,
            original_amount=original,
            status=Status.PENDING if self._cell(row, "status") in self.profile.pending else Status.BOOKED,
            customer_reference=fields.get("KREF"),
        )
        return Entry(place, amount, (transaction,))


#: A CSV has no code for money that came back, only the bank's word for it.
_RETURNED = re.compile(r"r(?:ü|ue|u)ck(?:last|ueberw|überw|buch|gabe)|retoure|storno|lastschrift r", re.IGNORECASE)
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")


def _sheet(line: str, preamble: list[str], name: str) -> _Sheet | None:
    """The sheet below this line, if it is the header of an export we know."""
    for delimiter in ";,\t":
        header = [folded(column) for column in next(csv.reader([line], delimiter=delimiter), [])]
        for profile in PROFILES:
            if profile.fits(frozenset(header)):
                cells = (cell for above in preamble for cell in next(csv.reader([above], delimiter=delimiter), []))
                account = next((cell for cell in cells if _ACCOUNT.fullmatch("".join(cell.split()))), None)
                places = profile.places(header)
                return _Sheet(name, profile, places, len(header), delimiter, account)
    return None


def _amount(text: str | None, currency: str) -> Amount:
    if text is None:
        raise Unreadable("the row has no amount.")
    return Amount.parse(text.removesuffix("€").removesuffix(currency), currency)


def _stated(text: str | None, currency: str) -> Amount | None:
    """Charges and original amounts, unsigned."""
    return abs(_amount(text, currency)) if text else None


_DAY = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4}|\d\d)?")


def _day(text: str | None, near: date | None) -> date | None:
    """`28.06.24`, `28.06.2024`, or `28.06` in the year that is nearest to another day of the row."""
    if text is None:
        return None
    found = _DAY.fullmatch(text if text.count(".") > 1 else text + ".")
    year = found[3] if found else None
    if year:
        years = [int(year) + (2000 if len(year) == 2 else 0)]
    else:
        years = [near.year - 1, near.year, near.year + 1] if near else []
    days = [day for each in years if found and (day := _calendar(each, found[2], found[1]))]
    if not days:
        raise Unreadable(f"“{text}” is no day of the calendar: a date such as 28.06.2026 is expected.")
    return min(days, key=lambda each: abs((each - near).days) if near else 0)


def _calendar(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None
