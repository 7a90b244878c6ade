"""What becomes of an item when money comes, goes or is asked for: pure figures, all in minor units."""

from dataclasses import dataclass
from datetime import date

from zahlmeister.ledger.rules import Waiver
from zahlmeister.money.banking_days import banking_day
from zahlmeister.values import value


@value(frozen=True, slots=True)
class Debt:
    """What is open and what came too much; never both."""

    open: int
    surplus: int

    def __post_init__(self) -> None:
        if self.open < 0 or self.surplus < 0 or (self.open and self.surplus):
            raise ValueError(f"An item cannot have {self.open} open and {self.surplus} too much.")


@value(frozen=True, slots=True)
class Moved:
    """A debt after a move, and how much of the move touched what was open and what is surplus."""

    debt: Debt
    of_open: int
    of_surplus: int


def lower(debt: Debt, by: int) -> Moved:
    """The debt falls: by a payment, a waiver, a smaller order. What exceeds the open part becomes surplus."""
    of_open = min(debt.open, by)
    return Moved(Debt(debt.open - of_open, debt.surplus + by - of_open), of_open, by - of_open)


def lift(debt: Debt, by: int) -> Moved:
    """The debt rises: a payment is taken back, an order grows. Surplus is used up first."""
    of_surplus = min(debt.surplus, by)
    return Moved(Debt(debt.open + by - of_surplus, debt.surplus - of_surplus), by - of_surplus, of_surplus)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the merchant accepts less than asked: a tolerance, a bank's charge, and a cash discount until a day."""

    tolerance: int = 0
    bears_charges: bool = True
    discount: int = 0
    discount_until: date | None = None


def costs_due(debt: Debt, *, asked: int, due: int, given: int = 0, is_claimed: bool) -> int:
    """How much of the costs of delay counts: all of them when they are claimed, else as far as they are being paid.

    What comes is for the debt first, and for fees and interest last. § 367 (1) BGB would let a creditor take it the
    other way round; of two readings of the law ours asks for less, and a fee never bears interest.

    Args:
        debt: with the costs that count so far.
        asked: all costs asked for.
        due: those of them that count so far.
        given: a payment on its way.
        is_claimed: who pays without them has not paid.
    """
    beyond_the_order = debt.surplus + given - (debt.open - due)
    return asked if is_claimed else min(max(beyond_the_order, 0), asked)


def interest_of(costs: int, *, asked: int, interest: int) -> int:
    """How much of the costs that count is default interest: fees come before it (§ 367 BGB: costs, then interest).

    Args:
        costs: that count so far.
        asked: all costs asked for, and
        interest: how much of that is interest.
    """
    return max(costs - (asked - interest), 0)


def waiver(rest: int, *, paid_on: date, terms: Terms, has_charges: bool, crossed: int = 0) -> Waiver | None:
    """Why a rest is not asked for, or None when it is.

    A term that ends on a day without banks ends with the next one that has them (§ 193 BGB).

    Args:
        rest: what is missing after the payment, above zero.
        paid_on: the day on which the payment was there: booked or valued, whichever is earlier.
        terms: the merchant's.
        has_charges: the matcher recognised that a bank kept a charge of just this rest.
        crossed: costs that were asked for when the money was there already.
    """
    if rest <= crossed:
        return Waiver.CROSSED
    if rest <= terms.tolerance:
        return Waiver.TOLERANCE
    in_time = terms.discount_until is not None and paid_on <= banking_day(terms.discount_until)
    if in_time and rest <= terms.discount + terms.tolerance:
        return Waiver.DISCOUNT
    return Waiver.CHARGES if has_charges and terms.bears_charges else None
