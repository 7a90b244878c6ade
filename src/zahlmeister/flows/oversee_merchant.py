"""What the operator sees of money and connections: balances of every merchant, days of an account, and what failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from zahlmeister.accounting.models import Reconciliation
from zahlmeister.banking.models import AccountKind, BankAccount, Connection
from zahlmeister.history.models import Step
from zahlmeister.ledger.queries import sums_by_merchant
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant
from zahlmeister.orders.models import ShopConnection
from zahlmeister.plans.credits import to_give_back
from zahlmeister.plans.models import BilledFee, Invoice, PlanVersion, Subscription
from zahlmeister.plans.usage import Usage, usage

#: What a merchant owes to people who paid, by the books that say so.
OWED = (Book.UNCLEAR, Book.SURPLUS, Book.REFUNDS, Book.PREPAID)
#: So many days of reconciliation and of failures are looked at.
DAYS = 30
#: So many of the newest invoices are shown.
INVOICES = 24
#: Kind of connection → the subject of its steps in the history, and the verbs that say that it failed.
FAILED = {
    "bank": ("connection", ("troubled", "stuck", "not_taken")),
    "shop": ("shop", ("troubled", "deactivated", "not_taken")),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """A merchant's money in one currency, in minor units: at the banks, owed to buyers, of it unclear, held by us."""

    merchant: Merchant
    currency: str
    bank: int
    owed: int
    unclear: int
    held: int


@dataclass(frozen=True, slots=True)
class Day:
    """A pooled account on one day: what its statement said, what the books said, and what was left over."""

    on: date
    bank: int
    books: int
    differences: list[str]

    @property
    def agrees(self) -> bool:
        """Whether both said the same."""
        return self.bank == self.books and not self.differences


@dataclass(frozen=True, slots=True)
class Failure:
    """A connection failed: whose, which, how, and why."""

    at: datetime
    kind: str
    merchant: Merchant
    name: str
    subject: str
    verb: str
    reason: str


def balances(merchants: list[Merchant]) -> list[Balance]:
    """What the books say of each merchant's money, by merchant and currency."""
    sums = {
        (merchant, amount.currency, book): amount.minor
        for merchant, book, amount in sums_by_merchant((Book.BANK, Book.WITH_OPERATOR, *OWED))
    }
    currencies = sorted({(merchant, currency) for merchant, currency, _book in sums})
    known = {one.pk: one for one in merchants}
    found = [
        Balance(
            known[merchant],
            currency,
            sums.get((merchant, currency, Book.BANK), 0),
            -sum(sums.get((merchant, currency, book), 0) for book in OWED),
            -sums.get((merchant, currency, Book.UNCLEAR), 0),
            sums.get((merchant, currency, Book.WITH_OPERATOR), 0),
        )
        for merchant, currency in currencies
        if merchant in known
    ]
    return sorted(found, key=lambda each: (each.merchant.name.lower(), each.currency))


def days_of(account: BankAccount, today: date) -> list[Day]:
    """The last days on which a pooled account was compared with its bank, the newest first."""
    rows = Reconciliation.objects.filter(
        merchant=account.merchant_id, currency=account.currency, on__gte=today - timedelta(days=DAYS)
    )
    found = []
    for row in rows.order_by("-on"):
        told = next((one for one in row.accounts if one["account"] == account.pk and one["on"] is not None), None)
        if told is not None:
            named = [sentence for sentence in row.differences if told["name"] in sentence]
            found.append(Day(row.on, told["bank"], told["books"], named))
    return found


def pooled_of(merchant: Merchant) -> list[BankAccount]:
    """The pooled accounts of a merchant."""
    return list(BankAccount.objects.filter(merchant=merchant, kind=AccountKind.POOLED, is_ours=True, same_as=None))


def people_of(merchant: Merchant) -> list[Membership]:
    """Who works for a merchant, by name."""
    rows = Membership.objects.filter(merchant=merchant).select_related("person")
    return list(rows.order_by("person__name", "pk"))


def agreed(merchant: Merchant, month: date) -> tuple[list[Subscription], list[str], Usage | None]:
    """Which plans were agreed with a merchant, which there are in a month, and what that month has cost so far."""
    rows = list(Subscription.objects.filter(merchant=merchant).order_by("-since"))
    names = PlanVersion.objects.filter(since__lte=month).order_by("name").values_list("name", flat=True).distinct()
    return rows, list(names), usage(merchant.pk, month)


def invoiced(merchant: Merchant) -> tuple[list[Invoice], list[BilledFee]]:
    """The newest invoices of a merchant, and the fees that the next ones give back."""
    rows = Invoice.objects.filter(customer=merchant).order_by("-issued_on", "-pk")
    return list(rows[:INVOICES]), to_give_back(merchant.pk)


def failures(at: datetime) -> list[Failure]:
    """What connections to banks and shops failed at in the last days, the newest first."""
    since = at - timedelta(days=DAYS)
    return sorted((one for kind in FAILED for one in _failures(kind, since)), key=lambda each: each.at, reverse=True)


def by_day(found: list[Failure], at: datetime) -> dict[date, dict[str, int]]:
    """How many connections of each kind failed on each of the last days; one that failed twice a day counts once."""
    last = timezone.localdate(at)
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    seen = {(timezone.localdate(one.at), one.kind, one.merchant, one.name) for one in found}
    return {day: {kind: sum(one[:2] == (day, kind) for one in seen) for kind in FAILED} for day in days}


def connections() -> dict[str, int]:
    """How many connections of each kind there are."""
    return {"bank": Connection.objects.count(), "shop": ShopConnection.objects.count()}


def _failures(kind: str, since: datetime) -> Iterator[Failure]:
    subject, verbs = FAILED[kind]
    rows = (Connection if kind == "bank" else ShopConnection).objects.select_related("merchant")
    known = {row.pk: row for row in rows}
    steps = Step.objects.filter(  # the merchant and the subject lead the index of the steps
        merchant__in={row.merchant_id for row in known.values()},
        subject=subject,
        subject_id__in=list(known),
        verb__in=verbs,
        at__gte=since,
    )
    for step in steps:
        row = known[step.subject_id]
        yield Failure(step.at, kind, row.merchant, str(row), subject, step.verb, step.reason)
