"""The bookkeeper's months and days: statements, closings, open items of any day, and each day reconciled."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.accounting.models import Closing, Reconciliation
from zahlmeister.flows.close_month import bounds, broken_closings, close_month, next_to_close
from zahlmeister.flows.export_clearing import export_clearing
from zahlmeister.flows.month_statement import confirmed, month_statement, open_items
from zahlmeister.flows.reconcile import house_of, reconcile
from zahlmeister.ledger.as_of import first_day
from zahlmeister.office import month_papers
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.typed import day as typed_day
from zahlmeister.office.typed import month as typed_month
from zahlmeister.refusals import Refused

SHOWN = 60
DAYS = 40
PARTS = {
    "own": gettext_lazy("Yours"),
    "unclear": gettext_lazy("Not assigned yet"),
    "in_transit": gettext_lazy("Transfers on their way"),
    "refunds": gettext_lazy("Refunds owed"),
    "surplus": gettext_lazy("Paid too much"),
    "customers": gettext_lazy("Customers' balances"),
    "held": gettext_lazy("Held for merchants"),
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is over or goes on, and its closing where it is closed."""

    first: date
    closing: Closing | None
    can_close: bool


class DayForm(forms.Form):
    """A day of the past."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), required=True
    )


@signed_in
def months(request: OfficeRequest) -> HttpResponseBase:
    """Every month with its papers, newest first."""
    merchant, today = request.merchant, timezone.localdate()
    closings = {row.month: row for row in Closing.objects.filter(merchant=merchant)}
    due = next_to_close(merchant, today)
    rows: list[Month] = []
    first = first_day(merchant.pk)
    month = today.replace(day=1)
    while first is not None and month >= first.replace(day=1) and len(rows) < SHOWN:
        rows.append(Month(month, closings.get(month), month == due))
        month = (month - timedelta(days=1)).replace(day=1)
    form = DayForm(initial={"day": today - timedelta(days=1)}, label_suffix="")
    return render(request, "office/months.html", {"months": rows, "form": form})


@signed_in
def month_file(request: OfficeRequest) -> HttpResponseBase:
    """The statement of a month (`month`, or last month) as workbook; `form=pdf` on paper, `form=camt` as a bank's."""
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    said = month_statement(request.merchant, *bounds(typed_month(request.GET.get("month", "")) or last_month))
    name = f"{said.first:%Y-%m}"
    if request.GET.get("form") == "camt":
        content = export_clearing(request.merchant, said.first, said.last, at=timezone.now())
        return _file(f"{name}_camt.053.xml", content, "application/xml")
    if request.GET.get("form") == "pdf":
        return _file(f"{name}.pdf", month_papers.month_paper(said), "application/pdf")
    return _file(f"{name}.xlsx", month_papers.month_workbook(said, made_at=timezone.now()), _XLSX)


@signed_in
def day_file(request: OfficeRequest) -> HttpResponseBase:
    """What was open at the end of a day (`day`, or yesterday), or with `form=pdf` what the bank accounts held."""
    day = typed_day(request.GET.get("day", "")) or timezone.localdate() - timedelta(days=1)
    if request.GET.get("form") == "pdf":
        paper = month_papers.confirmation_paper(request.merchant, day, confirmed(request.merchant, day))
        return _file(f"{day}.pdf", paper, "application/pdf")
    lines = open_items(request.merchant, day)
    content = month_papers.open_items_workbook(request.merchant, lines, day, made_at=timezone.now())
    return _file(f"{day}.xlsx", content, _XLSX)


@signed_in
@require_POST
def close(request: OfficeRequest) -> HttpResponseBase:
    """Close the oldest month that is over and open."""
    due = next_to_close(request.merchant, timezone.localdate())
    if due is None:
        told(request, _("Every month that is over is closed."))
        return redirect("office:months")
    try:
        closing = close_month(request.merchant, due, by=request.user, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("%(month)s is closed.") % {"month": f"{closing.month:%m/%Y}"})
    return redirect("office:months")


@signed_in
def closings(request: OfficeRequest) -> HttpResponseBase:
    """Look whether everything that was closed is as it was."""
    return render(request, "office/closings.html", {"sentences": broken_closings(request.merchant)})


@signed_in
def days(request: OfficeRequest) -> HttpResponseBase:
    """Each day reconciled, newest first; a POST looks at yesterday anew."""
    if request.method == "POST":
        reconcile(request.merchant, timezone.localdate() - timedelta(days=1), at=timezone.now())
        return redirect("office:days")
    rows = list(Reconciliation.objects.filter(merchant=request.merchant).order_by("-on", "currency")[:DAYS])
    context = {
        "rows": [(row, _parts(row), _accounts(row)) for row in rows],
        "house": [_house(row) for row in rows if row.on == rows[0].on] if request.merchant.is_operator else [],
    }
    return render(request, "office/days.html", context)


def _house(row: Reconciliation) -> dict[str, Any]:
    """The newest day of the whole installation, which its operator answers for."""
    found = house_of(row.on, row.currency)
    names = {
        "merchants": _("The merchants'"),
        "operator": _("Yours"),
        **{name: str(PARTS[name]) for name in found.parts},
    }
    parts = {"merchants": found.merchants, "operator": found.operator, **found.parts}
    lines = [(names[name], minor) for name, minor in parts.items() if minor]
    about = {"on": row.on, "currency": row.currency, "count": found.count, "bank": found.bank}
    return {**about, "is_proven": found.is_proven, "lines": lines}


def _parts(row: Reconciliation) -> list[tuple[str, int]]:
    return [(str(PARTS[name]), minor) for name, minor in row.parts.items() if minor]


def _accounts(row: Reconciliation) -> list[dict[str, Any]]:
    """Each bank account with what its statement said, and the day of that statement."""
    return [{**one, "on": date.fromisoformat(one["on"]) if one["on"] else None} for one in row.accounts]


def _file(name: str, content: bytes, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
