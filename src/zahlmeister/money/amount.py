"""An amount of money in whole minor units of one currency.

Amounts are never floats and never decimals: SQLite keeps decimals as binary floats, in which three times 0.10
is not 0.30. The number of decimal places per currency is that of ISO 4217.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Self

from zahlmeister.refusals import Refused, Unreadable
from zahlmeister.values import value

#: ISO 4217 exponents other than two.
_NO_CENTS = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF")
_THREE_PLACES = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
EXPONENTS = {**dict.fromkeys((*_NO_CENTS, "XOF", "XPF"), 0), **dict.fromkeys(_THREE_PLACES, 3)}

_LONGEST = 15  # digits before the decimal sign; more would not fit a column of the database either
_CURRENCY = re.compile(r"[A-Z]{3}")
#: The currencies that were looked at before: amounts are made by the million.
_SEEN: set[str] = set()
_GROUPING = re.compile("[ '’\u00a0\u202f]")
_GROUPED = re.compile("[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


class CurrencyMismatch(Refused):
    """Two currencies met where one was expected; nothing is converted silently."""


def exponent(currency: str) -> int:
    """How many decimal places a currency has: 2 for EUR and CHF, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, 2)


@value(frozen=True, slots=True, order=False)
class Amount:
    """So many minor units of one currency: `Amount(1999, "EUR")` is 19.99 euro. May be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency in _SEEN:
            return
        if _CURRENCY.fullmatch(self.currency):
            _SEEN.add(self.currency)
        else:
            raise Unreadable(f"“{self.currency}” is no currency: three capital letters such as EUR are expected.")

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read what a person or a file writes: `1.234,56`, `1234.56`, `1'234.50`, `-5`, `12,-`.

        Raises Unreadable when the text has more than one reading: `1,234` could be 1.234 or 1234.
        """
        return cls(_minor(text, currency), currency)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Amount":
        return Amount(-self.minor, self.currency)

    def __abs__(self) -> "Amount":
        return Amount(abs(self.minor), self.currency)

    def __lt__(self, other: "Amount") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Amount") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Amount") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Amount") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"

    def text(self) -> str:
        """The number alone, with a dot and all its decimal places: `1234.50`. For machines and files."""
        return minor_text(self.minor, self.currency)

    def split(self, weights: Sequence[int]) -> list["Amount"]:
        """Divide by weights without losing or making a cent: the largest remainders get the odd cents.

        Raises ValueError when there is no positive weight.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("Splitting needs weights of which none is negative and one is positive.")
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        missing = abs(self.minor) - sum(whole for whole, _ in shares)
        by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
        lucky = set(by_remainder[:missing])
        sign = -1 if self.minor < 0 else 1
        return [Amount(sign * (whole + (i in lucky)), self.currency) for i, (whole, _) in enumerate(shares)]

    def _same(self, other: "Amount") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are different currencies.")
        return other.minor


@lru_cache(maxsize=1 << 12)
def minor_text(minor: int, currency: str) -> str:
    """Whole minor units as a plain number with a dot: `minor_text(-5, "EUR")` is `-0.05`."""
    places = exponent(currency)
    sign = "-" if minor < 0 else ""
    if not places:
        return f"{sign}{abs(minor)}"
    whole, part = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{part:0{places}d}"


def _minor(text: str, currency: str) -> int:
    sign, digits = _sign(text.strip().replace("\u2212", "-"))
    plain = _plain(_without_groups(digits.strip()), currency)
    if not _PLAIN.fullmatch(plain):
        raise Unreadable(f"“{text[:40]}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
    whole, _, part = plain.partition(".")
    if len(whole) > _LONGEST:
        raise Unreadable(f"“{text[:40]}” has more digits than any amount of money.")
    places = exponent(currency)
    if part[places:].strip("0"):
        raise Unreadable(f"“{text}” has more than the {places} decimal places of {currency}.")
    return sign * int((whole or "0") + part[:places].ljust(places, "0"))


def _without_groups(digits: str) -> str:
    """Blanks and apostrophes may only group thousands: `1'234.50` is an amount, `12 50` is not."""
    if _GROUPED.fullmatch(digits):
        return _GROUPING.sub("", digits)
    return digits


def _sign(text: str) -> tuple[int, str]:
    if text.endswith((",-", ".-", ",--", ".--")):
        text = text.rstrip("-")
    if text[:1] in {"+", "-"}:
        return (-1 if text[0] == "-" else 1), text[1:]
    if text[-1:] in {"+", "-"}:
        return (-1 if text[-1] == "-" else 1), text[:-1]
    return 1, text


def _plain(digits: str, currency: str) -> str:
    """Decide which of `.` and `,` is the decimal sign."""
    last = max(digits.rfind(","), digits.rfind("."))
    if last < 0:
        return digits
    mark, other = digits[last], "," if digits[last] == "." else "."
    head, tail = digits[:last], digits[last + 1 :]
    if mark in head:  # the same sign twice groups thousands: 1.234.567
        return _ungrouped(digits, mark) if other not in digits else digits + "?"
    if other in head:
        return _ungrouped(head, other) + "." + tail
    if len(tail) == 3 and exponent(currency) != 3 and head.strip("0"):
        raise Unreadable(f"“{digits}” can be read two ways; write {head}{tail} or {head}{mark}{tail[:2]}.")
    return head + "." + tail


def _ungrouped(digits: str, mark: str) -> str:
    first, *groups = digits.split(mark)
    well_grouped = 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups)
    return first + "".join(groups) if well_grouped else digits + "?"
