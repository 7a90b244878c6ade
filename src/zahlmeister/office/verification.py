"""Who a merchant is: what to hand in, by legal form; and the operator's line of those who wait to be looked at."""

from collections.abc import Callable
from functools import partial

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.flows.before_verified import limits_of
from zahlmeister.flows.people import prove
from zahlmeister.flows.people.harmless import LARGEST
from zahlmeister.merchants.models import Merchant, ProofDocument
from zahlmeister.merchants.operator import customers
from zahlmeister.merchants.proofs import LegalForm, Proof, wanted
from zahlmeister.merchants.states import Verification
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.story import story
from zahlmeister.refusals import Refused

#: What the operator can decide: the state, and the word on its button.
DECISIONS = (
    (Verification.VERIFIED, gettext_lazy("Accept")),
    (Verification.MISSING, gettext_lazy("Ask again")),
    (Verification.FAILED, gettext_lazy("Reject")),
)

#: What the house notes while it is proven who a merchant is.
PROVING = ("legal_form_said", "proof_handed_in", *(f"verification_{state}" for state in Verification.values))


class FormForm(forms.Form):
    """What the business is."""

    form = forms.ChoiceField(label=gettext_lazy("Legal form"), choices=LegalForm.choices)
    has_vat_id = forms.BooleanField(label=gettext_lazy("We have a VAT id, or a Swiss company id"), required=False)


class DocumentForm(forms.Form):
    """One document."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=Proof.choices)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, PNG or JPEG, up to 10 MB."),
        widget=forms.ClearableFileInput({"accept": ".pdf,.png,.jpg,.jpeg"}),
    )


class DecisionForm(forms.Form):
    """What the operator saw."""

    state = forms.ChoiceField(choices=[(state.value, word) for state, word in DECISIONS])
    why = forms.CharField(
        label=gettext_lazy("What it rests on, or what is missing; the merchant reads it"), max_length=240
    )


@signed_in
def verification(request: OfficeRequest) -> HttpResponseBase:
    """What is asked for, what is there, and what the operator said; a POST says the legal form."""
    merchant = request.merchant
    initial = {"form": merchant.legal_form, "has_vat_id": merchant.has_vat_id}
    form = FormForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = LegalForm(form.cleaned_data["form"])
        has_vat_id = form.cleaned_data["has_vat_id"]
        act = partial(prove.say_legal_form, merchant, given, has_vat_id=has_vat_id, by=request.user, at=timezone.now())
        return _tried(request, act, _("Saved."))
    return render(
        request,
        "office/verification.html",
        {
            "form": form,
            "document": DocumentForm(label_suffix=""),
            "is_open": Verification(merchant.verification) in prove.OPEN,
            "missing": prove.missing_proofs(merchant),
            "limits": limits_of(merchant.pk, timezone.now()),
            **_shown(merchant),
        },
    )


@signed_in
@require_POST
def hand_in(request: OfficeRequest) -> HttpResponseBase:
    """Keep a document."""
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        refused(request, _("Choose a file, and say what it is."))
        return redirect("office:verification")
    file = form.cleaned_data["file"]
    content, kind = file.read(LARGEST + 1), Proof(form.cleaned_data["kind"])
    act = partial(prove.hand_in, request.merchant, kind, file.name, content, by=request.user, at=timezone.now())
    return _tried(request, act, _("“%(name)s” is kept.") % {"name": file.name})


@signed_in
@require_POST
def submit(request: OfficeRequest) -> HttpResponseBase:
    """Ask the operator to look."""
    act = partial(prove.submit, request.merchant, by=request.user, at=timezone.now())
    return _tried(request, act, _("The operator looks at it and tells you here."))


@signed_in
def document(request: OfficeRequest, document_id: int) -> HttpResponseBase:
    """A document of one's own."""
    return _file(ProofDocument.objects.filter(merchant=request.merchant, pk=document_id).first())


@signed_in
def verifications(request: OfficeRequest) -> HttpResponseBase:
    """The operator's line: who waits longest comes first, then all others."""
    if not request.merchant.is_operator:
        return redirect("office:today")
    rows = sorted(customers(), key=lambda row: (row.verification != "submitted", str(row.verification_on or "")))
    return render(request, "office/verifications.html", {"rows": rows})


@signed_in
def one(request: OfficeRequest, merchant_id: int) -> HttpResponseBase:
    """One merchant's documents, as the operator sees them; a POST decides."""
    row = _customer(request, merchant_id)
    form = DecisionForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        state = Verification(form.cleaned_data["state"])
        try:
            prove.decide(row, state, form.cleaned_data["why"], by=request.user, at=timezone.now())
        except Refused as refusal:
            refused(request, refusal)
        else:
            told(request, _("Decided; %(merchant)s sees it.") % {"merchant": row})
            return redirect("office:verifications")
    context = {"row": row, "form": form, "decisions": DECISIONS, "missing": prove.missing_proofs(row), **_shown(row)}
    return render(request, "office/verifications_one.html", context)


@signed_in
def document_of(request: OfficeRequest, document_id: int) -> HttpResponseBase:
    """A document that a merchant handed in, for the operator."""
    row = ProofDocument.objects.filter(pk=document_id).select_related("merchant").first()
    if row is None:
        raise Http404
    _customer(request, row.merchant_id)
    return _file(row)


def _customer(request: OfficeRequest, merchant_id: int) -> Merchant:
    row = Merchant.objects.filter(pk=merchant_id, is_operator=False).first()
    if row is None or not request.merchant.is_operator:
        raise Http404
    return row


def _shown(merchant: Merchant) -> dict[str, object]:
    form = LegalForm(merchant.legal_form) if merchant.legal_form else None
    steps = story(merchant.pk, "merchant", merchant.pk, PROVING)
    said = [step for step, _what, _who in steps if step.verb.startswith("verification_")]
    return {
        "wanted": wanted(form, country=merchant.country, has_vat_id=merchant.has_vat_id) if form else (),
        "documents": ProofDocument.objects.filter(merchant=merchant).order_by("kind", "at"),
        "said": said[-1] if said else None,
        "steps": steps,
        "state": Verification(merchant.verification),
    }


def _file(row: ProofDocument | None) -> HttpResponse:
    if row is None:
        raise Http404
    response = HttpResponse(prove.content_of(row), content_type=row.media)
    ending = row.media.partition("/")[2]
    response["Content-Disposition"] = f'attachment; filename="{row.kind}-{row.pk}.{ending}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "no-store"
    return response


def _tried(request: OfficeRequest, act: Callable[[], object], sentence: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, sentence)
    return redirect("office:verification")
