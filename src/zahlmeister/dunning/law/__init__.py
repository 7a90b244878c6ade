"""What the laws of the debtor's country allow to ask for besides the debt: dated tables, no figure in the code.

`base_rates.csv` are the base rates of the central banks (§ 247 BGB; § 456 UGB: the rate on 1 January and 1 July counts
for the half-year); a row counts until the next one, and may be below zero. `sure` is no where only one source was at
hand. `default_interest.csv` says what is added to the base rate, or the fixed rate where there is none.
`flat_compensation.csv` is the flat sum between businesses. `fee_limits.csv` is up to which amount courts have let a
reminder fee stand, by the way in which it was sent.

Base rates that were published after this version stand in a folder of the installation (see `keep_in` and
`zahlmeister update-rates`); for the same country and day they count before those that came with the house.
"""

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from zahlmeister.refusals import Unreadable

_FOLDER = Path(__file__).parent
_ALWAYS = date.min
_RATES = "base_rates"
_HEADER = ("country", "valid_from", "percent", "sure")
#: A base rate outside of these is a slip of the pen.
_LOWEST, _HIGHEST = Decimal(-5), Decimal(25)


@dataclass(frozen=True, slots=True)
class RateFrom:
    """The yearly rate in percent that counts from a day until the next one of its kind."""

    first: date
    percent: Decimal
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Interest:
    """The statutory default interest for one debtor: its rates in the order of their days, and where they stand."""

    rates: tuple[RateFrom, ...]
    basis: str

    def on(self, day: date) -> RateFrom:
        """The rate of a day."""
        return self.rates[max(bisect_right([rate.first for rate in self.rates], day) - 1, 0)]


def default_interest(country: str, *, is_business: bool, agreed_on: date) -> Interest | None:
    """The statutory default interest, or None where the house does not know the law.

    Args:
        country: of the debtor, ISO 3166, two letters.
        is_business: the debtor is no consumer.
        agreed_on: when the contract was made; later rules do not touch it.
    """
    debtor = "business" if is_business else "consumer"
    found = [
        row
        for row in _rows("default_interest")
        if (row["country"], row["debtor"]) == (country, debtor) and _day(row["contract_from"]) <= agreed_on
    ]
    if not found:
        return None
    rule = max(found, key=lambda row: _day(row["contract_from"]))
    added = Decimal(rule["percent"])
    if rule["base"] == "no":
        return Interest((RateFrom(_ALWAYS, added),), rule["basis"])
    rates = tuple(RateFrom(base.first, base.percent + added, base.sure) for base in base_rates(country))
    return Interest(rates, rule["basis"])


@cache
def base_rates(country: str) -> tuple[RateFrom, ...]:
    """The base rates of a country in the order of their days."""
    rates = {}
    for row in (*_rows(_RATES), *_added()):
        if row["country"] == country:
            first = _day(row["valid_from"])
            rates[first] = RateFrom(first, Decimal(row["percent"]), row["sure"] == "yes")
    return tuple(rates[first] for first in sorted(rates))


def keep_in(folder: Path) -> None:
    """Say in which folder of the installation newer base rates are kept; without one there are only our own."""
    global _installation  # noqa: PLW0603 - the one installation of the process
    _installation = folder
    base_rates.cache_clear()


def add_rates(file: Path) -> list[RateFrom]:
    """Keep the base rates of a CSV file with the columns country, valid_from, percent.

    Returns:
        Those that are new or differ from what was known.

    Raises:
        Unreadable: a line is no base rate; nothing of the file is kept then.
    """
    assert _installation is not None, "an installation says where it keeps its rates"
    read = [_checked(row, file.name, line) for line, row in enumerate(_csv(file), 2)]
    known = {
        (country, rate.first): rate for country in {row["country"] for row in read} for rate in base_rates(country)
    }
    news = [row for row in read if not _is_known(row, known)]
    if news:
        kept = {(row["country"], row["valid_from"]): row for row in (*_added(), *news)}
        _installation.mkdir(parents=True, exist_ok=True)
        whole = _installation / f"{_RATES}.tmp"
        with whole.open("w", encoding="utf-8", newline="") as written:
            writer = csv.DictWriter(written, _HEADER, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept[key] for key in sorted(kept))
        whole.replace(_installation / f"{_RATES}.csv")
        base_rates.cache_clear()
    return [RateFrom(_day(row["valid_from"]), Decimal(row["percent"])) for row in news]


def flat_compensation(country: str, currency: str) -> tuple[Decimal, str] | None:
    """The flat sum that a business in default owes another one, and where it stands; None where there is none."""
    for row in _rows("flat_compensation"):
        if (row["country"], row["currency"]) == (country, currency):
            return Decimal(row["amount"]), row["basis"]
    return None


def fee_limit(country: str, *, is_business: bool, sent_by: str, currency: str) -> tuple[Decimal, str] | None:
    """Up to which amount courts have let a reminder fee stand, and the word for why; None where nothing is known."""
    debtors = ("any", "business" if is_business else "consumer")
    for row in _rows("fee_limits"):
        is_it = (row["country"], row["sent_by"], row["currency"]) == (country, sent_by, currency)
        if is_it and row["debtor"] in debtors:
            return Decimal(row["up_to"]), row["warning"]
    return None


_installation: Path | None = None


def _added() -> Sequence[dict[str, str]]:
    """The rows kept by this installation."""
    file = _installation / f"{_RATES}.csv" if _installation else None
    return _csv(file) if file and file.is_file() else ()


def _csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def _checked(row: dict[str, str], name: str, line: int) -> dict[str, str]:
    """The row in its final form."""
    try:
        country, first = row["country"].strip().upper(), date.fromisoformat(row["valid_from"].strip())
        percent = Decimal(row["percent"].strip().replace(",", "."))
    except (KeyError, AttributeError, ValueError, InvalidOperation) as error:
        raise Unreadable(
            f"{name}, line {line}: country, valid_from (such as 2027-01-01) and percent (such as 1.27) are expected."
        ) from error
    if len(country) != 2 or first.day != 1 or first.month not in (1, 7) or not _LOWEST <= percent <= _HIGHEST:
        raise Unreadable(
            f"{name}, line {line}: {percent} percent for {country} from {first} is no base rate; they begin on "
            "1 January or 1 July."
        )
    return {"country": country, "valid_from": first.isoformat(), "percent": str(percent), "sure": "yes"}


def _is_known(row: dict[str, str], known: dict[tuple[str, date], RateFrom]) -> bool:
    found = known.get((row["country"], _day(row["valid_from"])))
    return found is not None and found.percent == Decimal(row["percent"]) and found.sure


@cache
def _rows(table: str) -> Sequence[dict[str, str]]:
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _day(written: str) -> date:
    return date.fromisoformat(written) if written else _ALWAYS
