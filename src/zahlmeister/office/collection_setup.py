"""Setting collection up: the merchant's data as creditor, and the agencies with their interfaces."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.collection import queries
from zahlmeister.collection.models import Agency, CreditorData
from zahlmeister.flows.reach_agency import profiles
from zahlmeister.flows.steer_collection import AgencyWanted, save_agency, save_creditor, try_agency
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    CreditorBase = forms.ModelForm[CreditorData]
else:
    CreditorBase = forms.ModelForm


class CreditorForm(CreditorBase):
    """What agencies, and by law their debtors, have to know of the merchant."""

    least = forms.CharField(label=gettext_lazy("Nothing below"), max_length=20, required=False)

    class Meta:
        model = CreditorData
        fields = (
            "name", "street", "postcode", "city", "country", "contact", "phone", "email", "tax_number", "deducts_tax",
            "subject", "is_automatic",
        )  # fmt: skip


def _interfaces() -> list[tuple[str, str]]:
    return [(one.name, one.title) for one in profiles()]


class AgencyForm(forms.Form):
    """An agency the merchant has a contract with."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    profile = forms.ChoiceField(label=gettext_lazy("Interface"), choices=_interfaces)
    address = forms.CharField(label=gettext_lazy("Address of its interface"), max_length=200, required=False)
    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=400, required=False, widget=forms.PasswordInput(render_value=False)
    )
    host = forms.CharField(label=gettext_lazy("SFTP server, for files"), max_length=253, required=False)
    user = forms.CharField(label=gettext_lazy("User name there"), max_length=120, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password there"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(render_value=False),
    )
    outbox = forms.CharField(label=gettext_lazy("Folder for claims"), max_length=200, required=False)
    folder = forms.CharField(label=gettext_lazy("Folder with its status files"), max_length=200, required=False)
    fingerprint = forms.CharField(label=gettext_lazy("Fingerprint of the server"), max_length=80, required=False)
    countries = forms.CharField(
        label=gettext_lazy("Takes debtors in"),
        max_length=60,
        initial="DE, AT, CH",
        help_text=gettext_lazy("Countries as two letters."),
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3, initial="EUR")
    least = forms.CharField(label=gettext_lazy("Claims from"), max_length=20, required=False)
    most = forms.CharField(label=gettext_lazy("Claims up to"), max_length=20, required=False)
    position = forms.IntegerField(label=gettext_lazy("Asked at place"), min_value=0, max_value=99, initial=0)
    portal = forms.URLField(label=gettext_lazy("Its portal"), required=False, assume_scheme="https")
    is_on = forms.BooleanField(label=gettext_lazy("gets new claims"), required=False, initial=True)


@signed_in
def creditor(request: OfficeRequest) -> HttpResponseBase:
    """Show the creditor's data; a POST keeps them."""
    merchant = request.merchant
    row = queries.creditor(merchant.pk) or CreditorData(name=merchant.name, country=merchant.country)
    language = get_language() or "en"
    least = shown.typed_money(row.least_minor, merchant.currency, language) if row.least_minor else ""
    form = CreditorForm(request.POST or None, instance=row, initial={"least": least}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        minor = _minor(form, "least", merchant.currency)
        if not form.errors:
            wanted = {name: form.cleaned_data[name] for name in CreditorForm.Meta.fields} | {"least_minor": minor or 0}
            save_creditor(merchant, wanted, by=request.user.email, at=timezone.now())
            told(request, _("Your data as creditor are kept."))
            return redirect("office:collection")
    return render(request, "office/collection_setup.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def agency(request: OfficeRequest, agency_id: int | None = None) -> HttpResponseBase:
    """Show an agency, or a new one; a POST keeps it and tries to speak to it."""
    kept = next((one for one in queries.agencies(request.merchant.pk) if one.pk == agency_id), None)
    if agency_id is not None and kept is None:
        raise Http404
    form = AgencyForm(request.POST or None, initial=_initial(kept) if kept else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        saved = _save(request, kept, form)
        if saved is not None:
            sentence = try_agency(saved)
            if sentence:
                refused(request, sentence)
            else:
                told(request, _("%(agency)s answers.") % {"agency": saved.name})
            return redirect("office:collection-agency", saved.pk)
    notes = [(one.title, one.note) for one in profiles() if one.note]
    steps = story(kept.merchant_id, "agency", kept.pk) if kept else ()
    context = {"form": form, "agency": kept, "notes": notes, "steps": steps}
    return render(request, "office/collection_agency.html", context, status=422 if form.errors else 200)


def _save(request: OfficeRequest, kept: Agency | None, form: AgencyForm) -> Agency | None:
    said = form.cleaned_data
    least, most = _minor(form, "least", said["currency"].upper()), _minor(form, "most", said["currency"].upper())
    if form.errors:
        return None
    places = ("address", "host", "user", "outbox", "folder", "fingerprint")
    wanted = AgencyWanted(
        name=said["name"],
        profile=said["profile"],
        settings={name: said[name] for name in places if said[name]},
        countries=[one for one in said["countries"].replace(",", " ").split() if one.isalpha() and len(one) == 2],
        secrets={"key": said["key"], "password": said["password"]},
        more={
            "currency": said["currency"].upper(),
            "least_minor": least or 0,
            "most_minor": most,
            "position": said["position"],
            "portal": said["portal"],
            "is_on": said["is_on"],
        },
    )
    try:
        by, at = request.user.email, timezone.now()
        return save_agency(request.merchant, kept.pk if kept else None, wanted, by=by, at=at)
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return None


def _initial(kept: Agency) -> dict[str, Any]:
    language = get_language() or "en"
    amounts = {"least": kept.least_minor or None, "most": kept.most_minor}
    return {
        **kept.settings,
        **{name: getattr(kept, name) for name in ("name", "profile", "currency", "position", "portal", "is_on")},
        **{name: shown.typed_money(minor, kept.currency, language) for name, minor in amounts.items() if minor},
        "countries": ", ".join(kept.countries),
    }


def _minor(form: forms.BaseForm, name: str, currency: str) -> int | None:
    """The amount typed into a field; None for an empty one, or one that now has an error."""
    text = form.cleaned_data[name].strip()
    minor = typed.minor(text, currency) if text else None
    if text and minor is None:
        form.add_error(name, _("Write an amount above zero, such as 12.50."))
    return minor
