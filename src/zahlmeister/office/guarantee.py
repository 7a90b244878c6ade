"""The guarantee: which share of the payments that could be assigned was assigned by itself, and what was missed."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.learning.queries import proposals
from zahlmeister.office import plots, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.receivables.figures import newest_booking_day
from zahlmeister.receivables.guarantee import Month, months

#: So many months are drawn.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the month in words, with the address of its rows; `is_part` of the one above it."""

    words: str
    count: int
    address: str
    is_part: bool


@signed_in
def guarantee(request: OfficeRequest) -> HttpResponseBase:
    """One month in figures, with the months before it as a plot; `month` is such as 2026-11."""
    merchant = request.merchant
    today = timezone.localdate()
    newest = newest_booking_day(merchant.pk, merchant.currency, today)
    first = typed.month(request.GET.get("month", "")) or (newest or today).replace(day=1)
    shown = months(merchant.pk, first, MONTHS)
    month = shown[-1]
    following = _end(first) + timedelta(days=1)
    return render(
        request,
        "office/guarantee.html",
        {
            "month": month,
            "figures": _figures(month),
            "before": (first - timedelta(days=1)).replace(day=1),
            "after": following if following <= today else None,
            "plot": plots.guarantee(shown) if any(one.assignable for one in shown) else None,
            "proposals": len(proposals(merchant.pk)),
        },
    )


def _figures(month: Month) -> list[Figure]:
    """Three sums, each with its parts below it."""
    sums: tuple[tuple[tuple[str, int, dict[str, str]], ...], ...] = (
        (
            (_("Payments that could be assigned"), month.assignable, {"guarantee": "assignable"}),
            (_("assigned by themselves, and rightly"), month.automatic, {"guarantee": "automatic"}),
            (_("missed, so that no fee is due"), month.missed, {"guarantee": "missed"}),
        ),
        (
            (_("Of the missed ones"), month.missed, {"guarantee": "missed"}),
            (_("by hand, as suggested first"), month.suggested_first, {"guarantee": "first"}),
            (_("by hand, as suggested among others"), month.suggested, {"guarantee": "suggested"}),
            (_("by hand, without a suggestion"), month.found, {"guarantee": "found"}),
            (_("assigned wrongly, taken back by a person"), month.wrong, {"guarantee": "wrong"}),
        ),
        (
            (_("Not counted"), month.later + month.listed + month.early + month.waiting, {}),
            (_("by hand, to an order that was not open when the money came"), month.later, {"guarantee": "later"}),
            (_("by hand, divided by a carrier's list"), month.listed, {"guarantee": "listed"}),
            (_("by hand, booked before the account's start"), month.early, {"guarantee": "early"}),
            (_("still waiting for a decision"), month.waiting, {"state": "needs"}),
        ),
    )
    return [
        Figure(text, count, _rows(month, filters) if filters else "", is_part=place > 0)
        for parts in sums
        for place, (text, count, filters) in enumerate(parts)
    ]


def _rows(month: Month, filters: dict[str, str]) -> str:
    days = {"from": month.first.isoformat(), "to": _end(month.first).isoformat()}
    return f"{reverse('office:payments')}?{urlencode({**filters, **days})}"


def _end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
