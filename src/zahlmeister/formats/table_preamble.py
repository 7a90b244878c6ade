"""What banks write above the header of a CSV: the account and its currency, among titles and legal notes."""

import re
from collections.abc import Iterator, Sequence

from zahlmeister.formats.table_cells import bare

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_CURRENCIES = frozenset(["EUR", "CHF", "USD", "GBP", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CAD", "AUD", "JPY"])
_CURRENCY_LABEL = re.compile(
    r"währung|waehrung|currency|monnaie|moneta|valuta|devise|bewertet|valued|évaluation|valutazione"
)
_WITH_AMOUNT = re.compile(r"(?:^|\s)([A-Z]{3}) [+-]?\d[\d'.,]*$|\d[\d'.,]* ([A-Z]{3})$")


def said_above(lines: Sequence[Sequence[str]]) -> tuple[str | None, str | None]:
    """The account's IBAN and its currency, where the lines above the header say them."""
    cells = [said for line in lines for cell in line if (said := bare(cell))]
    numbers = ("".join(part.split()) for cell in cells for part in (cell, *cell.split("/")))
    account = next((number for number in numbers if _IBAN.fullmatch(number)), None)
    return account, next(_currencies(lines), None)


def _currencies(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    for line in lines:
        cells = [said for cell in line if (said := bare(cell))]
        for label, said in zip(["", *cells], cells, strict=False):
            if said in _CURRENCIES or (_CURRENCY_LABEL.search(label.lower()) and re.fullmatch("[A-Z]{3}", said)):
                yield said
            elif (found := _WITH_AMOUNT.search(said)) and (currency := found[1] or found[2]) in _CURRENCIES:
                yield currency
