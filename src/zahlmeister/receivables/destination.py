"""Which of a merchant's accounts an order is paid to: chosen by currency, then shop, then billing country; pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sale:
    """What decides: the currency and shop of an order, and where its bill goes; empty when the shop did not say."""

    currency: str
    shop: int
    country: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """An account is for the orders of one shop, of one billing country, of both, or of any (None and empty)."""

    shop: int | None = None
    country: str = ""

    def fits(self, sale: Sale) -> bool:
        """Whether an order is one of these."""
        return self.shop in {None, sale.shop} and self.country in {"", sale.country}

    @property
    def exactness(self) -> tuple[bool, bool]:
        """What says more comes later in order; the shop counts before the country."""
        return self.shop is not None, bool(self.country)


@dataclass(frozen=True, slots=True)
class Destination:
    """An account that could be paid to: its number here, currency, IBAN, and what a person said it is for.

    `is_exclusive`: it is for nothing else.
    """

    account: int
    currency: str
    iban: str
    uses: tuple[Use, ...] = ()
    is_exclusive: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may be paid to for orders of which nothing was said."""
        return not (self.is_exclusive and self.uses)


def choose(destinations: Iterable[Destination], sale: Sale, *, home: str) -> Destination | None:
    """The account an order is paid to; None when no account of its currency is for it.

    What a person has said goes first, the most exact of it. Where nothing was said, it is an account in the buyer's
    country, else one at home; of several one that is for no special orders, then the oldest.

    Args:
        destinations: the accounts of the merchant that have an IBAN.
        sale: the order.
        home: the merchant's country.
    """
    kept = [each for each in destinations if each.currency == sale.currency]
    said = [(use.exactness, -each.account, each) for each in kept for use in each.uses if use.fits(sale)]
    if said:
        return max(said, key=lambda one: one[:2])[2]
    near = [sale.country or home, home]
    free = [each for each in kept if each.is_open]
    return min(free, key=lambda each: (_place(each.iban[:2], near), bool(each.uses), each.account), default=None)


def _place(country: str, near: list[str]) -> int:
    return near.index(country) if country in near else len(near)
