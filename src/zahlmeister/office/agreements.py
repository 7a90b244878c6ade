"""What the operator wants agreed: its words for everybody, a merchant's agreements, and the operator's new versions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.desk.models import HouseText, TextKind
from zahlmeister.flows import agree_texts as flow
from zahlmeister.flows.agree_texts import Version
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.story import story
from zahlmeister.refusals import Refused

#: What the house notes about these texts.
STEPS = ("text_published", "text_agreed")


class TextForm(forms.Form):
    """A new version."""

    kind = forms.ChoiceField(label=gettext_lazy("Which text"), choices=TextKind.choices)
    german = forms.CharField(label=gettext_lazy("German text"), widget=forms.Textarea({"rows": 12}))
    english = forms.CharField(label=gettext_lazy("English text"), widget=forms.Textarea({"rows": 12}))
    agree_by = forms.DateField(
        label=gettext_lazy("Merchants agree by"),
        help_text=gettext_lazy("Until the end of this day everybody works on; then an owner has to agree first."),
        widget=forms.DateInput({"type": "date"}),
    )


def agree_fields(rows: Sequence[HouseText]) -> dict[str, tuple[Version, forms.BooleanField]]:
    """A tick for each text, which has to be set. Its name says the version, so that a newer one is asked anew."""
    return {f"agrees_{row.kind}_{row.version}": ((row.kind, row.version), _tick(row)) for row in rows}


def house_text(request: HttpRequest, kind: str, version: int) -> HttpResponseBase:
    """The words of a version, for everybody."""
    row = flow.text_of(kind, version)
    if row is None:
        raise Http404
    words = row.german if (get_language() or "").startswith("de") else row.english
    return render(request, "office/house_text.html", {"row": row, "words": words})


@signed_in
def agreements(request: OfficeRequest) -> HttpResponseBase:
    """What is to be agreed to, and what was; a POST of an owner agrees."""
    missing = flow.not_agreed(request.merchant)
    form = forms.Form(request.POST if request.method == "POST" else None, label_suffix="")
    ticks = agree_fields(missing)
    form.fields |= {name: field for name, (_version, field) in ticks.items()}
    if request.method == "POST" and form.is_valid():
        versions = [version for version, _field in ticks.values()]
        try:
            flow.agree(request.merchant, versions, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("Agreed. What you agreed to stands below."))
            return redirect("office:agreements")
    context = {
        "form": form,
        "missing": missing,
        "owed_texts": [],  # the page itself says so
        "is_overdue": flow.is_overdue(missing, timezone.localdate()),
        "agreed": flow.agreements_of(request.merchant),
    }
    return render(request, "office/agreements.html", context, status=422 if form.errors else 200)


@signed_in
def texts(request: OfficeRequest) -> HttpResponseBase:
    """The operator's texts in force; a POST publishes a version."""
    if not request.merchant.is_operator:
        raise Http404
    form = TextForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {**form.cleaned_data, "kind": TextKind(form.cleaned_data["kind"])}
        try:
            row = flow.publish(**given, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("%(text)s is in force.") % {"text": row})
            return redirect("office:operator-texts")
    steps = story(request.merchant.pk, "merchant", request.merchant.pk, STEPS)
    context = {"form": form, "rows": flow.in_force(), "steps": steps}
    return render(request, "office/operator_texts.html", context, status=422 if form.errors else 200)


def _tick(row: HouseText) -> forms.BooleanField:
    link = format_html(
        '<a href="{}" target="_blank">{}</a>', reverse("office:house-text", args=[row.kind, row.version]), row
    )
    field = forms.BooleanField(label=format_html(_("We have read and agree to: {}"), link))
    field.error_messages["required"] = _("Without this no account can be used here.")
    return field
