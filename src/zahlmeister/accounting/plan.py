"""The merchant's plan of accounts: what the chart says, what the merchant says instead, and one for each bank."""

from collections.abc import Iterable

from zahlmeister.accounting.models import BookAccount, BookkeeperSettings, DebtorNumber
from zahlmeister.accounting.rules import CLAIMS_BOUGHT, Plan, lengthened, next_debtor, usual_accounts
from zahlmeister.banking.models import BankAccount
from zahlmeister.ledger.queries import is_used
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

#: Charts have so many accounts for banks: 1200, 1210 and so on to 1250.
BANKS = 6


def settings_of(merchant: Merchant) -> BookkeeperSettings:
    """How the merchant's bookkeeper numbers his accounts.

    Raises:
        Refused: nobody has said it yet.
    """
    found = BookkeeperSettings.objects.filter(merchant=merchant).first()
    if found is None:
        raise Refused("Nobody has said yet which program the bookkeeper uses; the page Books, Bookkeeper asks it.")
    return found


def plan_of(settings: BookkeeperSettings) -> Plan:
    """Which account stands for which book, with the merchant's own choices on top."""
    length = settings.account_length
    usual = usual_accounts(settings.chart, length)
    found = {(book, 0): number for book, number in usual.items()}
    if is_used(settings.merchant_id, Book.SELLERS):  # a guarantor, who owes the sellers of the claims it has bought
        found[Book.ORDERS, 0] = lengthened(CLAIMS_BOUGHT[settings.chart], length)
    banks = BankAccount.objects.filter(merchant=settings.merchant_id).order_by("pk").values_list("pk", flat=True)
    for place, bank in enumerate(banks[:BANKS]):
        found[Book.BANK, bank] = str(int(usual[Book.BANK]) + place * int(lengthened("10", length)))
    keys = {}
    for own in BookAccount.objects.filter(merchant=settings.merchant_id):
        found[Book(own.book), own.about] = own.number
        if own.tax_key:
            keys[Book(own.book), own.about] = own.tax_key
    return Plan(found, keys)


def left_to_others(plan: Plan) -> frozenset[Book]:
    """The books that have no account at all."""
    return frozenset(book for (book, about), number in plan.accounts.items() if not about and not number)


def debtors_of(settings: BookkeeperSettings, customers: Iterable[int]) -> dict[int, str]:
    """The account of each customer; who has none yet gets the next one, where each has one.

    Raises:
        Refused: the numbers are used up.
    """
    wanted = sorted(set(customers))
    if not settings.has_debtors:
        return dict.fromkeys(wanted, settings.debtor)
    taken = DebtorNumber.objects.filter(merchant=settings.merchant_id)
    known = dict(taken.values_list("customer_id", "number"))
    last = max([*known.values(), int(settings.debtor)])
    fresh = []
    for customer in wanted:
        if customer not in known:
            last = next_debtor(last, settings.account_length)
            known[customer] = last
            fresh.append(DebtorNumber(merchant_id=settings.merchant_id, customer_id=customer, number=last))
    DebtorNumber.objects.bulk_create(fresh, batch_size=1000)
    return {customer: str(known[customer]) for customer in wanted}
