"""What can be asked about customers with access, their accounts and their transfers."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet, Sum

from zahlmeister.orders.models import PaymentKind
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, CentreSettings, Customer, Entry
from zahlmeister.prepaid.rules import Balance, GrantStep, Owed, oldest_first
from zahlmeister.prepaid.states import AWAITED, EntryKind, TransferState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState


def centre_of(merchant_id: int) -> CentreSettings:
    """How a merchant wants the centre; off when nothing was said."""
    return CentreSettings.objects.filter(merchant_id=merchant_id).first() or CentreSettings(merchant_id=merchant_id)


def balance_of(account: Account) -> Balance:
    """What lies on an account now: what its newest entry says."""
    newest = Entry.objects.filter(account=account).order_by("-ordinal").first()
    return newest.after if newest else Balance()


def automatic_of(account: Account) -> AutomaticTopUp | None:
    """What a customer wants to happen by itself, where it is switched on."""
    return AutomaticTopUp.objects.filter(account=account, is_on=True).first()


def customer_of(account_id: int) -> Customer:
    """Whose an account is."""
    return Customer.objects.get(accounts=account_id)


def accounts_of(customer: Customer) -> list[Account]:
    """A customer's accounts, oldest first."""
    rows = Account.objects.filter(merchant_id=customer.merchant_id, customer=customer)
    return list(rows.select_related("merchant", "customer", "buyer").order_by("number"))


def items_of(account: Account) -> QuerySet[OpenItem]:
    """The items of an account: what its buyer ordered in its currency with the customer's own mail address.

    The address counts too, because two people of two shops can have the same customer number and be one buyer.
    """
    if account.buyer_id is None:
        return OpenItem.objects.none()
    return OpenItem.objects.filter(
        merchant_id=account.merchant_id,
        order__customer=account.buyer_id,
        order__email__iexact=account.customer.email,
        currency=account.currency,
    )


def open_items(account: Account) -> list[OpenItem]:
    """What is open of an account's invoices, the oldest first; what is paid at the door is not among it."""
    rows = items_of(account).filter(
        order__payment_kind__in=(PaymentKind.INVOICE, PaymentKind.PREPAYMENT),
        state__in=(ItemState.OPEN, ItemState.PART_PAID),
        open_minor__gt=0,
    )
    found = {row.pk: row for row in rows.select_related("order__shop")}
    return [found[owed.item] for owed in oldest_first(owed_of(list(found.values())))]


def overpaid_items(account: Account) -> list[OpenItem]:
    """Invoices that were paid too much on."""
    rows = items_of(account).filter(surplus_minor__gt=0)
    return list(rows.select_related("order").order_by("opened_on", "pk"))


def owed_of(items: Sequence[OpenItem]) -> list[Owed]:
    """Items as the rules want them: due days count, else the day of the order."""
    return [Owed(item.pk, item.open_minor, item.due_on or item.opened_on) for item in items]


def granted_on(item: OpenItem) -> int:
    """What of an item was paid with credit that was granted: it must never leave as money."""
    paid = Entry.objects.filter(merchant_id=item.merchant_id, item=item, kind=EntryKind.INVOICE, undone_by=None)
    return -(paid.aggregate(sum=Sum("granted_minor"))["sum"] or 0)


def entries_of(account: Account) -> QuerySet[Entry]:
    """What changed an account's balance, newest first."""
    return Entry.objects.filter(account=account).select_related("item__order").order_by("-ordinal")


def grant_steps(account: Account) -> list[GrantStep]:
    """Everything that changed what was granted on an account, as the rules want it."""
    rows = Entry.objects.filter(account=account).exclude(granted_minor=0).order_by("ordinal")
    columns = ("pk", "kind", "granted_minor", "expires_on", "undoes")
    return [
        GrantStep(number, minor, kind == EntryKind.GRANT, ends, undoes)
        for number, kind, minor, ends, undoes in rows.values_list(*columns)
    ]


def to_release(merchant_id: int) -> QuerySet[AnnouncedTransfer]:
    """Transfers whose money is there and that wait for a person, oldest first."""
    rows = AnnouncedTransfer.objects.filter(merchant_id=merchant_id, state=TransferState.SEEN)
    return rows.select_related("account__customer", "payment__transaction").order_by("id")


def announced_for(account: Account, items: Collection[int]) -> list[AnnouncedTransfer]:
    """The transfers of an account that were announced for one of these items, and whose money has not come."""
    rows = AnnouncedTransfer.objects.filter(account=account, state=TransferState.SENT).order_by("id")
    return [row for row in rows if any(share["item"] in items for share in row.shares)]


def awaited_references(merchant_id: int) -> list[str]:
    """The references of transfers that customers announced and whose money has not come."""
    rows = AnnouncedTransfer.objects.filter(merchant_id=merchant_id, state__in=AWAITED)
    return list(rows.values_list("reference", flat=True))


def balances_by_currency(merchant_id: int) -> dict[str, Balance]:
    """What all accounts of a merchant hold, by currency: the sum of all entries."""
    rows = Entry.objects.filter(merchant_id=merchant_id).values_list("currency").order_by("currency")
    sums = rows.annotate(Sum("paid_minor"), Sum("granted_minor"))
    return {currency: Balance(paid, granted) for currency, paid, granted in sums}


def broken_accounts(merchant_id: int) -> list[str]:
    """Accounts whose entries do not follow each other: a running balance that its entries do not make."""
    wrong: list[str] = []
    state: dict[int, tuple[int, int, int]] = {}
    rows = Entry.objects.filter(merchant_id=merchant_id).order_by("account", "ordinal")
    columns = ("account", "ordinal", "paid_minor", "granted_minor", "paid_after_minor", "granted_after_minor")
    for account, ordinal, paid, granted, paid_after, granted_after in rows.values_list(*columns):
        last, paid_before, granted_before = state.get(account, (0, 0, 0))
        if (ordinal, paid_after, granted_after) != (last + 1, paid_before + paid, granted_before + granted):
            wrong.append(f"The balance of account {account} was changed from entry {ordinal} on.")
        state[account] = ordinal, paid_after, granted_after
    return wrong
