"""The first page of the day: what needs a person, and what took care of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.debit_queries import debits_waiting
from zahlmeister.banking.outgoing_queries import payment_orders
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.banking.queries import (
    asked_accounts,
    broken_imports,
    consents_ending,
    imports,
    not_started,
    stuck_connections,
)
from zahlmeister.flows.reconcile import newest_differences
from zahlmeister.learning.queries import proposals
from zahlmeister.merchants.models import Merchant
from zahlmeister.office import plots
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.orders.queries import has_orders
from zahlmeister.orders.shop_queries import shops_in_need
from zahlmeister.receivables import figures, queries
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.receivables.figures import DayMoney
from zahlmeister.receivables.going_back import NEAR, return_by, to_go_back
from zahlmeister.receivables.models import Payment

NEEDS = 8
DAYS = 30  # booking days in the plot of money in
WEEKS = 9
UNCLEAR_AGES = (2, 7, 14, 30)
OPEN_AGES = (7, 14, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest day with payments, and how to say when that was."""

    money: DayMoney
    is_yesterday: bool
    is_today: bool


@signed_in
def today(request: OfficeRequest) -> HttpResponseBase:
    """Today, or how to begin when nothing is there yet."""
    merchant = request.merchant
    day = timezone.localdate()
    if not imports(merchant.pk).exists() and not has_orders(merchant.pk):
        return render(request, "office/beginning.html", {"lacks_first_statement": True})
    waiting = queries.payment_counts(merchant.pk)
    days = figures.money_in_per_day(merchant.pk, merchant.currency, day - timedelta(weeks=WEEKS), day)
    return render(
        request,
        "office/today.html",
        {
            "today": day,
            "needs": queries.first_waiting(merchant.pk, NEEDS),
            "proposals": proposals(merchant.pk),
            "waiting": sum(waiting.values()),
            "returns": _returns(merchant, day),
            "transfers": list(payment_orders(merchant.pk).filter(state=OrderState.DRAFTED)[:NEEDS]),
            "debits": list(debits_waiting(merchant.pk)[:NEEDS]),
            "broken": list(broken_imports(merchant.pk)[:5]),
            "stuck": list(stuck_connections(merchant.pk)[:5]),
            "consents": list(consents_ending(merchant.pk, day + timedelta(days=8))[:5]),
            "accounts": list(asked_accounts(merchant.pk)[:5]),
            "early": queries.only_recorded(merchant.pk, not_started(merchant.pk))[:5],
            "shops": list(shops_in_need(merchant.pk)[:5]),
            "differences": newest_differences(merchant.pk),
            "untrue": list(untrue_in_shop(merchant.pk)[:5]),
            "newest": _newest(merchant, days, day),
            "overpaid": figures.overpaid(merchant.pk, merchant.currency),
            "owed": figures.owed(merchant.pk, merchant.currency, day),
            "plots": _plots(merchant, days, day) if days else [],
        },
    )


def _returns(merchant: Merchant, day: date) -> list[tuple[Payment, date | None]]:
    """Money on pooled accounts whose term ends in these days, or is over without a transfer back."""
    rows = to_go_back(merchant, day + timedelta(days=NEAR))[:NEEDS]
    return [(row, return_by(row, merchant.return_after_days)) for row in rows]


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


def _plots(merchant: Merchant, days: Sequence[DayMoney], day: date) -> list[plots.Plot]:
    currency = merchant.currency
    return [
        plots.money_in(days[-DAYS:], currency),
        plots.settled_share(days),
        plots.ages(
            _("Unassigned money by age"),
            _("days since booking"),
            figures.unclear_by_age(merchant.pk, currency, day, UNCLEAR_AGES),
            currency,
        ),
        plots.ages(
            _("Open items by age"),
            _("days since the order"),
            figures.open_by_age(merchant.pk, currency, day, OPEN_AGES),
            currency,
        ),
    ]
