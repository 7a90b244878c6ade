"""A program takes something off a balance for what was used, and gives it back; each key once."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.flows.centre.tell import tell_of_low_balance
from zahlmeister.merchants.lock import lock
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.enter import Change, EnteredDifferently, enter
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Charge:
    """What is taken. `key` is the program's own: the same key again with the same content is the same charge."""

    amount: Amount
    key: str
    text: str = ""


def charge(shop: Shop, account_id: int, wanted: Charge, *, by: str, at: datetime) -> Entry:
    """Take an amount off a balance, granted credit first.

    Raises:
        Refused: no such account, another currency, or the account is blocked.
        NotEnough: the balance is smaller; nothing is taken then.
        EnteredDifferently: the key was used for something else.
    """
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        account = _account(shop, account_id)
        known = Entry.objects.filter(merchant_id=shop.merchant_id, source=_source(shop, wanted.key)).first()
        if known is not None:
            return _same(known, account, wanted)
        if account.is_blocked or wanted.amount.currency != account.currency:
            raise Refused(f"From this account nothing can be charged in {wanted.amount.currency} at present.")
        before = balance_of(account)
        what = before.spend(wanted.amount.minor, account.currency)
        entry = enter(account, Change(EntryKind.CHARGE, what, _source(shop, wanted.key), wanted.text), by=by, at=at)
        if account.low_minor is not None and entry.after.total < account.low_minor <= before.total:
            tell_of_low_balance(entry, at=at)
    return entry


def undo_charge(shop: Shop, key: str, *, by: str, at: datetime) -> Entry:
    """Give back what was charged under a key, to where it was taken from; twice is once.

    Raises:
        Refused: nothing was charged under this key.
    """
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        charges = Entry.objects.select_related("account").filter(merchant_id=shop.merchant_id, kind=EntryKind.CHARGE)
        entry = charges.filter(source=_source(shop, key)).first()
        if entry is None:
            raise Refused("Nothing was charged under this key.")
        what = Balance(-entry.paid_minor, -entry.granted_minor)
        change = Change(EntryKind.CHARGE_UNDONE, what, f"{entry.source}:undone", entry.text, undoes=entry)
        return enter(entry.account, change, by=by, at=at)


def _same(known: Entry, account: Account, wanted: Charge) -> Entry:
    if known.account_id != account.pk or known.amount != -wanted.amount or known.text != wanted.text[:200]:
        raise EnteredDifferently("This key was used for another charge; use a new one.")
    return known


def _account(shop: Shop, account_id: int) -> Account:
    rows = Account.objects.select_related("customer", "merchant")
    account = rows.filter(merchant_id=shop.merchant_id, pk=account_id).first()
    if account is None:
        raise Refused("There is no such account; look again.")
    return account


def _source(shop: Shop, key: str) -> str:
    return f"charge:{shop.pk}:{key}"
