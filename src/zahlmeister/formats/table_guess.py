"""A CSV whose columns nobody has described yet: its first rows, and what its columns seem to mean."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zahlmeister.formats.encoding import Decoder
from zahlmeister.formats.table_cells import amount, bare, day
from zahlmeister.formats.table_profiles.profile import folded
from zahlmeister.formats.table_rows import DELIMITERS, rows, split
from zahlmeister.refusals import Unreadable

#: So many rows are shown, and looked at for a guess.
SHOWN = 8
#: A header is looked for in the first lines.
WITHIN = 40


@dataclass(frozen=True, slots=True)
class Table:
    """A table we do not know: the names of its columns and its first rows, each as wide as the header."""

    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, place: int) -> list[str]:
        """What the first rows say in a column, without those that say nothing."""
        return [said for row in self.rows if (said := bare(row[place]))]


def table_in(head: bytes) -> Table | None:
    """The table that a file holds, by its first bytes; None when it is none."""
    text = Decoder().decode(head)
    return likely_table(text.removeprefix("\ufeff").splitlines()[:200])


def likely_table(lines: Sequence[str]) -> Table | None:
    """The first line that has as many cells as those below it, and these."""
    for place, line in enumerate(lines[:WITHIN]):
        delimiter = max(DELIMITERS, key=line.count)
        header = tuple(cell.strip() for cell in split(line, delimiter))
        width = len(header)
        if width < 3 or sum(1 for cell in header if any(map(str.isalpha, cell))) < 3:
            continue
        below = [row.cells for row in rows(iter(lines[place + 1 :]), delimiter, first=place + 2)]
        found = [(*row, *[""] * width)[:width] for row in below if len(row) >= width - 1][:SHOWN]
        if found and len(below[0]) >= width - 1:
            return Table(delimiter, header, tuple(found))
    return None


#: Field → how its header may read, folded; the first column of a name that fits counts.
_NAMES = {
    "booked_on": r"buchung|datum|date|tag\b|booked",
    "value_on": r"valuta|wert|value",
    "debit": r"^(soll|debit|belastung|lastschrift|ausgang)",
    "credit": r"^(haben|credit|gutschrift|eingang)",
    "sign": r"soll/haben|^s/h|debit/credit|^kennz",
    "balance": r"saldo|balance|kontostand|solde",
    "amount": r"betrag|umsatz|amount|summe|wieviel|montant|importo",
    "currency": r"waehrung|currency|whg|devise|monnaie|moneta",
    "account": r"auftragskonto|eigen|ownaccount",
    "counterparty_iban": r"iban|konto|account",
    "end_to_end_id": r"end-?to-?end|kundenref",
    "bank_reference": r"transaktions|transactionid|bankref",
    "booking_text": r"buchungstext|umsatzart|vorgang|^typ|^type|art$",
    "counterparty": r"name|auftraggeber|empfaenger|zahler|partner|wer|beguenstigt|payer|payee",
    "remittance": r"zweck|text|betreff|reference|beschreibung|description|mitteilung|message|referenz",
}


def guess(table: Table) -> dict[int, str]:
    """Column → field: what the columns seem to mean, by what stands in them and by their names.

    Nothing is certain here; a person looks at it before anything is read so.
    """
    guessed: dict[int, str] = {}
    for name, pattern in _NAMES.items():
        for place, title in enumerate(table.header):
            if place in guessed or not re.search(pattern, folded(title)) or not _could_be(name, table.column(place)):
                continue
            guessed[place] = name
            break
    return guessed


def _could_be(name: str, said: Sequence[str]) -> bool:
    look = _LOOKS.get(name)
    if look is None or not said:
        return not any(map(_is_day, said)) if name in {"counterparty", "remittance", "booking_text"} else True
    return all(map(look, said))


def _is_day(text: str) -> bool:
    try:
        day(text)
    except Unreadable:
        return False
    return True


def _is_amount(text: str) -> bool:
    try:
        amount(text, "EUR")
    except Unreadable as refusal:
        return "two ways" in str(refusal)
    return True


def _is_currency(text: str) -> bool:
    return bool(re.fullmatch("[A-Z]{3}", text))


def _is_account(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9 ]{10,36}|\d{5,}", text))


_LOOKS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("booked_on", "value_on"), _is_day),
    **dict.fromkeys(("amount", "debit", "credit", "balance"), _is_amount),
    **dict.fromkeys(("account", "counterparty_iban"), _is_account),
    "currency": _is_currency,
}
