"""A carrier's advice list: which parcels its collective payment for cash on delivery is made of.

Every carrier's list looks different and changes without notice. What it is, its columns say: a header with an amount
and a tracking number, an order number or a name is looked for, wherever it stands and however often it is repeated.
Nothing is guessed: a line that cannot be read is told, and what is missing shows as a difference from the payment.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from zahlmeister.formats.advice_words import COLUMNS, RANKS, carrier, currency_of, folded, label
from zahlmeister.formats.sheets import Cell, Line, Sheet, read_sheets
from zahlmeister.formats.tracking import tracking_numbers
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

#: A header is one that has an amount and one of these.
NAMING = frozenset({"tracking_number", "order_number", "name"})
MOST_PROBLEMS = 50
#: Of several sheets, or ways to part the columns, the header tells within so many lines which one is the list.
HEADER_WITHIN = 60
#: A carrier names itself above its list, or on the first page.
NAMED_WITHIN = 20
_DAYS = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%Y")


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """One parcel of the list.

    `amount` is what the buyer paid, below zero where it was taken back; `fee` what the carrier kept of it.
    """

    line: int
    amount: Amount
    tracking_number: str | None = None
    order_number: str | None = None
    name: str | None = None
    on: date | None = None
    fee: Amount | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What a list says. `fee` is what it says to keep of the whole, where no row says it of itself."""

    format: str
    currency: str
    rows: tuple[AdviceRow, ...]
    sender: str | None = None
    fee: Amount | None = None
    total: Amount | None = None
    payout: Amount | None = None
    problems: tuple[str, ...] = ()

    @property
    def sum(self) -> Amount:
        """What the buyers paid."""
        return sum((row.amount for row in self.rows), Amount.zero(self.currency))

    @property
    def fees(self) -> Amount:
        """What the carrier says it kept."""
        kept = sum((row.fee for row in self.rows if row.fee), Amount.zero(self.currency))
        return kept or self.fee or Amount.zero(self.currency)


def read_advice(content: bytes, *, name: str, currency: str) -> Advice:
    """The list in a file: CSV, a spreadsheet or a PDF with text.

    Args:
        content: the file.
        name: how it is called, for the sentences.
        currency: of the payment; where the list names none, it is meant.

    Raises:
        Unreadable: it is no file of a kind we read, no list of parcels, or one in several currencies.
    """
    sheets = read_sheets(content, name=name)
    best = _read(max(sheets, key=_most_columns), name, currency)
    if not best.most_columns:
        raise Unreadable(
            f"“{name}” is no advice list that we know: a line with the names of its columns is expected, with an "
            "amount and a tracking number, an order number or a name."
        )
    return best.advice()


def _most_columns(sheet: Sheet) -> int:
    """How many columns the best header near the beginning of a sheet has; 0 when there is none."""
    found = (_columns(line) for _, line in sheet.lines[:HEADER_WITHIN])
    return max((len(set(columns) - {None}) for columns in found if _is_header(columns)), default=0)


def _is_header(columns: Collection[str | None]) -> bool:
    return "amount" in columns and not NAMING.isdisjoint(columns)


def _read(sheet: Sheet, name: str, currency: str) -> "_Reading":
    reading = _Reading(name, sheet.format, currency)
    for number, line in sheet.lines:
        reading.take(number, line)
    return reading


