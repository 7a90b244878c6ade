"""The first page of the day: what needs a person, what took care of itself, and what is likely to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.queries import currencies, imports
from zahlmeister.dunning.figures import reminded
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.rights import Area
from zahlmeister.office import plots
from zahlmeister.office.access import OfficeRequest, may_open, signed_in
from zahlmeister.office.first_steps import first_steps
from zahlmeister.office.need_sources import SOURCES
from zahlmeister.office.needs import needs
from zahlmeister.office.order_files import FilesForm
from zahlmeister.orders.models import PaymentKind
from zahlmeister.orders.queries import has_orders
from zahlmeister.receivables import figures
from zahlmeister.receivables.figures import Age, DayMoney
from zahlmeister.receivables.outlook import kept, past_days
from zahlmeister.receivables.outlook_rules import Outlook, Tried, error_per_mille
from zahlmeister.refunds.queries import going_back

DAYS = 30  # booking days in the plot of money in
REMINDED = timedelta(days=7)
UNCLEAR_AGES = (2, 7, 14, 30)
OPEN_AGES = (7, 14, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest day with payments, and how to say when that was."""

    money: DayMoney
    is_yesterday: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """The outlook as pages say it: sums in minor units, and by how much it was wrong so far, in thousandths."""

    outlook: Outlook
    minor: int
    open_minor: int
    error: int | None

    @property
    def last(self) -> date:
        return self.outlook.first + timedelta(days=len(self.outlook.days) - 1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How orders of one kind are paid, in words' figures: after how many days half, and the shares after some days."""

    kind: str
    half_after: int | None
    shares: Sequence[tuple[int, int]]  # days, thousandths


@signed_in
def today(request: OfficeRequest) -> HttpResponseBase:
    """Today, or how to begin when nothing is there yet."""
    merchant = request.merchant
    day = timezone.localdate()
    if not imports(merchant.pk).exists() and not has_orders(merchant.pk):
        shown = {"lacks_first_statement": True, "guide": first_steps(request), "form": FilesForm(label_suffix="")}
        return render(request, "office/beginning.html", shown)
    guide = first_steps(request) if merchant.is_guided else None
    lines = needs(merchant, day, [one for one in SOURCES if may_open(request.rights, one.page)])
    if not request.rights.reads(Area.ORDERS):
        return render(request, "office/today.html", {"today": day, "needs": lines, "is_cut": True, "guide": guide})
    days = past_days(merchant.pk, merchant.currency, day)
    coming, only = _coming(merchant, day), _only(merchant)
    return render(
        request,
        "office/today.html",
        {
            "today": day,
            "only": only,
            "guide": guide,
            "needs": lines,
            "newest": _newest(merchant, days, day),
            "overpaid": figures.overpaid(merchant.pk, merchant.currency),
            "owed": figures.owed(merchant.pk, merchant.currency, day),
            "reminded": reminded(merchant.pk, day - REMINDED),
            "reminded_since": day - REMINDED,
            "going_back": going_back(merchant.pk, merchant.currency),
            "coming": coming,
            "plots": _plots(merchant, days, day, coming, only),
        },
    )


@signed_in
def forecast(request: OfficeRequest) -> HttpResponseBase:
    """How the forecast of the next thirty days comes about: the curves, the months tried, and the days."""
    merchant = request.merchant
    coming = _coming(merchant, timezone.localdate())
    context: dict[str, object] = {"coming": coming}
    if coming:
        found = coming.outlook
        context |= {"plot": plots.outlook(found, merchant.currency), "paces": _paces(found), "tried": _months(found)}
    return render(request, "office/forecast.html", context)


def _coming(merchant: Merchant, day: date) -> Coming | None:
    found = kept(merchant.pk, merchant.currency, day)
    if found is None:
        return None
    open_minor = sum(one.open_minor for one in found.days)
    return Coming(
        found, open_minor + sum(one.new_minor for one in found.days), open_minor, error_per_mille(found.tried)
    )


def _paces(found: Outlook) -> list[Pace]:
    return [
        Pace(
            str(PaymentKind(kind).label),
            curve.half_after(),
            [(days, curve.paid_after(days) // 1000) for days in (7, 30, 90)],
        )
        for kind, curve in found.curves.items()
    ]


def _months(found: Outlook) -> list[tuple[Tried, date, int | None]]:
    """Each month tried with its last day and by how much it was wrong, in thousandths."""
    return [(one, one.first + timedelta(days=len(found.days) - 1), error_per_mille([one])) for one in found.tried]


def _newest(merchant: Merchant, days: Sequence[DayMoney], day: date) -> Newest | None:
    """Yesterday, or the newest booking day before it, or today when there is none else."""
    yesterday = day - timedelta(days=1)
    known = [money for money in days if money.day <= yesterday] or list(days)
    if not known:
        newest = figures.newest_booking_day(merchant.pk, merchant.currency, day)
        if newest is None:
            return None
        known = figures.money_in_per_day(merchant.pk, merchant.currency, newest, newest)
    money = known[-1]
    return Newest(money, is_yesterday=money.day == yesterday, is_today=money.day == day)


def _plots(
    merchant: Merchant, days: Sequence[DayMoney], day: date, coming: Coming | None, only: str
) -> list[plots.Plot]:
    currency = merchant.currency
    drawn = [plots.money_in(days[-DAYS:], currency, only)] if days else []
    if coming:
        drawn.append(plots.outlook(coming.outlook, currency))
    if not days:
        return drawn
    return [
        *drawn,
        plots.settled_share(days),
        plots.ages(
            _("Unassigned money by age"),
            _("days since booking"),
            figures.unclear_by_age(merchant.pk, currency, day, UNCLEAR_AGES),
            currency,
            lambda age: _aged("payments", "needs", age, day, only),
        ),
        plots.ages(
            _("Open items by age"),
            _("days since the order"),
            figures.open_by_age(merchant.pk, currency, day, OPEN_AGES),
            currency,
            lambda age: _aged("orders", "owed", age, day, only),
        ),
    ]


def _only(merchant: Merchant) -> str:
    """What a link to rows adds: figures are in the merchant's own currency, and so are the rows behind them."""
    return f"&currency={merchant.currency}" if len(currencies(merchant)) > 1 else ""


def _aged(page: str, state: str, age: Age, day: date, only: str) -> str:
    """The rows of an age: the youngest may lie ahead, the oldest have no beginning."""
    first = f"&from={day - timedelta(days=age.last)}" if age.last is not None else ""
    last = f"&to={day - timedelta(days=age.first)}" if age.first else ""
    return f"{reverse(f'office:{page}')}?state={state}{first}{last}{only}"
