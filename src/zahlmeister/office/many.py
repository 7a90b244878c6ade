"""The same for many rows of a list: shown first, then done, and taken back with one click where that can be."""

from collections.abc import Sequence
from uuid import uuid4

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zahlmeister.desk.queries import act_on_many as act_of
from zahlmeister.flows import act_on_many as flow
from zahlmeister.money.amount import Amount
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.many_acts import ACTS, Line
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused


@signed_in
@require_POST
def many(request: OfficeRequest, kind: str) -> HttpResponseBase:
    """Show what would become of the rows `row`; with `key` do it."""
    act = ACTS[kind]
    chosen = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit() and len(text) < 19]
    back = f"{reverse(f'office:{act.page}')}?{request.POST.get('query', '')}"
    lines = act.lines(request.merchant.pk, chosen[: flow.MOST]) if chosen else []
    if not lines:
        refused(request, _("Choose the rows first: each has a box at its end."))
        return redirect(back)
    key = request.POST.get("key", "")[:40]
    if not key:
        possible = [line for line in lines if not line.why_not]
        context = {
            "act": act,
            "kind": request.path,
            "lines": lines,
            "possible": possible,
            "can_undo": bool(act.undo),
            "sums": _sums(possible),
            "back": back,
            "query": request.POST.get("query", ""),
            "key": uuid4().hex,
        }
        return render(request, "office/many.html", context)
    try:
        done = flow.act_on_many(
            request.merchant, kind, [line.id for line in lines], key, by=request.user.email, at=timezone.now()
        )
    except Refused as refusal:
        refused(request, refusal)
        return redirect(back)
    undo = reverse(f"office:{act.undo}", args=[done.pk]) if done.rows and act.undo else ""
    told(request, act.done(len(done.rows)) % {"count": len(done.rows)}, undo=undo)
    for why in sorted(set(done.refused.values())):
        refused(request, why)
    return redirect(back)


@signed_in
@require_POST
def undo(request: OfficeRequest, kind: str, act_id: int) -> HttpResponseBase:
    """Take back what was done to many rows."""
    act = act_of(request.merchant.pk, act_id)
    if act is None or act.kind != kind:
        raise Http404
    try:
        left = flow.take_back(request.merchant, act, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        count = len(act.rows) - len(left)
        told(
            request,
            ngettext("%(count)s row is taken back.", "%(count)s rows are taken back.", count) % {"count": count},
        )
        for why in sorted(set(left.values())):
            refused(request, in_words(why))
    return redirect(f"office:{ACTS[kind].page}")


def _sums(lines: Sequence[Line]) -> list[Amount]:
    """What is in the rows, by currency."""
    sums: dict[str, int] = {}
    for amount in (line.amount for line in lines if line.amount):
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return [Amount(minor, currency) for currency, minor in sorted(sums.items())]
