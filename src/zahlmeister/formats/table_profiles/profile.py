"""What is known of one bank's CSV export, as data.

Column names are compared folded (small letters, ä as ae, no accents, no blanks), so that encodings and spellings of the
same export do not matter.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: What a column can say.
FIELDS = frozenset(
    [
        "account",
        "booked_on",
        "value_on",
        "amount",
        "debit",
        "credit",
        "sign",
        "fee",
        "net",
        "balance",
        "currency",
        "counterparty",
        "payer",
        "payee",
        "counterparty_iban",
        "counterparty_bic",
        "remittance",
        "end_to_end_id",
        "mandate_id",
        "bank_reference",
        "creditor_reference",
        "booking_text",
        "charges",
        "original_amount",
        "status",
    ]
)

#: A cell of an export without a header, as it must look.
DAY = r"\d\d?\.\d\d?\.(?:\d{4}|\d\d)"
MONEY = r"[+-]?[\d.,' ]*\d[.,]\d\d|[+-]?\d+(?:[.,]\d)?"
CODE = r"[A-Z]{3}"
IBAN = r"'?[A-Z]{2}\d{2}[A-Z0-9 ]{10,30}'?"
TEXT = r"(?s:.*\D.*)"
ANY = r"(?s:.*)"


@dataclass(frozen=True, slots=True)
class Profile:
    """One bank's export.

    Args:
        name: the format's name in records, `csv-…`.
        columns: the column that says each field, as the bank spells it. `Datum|Date` are two spellings of one column,
            `{ccy}` stands for a currency that the header names.
        also: columns that belong to the export and tell it from its like, but say nothing we keep.
        optional: columns that some exports of this kind have. Of several for one field the first that says something
            counts; those of a text or a name are joined in order.
        shape: for exports without a header: each column's field (or "") and how its cells look.
        at: where each field stands, for an export that a person has described column by column.
        account: the account, where the file does not say it: what a person said, or the name of a provider.
        currency: of all amounts, where neither column, header nor the lines above say it.
        debits, credits: what the `sign` column says of money going out and coming in; without `credits` everything
            else comes in.
        pending: what the status column says of an entry that is not booked yet.
        unmoved: what the status column says of a row that moved no money: declined, reverted, a note.
        internal: the begin of booking texts of the provider's own movements, which no customer paid: holds and their
            release, conversions, transfers from our own bank account.
        labels: words in the text behind which a field stands: `Auftraggeber:` → counterparty; "" for what is dropped.
        pattern: how the text is built, where the bank puts names and numbers into it; its groups are fields.
        decimal: the decimal sign, where the bank writes `1.300` for thirteen hundred.
        month_first: whether 9/11/2026 is in September; None where that depends on whoever exported.
        is_ragged: rows may end early.
        continues: rows without amount carry more text of the row above, if they have no day or the same reference.
        holds: what goes out is gone while its status still says that it is pending.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    optional: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    shape: tuple[tuple[str, str], ...] = ()
    at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    account: str | None = None
    currency: str | None = None
    debits: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unmoved: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    decimal: str | None = None
    month_first: bool | None = False
    is_ragged: bool = False
    continues: bool = False
    holds: bool = False
    _asked: dict[str, "_Column"] = field(default_factory=dict)
    _offered: list[tuple[str, "_Column"]] = field(default_factory=list)

    def __post_init__(self) -> None:
        named = {*self.columns, *self.optional, *self.labels.values(), *(each for each, _ in self.shape)}
        assert named <= {*FIELDS, ""}, named - FIELDS
        self._asked.update({name: _spelled(column) for name, column in self.columns.items()})
        for name, columns in self.optional.items():
            for column in (columns,) if isinstance(columns, str) else columns:
                self._offered.append((name, _spelled(column)))

    @property
    def asks(self) -> int:
        """How many columns must be there."""
        return len(self._asked) + len(self.also)

    def fits(self, header: Sequence[str]) -> bool:
        """Whether the folded header has all columns of this export."""
        asked = [*self._asked.values(), *map(_spelled, self.also)]
        return bool(asked) and all(any(map(column.is_named, header)) for column in asked)

    def places(self, header: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The places of each field in a folded header that fits."""
        if self.at:
            return dict(self.at)
        found: dict[str, list[int]] = {}
        for name, column in (*self._asked.items(), *self._offered):
            places = found.setdefault(name, [])
            places += [place for place, said in enumerate(header) if column.is_named(said) and place not in places]
        return {name: tuple(places) for name, places in found.items() if places}

    def currency_of(self, header: Sequence[str]) -> str | None:
        """The currency that the header names: `Gutschrift in CHF`."""
        for _, column in (*self._asked.items(), *self._offered):
            for said in header:
                if currency := column.currency(said):
                    return currency
        return None

    def has_shape(self, row: Sequence[str]) -> bool:
        """Whether a row looks like those of this export without header."""
        cells = _without_trailing(row, len(self.shape))
        return (
            bool(self.shape)
            and len(cells) == len(self.shape)
            and all(re.fullmatch(look, cell.strip()) for (_, look), cell in zip(self.shape, cells, strict=True))
        )


def _without_trailing(row: Sequence[str], width: int) -> Sequence[str]:
    return row[:width] if not any(cell.strip() for cell in row[width:]) else row


@dataclass(frozen=True, slots=True)
class _Column:
    """A column by its folded spellings, and those as a pattern with the currency as its groups."""

    spellings: tuple[str, ...]
    pattern: "re.Pattern[str]"

    def is_named(self, said: str) -> bool:
        """Whether this is the column, also when its umlauts were lost on the way: `W\ufffdhrung`."""
        if "\ufffd" not in said:
            return self.pattern.fullmatch(said) is not None
        damaged = re.escape(said).replace("\ufffd", ".{1,2}")
        return any(re.fullmatch(damaged, spelling) for spelling in self.spellings)

    def currency(self, said: str) -> str | None:
        """The currency in the column's name."""
        found = self.pattern.fullmatch(said)
        return next((code.upper() for code in found.groups() if code), None) if found else None


def _spelled(column: str) -> _Column:
    spellings = tuple(folded(each) for each in column.split("|"))
    return _Column(
        spellings, re.compile("|".join(re.escape(each).replace(r"\{ccy\}", "([a-z]{3})") for each in spellings))
    )


_LETTERS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("’", "'"), ("\u00a4", "\u20ac"))


def folded(column: str) -> str:
    """A column's name as it is compared: `Begünstigter / Zahlungspflichtiger` and `Beguenstigter/…` are one."""
    text = column.strip().strip('"').lower()
    for letter, spelled in _LETTERS:
        text = text.replace(letter, spelled)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(bare.split())
