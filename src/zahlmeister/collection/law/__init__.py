"""What a collection agency may cost the debtor, by country: tables of the law, no figure in the code.

`rvg.csv` is the lawyers' table that caps a German agency (§ 13e RDG): so much for each step that has begun. Above its
end nothing is stated. `agency_at.csv` are the Austrian maxima (BGBl 141/1996), an amount or a percentage of the claim.
Swiss law names none: costs are owed only where further damage is proven (Art. 106 OR).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import ceil
from pathlib import Path

_FOLDER = Path(__file__).parent
_CENT = Decimal("0.01")
#: § 13 (2) RVG: the fee for an undisputed claim up to so much; § 13 (3) RVG: no fee is smaller.
_SMALL, _SMALL_FEE, _LEAST = Decimal(50), Decimal("31.50"), Decimal(15)
#: Nr. 2300 VV RVG, note 2: the simple case, paid on the first letter, and the usual one.
_SIMPLE, _USUAL = Decimal("0.5"), Decimal("0.9")
#: Nr. 7002 VV RVG: a fifth of the fee for post and telephone, twenty euros at the most.
_EXPENSES, _MOST_EXPENSES = Decimal("0.2"), Decimal(20)


@dataclass(frozen=True, slots=True)
class Costs:
    """What the debtor may have to bear, net of value added tax, in the currency of the country; and where it stands.

    `simple` counts when the debtor pays on the agency's first letter, `usual` when it takes more.
    """

    simple: Decimal
    usual: Decimal
    basis: str


def costs_of(country: str, principal: Decimal) -> Costs | None:
    """What an agency may charge the debtor for a claim; None where the house does not know or no law names it.

    Args:
        country: of the debtor, ISO 3166, two letters.
        principal: the claim in the currency of that country, above zero.
    """
    match country:
        case "DE":
            return _german(principal)
        case "AT":
            return _austrian(principal)
        case _:
            return None


def _german(principal: Decimal) -> Costs | None:
    fee = _fee(principal)
    if fee is None:
        return None
    return Costs(_with_expenses(fee * _SIMPLE), _with_expenses(fee * _USUAL), "§ 13e RDG; Nr. 2300, 7002 VV RVG")


def _fee(principal: Decimal) -> Decimal | None:
    if principal <= _SMALL:
        return _SMALL_FEE
    fee = Decimal(0)
    for row in _rows("rvg"):
        above, up_to, step = Decimal(row["above"]), Decimal(row["up_to"]), Decimal(row["step"])
        fee += ceil((min(principal, up_to) - above) / step) * Decimal(row["per_step"])
        if principal <= up_to:
            return fee
    return None


def _with_expenses(fee: Decimal) -> Decimal:
    fee = max(_rounded(fee), _LEAST)
    return fee + min(_rounded(fee * _EXPENSES), _MOST_EXPENSES)


def _austrian(principal: Decimal) -> Costs:
    processing = _austrian_part("processing", principal)
    first, following = _austrian_part("first_letter", principal), _austrian_part("next_letter", principal)
    return Costs(processing + first, processing + first + following, "BGBl 141/1996")


def _austrian_part(what: str, principal: Decimal) -> Decimal:
    rows = [row for row in _rows("agency_at") if row["what"] == what]
    row = next(row for row in rows if not row["up_to"] or principal <= Decimal(row["up_to"]))
    return Decimal(row["amount"]) if row["amount"] else _rounded(principal * Decimal(row["percent"]) / 100)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


@cache
def _rows(table: str) -> Sequence[dict[str, str]]:
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
