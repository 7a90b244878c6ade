"""The operator's desk: merchants, pooled accounts and their reconciliation, workers and outbox, and visits."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.desk.queries import consent, visits
from zahlmeister.flows import oversee, oversee_far_sides, oversee_merchant
from zahlmeister.flows import visit as flow
from zahlmeister.flows.look_after_house import Sign, signs
from zahlmeister.history.models import Step
from zahlmeister.merchants.operator import customers, operator
from zahlmeister.office import shown, words
from zahlmeister.office.access import VISIT, OfficeRequest, signed_in
from zahlmeister.office.far_sides import CHANNELS, Side, channels
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.lost_factor import waiting
from zahlmeister.office.operator_merchant import failures_plot
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

SHOWN = 20
#: Figures that the desk shows in a table of their own.
SHOWN_APART = ("connections", "connections_failing", "system_down_merchants", "messages_failed_per_mille")
#: The figures of the house in the operator's words; one that is not listed keeps its name.
WORDS: Mapping[str, Promise] = {
    "statements_waiting": gettext_lazy("statements being read or waiting"),
    "statements_oldest_seconds": gettext_lazy("so long the oldest statement waits"),
    "statements_broken": gettext_lazy("statements that stopped at an error"),
    "messages_due": gettext_lazy("messages that should have gone out"),
    "messages_oldest_seconds": gettext_lazy("so late is the oldest message"),
    "messages_stuck": gettext_lazy("messages that could not be delivered"),
    "books_wrong": gettext_lazy("merchants whose books do not add up"),
    "rows_in_trouble": gettext_lazy("rows at which work failed again and again"),
    "disk_free_bytes": gettext_lazy("left on the disk with the folder of the installation"),
    "unwritable": gettext_lazy("the database answers and takes nothing"),
    "held": gettext_lazy("nothing leaves the house since a copy was put back"),
}


GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the house as the page shows it."""

    sign: Sign

    @property
    def words(self) -> str:
        return str(WORDS.get(self.sign.name, self.sign.name))

    @property
    def value(self) -> str:
        """As people say it: a time in minutes or hours, room in gigabytes, a switch as yes or no; all else counted."""
        value, language = self.sign.value, get_language() or "en"
        if self.sign.name.endswith("_bytes"):
            return f"{shown.number_text(value // GIGABYTE, language)}{shown.NARROW_BLANK}GB"
        if self.sign.name.endswith("_seconds"):
            return shown.span_text(value, language)
        if self.sign.name in ("held", "unwritable"):
            return _("yes") if value else _("no")
        return shown.number_text(value, language)

    @property
    def about(self) -> str:
        return " · ".join(str(CHANNELS.get(label, label)) for label in self.sign.labels.values())


class ConsentForm(forms.Form):
    """For how long, and what for."""

    hours = forms.IntegerField(label=gettext_lazy("For so many hours"), min_value=1, max_value=flow.LONGEST, initial=4)
    why = forms.CharField(label=gettext_lazy("What for"), max_length=200)


@signed_in
def desk(request: OfficeRequest) -> HttpResponseBase:
    """Everything the operator looks at in the morning; for those who work for the operator only."""
    if not request.merchant.is_operator:
        raise Http404
    now = timezone.now()
    sides = [Side(one) for one in oversee_far_sides.far_sides()]
    by_channel = channels(now)
    failed = oversee_merchant.failures(now)
    context = {
        "tenants": oversee.tenants(now, timezone.localdate(now)),
        "pooled": list(oversee.pooled_accounts()),
        "figures": [Figure(sign) for sign in signs(now) if sign.name not in SHOWN_APART],
        "sides": sides,
        "failing": [side for side in sides if side.of.failing],
        "down": [side for side in sides if side.of.is_to_blame],
        "channels": by_channel,
        "failing_channels": [channel for channel in by_channel if channel.of.is_bad],
        "troubles": oversee.troubles(),
        "losses": waiting(request),
        "balances": oversee_merchant.balances(customers()),
        "plot": failures_plot(failed),
        "failed": [(one, words.step(one.subject, one.verb)) for one in failed[:SHOWN]],
    }
    return render(request, "office/operator.html", context)


@signed_in
@require_POST
def visit(request: OfficeRequest) -> HttpResponseBase:
    """Go into the office of the merchant of the field `merchant`, who has agreed."""
    number = request.POST.get("merchant", "")
    if not request.merchant.is_operator or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404
    try:
        row = flow.begin_visit(request.user, int(number), at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:operator")
    request.session[VISIT] = row.pk
    return redirect("office:today")


@signed_in
@require_POST
def visit_end(request: OfficeRequest) -> HttpResponseBase:
    """Leave the merchant's office."""
    if request.visit is None:
        raise Http404
    flow.end_visit(request.visit, at=timezone.now())
    request.session.pop(VISIT, None)
    told(request, _("The visit is over."))
    return redirect("office:operator")


@signed_in
def agreement(request: OfficeRequest) -> HttpResponseBase:
    """Whether the operator's people may look in, who did and at what; a POST of an owner agrees or ends it."""
    merchant, now = request.merchant, timezone.now()
    form = ConsentForm(request.POST if "hours" in request.POST else None, label_suffix="")
    if request.method == "POST" and request.POST.get("end") == "1":
        flow.revoke_consent(merchant, by=request.user.email, at=now)
        told(request, _("Nobody of the operator's may look in any more."))
        return redirect("office:people-operator")
    if request.method == "POST" and form.is_valid():
        try:
            flow.give_consent(merchant, request.user, **form.cleaned_data, at=now)
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The operator's people may look in now."))
            return redirect("office:people-operator")
    rows = list(visits(merchant.pk)[:SHOWN])
    steps = Step.objects.filter(merchant=merchant, subject="visit", subject_id__in=[row.pk for row in rows])
    pages: dict[int, list[Step]] = {}
    for step in steps.filter(verb="looked").order_by("subject_id", "ordinal"):
        pages.setdefault(step.subject_id, []).append(step)
    context = {
        "form": form,
        "agreed": consent(merchant.pk, now),
        "operator": operator(),
        "visits": [(row, pages.get(row.pk, [])) for row in rows],
    }
    return render(request, "office/people_operator.html", context, status=422 if form.errors else 200)
