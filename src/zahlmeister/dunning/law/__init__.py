"""What the laws of the debtor's country allow to ask for besides the debt: dated tables, no figure in the code.

`base_rates.csv` are the base rates of the central banks (§ 247 BGB; § 456 UGB: the rate on 1 January and 1 July counts
for the half-year); a row counts until the next one, and may be below zero. `sure` is no where only one source was at
hand. `default_interest.csv` says what is added to the base rate, or the fixed rate where there is none.
`flat_compensation.csv` is the flat sum between businesses. `fee_limits.csv` is up to which amount courts have let a
reminder fee stand, by the way in which it was sent.
"""

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_ALWAYS = date.min


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
    rows = (row for row in _rows("base_rates") if row["country"] == country)
    rates = (RateFrom(_day(row["valid_from"]), Decimal(row["percent"]), row["sure"] == "yes") for row in rows)
    return tuple(sorted(rates, key=lambda rate: rate.first))


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


@cache
def _rows(table: str) -> Sequence[dict[str, str]]:
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _day(written: str) -> date:
    return date.fromisoformat(written) if written else _ALWAYS
