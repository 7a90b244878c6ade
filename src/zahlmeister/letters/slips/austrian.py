"""The Austrian “Zahlungsanweisung” drawn on plain paper: the confirmation on the left, the order on the right.

The bank's own form is yellow and ends in a line for machines; here the code (“Zahlen mit Code”) takes its place.
"""

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payment_codes.girocode import girocode
from zahlmeister.formats.payment_codes.picture import girocode_picture
from zahlmeister.letters.figures import account
from zahlmeister.letters.slips.sheet import HEIGHT, WHITE, WIDTH, Colour, Sheet

TOP = HEIGHT - 102
_SPLIT = 62
_TINT: Colour = (1, 0.95, 0.72)
_LABEL, _WRITING = 6, 10
_CODE = 30


def draw_austrian(sheet: Sheet, asked: Asked) -> None:
    """Draw the filled form on the lower part of the sheet."""
    sheet.box(0, TOP, WIDTH, HEIGHT - TOP, fill=_TINT)
    sheet.line(0, TOP, WIDTH, TOP)
    sheet.line(_SPLIT, TOP, _SPLIT, HEIGHT, dash=1)
    reference = asked.reference or asked.text
    _side(sheet, asked, reference)
    _order(sheet, asked, reference)
    sheet.box(_SPLIT + 106, TOP + 49, _CODE + 8, _CODE + 8, fill=WHITE, edge=0.3)
    sheet.text(_SPLIT + 108, TOP + 47.5, "Zahlen mit Code", 8, bold=True)
    sheet.code(_SPLIT + 110, TOP + 53, _CODE, girocode_picture(girocode(asked)))


def _side(sheet: Sheet, asked: Asked, reference: str) -> None:
    """What the payer keeps."""
    sheet.text(6, TOP + 8, "AUFTRAGSBESTÄTIGUNG", 9, bold=True)
    for y, label, value in (
        (15, "EmpfängerIn", asked.payee.name),
        (27, "IBAN EmpfängerIn", account(asked.iban)),
        (39, "BIC (SWIFT-Code) der Empfängerbank", asked.bic or ""),
        (51, "Betrag", f"EUR {_comma(asked)}"),
        (63, "Verwendungszweck", reference),
        (75, "AuftraggeberIn", asked.payer.name if asked.payer else ""),
    ):
        _field(sheet, (6, TOP + y), label, value, 50)


def _order(sheet: Sheet, asked: Asked, reference: str) -> None:
    """What the bank gets."""
    left = _SPLIT + 6
    sheet.text(left, TOP + 8, "ZAHLUNGSANWEISUNG", 11, bold=True)
    _field(sheet, (left, TOP + 15), "EmpfängerIn Name/Firma", asked.payee.name, 138)
    _field(sheet, (left, TOP + 27), "IBAN EmpfängerIn", account(asked.iban), 138)
    _field(sheet, (left, TOP + 39), "BIC (SWIFT-Code) der Empfängerbank", asked.bic or "", 55)
    _field(sheet, (left + 60, TOP + 39), "Betrag", f"EUR {_comma(asked)}", 36)
    _field(sheet, (left, TOP + 51), "Verwendungszweck", reference, 96)
    _field(sheet, (left, TOP + 63), "IBAN KontoinhaberIn/AuftraggeberIn", "", 96)
    _field(
        sheet, (left, TOP + 75), "KontoinhaberIn/AuftraggeberIn Name/Firma", asked.payer.name if asked.payer else "", 96
    )
    sheet.line(left, HEIGHT - 7, left + 96, HEIGHT - 7)
    sheet.text(left, HEIGHT - 4.4, "Unterschrift Zeichnungsberechtigte/r", _LABEL)


def _field(sheet: Sheet, at: tuple[float, float], label: str, value: str, width: float) -> None:
    x, y = at
    sheet.text(x, y, label, _LABEL)
    sheet.box(x, y + 1, width, 6.6, fill=WHITE, edge=0.15)
    sheet.text_within(x + 1.2, y + 5.8, value, _WRITING, width - 2.4)


def _comma(asked: Asked) -> str:
    return asked.amount.text().replace(".", ",")
