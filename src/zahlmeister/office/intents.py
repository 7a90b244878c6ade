"""Payments at providers: the list, and one with everything that was said of it and moved; sending money back."""

import re
from uuid import uuid4

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows.approve_back import approve_back, refuse_back
from zahlmeister.flows.refund_by_provider import Wanted, left_for_orders
from zahlmeister.flows.refund_by_provider import refund as send_back
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.history.queries import steps_of
from zahlmeister.intents import queries
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.intents.states import PAID, IntentState, Purpose
from zahlmeister.ledger.queries import lines
from zahlmeister.money.amount import Amount
from zahlmeister.office import provider_words, shown, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

#: What the list is narrowed to beside the states.
SECOND = "second"


@signed_in
def intents(request: OfficeRequest) -> HttpResponseBase:
    """The payments by state."""
    merchant_id, address = request.merchant.pk, Address(request, file_at="")
    rows = queries.intents(merchant_id)
    if state := address.get("state"):
        rows = rows.filter(pk__in=_to_approve(merchant_id)) if state == SECOND else rows.filter(state=state)
    if text := address.q:
        rows = (
            rows.filter(reference__icontains=text) | rows.filter(provider_id=text) | rows.filter(text__icontains=text)
        )
    head = [_("Reference"), _("Text"), _("Paid with"), _("Amount"), _("Currency"), _("State"), _("Begun on")]
    if file := list_file(address, _("payments-at-providers"), head, map(_cells, rows.iterator(chunk_size=2000))):
        return file
    page = pages(rows, address)
    found = rows.in_bulk(page.ids)
    counts = queries.intents_by_state(merchant_id)
    answers = [(each.value, str(each.label)) for each in IntentState if each.value in counts]
    if _to_approve(merchant_id):
        answers.append((SECOND, _("a refund waits for a second person")))
    context = {
        "address": address,
        "chips": [choice_chip(address, "state", _("in any state"), answers)],
        "page": page,
        "intents": [(found[number], provider_words.method(found[number].method)) for number in page.ids],
    }
    return render(request, "office/intents.html", context)


def _to_approve(merchant_id: int) -> list[int]:
    """Payments whose refunds wait for a second person."""
    return list(queries.refunds_to_approve(merchant_id).values_list("intent", flat=True))


def _cells(row: PaymentIntent) -> list[Cell]:
    amount, day = Amount(row.amount_minor, row.currency), timezone.localdate(row.created_at)
    method = provider_words.method(row.method)
    return [row.reference, row.text, method, amount, row.currency, row.get_state_display(), day]


@signed_in
def intent(request: OfficeRequest, intent_id: int) -> HttpResponseBase:
    """One payment: how far it is, what it is for, every move and every call."""
    row = _found(request, intent_id)
    left = left_for_orders(row)
    context = {
        "intent": row,
        "method": provider_words.method(row.method),
        "items": _items(row),
        "moves": [(move, provider_words.kind(move.kind)) for move in row.moves.order_by("at", "id")],
        "events": [(event, provider_words.kind(event.kind)) for event in row.events.order_by("heard_at", "id")],
        "refunds": row.refunds.order_by("id"),
        "may_approve": request.rights.may_approve,
        "can_go_back": row.state in PAID and row.purpose == Purpose.ITEMS and left.minor > 0,
        "left": shown.typed_money(left.minor, row.currency, get_language() or "en"),
        "key": uuid4().hex,
        "steps": [
            (step, words.step("intent", step.verb), words.actor(step.actor))
            for step in steps_of(row.merchant_id, "intent", row.pk)
        ],
        "postings": lines(row.merchant_id, [f"intent:{row.pk}"]),
    }
    return render(request, "office/intent.html", context)


@signed_in
@require_POST
def refund(request: OfficeRequest, intent_id: int) -> HttpResponseBase:
    """Send so much of the field `amount` back, for the order of the field `item`."""
    row = _found(request, intent_id)
    minor, item, key = (
        typed.minor(request.POST.get("amount", ""), row.currency),
        request.POST.get("item", ""),
        request.POST.get("key", "")[:32],
    )
    if minor is None or not (item.isdecimal() and len(item) < 19) or not key:
        refused(request, _("Write an amount above zero, such as 12.50."))
        return redirect("office:intent", intent_id)
    wanted = Wanted(int(item), Amount(minor, row.currency), key)
    try:
        send_back(
            request.merchant,
            row.pk,
            wanted,
            by=request.user.email,
            at=timezone.now(),
            person_id=request.user.pk,
        )
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The money goes back by the way it was paid."))
    return redirect("office:intent", intent_id)


@signed_in
@require_POST
def second_look(request: OfficeRequest, intent_id: int) -> HttpResponseBase:
    """A second person approves the refund of the field `back`, or does not."""
    row = _found(request, intent_id)
    told_back = request.POST.get("back", "")
    back = row.refunds.filter(pk=int(told_back)).first() if re.fullmatch(r"[0-9]{1,18}", told_back) else None
    verbs = {"approve": approve_back, "refuse": refuse_back}
    if back is None or request.POST.get("do") not in verbs:
        raise Http404
    try:
        verbs[request.POST["do"]](request.merchant, back.pk, by=request.user, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Kept."))
    return redirect("office:intent", intent_id)


def _found(request: OfficeRequest, intent_id: int) -> PaymentIntent:
    row = queries.intents(request.merchant.pk).filter(pk=intent_id).first()
    if row is None:
        raise Http404
    return row


def _items(row: PaymentIntent) -> list[OpenItem]:
    """The orders it was for, in the order in which they were chosen."""
    numbers = [int(item) for item, _minor in row.shares]
    found = OpenItem.objects.filter(merchant_id=row.merchant_id, pk__in=numbers).select_related("order").in_bulk()
    return [found[number] for number in numbers if number in found]
