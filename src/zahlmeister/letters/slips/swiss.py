"""The payment part of the Swiss QR-bill with its receipt, in the measures of the official style guide (SIX).

The lower 105 mm of an A4 page: receipt 62 mm, payment part 148 mm. Headings are the official ones in each language.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payment_codes.picture import SWISS_CODE_MM, swiss_picture
from zahlmeister.formats.payment_codes.swiss_qr import full_address, swiss_qr
from zahlmeister.formats.payments.parties import Party
from zahlmeister.letters.figures import account, reference, spoken
from zahlmeister.letters.slips.sheet import HEIGHT, POINT_MM, WIDTH, Sheet, wrapped
from zahlmeister.money.amount import Amount

TOP = HEIGHT - 105
RECEIPT = 62
_EDGE = 5
_RIGHT = RECEIPT + _EDGE  # where the payment part's left column begins
_COLUMN = RECEIPT + 56  # where its information begins


@dataclass(frozen=True, slots=True)
class _Words:
    payment_part: str
    receipt: str
    payable_to: str
    reference: str
    information: str
    currency: str
    amount: str
    payable_by: str
    payable_by_empty: str
    acceptance: str
    separate: str


_WORDS = {
    "de": _Words(
        "Zahlteil", "Empfangsschein", "Konto / Zahlbar an", "Referenz", "Zusätzliche Informationen", "Währung",
        "Betrag", "Zahlbar durch", "Zahlbar durch (Name/Adresse)", "Annahmestelle", "Vor der Einzahlung abzutrennen",
    ),
    "fr": _Words(
        "Section paiement", "Récépissé", "Compte / Payable à", "Référence", "Informations supplémentaires", "Monnaie",
        "Montant", "Payable par", "Payable par (nom/adresse)", "Point de dépôt", "A détacher avant le versement",
    ),
    "it": _Words(
        "Sezione pagamento", "Ricevuta", "Conto / Pagabile a", "Riferimento", "Informazioni supplementari", "Valuta",
        "Importo", "Pagabile da", "Pagabile da (nome/indirizzo)", "Punto di accettazione",
        "Da staccare prima del versamento",
    ),
    "en": _Words(
        "Payment part", "Receipt", "Account / Payable to", "Reference", "Additional information", "Currency",
        "Amount", "Payable by", "Payable by (name/address)", "Acceptance point", "Separate before paying in",
    ),
}  # fmt: skip


def draw_swiss(sheet: Sheet, asked: Asked, language: str) -> None:
    """Draw receipt and payment part on the lower part of the sheet.

    Raises:
        Refused: what is asked for cannot be a QR-bill; see `swiss_qr`.
    """
    picture = swiss_picture(swiss_qr(asked))
    words = _WORDS[spoken(language)]
    _separation(sheet, words)
    _receipt(sheet, asked, words)
    _payment_part(sheet, asked, words)
    sheet.code(_RIGHT, TOP + 17, SWISS_CODE_MM, picture)


def _separation(sheet: Sheet, words: _Words) -> None:
    sheet.line(0, TOP, WIDTH, TOP, width=0.15)
    sheet.line(RECEIPT, TOP, RECEIPT, HEIGHT, width=0.15)
    sheet.text(WIDTH / 2 - 18, TOP - 1.5, words.separate, 7)


def _receipt(sheet: Sheet, asked: Asked, words: _Words) -> None:
    column = _Column(sheet, _EDGE, TOP + 14, heading=6, value=8, width=52)
    sheet.text(_EDGE, TOP + _EDGE + 3.4, words.receipt, 11, bold=True)
    column.say(words.payable_to, [account(asked.iban), *_lines(asked.payee)])
    if asked.reference:
        column.say(words.reference, [reference(asked.reference)])
    _payer(column, asked, words, room=(52, 20))
    _amount(sheet, asked.amount, words, _Place(_EDGE, TOP + 68, 6, 8, 12))
    wide = RECEIPT - _EDGE
    sheet.text_right(wide, TOP + 84, words.acceptance, 6, bold=True)


def _payment_part(sheet: Sheet, asked: Asked, words: _Words) -> None:
    sheet.text(_RIGHT, TOP + _EDGE + 3.4, words.payment_part, 11, bold=True)
    _amount(sheet, asked.amount, words, _Place(_RIGHT, TOP + 70, 8, 10, 16))
    column = _Column(sheet, _COLUMN, TOP + 7.8, heading=8, value=10, width=87)
    column.say(words.payable_to, [account(asked.iban), *_lines(asked.payee)])
    if asked.reference:
        column.say(words.reference, [reference(asked.reference)])
    if asked.text:
        column.say(words.information, [asked.text])
    _payer(column, asked, words, room=(65, 25))


class _Column:
    """Headings in bold with their values below, one after the other."""

    def __init__(self, sheet: Sheet, x: float, y: float, *, heading: float, value: float, width: float) -> None:
        self.sheet, self.x, self.y = sheet, x, y
        self._heading, self._value, self._width = heading, value, width

    def say(self, heading: str, values: Sequence[str]) -> None:
        self.head(heading)
        step = self._value * POINT_MM * 1.15
        for value in values:
            for line in wrapped(value, self._value, self._width):
                self.y += step
                self.sheet.text(self.x, self.y, line, self._value)
        self.y += step * 1.9

    def head(self, heading: str) -> None:
        self.sheet.text(self.x, self.y, heading, self._heading, bold=True)


def _payer(column: _Column, asked: Asked, words: _Words, *, room: tuple[float, float]) -> None:
    if asked.payer and full_address(asked.payer):
        column.say(words.payable_by, _lines(asked.payer))
    else:
        column.head(words.payable_by_empty)
        column.sheet.corners(column.x, column.y + 1.5, *room)


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    heading: float
    value: float
    amount: float  # how far right of the currency the amount stands


def _amount(sheet: Sheet, amount: Amount, words: _Words, place: _Place) -> None:
    for offset, heading, value in (
        (0, words.currency, amount.currency),
        (place.amount, words.amount, _spaced(amount)),
    ):
        sheet.text(place.x + offset, place.y + 2.8, heading, place.heading, bold=True)
        sheet.text(place.x + offset, place.y + 2.8 + place.value * POINT_MM * 1.3, value, place.value)


def _spaced(amount: Amount) -> str:
    """The style guide's way: thousands apart by a blank, a dot before the cents."""
    whole, _, part = amount.text().partition(".")
    return f"{int(whole):,}.{part}".replace(",", " ")


def _lines(party: Party) -> list[str]:
    address = full_address(party)
    if address is None:
        return [party.name]
    street = " ".join(part for part in (address.street, address.building) if part)
    town = f"{address.postcode} {address.town}"
    abroad = "" if address.country == "CH" else f"{address.country}-"
    return [line for line in (party.name, street, abroad + town) if line]
