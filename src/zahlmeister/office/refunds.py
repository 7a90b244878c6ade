"""Money that goes back: the list, one refund, asking for one of an order, and how the merchant wants them."""

from collections.abc import Callable, Iterator
from uuid import uuid4

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows import change_refund as flow
from zahlmeister.flows.ask_refund import Asked, ask_refund, limit_of
from zahlmeister.flows.confirm_refund import send_link_again
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.queries import lines
from zahlmeister.merchants.rights import Area
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import bank_of, doubt_about
from zahlmeister.office import refund_words, shown, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.office.many_acts import buttons
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds import queries
from zahlmeister.refunds.accounts import GoesTo, goes_to, paid_minor
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import EDITABLE, OWED, RefundState
from zahlmeister.refusals import Refused

#: The answer of the chip that narrows to money that has not reached its buyer yet.
UNDER_WAY = "under_way"
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class WhereForm(forms.Form):
    """Recipient, account and day; what is left empty stays as it is."""

    name = forms.CharField(
        label=gettext_lazy("Recipient"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("Exactly as the recipient's bank knows it: the bank compares it."),
    )
    iban = forms.CharField(label="IBAN", max_length=42, required=False, widget=forms.TextInput({"spellcheck": "false"}))
    on = forms.DateField(label=gettext_lazy("Leaves on"), required=False, widget=_DAY)

    def goes(self) -> GoesTo | None:
        """The account that was typed; None when none was."""
        given = self.cleaned_data
        return GoesTo(given["name"], given["iban"]) if given["iban"] else None


class RefundForm(WhereForm):
    """How much goes back for an order; without an account it goes where the money came from."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    field_order = ("amount", "name", "iban", "on", "key")

    def asked(self, currency: str) -> Asked:
        """What was typed, as the flow wants it."""
        given = self.cleaned_data
        minor = typed.minor(given["amount"], currency)
        if minor is None:
            raise Refused(f"“{given['amount']}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
        source, amount = f"office:{given['key']}", Amount(minor, currency)
        return Asked(source, amount, account=self.goes(), due_on=given["on"])


@signed_in
def refunds(request: OfficeRequest) -> HttpResponseBase:
    """The refunds by state."""
    merchant_id, address = request.merchant.pk, Address(request, file_at="")
    rows = queries.refunds(merchant_id)
    if state := address.get("state"):
        rows = rows.filter(state__in=OWED if state == UNDER_WAY else (state,))
    if text := address.q:
        rows = rows.filter(_like(text))
    if file := list_file(address, _("refunds"), _head(), _cells(rows)):
        return file
    page = pages(rows, address)
    found = rows.in_bulk(page.ids)
    counts = queries.refunds_by_state(merchant_id)
    answers = [(each.value, str(each.label)) for each in RefundState if each.value in counts]
    context = {
        "address": address,
        "chips": [choice_chip(address, "state", _("in any state"), [(UNDER_WAY, _("under way")), *answers])],
        "page": page,
        "many": buttons("refunds") if request.rights.writes(Area.MONEY_OUT) else [],
        "refunds": [(found[number], refund_words.of_what(found[number])) for number in page.ids],
    }
    return render(request, "office/refunds.html", context)


def _head() -> list[str]:
    return [
        _("Reference"), _("Of what"), _("Recipient"), "IBAN", _("Amount"), _("Currency"), _("State"), _("Planned for"),
        _("Paid on"),
    ]  # fmt: skip


def _cells(rows: QuerySet[Refund]) -> Iterator[list[Cell]]:
    for row in rows.iterator(chunk_size=2000):
        amount = Amount(row.amount_minor, row.currency)
        state = row.get_state_display()
        of = refund_words.of_what(row)
        yield [row.reference, of, row.name, row.iban, amount, row.currency, state, row.due_on, row.paid_on]


@signed_in
def refund(request: OfficeRequest, refund_id: int) -> HttpResponseBase:
    """One refund: to whom, from what, when, and what became of it; a POST changes where it goes."""
    row = _found(request, refund_id)
    initial = {"name": row.name, "iban": row.iban, "on": row.due_on if row.due_on >= timezone.localdate() else None}
    form = WhereForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        goes = form.goes()
        goes = None if goes and (goes.name, goes.iban) == (row.name, row.iban) else goes
        try:
            flow.change_refund(row, goes=goes, on=form.cleaned_data["on"], by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The refund is changed."))
            return redirect("office:refund", refund_id)
    context = {
        "refund": row,
        "what": refund_words.of_what(row),
        "why": refund_words.why(row),
        "bank": bank_of(row.iban) if row.iban else None,
        "bank_doubt": doubt_about(row.iban) if row.iban else None,
        "form": form if row.state in EDITABLE else None,
        "steps": [
            (step, words.step("refund", step.verb), words.actor(step.actor))
            for step in steps_of(row.merchant_id, "refund", row.pk)
        ],
        "postings": lines(row.merchant_id, [f"refund:{row.pk}"]),
    }
    return render(request, "office/refund.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def cancel(request: OfficeRequest, refund_id: int) -> HttpResponseBase:
    """Nothing goes back after all."""

    def verb(row: Refund) -> None:
        flow.cancel_refund(row, by=request.user.email, at=timezone.now())
        told(request, _("The refund is withdrawn; nothing leaves."))

    return _decide(request, refund_id, verb)


@signed_in
@require_POST
def ask_again(request: OfficeRequest, refund_id: int) -> HttpResponseBase:
    """The buyer gets the link once more."""

    def verb(row: Refund) -> None:
        send_link_again(row, by=request.user.email, at=timezone.now())
        told(request, _("The link is on its way, unless one was sent within the last hour."))

    return _decide(request, refund_id, verb)


@signed_in
def order_refund(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Ask for a refund of an order: how much, to whom, when."""
    item = _item(request, order_id)
    limit, goes, wanted = limit_of(item), goes_to(item), queries.settings_of(request.merchant.pk)
    paid = paid_minor(item)
    minor = item.surplus_minor or min(max(paid - limit.earlier, 0), limit.left)
    initial = {"amount": shown.typed_money(minor, item.currency, get_language() or "en"), "key": uuid4().hex}
    form = RefundForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.asked(item.currency)
            made = ask_refund(request.merchant, item.pk, asked, by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The refund is promised."))
            return redirect("office:refund", made.pk)
    context = {
        "item": item,
        "order": item.order,
        "form": form,
        "limit": limit,
        "paid_minor": paid,
        "goes": goes,
        "unusable": words.UNUSABLE[goes.why] if goes.why else "",
        "wanted": wanted,
        "earlier": queries.standing_refunds(request.merchant.pk, item=item.pk),
    }
    return render(request, "office/order_refund.html", context, status=422 if form.errors else 200)


def _like(text: str) -> Q:
    """The number of a refund or an order, a recipient, an account."""
    number = text.upper().removeprefix("ZMR").lstrip("0")
    found = Q(name__icontains=text) | Q(iban=tidy(text))
    found |= Q(item__order__number__icontains=text) | Q(external_reference=text)
    return found | Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else found


def _decide(request: OfficeRequest, refund_id: int, verb: Callable[[Refund], None]) -> HttpResponseBase:
    row = _found(request, refund_id)
    try:
        verb(row)
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:refund", refund_id)


def _found(request: OfficeRequest, refund_id: int) -> Refund:
    row = queries.refunds(request.merchant.pk).filter(pk=refund_id).first()
    if row is None:
        raise Http404
    return row


def _item(request: OfficeRequest, order_id: int) -> OpenItem:
    rows = OpenItem.objects.filter(merchant=request.merchant, order=order_id)
    item = rows.select_related("order__shop", "order__merchant").first()
    if item is None:
        raise Http404
    return item
