"""The CSV exports we know, one row of data each: which column says what.

A new bank is a new `Profile` here and a sample in the tests, no code. Column names are compared folded (small letters,
ä as ae, no blanks), so that encodings and spellings of the same export do not matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a column can say.
FIELDS = frozenset(
    [
        "account",
        "booked_on",
        "value_on",
        "amount",
        "currency",
        "counterparty",
        "payer",
        "payee",
        "counterparty_iban",
        "counterparty_bic",
        "remittance",
        "end_to_end_id",
        "mandate_id",
        "booking_text",
        "charges",
        "original_amount",
        "status",
        "customer_reference",
    ]
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One bank's export.

    Args:
        name: the format's name in records, `csv-…`.
        columns: the column that says each field, as the bank spells it.
        also: columns that belong to the export and tell it from its like, but say nothing we keep.
        currency: of all amounts, where no column says it.
        pending: what the status column says of an entry that is not booked yet.
    """

    name: str
    columns: Mapping[str, str]
    also: tuple[str, ...] = ()
    currency: str | None = None
    pending: tuple[str, ...] = ()
    _folded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.columns.keys() <= FIELDS
        self._folded.update({name: folded(column) for name, column in self.columns.items()})

    def fits(self, header: frozenset[str]) -> bool:
        """Whether the folded header has all columns of this export."""
        return header.issuperset(self._folded.values()) and header.issuperset(map(folded, self.also))

    def places(self, header: list[str]) -> dict[str, int]:
        """The place of each field in a folded header that fits."""
        return {name: header.index(column) for name, column in self._folded.items()}


def folded(column: str) -> str:
    """A column's name as it is compared: `Begünstigter / Zahlungspflichtiger` and `Beguenstigter/…` are one."""
    text = column.strip().lower()
    for letter, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, spelled)
    return "".join(text.split())


PROFILES = (
    Profile(
        name="csv-sparkasse-camt",
        columns={
            "account": "Auftragskonto",
            "booked_on": "Buchungstag",
            "value_on": "Valutadatum",
            "booking_text": "Buchungstext",
            "remittance": "Verwendungszweck",
            "mandate_id": "Mandatsreferenz",
            "end_to_end_id": "Kundenreferenz (End-to-End)",
            "original_amount": "Lastschrift Ursprungsbetrag",
            "charges": "Auslagenersatz Ruecklastschrift",
            "counterparty": "Beguenstigter/Zahlungspflichtiger",
            "counterparty_iban": "Kontonummer/IBAN",
            "counterparty_bic": "BIC (SWIFT-Code)",
            "amount": "Betrag",
            "currency": "Waehrung",
            "status": "Info",
        },
        pending=("Umsatz vorgemerkt",),
    ),
    Profile(
        name="csv-sparkasse-mt940",
        columns={
            "account": "Auftragskonto",
            "booked_on": "Buchungstag",
            "value_on": "Valutadatum",
            "booking_text": "Buchungstext",
            "remittance": "Verwendungszweck",
            "counterparty": "Beguenstigter/Zahlungspflichtiger",
            "counterparty_iban": "Kontonummer",
            "counterparty_bic": "BLZ",
            "amount": "Betrag",
            "currency": "Waehrung",
            "status": "Info",
        },
        pending=("Umsatz vorgemerkt",),
    ),
    Profile(
        name="csv-vr",
        columns={
            "account": "IBAN Auftragskonto",
            "booked_on": "Buchungstag",
            "value_on": "Valutadatum",
            "counterparty": "Name Zahlungsbeteiligter",
            "counterparty_iban": "IBAN Zahlungsbeteiligter",
            "counterparty_bic": "BIC (SWIFT-Code) Zahlungsbeteiligter",
            "booking_text": "Buchungstext",
            "remittance": "Verwendungszweck",
            "amount": "Betrag",
            "currency": "Waehrung",
            "mandate_id": "Mandatsreferenz",
        },
        also=("Saldo nach Buchung",),
    ),
    Profile(
        name="csv-dkb",
        columns={
            "booked_on": "Buchungsdatum",
            "value_on": "Wertstellung",
            "status": "Status",
            "payer": "Zahlungspflichtige*r",
            "payee": "Zahlungsempfänger*in",
            "remittance": "Verwendungszweck",
            "counterparty_iban": "IBAN",
            "amount": "Betrag (€)",
            "mandate_id": "Mandatsreferenz",
            "end_to_end_id": "Kundenreferenz",
        },
        also=("Umsatztyp",),
        currency="EUR",
        pending=("Vorgemerkt",),
    ),
    Profile(
        name="csv-ing",
        columns={
            "booked_on": "Buchung",
            "value_on": "Wertstellungsdatum",
            "counterparty": "Auftraggeber/Empfänger",
            "booking_text": "Buchungstext",
            "remittance": "Verwendungszweck",
            "amount": "Betrag",
            "currency": "Währung",
        },
    ),
)
