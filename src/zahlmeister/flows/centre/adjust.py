"""A person of the merchant changes a balance: credit is granted or withdrawn, a mistake is corrected, with a reason."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.prepaid.enter import Change, enter
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.refusals import Refused

#: What a person may enter, and which part of the balance it is about.
BY_HAND = (EntryKind.GRANT, EntryKind.GRANT_WITHDRAWN, EntryKind.RAISED, EntryKind.LOWERED)
_OF_PAID = (EntryKind.RAISED, EntryKind.LOWERED)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is to be changed: a positive amount; `key` names the form. Granted credit may expire, paid never does."""

    kind: EntryKind
    minor: int
    reason: str
    key: str
    expires_on: date | None = None


def adjust(merchant: Merchant, account_id: int, wanted: Adjustment, *, by: str, at: datetime) -> Entry:
    """Change a balance by hand; the same key again changes nothing more.

    Raises:
        Refused: no reason, no amount, no such account, or more is taken than is there.
    """
    if not wanted.reason.strip():
        raise Refused("Say why the balance is changed; the customer reads it on the statement.")
    if wanted.minor <= 0 or wanted.kind not in BY_HAND:
        raise Refused("An amount above zero is needed to change a balance.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        account = Account.objects.filter(merchant=merchant, pk=account_id).first()
        if account is None:
            raise Refused("There is no such account; look again.")
        is_paid = wanted.kind in _OF_PAID
        what = Balance(wanted.minor if is_paid else 0, 0 if is_paid else wanted.minor)
        source = f"person:{account.pk}:{wanted.key}"
        change = Change(wanted.kind, what, source, wanted.reason.strip(), expires_on=wanted.expires_on)
        return enter(account, change, by=by, at=at)
