"""The same for many rows of a list: shown first, then done, and taken back with one click."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from zahlmeister.desk.queries import act_on_many as act_of
from zahlmeister.flows import act_on_many as flow
from zahlmeister.money.amount import Amount
from zahlmeister.office import refund_words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables.queries import OWED, items_by_id, payments_by_id
from zahlmeister.receivables.states import UNDECIDED, PaymentState
from zahlmeister.refunds.queries import refunds
from zahlmeister.refunds.states import EDITABLE
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Line:
    """A chosen row in the preview: its name, its money, and why nothing will become of it, where that is known."""

    id: int
    words: str
    amount: Amount
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done to the rows of one list."""

    title: Promise
    button: Promise
    effect: Promise
    page: str  # the list
    lines: Callable[[int, Sequence[int]], list[Line]]
    done: Callable[[int], str]


def _payments(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = payments_by_id(merchant_id, chosen).select_related("transaction__account")
    return [
        Line(
            row.pk,
            row.transaction.counterparty or _("Unknown payer"),
            row.amount,
            "" if PaymentState(row.state) in UNDECIDED else _("It is %(state)s.") % {"state": row.get_state_display()},
        )
        for row in found
    ]


def _orders(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = items_by_id(merchant_id, chosen)
    return [
        Line(
            row.pk,
            _("Order %(number)s") % {"number": row.order.number},
            row.open,
            "" if row.state in OWED else _("It is %(state)s.") % {"state": row.get_state_display()},
        )
        for row in found.values()
    ]


def _refunds(merchant_id: int, chosen: Sequence[int]) -> list[Line]:
    found = refunds(merchant_id).filter(pk__in=chosen)
    return [
        Line(
            row.pk,
            f"{refund_words.of_what(row)} · {row.name}" if row.name else refund_words.of_what(row),
            Amount(row.amount_minor, row.currency),
            "" if row.state in EDITABLE else _("It is %(state)s.") % {"state": row.get_state_display()},
        )
        for row in found
    ]


ACTS: Mapping[str, Act] = {
    "payments-ignore": Act(
        gettext_lazy("Ignore payments"),
        gettext_lazy("Ignore them"),
        gettext_lazy("They are for no order: nobody is asked about them any more, and their money is booked as such."),
        "payments",
        _payments,
        lambda count: ngettext("%(count)s payment is ignored.", "%(count)s payments are ignored.", count),
    ),
    "orders-pause": Act(
        gettext_lazy("Pause reminders"),
        gettext_lazy("Pause them"),
        gettext_lazy("Nobody is asked to pay them until you resume."),
        "orders",
        _orders,
        lambda count: ngettext(
            "Reminders of %(count)s order are paused.", "Reminders of %(count)s orders are paused.", count
        ),
    ),
    "refunds-withdraw": Act(
        gettext_lazy("Withdraw refunds"),
        gettext_lazy("Withdraw them"),
        gettext_lazy("Nothing goes back; the books are as if it had never been promised."),
        "refunds",
        _refunds,
        lambda count: ngettext("%(count)s refund is withdrawn.", "%(count)s refunds are withdrawn.", count),
    ),
}


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
            "can_undo": flow.KINDS[kind].undo is not None,
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
    can_undo = done.rows and flow.KINDS[kind].undo is not None
    undo = reverse(f"office:{_undo_page(kind)}", args=[done.pk]) if can_undo else ""
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


def _undo_page(kind: str) -> str:
    return {"payments-ignore": "payment-ignore-many-undo", "orders-pause": "order-pause-many-undo"}[kind]


def _sums(lines: Sequence[Line]) -> list[Amount]:
    """What is in the rows, by currency."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.minor
    return [Amount(minor, currency) for currency, minor in sorted(sums.items())]
