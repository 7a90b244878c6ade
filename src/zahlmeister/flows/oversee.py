"""What the operator sees of the house: merchants, pooled accounts with their reconciliation, unclear money, trouble."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min, Sum

from zahlmeister.accounting.models import Reconciliation
from zahlmeister.banking.models import AccountKind, BankAccount, StatementImport
from zahlmeister.desk.queries import standing
from zahlmeister.merchants.models import Membership, Merchant, Trouble
from zahlmeister.merchants.operator import customers
from zahlmeister.plans.models import Subscription
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON

MOST_TROUBLES = 50


@dataclass(frozen=True, slots=True)
class Tenant:
    """A merchant as the operator sees it; `may_look_until` is set while an owner has agreed to a visit."""

    merchant: Merchant
    plan: str
    statement_at: datetime | None
    signed_in_at: datetime | None
    may_look_until: datetime | None


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled account with the newest day on which bank and books were compared, and what is unclear on it."""

    account: BankAccount
    on: date | None
    bank_minor: int
    books_minor: int
    differences: list[str]
    unclear: int
    unclear_minor: int
    oldest_on: date | None

    @property
    def agrees(self) -> bool:
        """Whether bank and books say the same; false while nobody has compared them."""
        return self.on is not None and not self.differences and self.bank_minor == self.books_minor


def tenants(at: datetime, today: date) -> list[Tenant]:
    """Every merchant the operator works for, by name."""
    rows = Subscription.objects.filter(since__lte=today).order_by("since")
    plans = dict(rows.values_list("merchant_id", "plan"))  # the newest is the last
    statements = dict(StatementImport.objects.values_list("merchant_id").annotate(Max("created_at")).order_by())
    people = Membership.objects.values_list("merchant_id").annotate(Max("person__last_login")).order_by()
    signed_in = dict(people)
    agreed = {row.merchant_id: row.until for row in standing(at)}
    return [
        Tenant(
            merchant,
            plans.get(merchant.pk, ""),
            statements.get(merchant.pk),
            signed_in.get(merchant.pk),
            agreed.get(merchant.pk),
        )
        for merchant in sorted(customers(), key=lambda each: each.name.lower())
    ]


def pooled_accounts() -> Iterator[Pooled]:
    """Every pooled account of every merchant, those that do not agree first."""
    accounts = BankAccount.objects.filter(kind=AccountKind.POOLED, is_ours=True, same_as=None)
    accounts = accounts.select_related("merchant")
    unclear = {
        account: (count, minor, oldest)
        for account, count, minor, oldest in Payment.objects.filter(
            state__in=NEEDS_A_PERSON, transaction__account__kind=AccountKind.POOLED
        )
        .values_list("transaction__account_id")
        .annotate(Count("pk"), Sum("open_minor"), Min("booked_on"))
        .order_by()
    }
    found = [_pooled(account, unclear.get(account.pk, (0, 0, None))) for account in accounts]
    yield from sorted(found, key=lambda each: (each.agrees, each.account.merchant.name.lower(), each.account.pk))


def troubles() -> list[Trouble]:
    """Rows at which a worker's turn failed more than once, those that failed most first."""
    rows = Trouble.objects.filter(failures__gt=1).select_related("merchant")
    return list(rows.order_by("-failures", "pk")[:MOST_TROUBLES])


def _pooled(account: BankAccount, unclear: tuple[int, int, date | None]) -> Pooled:
    """What the newest reconciliation of the account's currency says of this account."""
    days = Reconciliation.objects.filter(merchant=account.merchant_id, currency=account.currency)
    newest = days.order_by("-on").first()
    told = next((each for each in newest.accounts if each["account"] == account.pk), None) if newest else None
    if newest is None or told is None or told["on"] is None:  # without a statement there is nothing to compare
        return Pooled(account, None, 0, 0, [], *unclear)
    named = [sentence for sentence in newest.differences if told["name"] in sentence]
    return Pooled(account, newest.on, told["bank"], told["books"], named, *unclear)
