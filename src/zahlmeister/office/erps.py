"""ERPs: connecting one, whether it answers, its keys, and every document that came, with what became of it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.erps import queries
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.states import LOOKED_AT, ReceiptState, Way
from zahlmeister.flows.erps import receive_document, steer_erp
from zahlmeister.flows.erps.connect_erp import WantedErp, connect
from zahlmeister.flows.erps.reach_erp import layouts
from zahlmeister.flows.let_program_in import let_program_in, shut_programs_out
from zahlmeister.history.queries import steps_of
from zahlmeister.office import erp_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.models import Shop
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import of_channel
from zahlmeister.programs.queries import valid_keys
from zahlmeister.purchase.models import PurchaseEvent
from zahlmeister.refusals import Refusal

#: Documents and calls shown on the page of one ERP.
MOST = 20


class ErpForm(forms.Form):
    """How an ERP is reached: the fields of its way, and where it is called."""

    def __init__(self, way: Way, data: QueryDict | None, erp: ErpConnection | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.way = way
        known: Mapping[str, Any] = {**erp.settings, "address_called": erp.address} if erp else {}
        if erp is None:
            self.fields["name"] = forms.CharField(label=_("What you call it"), max_length=80)
        if way in (Way.FOLDER, Way.SFTP):
            self.fields["layout"] = forms.ChoiceField(
                label=_("How its files are written"), choices=sorted(layouts().items()), initial=erp and erp.profile
            )
        for one in erp_words.FIELDS[way]:
            widget = forms.PasswordInput({"autocomplete": "off"}) if one.is_secret else forms.TextInput()
            hint = _("Leave it empty to keep the present one.") if one.is_secret and erp else str(one.hint)
            self.fields[one.name] = forms.CharField(
                label=str(one.label),
                help_text=hint,
                required=one.is_needed and not (one.is_secret and erp),
                initial=_shown(known.get(one.name, "")),
                widget=widget,
                max_length=4000,
            )
        self.fields["address_called"] = forms.CharField(
            label=_("Call this address"),
            help_text=_("Whenever something becomes of an order: paid, overdue, paid out. Signed; may stay empty."),
            max_length=500,
            required=False,
            initial=known.get("address_called", ""),
        )

    def wanted(self, name: str) -> WantedErp:
        """The ERP as it was typed in."""
        given = self.cleaned_data
        fields = erp_words.FIELDS[self.way]
        settings = {
            one.name: _several(given[one.name]) if one.is_list else given[one.name].strip()
            for one in fields
            if not one.is_secret and given[one.name].strip()
        }
        secret = {one.name: given[one.name] for one in fields if one.is_secret and given[one.name]}
        address = given["address_called"]
        return WantedErp(name, self.way, given.get("layout", ""), address, settings, secret)


@signed_in
def erps(request: OfficeRequest) -> HttpResponseBase:
    """The ERPs, those that can be connected, and the documents that came from any of them."""
    found = listed(request, queries.receipts(request.merchant.pk), _wants())
    context = {
        "erps": queries.erps(request.merchant.pk),
        "ways": [(way, way.label) for way in _ways()],
        "documents": [_line(row) for row in found.rows],
    }
    return found.file or render(request, "office/erps.html", found.context | context)


def _wants() -> Wants[Receipt]:
    states = [(one.value, str(one.label), Q(state=one)) for one in ReceiptState]
    return Wants(
        _("documents"),
        [
            (_("Came in"), lambda row: timezone.localdate(row.came_at)),
            (_("Kind"), lambda row: erp_words.document(row.kind)),
            (_("Number"), lambda row: row.number),
            (_("Order"), lambda row: row.order_number),
            (_("Invoice"), lambda row: row.invoice_number),
            (_("State"), lambda row: str(row.get_state_display())),
            (_("Why"), lambda row: in_words(row.why) if row.why else ""),
            ("ERP", lambda row: row.erp.name if row.erp else row.came_by),
            (_("came as"), lambda row: row.origin),
        ],
        [Narrowing("state", _("in any state"), states)],
        ("number", "order_number", "invoice_number"),
        "came_at__date",
    )


@signed_in
def new(request: OfficeRequest, way: str) -> HttpResponseBase:
    """Connect an ERP: it is talked to at once, and its keys are shown this once."""
    if way not in _ways():
        raise Http404
    form = ErpForm(Way(way), request.POST or None)
    if request.method == "POST" and form.is_valid():
        by, at = request.user.email, timezone.now()
        try:
            made, signing = connect(request.merchant, form.wanted(form.cleaned_data["name"]), by=by, at=at)
            key = _let_in(request, made) if made.way == Way.PROGRAM else ""
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return _page(request, made, ErpForm(Way(way), None, made), key=key, signing=signing if made.address else "")
    return render(
        request,
        "office/erp.html",
        {"form": form, "way": Way(way).label, "hint": erp_words.HINTS[Way(way)]},
        status=422 if form.errors else 200,
    )


@signed_in
def erp(request: OfficeRequest, erp_id: int) -> HttpResponseBase:
    """One ERP: whether it answers, its last documents and calls; a POST changes how it is reached."""
    row = _erp(request, erp_id)
    form = ErpForm(Way(row.way), request.POST or None, row)
    if request.method == "POST" and form.is_valid():
        try:
            steer_erp.change_erp(row, form.wanted(row.name), by=request.user.email, at=timezone.now())
        except Refusal as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("Saved."))
            return redirect("office:erp", erp_id)
    return _page(request, _erp(request, erp_id), form)


@signed_in
@require_POST
def act(request: OfficeRequest, erp_id: int) -> HttpResponseBase:
    """One of the things that can be done about an ERP; `act` says which. A key that was made is shown this once."""
    row = _erp(request, erp_id)
    do = _ACTS.get(request.POST.get("act", ""))
    if do is None:
        raise Http404
    try:
        keys = do(request, row) or {}
    except Refusal as refusal:
        refused(request, refusal)
        return redirect("office:erp", erp_id)
    if keys:
        return _page(request, row, ErpForm(Way(row.way), None, row), **keys)
    return redirect("office:erp", erp_id)


@signed_in
def document(request: OfficeRequest, receipt_id: int) -> HttpResponseBase:
    """One document as it came, what became of it, and why."""
    row = _receipt(request, receipt_id)
    steps = steps_of(row.merchant_id, "receipt", row.pk)
    context = {
        "line": _line(row),
        "receipt": row,
        "content": erp_words.content(row.content),
        "can_try": row.state == ReceiptState.REFUSED and bool(row.content),
        "can_let_go": row.state == ReceiptState.REFUSED,
        "steps": [(step, words.step("receipt", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/erp_document.html", context)


@signed_in
@require_POST
def document_act(request: OfficeRequest, receipt_id: int) -> HttpResponseBase:
    """Have a refused document tried anew, or let it go."""
    row, by, at = _receipt(request, receipt_id), request.user.email, timezone.now()
    try:
        if request.POST.get("act") == "let-go":
            receive_document.let_go(row.merchant_id, row.pk, by=by, at=at)
            told(request, _("The document is not needed any more."))
        elif why := receive_document.replay(row.merchant_id, row.pk, by=by, at=at):
            refused(request, Refusal(why))
        else:
            told(request, _("The document is taken."))
    except Refusal as refusal:
        refused(request, refusal)
    return redirect("office:erp-document", receipt_id)


Keys = dict[str, str] | None


def _try(request: OfficeRequest, row: ErpConnection) -> Keys:
    said = steer_erp.try_erp(row, at=timezone.now())
    told(request, _("It answers: %(said)s.") % {"said": said or _("it comes by itself")})
    return None


def _look(request: OfficeRequest, row: ErpConnection) -> Keys:
    steer_erp.look_again(row, at=timezone.now())
    told(request, _("A worker looks at it within seconds."))
    return None


def _pause(request: OfficeRequest, row: ErpConnection) -> Keys:
    steer_erp.pause_erp(row, by=request.user.email, at=timezone.now())
    return None


def _resume(request: OfficeRequest, row: ErpConnection) -> Keys:
    steer_erp.resume_erp(row, by=request.user.email, at=timezone.now())
    return None


def _new_key(request: OfficeRequest, row: ErpConnection) -> Keys:
    return {"key": _let_in(request, row)}


def _shut_out(request: OfficeRequest, row: ErpConnection) -> Keys:
    shut_programs_out(request.merchant, row.name, by=request.user.email, at=timezone.now())
    told(request, _("All its keys are invalid now."))
    return None


def _new_signing(request: OfficeRequest, row: ErpConnection) -> Keys:
    return {"signing": steer_erp.renew_signing(row, by=request.user.email, at=timezone.now())}


_ACTS: dict[str, Callable[[OfficeRequest, ErpConnection], Keys]] = {
    "try": _try,
    "look": _look,
    "pause": _pause,
    "resume": _resume,
    "key": _new_key,
    "shut-out": _shut_out,
    "signing": _new_signing,
}


def _let_in(request: OfficeRequest, row: ErpConnection) -> str:
    by, at = request.user.email, timezone.now()
    return let_program_in(request.merchant, row.name, by=by, at=at, may_purchase=True)


def _page(
    request: OfficeRequest, row: ErpConnection, form: ErpForm, *, key: str = "", signing: str = ""
) -> HttpResponseBase:
    shop = Shop.objects.filter(merchant=request.merchant, name=row.name).first() if row.way == Way.PROGRAM else None
    steps = steps_of(row.merchant_id, "erp", row.pk)
    context = {
        "form": form,
        "erp": row,
        "way": Way(row.way).label,
        "hint": erp_words.HINTS[Way(row.way)],
        "is_looked_at": row.way in LOOKED_AT,
        "is_program": row.way == Way.PROGRAM,
        "keys": valid_keys(shop) if shop else [],
        "key": key,
        "signing": signing,
        "documents": [_line(one) for one in row.receipts.order_by("-pk")[:MOST]],
        "calls": _calls(row),
        "steps": [(step, words.step("erp", step.verb), words.actor(step.actor)) for step in steps],
    }
    answer: HttpResponse = render(request, "office/erp.html", context, status=422 if form.errors else 200)
    if key or signing:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _calls(row: ErpConnection) -> list[tuple[Message, PurchaseEvent | None]]:
    """What it was told, the newest first."""
    messages = list(of_channel(row.merchant_id, "erp", group=f"erp:{row.pk}")[:MOST])
    numbers = [int(one.payload["event"]) for one in messages]
    events = PurchaseEvent.objects.filter(merchant=row.merchant_id).in_bulk(numbers)
    return [(one, events.get(number)) for one, number in zip(messages, numbers, strict=True)]


def _line(row: Receipt) -> tuple[Receipt, str]:
    return row, erp_words.document(row.kind)


def _erp(request: OfficeRequest, erp_id: int) -> ErpConnection:
    row = queries.erps(request.merchant.pk).filter(pk=erp_id).first()
    if row is None:
        raise Http404
    return row


def _receipt(request: OfficeRequest, receipt_id: int) -> Receipt:
    row = queries.receipt(request.merchant.pk, receipt_id)
    if row is None:
        raise Http404
    return row


def _ways() -> list[Way]:
    """Folders of this machine are offered only where the operator allows them."""
    return [way for way in Way if way != Way.FOLDER or private_is_allowed()]


def _several(told_: str) -> list[str]:
    return [one.strip() for one in told_.split(",") if one.strip()]


def _shown(told_: Any) -> str:
    return ", ".join(told_) if isinstance(told_, list) else str(told_)
