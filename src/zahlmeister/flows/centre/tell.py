"""Mails to customers of the centre are written with what became true; see `flows.centre.deliver` for how they leave.

No link and no token stands in the outbox: they are made when the mail is written, and only for what is still so.
"""

from datetime import datetime

from zahlmeister.letters.centre import CentreKind
from zahlmeister.outbox.write import Said, tell
from zahlmeister.prepaid.models import AnnouncedTransfer, Customer, Entry

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


def tell_of_low_balance(entry: Entry, *, at: datetime) -> None:
    """The balance has fallen below the account's mark."""
    tell_customer(entry.account.customer, CentreKind.BALANCE_LOW, f"low:{entry.pk}", at=at, entry=entry.pk)
