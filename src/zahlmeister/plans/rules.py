"""What a month costs a merchant, and the tax on it; pure figures in minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Why(StrEnum):
    """Why a payment costs what it costs."""

    IGNORED = "ignored"  # on an own account, and known not to be for an order
    MISSED = "missed"  # the guarantee was not kept
    FREE = "free"  # within the free quota
    FLAT = "flat"  # own accounts at a flat rate
    CAPPED = "capped"  # no order was found, and the cap is less than the commission
    COMMISSION = "commission"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a plan charges in a month.

    `commission_bp` are hundredths of a percent of each payment above the `free` ones. With `flat_own_minor` payments on
    own accounts cost nothing by themselves. `pooled_monthly` is by country of the account, and `""` for any other.
    Refunds collected once a week cost nothing; `debit_twice_minor` and `debit_each_minor` are for each direct debit
    where two a week, or one for each refund, were agreed. With `keeps_reminder_fees` the operator, who sends the
    reminders, keeps what buyers pay as their fees.
    """

    free: int = 100
    commission_bp: int = 50
    cap_without_order_minor: int = 195
    flat_own_minor: int = 0
    pooled_monthly: Mapping[str, int] = field(default_factory=dict)
    debit_twice_minor: int = 0
    debit_each_minor: int = 0
    keeps_reminder_fees: bool = False


@dataclass(frozen=True, slots=True)
class Came:
    """A payment that came in, as far as its price is concerned."""

    payment: int
    booked_on: date
    minor: int
    is_pooled: bool
    is_ignored: bool = False
    is_missed: bool = False
    has_order: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """What one payment costs, and why."""

    payment: int
    why: Why
    minor: int = 0


def charges(prices: Prices, came: Sequence[Came]) -> list[Charge]:
    """What each payment of a month costs. The earliest payments that would cost something use up the free quota."""
    found, used = [], 0
    for one in sorted(came, key=lambda each: (each.booked_on, each.payment)):
        why = _for_nothing(prices, one)
        if why is None and used < prices.free:
            why, used = Why.FREE, used + 1
        found.append(Charge(one.payment, why) if why else _charged(prices, one))
    return found


def _for_nothing(prices: Prices, one: Came) -> Why | None:
    if one.is_ignored and not one.is_pooled:
        return Why.IGNORED
    if one.is_missed:
        return Why.MISSED
    return Why.FLAT if prices.flat_own_minor and not one.is_pooled else None


def _charged(prices: Prices, one: Came) -> Charge:
    commission = portion(one.minor, prices.commission_bp, 10_000)
    if not one.has_order and commission > prices.cap_without_order_minor:
        return Charge(one.payment, Why.CAPPED, prices.cap_without_order_minor)
    return Charge(one.payment, Why.COMMISSION, commission)


def fees_kept(paid: int, asked: Sequence[tuple[int, bool]]) -> int:
    """What of the reminder fees that a buyer has paid is the operator's.

    Args:
        paid: all fees that were paid, in minor units.
        asked: the fee of each reminder in the order in which they were sent, and whether the operator keeps it. What
            is paid pays the earliest first.
    """
    kept = 0
    for fee, is_kept in asked:
        part = min(fee, paid)
        paid -= part
        kept += part if is_kept else 0
    return kept


def portion(minor: int, share: int, of: int) -> int:
    """So many shares of an amount, rounded to the nearest minor unit, half of one upwards."""
    return (2 * minor * share + of) // (2 * of)


class Category(StrEnum):
    """How an invoice is taxed, by the code of EN 16931."""

    STANDARD = "S"
    REVERSE_CHARGE = "AE"  # the buyer owes the tax (Art. 196 VAT directive)
    OUTSIDE = "O"  # not taxable here (Art. 44: the buyer's country)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of an invoice; the rate is in thousandths."""

    category: Category
    per_mille: int

    def on(self, net: int) -> int:
        """The tax on a net amount."""
        return portion(net, self.per_mille, 1000)


#: Standard rates in thousandths: § 12 UStG, § 10 öUStG, Art. 25 MWSTG.
RATES = {"DE": 190, "AT": 200, "CH": 81, "LI": 81}
EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
     "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip


def tax_of(seller: str, buyer: str, *, has_valid_id: bool) -> Tax:
    """How a service between these countries is taxed.

    At home the rate of the country; to a business elsewhere in the EU whose VAT id is valid the buyer owes it; to one
    whose id is not, the rate at home; to a business outside the EU it is not taxable here.
    """
    if buyer == seller:
        return Tax(Category.STANDARD, RATES[seller])
    if seller in EU and buyer in EU:
        return Tax(Category.REVERSE_CHARGE, 0) if has_valid_id else Tax(Category.STANDARD, RATES[seller])
    return Tax(Category.OUTSIDE, 0)
