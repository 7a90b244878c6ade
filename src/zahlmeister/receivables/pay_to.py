"""Which account a buyer is asked to pay to, and what people have said about it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.receivables.destination import Destination, Sale, Use, choose
from zahlmeister.receivables.models import AccountUse, OpenItem
from zahlmeister.receivables.states import ItemState

#: So many sorts of open orders are shown, the most frequent first.
MOST_SORTS = 50


class Accounts:
    """A merchant's accounts that can be paid to, read once for any number of orders."""

    def __init__(self, merchant: Merchant, *, also: tuple[int, Use] | None = None) -> None:
        """`also` is a use of an account that nobody has saved yet: what would it change?"""
        self._home = merchant.country
        self._accounts = {account.pk: account for account in paying_accounts(merchant.pk)}
        uses = dict(uses_of(merchant.pk))
        if also is not None:
            uses = _with(uses, *also, {number: each.currency for number, each in self._accounts.items()})
        self._destinations = [
            Destination(number, account.currency, account.number, tuple(uses.get(number, ())), account.is_exclusive)
            for number, account in self._accounts.items()
        ]

    def account_for(self, sale: Sale) -> BankAccount | None:
        """The account that such an order is paid to; None when no account is for it."""
        chosen = choose(self._destinations, sale, home=self._home)
        return self._accounts[chosen.account] if chosen else None


def account_for(order: Order) -> BankAccount | None:
    """The account an order is paid to: by currency, then shop, then billing country.

    None when the merchant has no account with an IBAN in its currency, or said that all of them are for other orders.
    """
    return Accounts(order.merchant).account_for(sale_of(order))


def sale_of(order: Order) -> Sale:
    """What of an order decides on the account."""
    return Sale(order.currency, order.shop_id, order.country.upper())


def uses_of(merchant_id: int) -> Mapping[int, Sequence[Use]]:
    """What people have said, per account; accounts that nothing was said of are left out."""
    uses: dict[int, list[Use]] = defaultdict(list)
    for use in AccountUse.objects.filter(merchant_id=merchant_id).order_by("pk"):
        uses[use.account_id].append(Use(use.shop_id, use.country))
    return dict(uses)


def account_uses(merchant_id: int) -> list[AccountUse]:
    """What people have said, with account and shop, as one reads it: by currency, shop and country."""
    rows = AccountUse.objects.filter(merchant_id=merchant_id).select_related("account", "shop")
    return sorted(rows, key=lambda use: (use.currency, use.shop.name if use.shop else "", use.country))


@dataclass(frozen=True, slots=True)
class SortOfSale:
    """So many open orders of one currency, shop and country."""

    sale: Sale
    orders: int


def sorts_of_open_orders(merchant_id: int) -> list[SortOfSale]:
    """From which shops and countries and in which currencies money is still to come, the most frequent first."""
    rows = (
        OpenItem.objects.filter(merchant_id=merchant_id, state__in=(ItemState.OPEN, ItemState.PART_PAID))
        .values_list("currency", "order__shop", "order__country")
        .annotate(orders=Count("pk"))
        .order_by("-orders", "currency", "order__shop", "order__country")[:MOST_SORTS]
    )
    return [SortOfSale(Sale(currency, shop, country.upper()), orders) for currency, shop, country, orders in rows]


def _with(
    uses: Mapping[int, Sequence[Use]], account: int, use: Use, currencies: Mapping[int, str]
) -> dict[int, Sequence[Use]]:
    """The uses as they would be: of a currency, one account is for the same orders, so the new one takes them over."""
    left = {
        number: [one for one in mine if one != use or currencies.get(number) != currencies.get(account)]
        for number, mine in uses.items()
    }
    return {**left, account: [*left.get(account, ()), use]}
