"""What may be topped up, what a balance pays first, and which items money is for; pure, amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused


class NotEnough(Refused):
    """The balance does not hold so much."""


class OutsideLimits(Refused):
    """The merchant does not take such an amount as a top-up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be topped up: `most` is the highest balance; zero where nothing was said."""

    currency: str
    minimum: int = 0
    maximum: int = 0
    step: int = 0
    most: int = 0

    def check(self, minor: int, *, balance: int) -> None:
        """Make sure that so much may be added to a balance.

        Raises:
            OutsideLimits: one sentence with the limit that it hits.
        """
        if minor <= 0:
            raise OutsideLimits("An amount above zero is needed to top up.")
        if minor < self.minimum:
            raise OutsideLimits(f"At least {self._said(self.minimum)} can be topped up.")
        if self.maximum and minor > self.maximum:
            raise OutsideLimits(f"At most {self._said(self.maximum)} can be topped up at once.")
        if self.step and minor % self.step:
            raise OutsideLimits(f"Only whole steps of {self._said(self.step)} can be topped up.")
        if self.most and balance + minor > self.most:
            left = max(self.most - balance, 0)
            raise OutsideLimits(
                f"The balance may come to {self._said(self.most)} at most; {self._said(left)} are left to top up."
            )

    def _said(self, minor: int) -> Amount:
        return Amount(minor, self.currency)


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies on an account: paid in by the customer, and granted by the merchant. Paid may be below zero."""

    paid: int = 0
    granted: int = 0

    @property
    def total(self) -> int:
        return self.paid + self.granted

    def spend(self, minor: int, currency: str) -> "Balance":
        """What of each is spent. Granted credit goes first: it may expire, and what was paid can go back.

        Raises:
            NotEnough: there is less.
        """
        if minor <= 0:
            raise Refused("An amount above zero is needed to pay.")
        if self.paid < 0 or minor > self.total:
            held = Amount(self.total, currency)
            raise NotEnough(f"The balance is {held}; {Amount(minor, currency)} are more than that.")
        granted = min(self.granted, minor)
        return Balance(minor - granted, granted)


@dataclass(frozen=True, slots=True)
class GrantStep:
    """An entry that changed what was granted: below zero takes from it; `undoes` is the entry that it undoes."""

    number: int
    minor: int
    is_grant: bool = False
    expires_on: date | None = None
    undoes: int | None = None


def grants_left(steps: Sequence[GrantStep]) -> dict[int, int]:
    """What is left of each grant, by its number.

    Whatever takes from granted credit, a payment, a withdrawal or its expiry, takes from the grant that ends first
    of those that are there at that moment. What is undone goes back to where it was taken from.

    Args:
        steps: of one account, in the order in which they were entered.
    """
    left: dict[int, int] = {}
    ends: dict[int, date] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    for step in steps:
        if step.is_grant:
            left[step.number], ends[step.number] = step.minor, step.expires_on or date.max
        elif step.minor < 0:
            taken[step.number] = _taken(-step.minor, left, ends)
            for grant, part in taken[step.number]:
                left[grant] -= part
        else:
            for grant, part in taken.get(step.undoes or 0, []):
                left[grant] += part
    return left


def _taken(minor: int, left: dict[int, int], ends: dict[int, date]) -> list[tuple[int, int]]:
    """From which grants so much is taken."""
    found: list[tuple[int, int]] = []
    for grant in sorted(left, key=lambda number: ends[number]):  # as they were granted where two end together
        part = min(left[grant], minor)
        if part > 0:
            found.append((grant, part))
            minor -= part
    return found


@dataclass(frozen=True, slots=True)
class Owed:
    """An item that something is open on."""

    item: int
    open: int
    since: date


def oldest_first(items: Sequence[Owed]) -> list[Owed]:
    """Items in the order in which money is for them when nobody says otherwise."""
    return sorted(items, key=lambda owed: (owed.since, owed.item))


def shares(minor: int, items: Sequence[Owed]) -> tuple[list[tuple[int, int]], int]:
    """How an amount is spread over items in the order given, each at most what is open, and what is left over."""
    found: list[tuple[int, int]] = []
    for owed in items:
        part = min(owed.open, minor)
        if part > 0:
            found.append((owed.item, part))
            minor -= part
    return found, minor


def told_number(number: int) -> str:
    """What an account is called towards its customer: `KK-00017`."""
    return f"KK-{number:05d}"


def receipt_number(number: int, on: date) -> str:
    """What the confirmation of a deposit is called: year and number, each once per merchant."""
    return f"EZ-{on.year}-{number:06d}"
