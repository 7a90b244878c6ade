"""The sheet a payer can pay from: the values in words, the code for the banking app, and the form of the country."""

from dataclasses import dataclass
from typing import Final

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payment_codes.girocode import girocode
from zahlmeister.formats.payment_codes.picture import Picture, girocode_picture, swiss_picture
from zahlmeister.formats.payment_codes.swiss_qr import swiss_qr
from zahlmeister.letters.figures import account, money, reference, spoken
from zahlmeister.letters.slips.austrian import draw_austrian
from zahlmeister.letters.slips.german import draw_german
from zahlmeister.letters.slips.sheet import Sheet
from zahlmeister.letters.slips.swiss import draw_swiss
from zahlmeister.refusals import Refused

_LEFT = 20
_CODE = 38


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    payee: str
    account: str
    bic: str
    amount: str
    reference: str
    scan: str
    exactly: str


_WORDS: Final = {
    "de": _Words(
        "Zahlungsdaten", "Empfänger", "IBAN", "BIC", "Betrag", "Verwendungszweck",
        "Mit der Banking-App scannen", "Bitte geben Sie als Verwendungszweck nur diese Nummer an.",
    ),
    "en": _Words(
        "Payment details", "Payee", "IBAN", "BIC", "Amount", "Reference",
        "Scan with your banking app", "Please enter nothing but this number as the reference.",
    ),
    "fr": _Words(
        "Données de paiement", "Bénéficiaire", "IBAN", "BIC", "Montant", "Communication",
        "À scanner avec votre application bancaire", "Veuillez n’indiquer que ce numéro comme communication.",
    ),
    "it": _Words(
        "Dati per il pagamento", "Beneficiario", "IBAN", "BIC", "Importo", "Causale",
        "Da scansionare con l’app della banca", "La preghiamo di indicare come causale soltanto questo numero.",
    ),
}  # fmt: skip


def transfer_slip(asked: Asked, *, country: str, language: str) -> bytes:
    """A page of A4 as PDF. Swiss accounts get the QR-bill; payers in Germany and Austria the form of their country.

    Args:
        asked: what is to be paid.
        country: where the payer lives, two letters; anywhere else the page shows values and code without a form.
        language: `de`, `de-du`, `en`, `fr` or `it`.
    """
    words = _WORDS[spoken(language)]
    sheet = Sheet(f"{words.title} {asked.reference or asked.text}", author=asked.payee.name)
    draw_slip(sheet, asked, country=country, language=language)
    return sheet.finished()


def draw_slip(sheet: Sheet, asked: Asked, *, country: str, language: str) -> None:
    """Draw such a page onto an empty sheet; see `transfer_slip`."""
    draw_values(sheet, asked, language)
    if code_to_scan(asked) is None:
        return  # no form takes it either: another currency, or a payee without a whole address in Switzerland
    if asked.iban[:2] in {"CH", "LI"}:
        draw_swiss(sheet, asked, language)
    elif country == "AT":
        draw_austrian(sheet, asked)
    elif country == "DE":
        draw_german(sheet, asked)


def draw_values(sheet: Sheet, asked: Asked, language: str, *, top: float = 30) -> float:
    """Draw the values to type and, where there is one, the code to scan; returns where it ends."""
    words = _WORDS[spoken(language)]
    sheet.text(_LEFT, top, words.title, 16, bold=True)
    y = top + 10
    for label, value in value_rows(asked, language):
        sheet.text(_LEFT, y, label, 9)
        sheet.text_within(_LEFT + 38, y, value, 11, 90)
        y += 7
    y = sheet.paragraph(_LEFT, y + 2, words.exactly, 9, 125)
    picture = code_to_scan(asked)
    if picture is not None and asked.amount.currency == "EUR":
        sheet.code(150, top + 4, _CODE, picture)
        sheet.text_within(150, top + _CODE + 9, words.scan, 8, 45)
    return max(y, top + _CODE + 14)


def value_rows(asked: Asked, language: str) -> list[tuple[str, str]]:
    """What a payer types, each with its name in the language."""
    words = _WORDS[spoken(language)]
    rows = [
        (words.payee, asked.payee.name),
        (words.account, account(asked.iban)),
        (words.bic, asked.bic or ""),
        (words.amount, money(asked.amount, language)),
        (words.reference, reference(asked.reference or asked.text)),
    ]
    return [(label, value) for label, value in rows if value]


def scan_hint(language: str) -> str:
    """What to do with the code."""
    return _WORDS[spoken(language)].scan


def code_to_scan(asked: Asked) -> Picture | None:
    """The code for a banking app: the Swiss one for Swiss accounts, else a GiroCode; None where neither can be."""
    try:
        if asked.iban[:2] in {"CH", "LI"}:
            return swiss_picture(swiss_qr(asked))
        return girocode_picture(girocode(asked))
    except Refused:
        return None
