"""Keys for the interface of version 1: made, shown once, replaced, withdrawn, and what happened to each."""

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.flows import let_program_in as flow
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.models import Shop
from zahlmeister.programs import queries
from zahlmeister.programs.models import ProgramKey
from zahlmeister.programs.scopes import OF_A_MERCHANT, Scope
from zahlmeister.refusals import Refused

#: What a scope is about, and what it lets a program do.
_ABOUT = {
    "orders": gettext_lazy("Orders"),
    "payments": gettext_lazy("Payments"),
    "refunds": gettext_lazy("Refunds"),
    "cases": gettext_lazy("Cases"),
    "payouts": gettext_lazy("Payouts"),
    "customers": gettext_lazy("Customers of the customer centre"),
    "purchases": gettext_lazy("Purchases on invoice"),
    "books": gettext_lazy("Books"),
    "settings": gettext_lazy("Settings"),
    "webhooks": gettext_lazy("Webhooks"),
}
_MAY = {"read": gettext_lazy("read"), "write": gettext_lazy("change")}


def scope_words(scope: str) -> str:
    """“Orders: read”, in the reader's language."""
    about, _colon, may = scope.partition(":")
    return f"{_ABOUT[about]}: {_MAY[may]}"


class KeyForm(forms.Form):
    """A key as an owner wants it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("By it the program is known in the history."),
    )
    shop = forms.ModelChoiceField(
        label=gettext_lazy("Shop"), queryset=Shop.objects.none(), required=False, empty_label=gettext_lazy("all shops")
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, request: OfficeRequest) -> None:
        super().__init__(request.POST or None, label_suffix="")
        shops, scopes = self.fields["shop"], self.fields["scopes"]
        assert isinstance(shops, forms.ModelChoiceField)
        assert isinstance(scopes, forms.MultipleChoiceField)
        shops.queryset = Shop.objects.filter(merchant=request.merchant).order_by("name")
        scopes.choices = [(scope.value, scope_words(scope)) for scope in Scope if scope in OF_A_MERCHANT]


@signed_in
def api_keys(request: OfficeRequest) -> HttpResponseBase:
    """Which keys there are; a POST makes one and shows it, this once."""
    form = KeyForm(request)
    key = _made(request, form) if request.method == "POST" and form.is_valid() else ""
    rows = [(row, _reaches(row)) for row in queries.api_keys(request.merchant.pk)]
    context = {"form": form, "key": key, "rows": rows, "now": timezone.now()}
    return _never_kept(render(request, "office/api_keys.html", context, status=422 if form.errors else 200))


@signed_in
def api_key(request: OfficeRequest, key_id: int) -> HttpResponseBase:
    """One key: what it reaches, when it was used, and what happened; it is replaced or withdrawn here."""
    found, secret = queries.api_keys(request.merchant.pk).filter(pk=key_id).first(), ""
    if found is None:
        raise Http404
    if request.method == "POST":
        secret = _done(request, found)
        if not secret:
            return redirect("office:api-key", found.pk)
        found.refresh_from_db()
    steps = steps_of(found.merchant_id, "program_key", found.pk)
    context = {
        "key": found,
        "secret": secret,
        "reaches": _reaches(found),
        "is_over": found.revoked_at is not None or (found.ends_at is not None and found.ends_at <= timezone.now()),
        "steps": [(step, words.step("program", step.verb), words.actor(step.actor)) for step in steps],
    }
    return _never_kept(render(request, "office/api_key.html", context))


def _made(request: OfficeRequest, form: KeyForm) -> str:
    said = form.cleaned_data
    wanted = flow.WantedKey(said["name"], tuple(said["scopes"]), said["shop"].name if said["shop"] else "")
    try:
        return flow.make_program_key(request.merchant, wanted, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error("scopes", in_words(refusal))
        return ""


def _done(request: OfficeRequest, key: ProgramKey) -> str:
    """Replace a key or withdraw it; the new one where there is one."""
    by, at = request.user.email, timezone.now()
    try:
        if request.POST.get("do") == "rotate":
            return flow.rotate_program_key(request.merchant, key.pk, by=by, at=at)
        if request.POST.get("do") == "withdraw":
            flow.withdraw_program_key(request.merchant, key.pk, by=by, at=at)
            told(request, _("Nobody comes in with this key any more."))
    except Refused as refusal:
        refused(request, refusal)
    return ""


def _reaches(key: ProgramKey) -> str:
    return ", ".join(scope_words(scope) for scope in key.scopes.split())


def _never_kept(answer: HttpResponse) -> HttpResponse:
    """A page that may show a key is kept by no browser and no proxy."""
    answer.headers["Cache-Control"] = "no-store"
    return answer
