"""Enter something into an account: the entry, its postings and its step of history, in one go and once per source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from django.db.models import Max, Q
from django.utils.timezone import localdate

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger import balances as books
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import Legs
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, AutomaticTopUp, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance, NotEnough
from zahlmeister.prepaid.states import CONFIRMED, SPENDS, TAKES_BACK, EntryKind, Every
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.refusals import Refused

#: Kind → the books of what was paid, and of what was granted.
LEGS: Mapping[EntryKind, tuple[Legs, Legs]] = MappingProxyType(
    {
        EntryKind.TOP_UP: (books.TOPPED_UP, books.CREDIT_GRANTED),
        EntryKind.TOP_UP_UNDONE: (books.TOP_UP_TAKEN_BACK, books.CREDIT_WITHDRAWN),
        EntryKind.PROVIDER: (books.PROVIDER_TOPPED_UP, books.CREDIT_GRANTED),
        EntryKind.PROVIDER_UNDONE: (books.PROVIDER_TOOK_BACK, books.CREDIT_WITHDRAWN),
        EntryKind.SURPLUS: (books.TOPPED_UP, books.CREDIT_GRANTED),
        EntryKind.INVOICE: (books.BALANCE_PAID, books.CREDIT_PAID),
        EntryKind.INVOICE_UNDONE: (books.BALANCE_NOT_PAID, books.CREDIT_NOT_PAID),
        EntryKind.CHARGE: (books.BALANCE_CHARGED, books.CREDIT_CHARGED),
        EntryKind.CHARGE_UNDONE: (books.BALANCE_NOT_CHARGED, books.CREDIT_NOT_CHARGED),
        EntryKind.GRANT: (books.BALANCE_RAISED, books.CREDIT_GRANTED),
        EntryKind.GRANT_WITHDRAWN: (books.BALANCE_LOWERED, books.CREDIT_WITHDRAWN),
        EntryKind.GRANT_EXPIRED: (books.BALANCE_LOWERED, books.CREDIT_WITHDRAWN),
        EntryKind.RAISED: (books.BALANCE_RAISED, books.CREDIT_GRANTED),
        EntryKind.LOWERED: (books.BALANCE_LOWERED, books.CREDIT_WITHDRAWN),
        EntryKind.REFUND: (books.BALANCE_GOES_BACK, books.CREDIT_WITHDRAWN),
        EntryKind.REFUND_UNDONE: (books.BALANCE_STAYS, books.CREDIT_GRANTED),
    }
)

#: Spending, after which a balance is topped up.
_WAKES = (EntryKind.INVOICE, EntryKind.CHARGE)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be entered: always positive; the kind says the direction.

    `source` says what it is for, once per merchant.
    """

    kind: EntryKind
    what: Balance
    source: str
    text: str = ""
    item: OpenItem | None = None
    payment: Payment | None = None
    undoes: Entry | None = None
    expires_on: date | None = None
    on: date | None = None


class EnteredDifferently(Refused):
    """The same source was entered before with another account or amount."""


def enter(account: Account, change: Change, *, by: str, at: datetime) -> Entry:
    """Enter a change, inside the caller's transaction and the merchant's turn; the same source again changes nothing.

    Raises:
        NotEnough: the balance does not hold what is to be spent.
        EnteredDifferently: the source was entered with another content before.
    """
    known = Entry.objects.filter(merchant_id=account.merchant_id, source=change.source).first()
    signed = _signed(change)
    if known is not None:
        if (known.account_id, known.paid_minor, known.granted_minor) != (account.pk, signed.paid, signed.granted):
            raise EnteredDifferently("This was entered before with another account or amount; use a new key.")
        return known
    before = balance_of(account)
    after = Balance(before.paid + signed.paid, before.granted + signed.granted)
    if change.kind in SPENDS and ((signed.paid and after.paid < 0) or after.granted < 0):
        raise NotEnough(f"The balance is {Amount(before.total, account.currency)}; that is not enough.")
    entry = _written(account, change, signed, after, by, at)
    _post(entry, at)
    _note_end(entry)
    _wake(entry, at)
    facts = {"minor": signed.total, "after": after.total, "entry": entry.pk}
    record(account.merchant_id, [Happened("account", account.pk, entry.kind, by, change.text, facts)], at=at)
    return entry


def _signed(change: Change) -> Balance:
    sign = -1 if change.kind in (*SPENDS, *TAKES_BACK) else 1
    return Balance(sign * change.what.paid, sign * change.what.granted)


def _written(account: Account, change: Change, signed: Balance, after: Balance, by: str, at: datetime) -> Entry:
    last = Entry.objects.filter(account=account).aggregate(last=Max("ordinal"))["last"] or 0
    return Entry.objects.create(
        merchant_id=account.merchant_id,
        account=account,
        ordinal=last + 1,
        kind=change.kind,
        paid_minor=signed.paid,
        granted_minor=signed.granted,
        paid_after_minor=after.paid,
        granted_after_minor=after.granted,
        currency=account.currency,
        source=change.source,
        text=change.text[:200],
        item=change.item,
        payment=change.payment,
        undoes=change.undoes,
        expires_on=change.expires_on,
        receipt=_next_receipt(account.merchant_id) if change.kind in CONFIRMED else None,
        on=change.on or localdate(at),
        by=by,
        at=at,
    )


def _note_end(entry: Entry) -> None:
    """When it is looked next whether a grant is over: what comes back may be of one that is."""
    if entry.granted_minor <= 0:
        return
    ends = entry.expires_on if entry.kind == EntryKind.GRANT else entry.on - timedelta(days=1)
    if ends is not None:
        later = Q(grants_end_on=None) | Q(grants_end_on__gt=ends)
        Account.objects.filter(later, pk=entry.account_id).update(grants_end_on=ends)


def _wake(entry: Entry, at: datetime) -> None:
    """A balance that was spent below its customer's mark is topped up at once where he is charged by itself.

    What was taken back or goes back to him is not: he would be charged for it anew.
    """
    if entry.kind in _WAKES:
        due = AutomaticTopUp.objects.filter(account=entry.account_id, is_on=True, every=Every.THRESHOLD, failures=0)
        below = due.filter(below_minor__gt=entry.after.total, look_at__gt=at).exclude(way="")
        below.update(look_at=at)


def _next_receipt(merchant_id: int) -> int:
    last = Entry.objects.filter(merchant_id=merchant_id).aggregate(last=Max("receipt"))["last"]
    return (last or 0) + 1


def _post(entry: Entry, at: datetime) -> None:
    paid_legs, granted_legs = LEGS[EntryKind(entry.kind)]
    parts = (
        (paid_legs, entry.paid_minor, "paid"),
        (granted_legs, entry.granted_minor, "granted"),
    )
    bookings = [
        Booking(legs, Amount(abs(minor), entry.currency), f"entry:{entry.pk}:{part}", entry.on)
        for legs, minor, part in parts
        if minor
    ]
    post(entry.merchant_id, bookings, at=at)
