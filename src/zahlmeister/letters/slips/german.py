"""The German form “SEPA-Überweisung/Zahlschein” drawn on plain paper, its fields in their order and 27 places wide.

It is meant to be copied from or handed in at a counter that takes plain paper; the bank's own form is red and has its
name on it. Beside it stands the GiroCode.
"""

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.slips.sheet import HEIGHT, WHITE, Colour, Sheet, text_width
from zahlmeister.money.amount import Amount

TOP = HEIGHT - 105
_LEFT, _PLACE, _PLACES = 8, 5, 27
_TINT: Colour = (0.98, 0.91, 0.88)
_LABEL, _WRITING = 5.6, 11


def draw_german(sheet: Sheet, asked: Asked) -> None:
    """Draw the filled form on the lower part of the sheet."""
    sheet.box(3, TOP, 148, 102, fill=_TINT, edge=0.2)
    sheet.text(_LEFT, TOP + 6.5, "SEPA-Überweisung/Zahlschein", 11, bold=True)
    sheet.text(_LEFT, TOP + 10, "Für Überweisungen in Deutschland und in andere EU-/EWR-Staaten in Euro.", _LABEL)
    row = _Rows(sheet, TOP + 15)
    row.write("Angaben zum Zahlungsempfänger: Name, Vorname/Firma", asked.payee.name)
    row.write("IBAN", asked.iban)
    row.write("BIC des Kreditinstituts/Zahlungsdienstleisters (8 oder 11 Stellen)", asked.bic or "", places=11)
    _amount(sheet, asked.amount, row.y - 10.5)
    row.write("Kunden-Referenznummer – Verwendungszweck", asked.reference or asked.text)
    row.write("noch Verwendungszweck", "")
    row.write("Angaben zum Kontoinhaber/Zahler: Name, Vorname/Firma, Ort", asked.payer.name if asked.payer else "")
    row.write("IBAN", "", places=22)
    sheet.line(_LEFT, HEIGHT - 8, 45, HEIGHT - 8)
    sheet.text(_LEFT, HEIGHT - 5.4, "Datum", _LABEL)
    sheet.line(52, HEIGHT - 8, 140, HEIGHT - 8)
    sheet.text(52, HEIGHT - 5.4, "Unterschrift(en)", _LABEL)


class _Rows:
    """Rows of places, one letter in each."""

    def __init__(self, sheet: Sheet, y: float) -> None:
        self.sheet, self.y = sheet, y

    def write(self, label: str, value: str, *, places: int = _PLACES) -> None:
        self.sheet.text(_LEFT, self.y, label, _LABEL)
        comb(self.sheet, _LEFT, self.y + 1, value, places=places)
        self.y += 10.5


def comb(sheet: Sheet, x: float, y: float, value: str, *, places: int) -> None:
    """White places with a letter in each; a value with more letters than places stands across them, smaller."""
    width = places * _PLACE
    sheet.box(x, y, width, 6, fill=WHITE, edge=0.15)
    if len(value) > places:
        sheet.text_within(x + 1, y + 4.4, value, _WRITING, width - 2)
        return
    for place in range(1, places):
        sheet.line(x + place * _PLACE, y + 4.2, x + place * _PLACE, y + 6, width=0.15)
    for place, letter in enumerate(value):
        inset = (_PLACE - text_width(letter, _WRITING)) / 2
        sheet.text(x + place * _PLACE + inset, y + 4.5, letter, _WRITING)


def _amount(sheet: Sheet, amount: Amount, y: float) -> None:
    sheet.text(75, y, "Betrag: Euro, Cent", _LABEL)
    sheet.box(75, y + 1, 68, 6, fill=WHITE, edge=0.15)
    sheet.text_right(141, y + 5.5, amount.text().replace(".", ","), _WRITING + 1, bold=True)
