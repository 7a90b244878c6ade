"""Mails to customers of the centre are written with what became true; see `flows.centre.deliver` for how they leave.

No link and no token stands in the outbox: they are made when the mail is written, and only for what is still so.
"""

from datetime import datetime

from zahlmeister.letters.centre import CentreKind
from zahlmeister.outbox.write import Said, tell
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Customer, Entry
from zahlmeister.refunds.models import Refund

CHANNEL = "customer"


def tell_customer(customer: Customer, kind: CentreKind, key: str, *, at: datetime, **facts: int | str) -> None:
    """Write a mail to a customer, inside the caller's transaction; `facts` are what the deliverer looks up or says."""
    payload = {"kind": kind.value, "customer": customer.pk, **facts}
    said = Said(CHANNEL, f"customer:{customer.pk}", f"centre:{key}"[:120], payload)
    tell(customer.merchant_id, [said], at=at)


def tell_of_transfer(transfer: AnnouncedTransfer, *, at: datetime) -> None:
    """How to transfer what was announced."""
    key = f"transfer:{transfer.pk}"
    tell_customer(transfer.account.customer, CentreKind.TRANSFER, key, at=at, transfer=transfer.pk)


def tell_of_deposit(entry: Entry, *, at: datetime) -> None:
    """What was credited, with its confirmation as PDF."""
    key = f"deposit:{entry.pk}"
    tell_customer(entry.account.customer, CentreKind.DEPOSIT, key, at=at, entry=entry.pk)


def tell_of_rejection(transfer: AnnouncedTransfer, *, at: datetime) -> None:
    """What came was not credited, and why."""
    key = f"rejected:{transfer.pk}"
    tell_customer(transfer.account.customer, CentreKind.REJECTED, key, at=at, transfer=transfer.pk)


def tell_of_back(account: Account, refund: Refund, *, at: datetime) -> None:
    """That a part of the balance is to go back, and where to: whoever did not want that hears of it."""
    tell_customer(account.customer, CentreKind.BACK_ASKED, f"back:{refund.pk}", at=at, refund=refund.pk)


def tell_of_stay(entry: Entry, *, at: datetime) -> None:
    """What was to go back is on the balance again, and why."""
    tell_customer(entry.account.customer, CentreKind.BACK_STAYS, f"stays:{entry.pk}", at=at, entry=entry.pk)


def tell_of_failed_charge(account: Account, intent_id: int, *, stops: bool, at: datetime) -> None:
    """A top-up that was to be charged was not; `stops`: nothing is charged any more."""
    key = f"charge:{intent_id}"
    kind = CentreKind.CHARGE_STOPPED if stops else CentreKind.CHARGE_FAILED
    tell_customer(account.customer, kind, key, at=at, intent=intent_id)


def tell_of_end(account: Account, because: str, *, key: str, at: datetime) -> None:
    """Top-ups are charged by itself no more; `key` names why, and happens once."""
    kind = CentreKind.CHARGE_OVER
    tell_customer(account.customer, kind, f"over:{key}", at=at, account=account.pk, because=because)


def tell_of_low_balance(entry: Entry, *, at: datetime) -> None:
    """The balance has fallen below the account's mark."""
    tell_customer(entry.account.customer, CentreKind.BALANCE_LOW, f"low:{entry.pk}", at=at, entry=entry.pk)
