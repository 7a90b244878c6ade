"""Which account a buyer is asked to pay to, and what people have said about it."""

from collections import defaultdict

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.receivables.destination import Destination, Sale, Use, choose
from zahlmeister.receivables.models import AccountUse


class Accounts:
    """A merchant's accounts that can be paid to, read once for any number of orders."""

    def __init__(self, merchant: Merchant) -> None:
        self._home = merchant.country
        self._accounts = {account.pk: account for account in paying_accounts(merchant.pk)}
        self._destinations = destinations(merchant.pk, list(self._accounts.values()))

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


def destinations(merchant_id: int, accounts: list[BankAccount]) -> list[Destination]:
    """The accounts with what was said of them, as the rule wants them."""
    uses: dict[int, list[Use]] = defaultdict(list)
    for use in AccountUse.objects.filter(merchant_id=merchant_id).order_by("pk"):
        uses[use.account_id].append(Use(use.shop_id, use.country))
    return [Destination(each.pk, each.currency, each.number, tuple(uses[each.pk])) for each in accounts]
