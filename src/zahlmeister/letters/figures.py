"""Amounts, days and accounts as people of a language write them."""

from datetime import date

from zahlmeister.money.accounts import grouped
from zahlmeister.money.amount import Amount, exponent

#: How a language groups thousands and marks decimals.
_MARKS = {"de": (".", ","), "en": (",", "."), "fr": ("\u202f", ","), "it": (".", ",")}
_SWISS = ("’", ".")

_MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
}


def spoken(language: str) -> str:
    """The language proper of a way to write, such as `de` of `de-du`."""
    return language.partition("-")[0]


def money(amount: Amount, language: str) -> str:
    """An amount: `1.234,50 EUR` in German, `EUR 1,234.50` in English; francs the Swiss way, `CHF 1’234.50`."""
    is_swiss = amount.currency == "CHF"
    thousands, decimals = _SWISS if is_swiss else _MARKS[spoken(language)]
    sign = "−" if amount.minor < 0 else ""
    whole, _, part = abs(amount).text().partition(".")
    figure = f"{sign}{int(whole):,}".replace(",", thousands) + (
        f"{decimals}{part}" if exponent(amount.currency) else ""
    )
    return f"{amount.currency} {figure}" if is_swiss or spoken(language) == "en" else f"{figure} {amount.currency}"


def day(value: date, language: str) -> str:
    """A day with its month in words: `22. November 2026`."""
    month = _MONTHS[spoken(language)].split()[value.month - 1]
    return f"{value.day}. {month} {value.year}" if spoken(language) == "de" else f"{value.day} {month} {value.year}"


def account(iban: str) -> str:
    """An IBAN in groups of four, as it is typed most safely."""
    return grouped(iban)


def reference(text: str) -> str:
    """A reference as its kind is printed: 27 digits as 2 and groups of 5, RF… in groups of four, ours as it is."""
    if len(text) == 27 and text.isdigit():
        return " ".join((text[:2], *(text[i : i + 5] for i in range(2, 27, 5))))
    return grouped(text) if text.startswith("RF") else text
