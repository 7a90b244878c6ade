"""What a month has cost a merchant so far: every payment with its price, and the lines of an invoice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.merchants.operator import operator
from zahlmeister.plans.models import PlanVersion, Subscription
from zahlmeister.plans.reminder_fees import KeptFee, reminder_fees
from zahlmeister.plans.rules import Came, Charge, Prices, Why, charges
from zahlmeister.receivables.guarantee import missed
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.set_apart import SET_APART
from zahlmeister.receivables.states import PaymentState

COMMISSION, WITHOUT_ORDER, FLAT, POOLED, DEBITS = "commission", "without_order", "flat", "pooled", "debits"
REMINDER_FEES = "reminder_fees"
#: Payments on which nobody is charged: recorded only, or told in parts that are charged.
_NOT_PROCESSED = (PaymentState.EARLY, PaymentState.DIVIDED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice. `about` is what it is of: a country, or a rate in hundredths of a percent."""

    kind: str
    currency: str
    count: int
    net: int
    about: str = ""
    base: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """A month of a merchant under a plan: what each payment cost, and the lines together."""

    plan: PlanVersion
    charges: Sequence[Charge]
    lines: Sequence[Line]
    currencies: Mapping[int, str]  # of each payment
    reminder_fees: Sequence[KeptFee] = ()  # of each order, as far as a line charges them

    def count(self, *reasons: Why) -> int:
        return sum(charge.why in reasons for charge in self.charges)

    @property
    def free_used(self) -> int:
        return self.count(Why.FREE)


def plan_of(merchant_id: int, month: date) -> PlanVersion | None:
    """The prices that hold for a merchant in a month; None when nothing was agreed."""
    runs = operator()
    agreed = Subscription.objects.filter(merchant_id=merchant_id, since__lte=month).order_by("-since").first()
    if runs is None or agreed is None:
        return None
    versions = PlanVersion.objects.filter(merchant=runs, name=agreed.plan, since__lte=month)
    return versions.order_by("-since").first()


def usage(merchant_id: int, month: date) -> Usage | None:
    """What a month has cost until now; None when no plan was agreed.

    Args:
        merchant_id: whose.
        month: the first day of it.
    """
    plan = plan_of(merchant_id, month)
    if plan is None:
        return None
    rows = list(_payments(merchant_id, month))
    priced = charges(plan.prices, [came for came, _currency in rows])
    currencies = {came.payment: currency for came, currency in rows}
    amounts = {came.payment: came.minor for came, _currency in rows}
    lines = [
        *_commissions(plan.prices, priced, currencies, amounts),
        *_flat(plan, [came for came, _currency in rows]),
        *_pooled(plan, merchant_id, month),
        *_debits(plan, merchant_id, month),
    ]
    fees = reminder_fees(merchant_id, month, end_of(month), lambda day: keeps_fees(merchant_id, day))
    lines += _reminder_fees(fees)
    return Usage(plan, priced, [line for line in lines if line.net], currencies, fees)


def keeps_fees(merchant_id: int, month: date) -> bool:
    """Whether the operator keeps the fees of reminders that are sent in a month."""
    plan = plan_of(merchant_id, month)
    return plan is not None and plan.keeps_reminder_fees


def _payments(merchant_id: int, month: date) -> Iterable[tuple[Came, str]]:
    last = end_of(month)
    not_kept = {one.payment_id for one in missed(merchant_id, month)}
    rows = Payment.objects.filter(merchant_id=merchant_id, booked_on__gte=month, booked_on__lte=last)
    told = (
        rows.exclude(state__in=_NOT_PROCESSED)
        .exclude(reason=SET_APART)
        .values_list("pk", "booked_on", "amount_minor", "transaction__account__kind", "state", "currency")
    )
    for number, booked_on, minor, kind, state, currency in told:
        is_found = state in {PaymentState.ASSIGNED, PaymentState.PART_ASSIGNED}
        is_pooled = kind == AccountKind.POOLED
        is_ignored = state == PaymentState.IGNORED
        yield Came(number, booked_on, minor, is_pooled, is_ignored, number in not_kept, is_found), currency


def _commissions(
    prices: Prices, priced: Sequence[Charge], currencies: dict[int, str], amounts: dict[int, int]
) -> list[Line]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for charge in priced:
        if charge.why in {Why.COMMISSION, Why.CAPPED}:
            kind = COMMISSION if charge.why is Why.COMMISSION else WITHOUT_ORDER
            found = sums[currencies[charge.payment], kind]
            found[0] += 1
            found[1] += charge.minor
            found[2] += amounts[charge.payment]
    return [
        Line(kind, currency, count, net, str(prices.commission_bp), base)
        for (currency, kind), (count, net, base) in sorted(sums.items())
    ]


def _flat(plan: PlanVersion, came: Sequence[Came]) -> list[Line]:
    """The flat rate is due in a month in which anything came in on an own account."""
    has_own = any(not one.is_pooled for one in came)
    return [Line(FLAT, plan.currency, 1, plan.flat_own_minor)] if plan.flat_own_minor and has_own else []


def _pooled(plan: PlanVersion, merchant_id: int, month: date) -> list[Line]:
    """A fee for each pooled account that is there, by the country of its IBAN."""
    del month
    countries: dict[str, int] = defaultdict(int)
    rows = BankAccount.objects.filter(merchant_id=merchant_id, kind=AccountKind.POOLED)
    for number in rows.values_list("number", flat=True):
        countries[number[:2]] += 1
    fees = {country: plan.pooled_monthly.get(country, plan.pooled_monthly.get("", 0)) for country in countries}
    return [Line(POOLED, plan.currency, countries[each], fees[each] * countries[each], each) for each in sorted(fees)]


def _debits(plan: PlanVersion, merchant_id: int, month: date) -> list[Line]:
    """A fee for each direct debit for refunds where more than one a week was agreed. One a week costs nothing."""
    made = Debit.objects.filter(
        mandate__customer=merchant_id, created_at__gte=_begin(month), created_at__lt=_begin(_next(month))
    ).exclude(state=DebitState.CANCELLED)
    lines = []
    for about, fee in (("twice", plan.debit_twice_minor), ("each", plan.debit_each_minor)):
        count = made.filter(source__startswith=f"refunds:{about}:").count()
        lines.append(Line(DEBITS, plan.currency, count, fee * count, about))
    return lines


def _reminder_fees(fees: Sequence[KeptFee]) -> list[Line]:
    """What buyers paid as reminder fees, by currency."""
    by_currency: dict[str, list[int]] = defaultdict(list)
    for fee in fees:
        by_currency[fee.currency].append(fee.minor)
    return [Line(REMINDER_FEES, each, len(minor), sum(minor)) for each, minor in sorted(by_currency.items())]


def end_of(month: date) -> date:
    """The last day of a month that is named by its first."""
    return _next(month) - timedelta(days=1)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
