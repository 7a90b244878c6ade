"""Weekly settlements between merchants and guarantors: when the next one is, what it will bring, and each report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.history.queries import steps_of
from zahlmeister.money.amount import Amount
from zahlmeister.office import purchase_plots, shown, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.orders.queries import Sought
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Settlement
from zahlmeister.purchase.report import as_csv, file_name
from zahlmeister.purchase.rules import next_settlement
from zahlmeister.purchase.states import DueKind, GuaranteeState, SettlementState

MOST = 60
#: So many coming settlements are shown.
WEEKS = 5


@dataclass(frozen=True, slots=True)
class Coming:
    """A settlement to come: what is due by now (the next one only), and what is guaranteed at the latest with it."""

    terms: GuaranteeTerms
    on: date
    due: int
    guaranteed: int

    @property
    def sum(self) -> int:
        return self.due + self.guaranteed


@signed_in
def settlements(request: OfficeRequest) -> HttpResponseBase:
    """The calendar: coming settlements with what is known of them, and those there were."""
    agreed = GuaranteeTerms.objects.filter(Q(merchant=request.merchant) | Q(guarantor__merchant=request.merchant))
    agreed = agreed.select_related("merchant", "guarantor__merchant").order_by("merchant__name")
    rows = Settlement.objects.filter(terms__in=agreed).select_related("terms__merchant", "terms__guarantor__merchant")
    coming = [one for terms in agreed for one in _coming(terms)]
    made = listed(request, rows.order_by("-on", "-pk"), _wants(rows))
    context = made.context | {
        "coming": coming,
        "plot": purchase_plots.calendar(coming) if any(one.sum > 0 for one in coming) else None,
        "stopped": [terms for terms in agreed if terms.stopped_by],
    }
    return made.file or render(request, "office/settlements.html", context)


def _wants(rows: QuerySet[Settlement]) -> Wants[Settlement]:
    states = [(one.value, str(one.label), Q(state=one)) for one in SettlementState]
    return Wants(
        _("settlements"),
        [
            (_("Week"), lambda row: row.period),
            (_("Merchant"), lambda row: str(row.terms.merchant)),
            (_("State"), lambda row: str(row.get_state_display())),
            (_("Made"), lambda row: row.on),
            (_("Transfer"), lambda row: Amount(row.transfer_minor, row.currency)),
            (_("Currency"), lambda row: row.currency),
        ],
        [Narrowing("state", _("in any state"), states)],
        day="on",
        found=partial(_called, rows),
    )


def _called(rows: QuerySet[Settlement], text: str) -> Q:
    """Of this week or of this merchant."""
    weeks = shown.periods_called(text, rows.values_list("period", flat=True).distinct(), get_language() or "en")
    return Q(period__in=weeks) | Sought(text=text).said_in("terms__merchant__name")


@signed_in
def settlement(request: OfficeRequest, settlement_id: int) -> HttpResponseBase:
    """One settlement: its sums add up to the transfer, and every line of it."""
    found = _settlement(request, settlement_id)
    sums = dict(found.lines.values_list("kind").annotate(Sum("minor")).order_by())
    steps = steps_of(found.merchant_id, "settlement", found.pk)
    context = {
        "settlement": found,
        "sums": [(kind.label, sums[kind]) for kind in DueKind if kind in sums],
        "lines": found.lines.select_related("capture__authorisation").order_by("pk")[:MOST],
        "more": max(0, found.lines.count() - MOST),
        "steps": [(step, words.step("settlement", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/settlement.html", context)


@signed_in
def settlement_csv(request: OfficeRequest, settlement_id: int) -> HttpResponseBase:
    """The report as a program reads it."""
    found = _settlement(request, settlement_id)
    named = {"Content-Disposition": f'attachment; filename="{file_name(found)}"'}
    return HttpResponse(as_csv(found), content_type="text/csv; charset=utf-8", headers=named)


def _coming(terms: GuaranteeTerms) -> Iterator[Coming]:
    on = terms.due_on or next_settlement(terms.weekday, timezone.localdate())
    due = Due.objects.filter(terms=terms, settlement=None).aggregate(sum=Sum("minor", default=0))["sum"]
    last = terms.settlements.order_by("-created_at").first()
    due += last.forward_minor if last else 0
    after = date.min
    for _week in range(WEEKS):
        yield Coming(terms, on, due, _guaranteed(terms, after, on))
        after, on, due = on, next_settlement(terms.weekday, on), 0


def _guaranteed(terms: GuaranteeTerms, after: date, until: date) -> int:
    """What the guarantor pays with the settlements behind a day and until another, if nobody pays before."""
    rows = Capture.objects.filter(
        authorisation__terms=terms,
        guarantee=GuaranteeState.PENDING,
        is_guaranteed=False,
        pays_on__gt=after,
        pays_on__lte=until,
    )
    return sum(row.figures.value - row.figures.paid for row in rows)


def _settlement(request: OfficeRequest, settlement_id: int) -> Settlement:
    whose = Q(merchant=request.merchant) | Q(terms__guarantor__merchant=request.merchant)
    rows = Settlement.objects.filter(whose).select_related("order", "merchant", "terms__guarantor__merchant")
    found = rows.filter(pk=settlement_id).first()
    if found is None:
        raise Http404
    return found
