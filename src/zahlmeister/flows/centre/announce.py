"""A customer says what will be transferred: it gets a reference of its own, and a mail says how to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.references import new_reference
from zahlmeister.flows.centre.tell import tell_of_transfer
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import is_qr_iban, tidy
from zahlmeister.prepaid.models import Account, AnnouncedTransfer
from zahlmeister.prepaid.moves import move_transfer
from zahlmeister.prepaid.queries import balance_of, centre_of, open_items, owed_of
from zahlmeister.prepaid.rules import shares
from zahlmeister.prepaid.states import Purpose, Surplus, TransferState
from zahlmeister.receivables.destination import Sale
from zahlmeister.receivables.pay_to import Accounts
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer wants to pay. `items` are the invoices chosen, in order; none chosen means the oldest first.

    `key` names the form: the same key again is the same transfer.
    """

    purpose: Purpose
    minor: int
    key: str
    items: Sequence[int] = ()
    surplus_to: Surplus = Surplus.BALANCE


def announce(account: Account, wanted: Wanted, *, by: str, at: datetime) -> AnnouncedTransfer:
    """Give announced money its reference and tell the customer by mail how to pay.

    Raises:
        Refused: the amount is outside the merchant's limits, nothing is open, or no account can be paid to.
    """
    to = pay_to(account)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        known = AnnouncedTransfer.objects.filter(account=account, key=wanted.key).first()
        if known is not None:
            return known
        settings, today = centre_of(account.merchant_id), localdate(at)
        row = AnnouncedTransfer.objects.create(
            merchant_id=account.merchant_id,
            account=account,
            purpose=wanted.purpose,
            reference=new_reference(account.merchant_id, is_qr=is_qr_iban(tidy(to.number))),
            amount_minor=wanted.minor,
            currency=account.currency,
            shares=_shares(account, wanted),
            surplus_to=wanted.surplus_to,
            to=to,
            key=wanted.key,
            expires_on=today + timedelta(days=settings.waits_days),
            created_by=by,
            created_at=at,
        )
        facts = {"amount": str(row.amount), "reference": row.reference, "purpose": row.purpose}
        record(account.merchant_id, [Happened("transfer", row.pk, "announced", by, "", facts)], at=at)
        tell_of_transfer(row, at=at)
    return row


def withdraw(transfer: AnnouncedTransfer, *, by: str, at: datetime) -> None:
    """The customer will not pay it after all. Money that comes nevertheless is still found.

    Raises:
        Refused: its money is there already.
    """
    with transaction.atomic(durable=True):
        lock(transfer.merchant_id)
        move_transfer(transfer, TransferState.CANCELLED, by=by, at=at)


def pay_to(account: Account) -> BankAccount:
    """The merchant's account that the money of a customer's account is paid to.

    Raises:
        Refused: the merchant has none in its currency.
    """
    shop = open_items(account)[:1]
    sale = Sale(account.currency, shop[0].order.shop_id if shop else 0, account.merchant.country)
    found = Accounts(Merchant.objects.get(pk=account.merchant_id)).account_for(sale)
    if found is None:
        raise Refused(f"There is no account yet that {account.currency} can be transferred to.")
    return found


def _shares(account: Account, wanted: Wanted) -> list[dict[str, int]]:
    if wanted.purpose == Purpose.TOP_UP:
        account.limits(centre_of(account.merchant_id)).check(wanted.minor, balance=balance_of(account).total)
        return []
    spread, _over = spread_over(account, wanted.minor, wanted.items)
    return [{"item": item, "minor": minor} for item, minor in spread]


def spread_over(account: Account, minor: int, chosen: Sequence[int]) -> tuple[list[tuple[int, int]], int]:
    """How an amount is spread over an account's open invoices, and what is more than they come to.

    Args:
        account: whose invoices.
        minor: above zero.
        chosen: the invoices it is for, in order; none for all of them, the oldest first.

    Raises:
        Refused: nothing is open, an invoice is not one of them, or the amount is none.
    """
    if minor <= 0:
        raise Refused("An amount above zero is needed to pay.")
    owed = owed_of(open_items(account))
    by_item = {one.item: one for one in owed}
    if unknown := [item for item in chosen if item not in by_item]:
        raise Refused(f"{len(unknown)} of the chosen invoices are paid meanwhile; look again.")
    wanted = [by_item[item] for item in dict.fromkeys(chosen)] or owed
    if not wanted:
        raise Refused("Nothing is open on this account.")
    return shares(minor, wanted)
