"""A person decides on a payment: assign, split, take back, ignore. Each is a POST that may be sent twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows import assign_payment as flow
from zahlmeister.money.amount import exponent
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.payment import found
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables import queries
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.refusals import Refusal, Refused


@dataclass(slots=True)
class SplitRow:
    """One order of a split, with the amount as typed."""

    item: OpenItem
    text: str
    error: str = ""
    minor: int = 0


@dataclass(slots=True)
class Split:
    """The form that divides a payment over several orders."""

    rows: list[SplitRow] = field(default_factory=list)

    @property
    def given_minor(self) -> int:
        return sum(row.minor for row in self.rows)

    @property
    def is_right(self) -> bool:
        return bool(self.rows) and not any(row.error for row in self.rows)


@signed_in
@require_POST
def assign(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """Assign to one or several orders: fields `item` and `amount`, one of each per order."""
    row = found(request, payment_id)
    split = _read(request, row)
    if not split.is_right:
        return _split_page(request, row, split, status=422)
    shares = [(part.item.pk, part.minor) for part in split.rows]

    def act() -> None:
        flow.assign(
            request.merchant,
            row.pk,
            shares,
            by=request.user.email,
            at=timezone.now(),
            source=request.POST.get("key", "")[:64] or uuid4().hex,
        )

    numbers = ", ".join(part.item.order.number for part in split.rows)
    sentence = ngettext(
        "%(amount)s from %(payer)s is assigned to order %(numbers)s.",
        "%(amount)s from %(payer)s is assigned to orders %(numbers)s.",
        len(split.rows),
    ) % {
        "amount": _amount(split.given_minor, row.currency),
        "payer": row.transaction.counterparty or _("an unknown payer"),
        "numbers": numbers,
    }
    try:
        return _done(request, row, act, sentence, undo="office:payment-unassign")
    except Refusal as refusal:
        if not request.POST.get("split"):
            return _not_done(request, row, refusal)
        return _split_page(request, found(request, payment_id), split, status=422, refusal=in_words(refusal))


@signed_in
@require_POST
def unassign(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """Take everything of the payment back."""
    row = found(request, payment_id)
    try:
        flow.unassign(request.merchant, row.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The assignment is taken back. The payment waits for a decision again."))
    return redirect("office:payment", row.pk)


@signed_in
@require_POST
def ignore(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """The money is not for an order; with `always`, nor is any other from this account."""
    row = found(request, payment_id)
    always = request.POST.get("always") == "1"

    def act() -> None:
        flow.ignore(request.merchant, row.pk, by=request.user.email, at=timezone.now(), always=always)

    facts = {
        "amount": _amount(row.amount_minor, row.currency),
        "payer": row.transaction.counterparty or _("an unknown payer"),
    }
    sentence = (
        _("%(amount)s from %(payer)s is ignored, and so is everything from this account that waits or still comes.")
        if always
        else _("%(amount)s from %(payer)s is ignored.")
    )
    try:
        return _done(request, row, act, sentence % facts, undo="office:payment-unignore")
    except Refusal as refusal:
        return _not_done(request, row, refusal)


@signed_in
@require_POST
def unignore(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """The money may be for an order after all."""
    row = found(request, payment_id)
    try:
        flow.unignore(request.merchant, row.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The payment is no longer ignored and waits for a decision again."))
    return redirect("office:payment", row.pk)


@signed_in
def split(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """Divide a payment over several orders. Adding, removing and searching post back here and change nothing."""
    row = found(request, payment_id)
    if request.method != "POST":
        items = queries.items_by_id(row.merchant_id, _numbers(request.GET.getlist("item")))
        return _split_page(request, row, _proposed(row, [items[number] for number in items]))
    form = _read(request, row)
    removed = request.POST.get("remove", "")
    form.rows = [part for part in form.rows if str(part.item.pk) != removed]
    added = queries.items_by_id(row.merchant_id, _numbers([request.POST.get("add", "")]))
    for item in added.values():
        left = max(0, row.open_minor - form.given_minor)
        form.rows.append(_filled(item, min(left, item.open_minor) or left))
    for part in form.rows:
        part.error = ""
    return _split_page(request, row, form)


def _split_page(
    request: OfficeRequest, row: Payment, form: Split, status: int = 200, refusal: str = ""
) -> HttpResponseBase:
    text = typed.plain(request.POST.get("q", ""))
    taken = {part.item.pk for part in form.rows}
    orders = queries.items_to_assign(row.merchant_id, typed.sought(text, row.currency), row.currency)
    return render(
        request,
        "office/split.html",
        {
            "payment": row,
            "said": row.transaction,
            "form": form,
            "remaining_minor": row.open_minor - form.given_minor,
            "places": exponent(row.currency),
            "key": request.POST.get("key", "")[:64] or uuid4().hex,
            "wanted": text,
            "orders": [item for item in orders if item.pk not in taken],
            "is_wrong": status != 200,
            "refusal": refusal,
        },
        status=status,
    )


def _read(request: HttpRequest, row: Payment) -> Split:
    """The split as it was sent; each row that cannot be right says why."""
    numbers = _numbers(request.POST.getlist("item"))
    texts = request.POST.getlist("amount")
    items = queries.items_by_id(row.merchant_id, numbers)
    rows: list[SplitRow] = []
    for number, text in zip(numbers, texts, strict=False):
        if number in items and all(number != part.item.pk for part in rows):
            minor = typed.minor(text, row.currency) or 0
            error = "" if minor > 0 else _("Write an amount above zero, such as 12.50.")
            rows.append(SplitRow(items[number], text[:40], error, max(0, minor)))
    return Split(rows)


def _proposed(row: Payment, items: Sequence[OpenItem]) -> Split:
    """Fill the orders one after the other until the money is gone."""
    left, rows = row.open_minor, []
    for item in items:
        given = min(left, item.open_minor) if item.open_minor else left
        rows.append(_filled(item, given))
        left -= given
    return Split(rows)


def _filled(item: OpenItem, minor: int) -> SplitRow:
    return SplitRow(item, shown.typed_money(minor, item.currency, get_language() or "en"), minor=minor)


def _done(
    request: OfficeRequest, row: Payment, act: Callable[[], None], sentence: str, *, undo: str
) -> HttpResponseBase:
    """Do it, say so with the way back, and lead on to the next payment that waits."""
    following = queries.waiting_after(row.merchant_id, row)
    act()
    if following is None:
        told(request, f"{sentence} {_('That was the last payment that waited.')}", undo=reverse(undo, args=[row.pk]))
        return redirect("office:payments")
    told(request, sentence, undo=reverse(undo, args=[row.pk]))
    return redirect("office:payment", following)


def _not_done(request: OfficeRequest, row: Payment, refusal: Refusal) -> HttpResponseBase:
    """Say why on the page of the payment."""
    refused(request, refusal)
    return redirect("office:payment", row.pk)


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _amount(minor: int, currency: str) -> str:
    return f"{shown.money_text(minor, currency, get_language() or 'en')} {currency}"