@dataclass(slots=True)
class _Reading:
    """A list being read from its first line to its last."""

    name: str
    format: str
    currency: str
    header: Line = ()
    columns: tuple[str | None, ...] = ()
    most_columns: int = 0
    rows: list[AdviceRow] = field(default_factory=list)
    told: dict[str, Amount] = field(default_factory=dict)  # total, fee, payout as lines of their own
    currencies: set[str] = field(default_factory=set)
    sender: str | None = None
    problems: list[str] = field(default_factory=list)

    def take(self, number: int, line: Line) -> None:
        text = " ".join(cell.text for cell in line)
        if self.sender is None and len(self.rows) < NAMED_WITHIN:
            self.sender = carrier(text)
        columns = _columns(line)
        if _is_header(columns):
            self._begin(line, columns)
        elif self.header:
            self._row(number, line, text)
        else:
            self._heading(line)

    def _begin(self, line: Line, columns: tuple[str | None, ...]) -> None:
        self.header, self.columns = line, columns
        self.most_columns = max(self.most_columns, len(set(columns) - {None}))
        stated = next((c.text for c, name in zip(line, columns, strict=True) if name == "amount"), "")
        self.currency = currency_of(stated) or self.currency

    def _heading(self, line: Line) -> None:
        """Above the columns: `Auszahlungsbetrag: 2.880,00 EUR`."""
        text = " ".join(cell.text for cell in line)
        kind = label(text)
        amount = _last_amount(text, self.currency)
        if kind and kind != "subtotal" and amount is not None:
            self.told.setdefault(kind, abs(amount))

    def _row(self, number: int, line: Line, text: str) -> None:
        try:
            cells = self._cells(line)
            first = cells.get("tracking_number", "")
            numbers = () if label(first) else tracking_numbers(first)
        except Unreadable as why:
            self._doubt(number, text, why)
            return
        if not numbers and label(text) and not (cells.get("order_number") and cells.get("name")):
            self._told(cells, text)
        elif "amount" not in cells:
            if numbers:
                self._doubt(number, text, Unreadable("the amount is missing."))
        else:
            self._parcel(number, cells, numbers, text)

    def _parcel(self, number: int, cells: Mapping[str, str], numbers: tuple[str, ...], text: str) -> None:
        try:
            currency = _currency(cells.get("currency")) or self.currency
            fee = self._amount(cells.get("fee"), currency)
            row = AdviceRow(
                line=number,
                amount=self._amount(cells["amount"], currency) or Amount.zero(currency),
                tracking_number=numbers[0] if numbers else None,
                order_number=cells.get("order_number"),
                name=cells.get("name"),
                on=_day(cells.get("date")),
                fee=abs(fee) if fee else None,
            )
        except Unreadable as why:
            self._doubt(number, text, why)
            return
        self.currencies.add(currency)
        self.rows.append(row)

    def _told(self, cells: Mapping[str, str], text: str) -> None:
        """A line below the parcels that sums them up, or says what is kept of them."""
        kind = label(text)
        if kind is None or kind == "subtotal":
            return
        amounts = {name: amount for name in ("amount", "payout", "fee") if (amount := self._plain(cells.get(name)))}
        if kind == "total":
            names = {"amount": "total", "payout": "payout", "fee": "fees"}
            self.told |= {names[name]: abs(amount) for name, amount in amounts.items()}
        last = next(iter(amounts.values()), None) or _last_amount(text, self.currency)
        if last is not None:
            self.told.setdefault(kind, abs(last))

    def _cells(self, line: Line) -> dict[str, str]:
        """The texts of a line by column: each belongs to the header that it stands nearest to."""
        found: dict[str, str] = {}
        for cell in line:
            place = min(range(len(self.header)), key=lambda i: self.header[i].apart(cell))
            if self.format != "pdf" and self.header[place].apart(cell) > 0:
                if cell.start > self.header[-1].end:
                    raise Unreadable(
                        "the line has more columns than its header; a decimal comma may be taken for a column."
                    )
                continue
            name = self.columns[place]
            if name:
                found[name] = f"{found[name]} {cell.text}" if name in found else cell.text
        return found

    def _plain(self, text: str | None) -> Amount | None:
        try:
            return self._amount(text, self.currency)
        except Unreadable:
            return None

    def _amount(self, text: str | None, currency: str) -> Amount | None:
        if not text:
            return None
        return Amount.parse(_MARKS.sub("", text.replace(currency, "")), currency)

    def _doubt(self, number: int, text: str, why: Unreadable) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"Line {number} (“{text[:60]}”) is not read: {why}")

    def advice(self) -> Advice:
        """Everything that was read, with what does not agree in it.

        Raises:
            Unreadable: several currencies, of which one payment cannot be.
        """
        if len(self.currencies) > 1:
            raise Unreadable(f"“{self.name}” has amounts in {' and '.join(sorted(self.currencies))}; one is expected.")
        currency = next(iter(self.currencies), self.currency)
        told = {name: amount for name, amount in self.told.items() if amount.currency == currency}
        found = Advice(
            format=self.format,
            currency=currency,
            rows=tuple(self.rows),
            sender=self.sender,
            fee=told.get("fee", told.get("fees")),
            total=told.get("total"),
            payout=told.get("payout"),
        )
        return replace(found, problems=(*self.problems, *_disagreements(found)))


def _columns(line: Line) -> tuple[str | None, ...]:
    """What the cells of a line would be as headers; of two for one column the more telling one counts."""
    names = [COLUMNS.get(folded(cell.text)) for cell in line]
    best: dict[str, int] = {}
    for place, name in enumerate(names):
        if name and (name not in best or _rank(line[place]) < _rank(line[best[name]])):
            best[name] = place
    return tuple(name if name and best[name] == place else None for place, name in enumerate(names))


def _rank(cell: Cell) -> int:
    return RANKS[folded(cell.text)]


def _disagreements(advice: Advice) -> Iterator[str]:
    """What the list says of itself and its rows do not make."""
    made, kept = advice.sum, advice.fees
    if advice.total and advice.total not in {made, made - kept}:
        yield f"The list says that its rows make {advice.total}; they make {made}."
    if advice.payout and advice.payout not in {made, made - kept}:
        yield f"The list says that {advice.payout} are paid out; its rows less the fees make {made - kept}."


_MARKS = re.compile(r"[€\s]|(?:EURO?|CHF|SFR\.?|FR\.)", re.IGNORECASE)
_FIGURE = re.compile(r"(?<![\d.,])-?(?:\d{1,3}(?:[.,'’]\d{3})+|\d+)[.,]\d\d(?![\d.,])")


def _last_amount(text: str, currency: str) -> Amount | None:
    """The last figure with cents in a text."""
    figures = _FIGURE.findall(text)
    try:
        return Amount.parse(figures[-1], currency) if figures else None
    except Unreadable:
        return None


def _currency(text: str | None) -> str | None:
    written = (text or "").strip().upper()
    known = {"€": "EUR", "EURO": "EUR", "SFR": "CHF", "FR": "CHF"}.get(written.rstrip("."), written)
    return known or None


def _day(text: str | None) -> date | None:
    """A day, when the cell says one; nothing depends on it."""
    bare = (text or "").partition(" ")[0].partition("T")[0]
    for pattern in _DAYS if bare else ():
        try:
            return datetime.strptime(bare, pattern).date()  # noqa: DTZ007 - a day of the carrier has no time zone
        except ValueError:
            continue
    return None
