"""What a program's key reaches: each scope is one thing it may read or do."""

from collections.abc import Iterable
from enum import StrEnum

from zahlmeister.refusals import Refused


class Scope(StrEnum):
    """A right of a key. What ends in `:write` does not include reading."""

    SHOP_PROGRAM = "shop-program"  # the calls of version 2, for one shop
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    REFUNDS_READ = "refunds:read"
    REFUNDS_WRITE = "refunds:write"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    PAYOUTS_READ = "payouts:read"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    PURCHASES_READ = "purchases:read"
    PURCHASES_WRITE = "purchases:write"
    BOOKS_READ = "books:read"
    SETTINGS_READ = "settings:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


#: What a key for one shop can reach; the rest is of the merchant as a whole.
OF_ONE_SHOP = frozenset(
    {
        Scope.SHOP_PROGRAM,
        Scope.ORDERS_READ,
        Scope.ORDERS_WRITE,
        Scope.PAYMENTS_READ,
        Scope.REFUNDS_READ,
        Scope.REFUNDS_WRITE,
        Scope.CASES_READ,
        Scope.CASES_WRITE,
    }
)
#: What a key for the whole merchant can reach.
OF_A_MERCHANT = frozenset(Scope) - {Scope.SHOP_PROGRAM}


def scopes(names: Iterable[str], *, of_one_shop: bool) -> frozenset[Scope]:
    """The scopes of these names, for a key of one shop or of the whole merchant.

    Raises:
        Refused: there is no such scope, none was named, or it is none for such a key.
    """
    known = {scope.value for scope in Scope}
    wanted = set(names)
    if strange := sorted(wanted - known):
        raise Refused(f"There is no scope “{strange[0]}”; there are {', '.join(sorted(known))}.")
    if not wanted:
        raise Refused("A key needs at least one scope.")
    found = frozenset(Scope(name) for name in wanted)
    if beyond := sorted(found - (OF_ONE_SHOP if of_one_shop else OF_A_MERCHANT)):
        whose = "one shop" if of_one_shop else "all shops"
        raise Refused(f"A key for {whose} cannot have the scope {beyond[0]}.")
    return found
