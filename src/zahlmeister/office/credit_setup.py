"""Setting the credit check up: what buyers are told, how long data are kept, the block list, and the bureaus."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.credit import queries
from zahlmeister.credit.keys import Kind
from zahlmeister.credit.models import BureauConnection
from zahlmeister.credit.states import OnError
from zahlmeister.flows.purchase import steer_credit as steering
from zahlmeister.office import credit_words as words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.refusals import Refusal, Refused

if TYPE_CHECKING:
    from zahlmeister.credit.models import CreditSettings


class SettingsForm(forms.Form):
    """What the merchant says once."""

    told_since = forms.DateField(
        label=gettext_lazy("Buyers are told beforehand that addresses are used, since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy(
            "Without it no bureau is asked and rules on addresses do not count, unless the application says so "
            "(§ 31 (1) no. 4 BDSG)."
        ),
    )
    told_by = forms.CharField(label=gettext_lazy("The document that tells them"), max_length=200, required=False)
    keep_days = forms.IntegerField(
        label=gettext_lazy("Data of buyers are kept for days"),
        min_value=steering.LEAST_DAYS,
        max_value=steering.MOST_DAYS,
        help_text=gettext_lazy("Then application, facts and reasons in words are deleted; outcome and codes stay."),
    )


class BlockForm(forms.Form):
    """Whom to block, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=list(words.KEYS.items()))
    typed = forms.CharField(
        label=gettext_lazy("Which"),
        max_length=200,
        help_text=gettext_lazy("An address: street and number, a comma, the postcode. A domain can be *.example.org."),
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=240)
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class BureauForm(forms.Form):
    """A bureau the merchant has a contract with."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    address = forms.CharField(label=gettext_lazy("Address of its interface"), max_length=200)
    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=400, required=False, widget=forms.PasswordInput(render_value=False)
    )
    green_to = forms.CharField(
        label=gettext_lazy("Green up to grade"),
        max_length=6,
        initial="2.5",
        help_text=gettext_lazy("1 is good, 6 is bad."),
    )
    yellow_to = forms.CharField(label=gettext_lazy("Yellow up to grade"), max_length=6, initial="3.5")
    cache_days = forms.IntegerField(
        label=gettext_lazy("An answer holds for days"), min_value=1, max_value=365, initial=30
    )
    on_error = forms.ChoiceField(label=gettext_lazy("When it is not heard"), choices=OnError.choices)
    position = forms.IntegerField(label=gettext_lazy("Asked at place"), min_value=0, max_value=99, initial=0)
    is_on = forms.BooleanField(label=gettext_lazy("is asked"), required=False, initial=True)


@signed_in
def setup(request: OfficeRequest) -> HttpResponseBase:
    """Show what is set; a POST keeps the settings, or with `what=block` blocks somebody."""
    merchant, row = request.merchant, queries.settings_of(request.merchant.pk)
    is_block = request.POST.get("what") == "block"
    posted = request.POST or None
    form = SettingsForm(None if is_block else posted, initial=_initial(row), label_suffix="")
    block = BlockForm(posted if is_block else None, label_suffix="")
    if request.method == "POST" and (_blocked(request, block) if is_block else _saved(request, form)):
        return redirect("office:credit-setup")
    context = {
        "form": form,
        "block_form": block,
        "blocked": [(one, words.KEYS[Kind(one.kind)]) for one in queries.blocked(merchant.pk)[:200]],
        "bureaus": queries.bureaus(merchant.pk),
    }
    has_errors = bool(form.errors or block.errors)
    return render(request, "office/credit_setup.html", context, status=422 if has_errors else 200)


@signed_in
@require_POST
def unblock(request: OfficeRequest, blocked_id: int) -> HttpResponseBase:
    """Take somebody off the block list."""
    if not queries.blocked(request.merchant.pk).filter(pk=blocked_id).exists():
        raise Http404
    steering.unblock(request.merchant, blocked_id, by=request.user.email, at=timezone.now())
    return redirect("office:credit-setup")


@signed_in
def bureau(request: OfficeRequest, bureau_id: int | None = None) -> HttpResponseBase:
    """Show a bureau, or a new one; a POST keeps it and asks it about nobody."""
    kept = next((one for one in queries.bureaus(request.merchant.pk) if one.pk == bureau_id), None)
    if bureau_id is not None and kept is None:
        raise Http404
    form = BureauForm(request.POST or None, initial=_initial_of(kept) if kept else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        saved = _saved_bureau(request, kept, form)
        if saved is not None:
            sentence = steering.try_bureau(saved)
            if sentence:
                refused(request, sentence)
            else:
                told(request, _("%(bureau)s answers.") % {"bureau": saved.name})
            return redirect("office:credit-bureau", saved.pk)
    steps = story(kept.merchant_id, "bureau", kept.pk) if kept else ()
    context = {"form": form, "bureau": kept, "steps": steps}
    return render(request, "office/credit_bureau.html", context, status=422 if form.errors else 200)


def _saved(request: OfficeRequest, form: SettingsForm) -> bool:
    if not form.is_valid():
        return False
    try:
        steering.save_settings(request.merchant, **form.cleaned_data, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    told(request, _("The settings are kept."))
    return True


def _blocked(request: OfficeRequest, form: BlockForm) -> bool:
    if not form.is_valid():
        return False
    said = form.cleaned_data
    wanted = steering.Block(Kind(said["kind"]), said["typed"], said["why"], said["until"])
    try:
        steering.block(request.merchant, wanted, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        form.add_error("typed", in_words(refusal))
        return False
    told(request, _("It is on the block list."))
    return True


def _saved_bureau(request: OfficeRequest, kept: BureauConnection | None, form: BureauForm) -> BureauConnection | None:
    said = form.cleaned_data
    more = {name: said[name] for name in ("green_to", "yellow_to", "position", "is_on")}
    wanted = steering.BureauWanted(
        said["name"], said["address"], said["key"], OnError(said["on_error"]), said["cache_days"], more
    )
    by, at = request.user.email, timezone.now()
    try:
        return steering.save_bureau(request.merchant, kept.pk if kept else None, wanted, by=by, at=at)
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return None


def _initial(row: "CreditSettings") -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("told_since", "told_by", "keep_days")}


def _initial_of(kept: BureauConnection) -> dict[str, Any]:
    names = ("name", "cache_days", "on_error", "position", "is_on")
    return {**kept.settings, **{name: getattr(kept, name) for name in names}}
