"""A carrier's payment and its advice list: hand the list in, look at what its lines mean, assign them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from zahlmeister.flows import divide_payment as flow
from zahlmeister.formats.sheets import MOST_BYTES
from zahlmeister.matching.parcels import How, WhyNot
from zahlmeister.office import shown
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.payment import found
from zahlmeister.receivables import queries
from zahlmeister.receivables.models import AdviceList, OpenItem, Payment
from zahlmeister.refusals import Refusal

HOW = {
    How.TRACKING_NUMBER: gettext_lazy("by the tracking number"),
    How.ORDER_NUMBER: gettext_lazy("by the order number"),
    How.AMOUNT_AND_NAME: gettext_lazy("by amount and name"),
}
WHY_NOT = {
    WhyNot.UNKNOWN: gettext_lazy("No order is found for it."),
    WhyNot.AMBIGUOUS: gettext_lazy("More than one order fits."),
    WhyNot.CONTRADICTION: gettext_lazy("Its numbers name different orders."),
    WhyNot.CLOSED: gettext_lazy("Nothing is open on this order any more."),
    WhyNot.CURRENCY: gettext_lazy("The order is in another currency."),
    WhyNot.TAKEN_BACK: gettext_lazy("Taken back by the carrier: take back what was assigned to this order before."),
    WhyNot.TWICE: gettext_lazy("It stands in the list before already."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the list with its order, and whether it is to be assigned."""

    row: flow.Row
    item: OpenItem | None
    is_chosen: bool

    @property
    def words(self) -> str:
        """How the order was found, or why the line is left to a person."""
        if self.row.why_not is not None:
            return str(WHY_NOT[self.row.why_not])
        return str(HOW[self.row.how]) if self.row.how else ""

    @property
    def left_minor(self) -> int:
        """What stays open on the order after a yes."""
        return max(0, self.item.open_minor - self.row.said.amount.minor) if self.item else 0


@signed_in
def advice_list(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """Hand in a list for a payment: field `file`. Shows the lists handed in before."""
    row = found(request, payment_id)
    if request.method == "POST":
        return _hand_in(request, row)
    lists = AdviceList.objects.filter(merchant=request.merchant, payment=row).order_by("-id")
    return render(request, "office/advice_list.html", {"payment": row, "said": row.transaction, "lists": lists})


@signed_in
def division(request: OfficeRequest, payment_id: int, list_id: int) -> HttpResponseBase:
    """The payment beside its list. A POST assigns the lines named in `line`; with `keeps_rest` the rest is a fee."""
    row = found(request, payment_id)
    handed_in = AdviceList.objects.filter(merchant=request.merchant, payment=row, pk=list_id).first()
    if handed_in is None:
        raise Http404
    if request.method == "POST":
        return _divide(request, row, handed_in)
    try:
        divided = flow.look_at(handed_in)
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:payment-list", row.pk)
    rows = _shown(row, divided.rows)
    return render(
        request,
        "office/division.html",
        {
            "payment": row,
            "said": row.transaction,
            "list": handed_in,
            "division": divided,
            "rows": rows,
            "may_assign": any(one.is_chosen for one in rows),
            "is_decidable": row.state in flow.DIVISIBLE and row.open_minor,
            "missing_minor": _missing(divided),
            "key": uuid4().hex,
        },
    )


def _missing(divided: flow.Division) -> int:
    """What the carrier may have kept without saying so: the list is read whole and makes more than came."""
    is_read_whole = not divided.advice.problems and all(row.is_assignable for row in divided.rows)
    return max(-divided.difference.minor, 0) if is_read_whole else 0


def _hand_in(request: OfficeRequest, row: Payment) -> HttpResponseBase:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        refused(request, _("Choose a file first."))
        return redirect("office:payment-list", row.pk)
    try:
        made = flow.hand_in_list(
            request.merchant,
            row.pk,
            file.read(MOST_BYTES + 1),
            file.name or "",
            by=request.user.email,
            at=timezone.now(),
        )
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:payment-list", row.pk)
    return redirect("office:payment-division", row.pk, made.pk)


def _divide(request: OfficeRequest, row: Payment, handed_in: AdviceList) -> HttpResponseBase:
    lines = _lines(request.POST.getlist("line"))
    following = queries.waiting_after(row.merchant_id, row)
    try:
        flow.divide(
            handed_in,
            lines,
            by=request.user.email,
            at=timezone.now(),
            source=request.POST.get("key", "")[:40] or uuid4().hex,
            keeps_rest=request.POST.get("keeps_rest") == "1",
        )
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:payment-division", row.pk, handed_in.pk)
    sentence = ngettext(
        "%(count)s line of “%(name)s” is assigned.", "%(count)s lines of “%(name)s” are assigned.", len(lines)
    ) % {"count": shown.number_text(len(lines), get_language() or "en"), "name": handed_in.name}
    told(request, sentence, undo=reverse("office:payment-unassign", args=[row.pk]))
    row.refresh_from_db(fields=["open_minor"])
    stays = row.open_minor or following is None
    return redirect("office:payment", row.pk if stays else following)


def _shown(payment: Payment, rows: Sequence[flow.Row]) -> list[Shown]:
    items = queries.items_by_id(payment.merchant_id, [row.item_id for row in rows if row.item_id is not None])
    return [
        Shown(row, items.get(row.item_id) if row.item_id is not None else None, is_chosen=row.is_assignable)
        for row in rows
    ]


def _lines(texts: Collection[str]) -> set[int]:
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10}
