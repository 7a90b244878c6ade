"""Programs that speak for a shop: let in by a key, called back, shut out."""

from collections.abc import Callable

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
from zahlmeister.outbox.queries import of_channel
from zahlmeister.programs.callbacks import CHANNEL
from zahlmeister.programs.queries import callback_of, shops_with_programs, valid_keys
from zahlmeister.refusals import Refused


class ShopForm(forms.Form):
    """Which shop a program is to speak for."""

    shop = forms.CharField(
        label=gettext_lazy("Shop"),
        max_length=120,
        help_text=gettext_lazy("A name of your own; the shop is made if there is none of this name."),
    )


class CallForm(forms.Form):
    """Where the program is called."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput({"placeholder": "https://shop.example/paid"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=120,
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Is sent along, so that your program knows us. Kept sealed."),
    )


@signed_in
def programs(request: OfficeRequest) -> HttpResponseBase:
    """Which programs there are; a POST lets one in and shows its key, this once."""
    form = ShopForm(request.POST or None, label_suffix="")
    key, name = "", ""
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["shop"].strip()
        key = _key(request, form, name)
    context = {"form": form, "key": key, "name": name, "shops": shops_with_programs(request.merchant.pk)}
    answer = render(request, "office/programs.html", context, status=422 if form.errors else 200)
    return _never_kept(answer) if key else answer


@signed_in
def program(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """One shop's program: its keys, where it is called, the last calls, and what happened."""
    shop = Shop.objects.filter(merchant=request.merchant, pk=shop_id).first()
    if shop is None:
        raise Http404
    form = CallForm(label_suffix="")
    if request.method == "POST":
        done = _DEEDS.get(request.POST.get("do", ""), _call)(request, shop)
        if done is None:
            return redirect("office:program", shop.pk)
        form = done
    steps = steps_of(shop.merchant_id, "program", shop.pk)
    context = {
        "shop": shop,
        "form": form,
        "keys": valid_keys(shop),
        "callback": callback_of(shop),
        "calls": of_channel(shop.merchant_id, CHANNEL, group=f"webhook:{shop.pk}")[:20],
        "steps": [(step, words.step("program", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/program.html", context, status=422 if form.errors else 200)


def _key(request: OfficeRequest, form: ShopForm, name: str) -> str:
    try:
        return flow.let_program_in(request.merchant, name, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return ""


def _call(request: OfficeRequest, shop: Shop) -> CallForm | None:
    """Call the program there from now on; the form again when that cannot be."""
    form = CallForm(request.POST, label_suffix="")
    if not form.is_valid():
        return form
    given, by = form.cleaned_data, request.user.email
    try:
        flow.call_program_at(request.merchant, shop.name, given["address"], given["code"], by=by, at=timezone.now())
    except Refused as refusal:
        form.add_error("address", in_words(refusal))
        return form
    told(request, _("The program is called there from now on."))
    return None


def _stop(request: OfficeRequest, shop: Shop) -> None:
    try:
        flow.stop_calling(request.merchant, shop.name, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The program is not called any more."))


def _shut_out(request: OfficeRequest, shop: Shop) -> None:
    try:
        flow.shut_programs_out(request.merchant, shop.name, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("All keys of this shop are invalid now."))


def _never_kept(answer: HttpResponse) -> HttpResponse:
    """The page with a key is kept by no browser and no proxy."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


_DEEDS: dict[str, Callable[[OfficeRequest, Shop], CallForm | None]] = {"stop": _stop, "shut-out": _shut_out}
