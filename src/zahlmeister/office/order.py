"""One order: who, what, what is open, and everything that ever happened to it as one story."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.dunning.states import Pause
from zahlmeister.flows import mark_paid as flow
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.queries import Line
from zahlmeister.money.banking_days import banking_day
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.letter_words import letters_about
from zahlmeister.office.postings import postings_of_item
from zahlmeister.office.reminders import asking_for
from zahlmeister.office.shop_connect import shop_of
from zahlmeister.office.shop_words import heard, verdict
from zahlmeister.orders.models import Order
from zahlmeister.orders.shop_queries import told_about
from zahlmeister.orders.states import Presence
from zahlmeister.receivables import queries
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refunds.queries import standing_refunds
from zahlmeister.refusals import Refused

_TONES = {
    "paid": "good",
    "marked_paid": "good",
    "paid_elsewhere": "good",
    "part_paid": "wait",
    "cancelled": "wait",
    "reopened": "wait",
    "asked": "wait",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A payment in the story: what it gave or, taken back, took, and why it fits."""

    row: Allocation
    signed_minor: int
    clues: list[words.ClueLine]


@dataclass(slots=True)
class Chapter:
    """What happened to the order at one instant: steps, payments behind them, postings they made; or a letter."""

    at: datetime
    heading: str
    who: str
    tone: str = ""
    reason: str = ""
    letter: SentLetter | None = None
    payments: list[Told] = field(default_factory=list)
    postings: list[Line] = field(default_factory=list)


@signed_in
def order(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """The page of one order."""
    item = _found(request, order_id)
    allocations = queries.all_allocations(request.merchant.pk, item=item.pk)
    standing = queries.standing(allocations)
    letters = letters_about(item)
    return render(
        request,
        "office/order.html",
        {
            "item": item,
            "order": item.order,
            "story": _story(item, allocations, letters.sent),
            "paid_minor": sum(row.applied_minor + row.surplus_minor for row in standing),
            "refunds": standing_refunds(request.merchant.pk, item=item.pk),
            "waived_minor": sum(row.waived_minor for row in standing),
            "is_marked": any(row.payment_id is None for row in standing),
            "is_owed": item.state in queries.OWED,
            "is_overdue": item.state in queries.OWED and item.due_on is not None and item.due_on < timezone.localdate(),
            "discount_is_over": _is_over(item),
            "letters": letters,
            "key": uuid4().hex,
            "asking": asking_for(item),
            "pauses": Pause.choices,
            "in_shop": _in_shop(item.order),
        },
    )


@signed_in
@require_POST
def paid(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """The order was paid in a way no statement shows."""
    item = _found(request, order_id)
    key = request.POST.get("key", "")[:64] or uuid4().hex
    try:
        flow.mark_paid(request.merchant, item.pk, by=request.user.email, at=timezone.now(), source=key)
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(
            request,
            _("Order %(number)s is marked as paid.") % {"number": item.order.number},
            undo=reverse("office:order-unpaid", args=[order_id]),
        )
    return redirect("office:order", order_id)


@signed_in
@require_POST
def unpaid(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """The order is not paid elsewhere after all."""
    item = _found(request, order_id)
    try:
        flow.unmark_paid(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Order %(number)s is no longer marked as paid.") % {"number": item.order.number})
    return redirect("office:order", order_id)


@signed_in
@require_POST
def cancel(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Nothing more is asked for this order."""
    item = _found(request, order_id)
    reason = " ".join(request.POST.get("reason", "").split())[:240]
    try:
        flow.cancel_item(request.merchant, item.pk, by=request.user.email, at=timezone.now(), reason=reason)
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(
            request,
            _("Order %(number)s is cancelled; nothing more is asked for it.") % {"number": item.order.number},
            undo=reverse("office:order-reopen", args=[order_id]),
        )
    return redirect("office:order", order_id)


@signed_in
@require_POST
def reopen(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """A cancelled order is asked for again."""
    item = _found(request, order_id)
    try:
        flow.reopen_item(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Order %(number)s is asked for again.") % {"number": item.order.number})
    return redirect("office:order", order_id)


def _in_shop(order: Order) -> dict[str, object] | None:
    """What the shop says of the order and what it was told; None for an order that came from no connected shop."""
    connection = shop_of(order)
    if connection is None:
        return None
    tellings = [(message, verdict(message.payload["verdict"]), heard(message.answer)) for message in told_about(order)]
    return {"connection": connection, "tellings": tellings, "is_gone": order.presence != Presence.HERE}


def _is_over(item: OpenItem) -> bool:
    """Whether what is missing would be a cash discount, had it been paid within the term."""
    until = item.order.discount_until
    return until is not None and item.state in queries.OWED and banking_day(until) < timezone.localdate()


def _found(request: OfficeRequest, order_id: int) -> OpenItem:
    item = (
        OpenItem.objects.filter(merchant=request.merchant, order=order_id)
        .select_related("order__customer", "order__shop")
        .first()
    )
    if item is None:
        raise Http404
    return item


def _story(
    item: OpenItem, allocations: Sequence[Allocation], letters: Sequence[tuple[SentLetter, str]]
) -> list[Chapter]:
    """Steps at the same instant are one chapter; payments and postings go where they were made. A letter is its own."""
    chapters: dict[datetime, Chapter] = {}
    for step in steps_of(item.merchant_id, "item", item.pk):
        heading = words.step("item", step.verb)
        chapter = chapters.get(step.at)
        if chapter is None:
            chapter = Chapter(step.at, heading, words.actor(step.actor))
            chapters[step.at] = chapter
        chapter.heading = heading  # the last step of an instant is what it came to
        chapter.tone = _TONES.get(step.verb, "")
        chapter.reason = step.reason
    for row in allocations:
        if row.at in chapters:
            minor = row.applied_minor + row.surplus_minor
            if not minor:
                continue  # what was waived shows in the postings
            signed = -minor if row.reverses_id else minor
            chapters[row.at].payments.append(Told(row, signed, words.clue_lines(row.clues)))
    for line in postings_of_item(item, allocations):
        if line.recorded_at in chapters:
            chapters[line.recorded_at].postings.append(line)
    told = [Chapter(row.sent_at, kind, row.reader, letter=row) for row, kind in letters if row.sent_at]
    return sorted([*chapters.values(), *told], key=lambda chapter: chapter.at, reverse=True)
