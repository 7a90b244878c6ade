"""Invoices are paid from a balance, and the payment is undone; what is spent never exceeds what is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.flows.centre.announce import spread_over
from zahlmeister.flows.taken_back import take_back_by_hand
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refusals import Refused

#: What the sources of allocations from a balance begin with: they are undone here, and nowhere else.
SOURCE = "balance:"


@dataclass(frozen=True, slots=True)
class FromBalance:
    """What is to be paid: `items` in order, none for the oldest first; `key` names the form."""

    minor: int
    key: str
    items: Sequence[int] = ()


def pay_from_balance(account: Account, wanted: FromBalance, *, by: str, at: datetime) -> list[Entry]:
    """Pay open invoices of an account from its balance; the same key again pays nothing more.

    Raises:
        Refused: nothing is open, more than is open, or the account is blocked.
        NotEnough: the balance is smaller.
    """
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        known = list(Entry.objects.filter(merchant_id=account.merchant_id, source__startswith=_source(account, wanted)))
        if known:
            return known
        standing = Account.objects.select_related("merchant", "customer").get(pk=account.pk)
        if standing.is_blocked:
            raise Refused("Nothing can be spent from this account at present; ask the shop.")
        held = balance_of(standing)
        held.spend(wanted.minor, standing.currency)
        spread, over = spread_over(standing, wanted.minor, wanted.items)
        if over:
            raise Refused(f"{Amount(over, standing.currency)} are more than is open; pay at most what is open.")
        return [
            _pay(standing, item, minor, f"{_source(account, wanted)}{position}", by, at)
            for position, (item, minor) in enumerate(spread)
        ]


def undo_payment(merchant: Merchant, entry_id: int, *, by: str, at: datetime, reason: str = "") -> Entry:
    """An invoice was not to be paid from the balance: it is open again, and the balance has its money back.

    Raises:
        Refused: there is no such payment, it was undone before, or the invoice was refunded.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Entry.objects.select_related("account", "item").filter(merchant=merchant, pk=entry_id)
        entry = rows.filter(kind=EntryKind.INVOICE).first()
        if entry is None:
            raise Refused("No invoice was paid by this entry; look again.")
        if (undone := Entry.objects.filter(undoes=entry).first()) is not None:
            return undone
        allocation = Allocation.objects.filter(merchant=merchant, source=f"{SOURCE}{entry.source}", reversal=None)
        take_back_by_hand(merchant.pk, list(allocation), Decider(by, at))
        what = Balance(-entry.paid_minor, -entry.granted_minor)
        change = Change(EntryKind.INVOICE_UNDONE, what, f"{entry.source}:undone", reason, item=entry.item, undoes=entry)
        return enter(entry.account, change, by=by, at=at)


def _pay(account: Account, item_id: int, minor: int, source: str, by: str, at: datetime) -> Entry:
    item = OpenItem.objects.select_related("order").get(pk=item_id)
    what = balance_of(account).spend(minor, account.currency)
    change = Change(EntryKind.INVOICE, what, source, item.order.invoice_number or item.order.number, item=item)
    entry = enter(account, change, by=by, at=at)
    allocate(account.merchant_id, [Share(item_id, minor, f"{SOURCE}{source}")], Decider(by, at))
    return entry


def _source(account: Account, wanted: FromBalance) -> str:
    return f"paid:{account.pk}:{wanted.key}:"
