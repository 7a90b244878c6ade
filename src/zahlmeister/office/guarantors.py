"""The guarantor's door: who carries the risk and how much of it, and the terms that both sides agree on."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.flows.purchase import agree_terms as flow
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.office import purchase_words, shown, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.purchase.models import GuaranteeTerms, Guarantor
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.purchase.states import GuarantorKind, OfferState
from zahlmeister.refusals import Refused

#: So many versions are shown of one agreement.
MOST = 50
_WHOLE_PERCENT = Decimal(100)


class GuarantorForm(forms.Form):
    """Who carries risks, and how much of them."""

    kind = forms.ChoiceField(label=gettext_lazy("Who carries the risk"), choices=GuarantorKind.choices)
    licence = forms.CharField(
        label=gettext_lazy("Licence"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Whoever buys claims as a business needs one (in Germany of BaFin, as factoring)."),
    )
    debtor_limit = forms.CharField(
        label=gettext_lazy("At most of one buyer"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Open claims and promised orders of all merchants together. Empty for any amount."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    total_limit = forms.CharField(
        label=gettext_lazy("At most in all"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )


class TermsForm(forms.Form):
    """What is offered to a merchant."""

    to = forms.SlugField(
        label=gettext_lazy("To which merchant"),
        max_length=80,
        help_text=gettext_lazy("By the short name he has in this house."),
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("An authorisation is good for days"), min_value=1, max_value=120, initial=30
    )
    term_days = forms.IntegerField(label=gettext_lazy("Buyers pay within days"), min_value=1, max_value=180, initial=14)
    guarantee_days = forms.IntegerField(
        label=gettext_lazy("The merchant is paid within days, in any case"), min_value=8, max_value=365, initial=30
    )
    report_within_days = forms.IntegerField(
        label=gettext_lazy("Invoices are reported within days"), min_value=0, max_value=365, initial=7
    )
    return_within_days = forms.IntegerField(
        label=gettext_lazy("Returns are reported within days"), min_value=0, max_value=365, initial=14
    )
    needs_shipment = forms.BooleanField(label=gettext_lazy("A shipment must be reported"), required=False, initial=True)
    fee_percent = forms.CharField(
        label=gettext_lazy("Fee, per cent of the invoice"), max_length=8, initial="0",
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    fee = forms.CharField(
        label=gettext_lazy("Fee for each invoice, on top"), max_length=20, initial="0",
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    tax_percent = forms.CharField(
        label=gettext_lazy("Tax on the fee, per cent"), max_length=8, initial="0",
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=pgettext_lazy("terms", "Settled on"), choices=purchase_words.WEEKDAYS, coerce=int
    )
    is_large_seller = forms.BooleanField(label=gettext_lazy("The merchant is a large online seller"), required=False)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of terms as the page shows it."""

    offer: GuaranteeOffer
    agreed: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Side:
    """All that guarantor and merchant have agreed on or talk about, from one of the two sides."""

    guarantor: Guarantor
    merchant: Merchant
    terms: GuaranteeTerms | None
    asked: Version | None  # waits for the merchant's answer
    waits: Version | None  # agreed, and counts from the next settlement
    in_force: Version | None
    earlier: list[Version]
    form: TermsForm


@signed_in
def guarantor(request: OfficeRequest) -> HttpResponseBase:
    """Show both sides; a POST names the guarantor, offers terms, answers an offer, or switches."""
    form, offered = GuarantorForm(label_suffix="", initial=_initial(request)), _terms_form(None)
    is_wrong = False
    if request.method == "POST":
        what = request.POST.get("what", "")
        if what == "name":
            form = GuarantorForm(request.POST, label_suffix="")
            is_wrong = not _named(request, form)
        elif what == "offer":
            offered = TermsForm(request.POST, label_suffix="")
            is_wrong = not _offered(request, offered)
        else:
            _acted(request, what)
        if not is_wrong:
            return redirect("office:purchase-guarantor")
    mine = _mine(request)
    context = {
        "guarantor": mine,
        "form": form,
        "offer_form": offered,
        "is_offering": offered.is_bound,
        "sides": _sides(request),
        "steps": [
            (step, words.step("guarantor", step.verb), words.actor(step.actor))
            for step in (steps_of(request.merchant.pk, "guarantor", mine.pk) if mine else [])
        ],
    }
    return render(request, "office/guarantor.html", context, status=422 if is_wrong else 200)


def _mine(request: OfficeRequest) -> Guarantor | None:
    """This merchant as a guarantor; None when it is none."""
    return Guarantor.objects.filter(merchant=request.merchant).select_related("merchant").first()


def _named(request: OfficeRequest, form: GuarantorForm) -> bool:
    if not form.is_valid():
        return False
    mine = _mine(request)
    currency = mine.currency if mine else request.merchant.currency
    limits = {name: _limit(form, name, currency) for name in ("debtor_limit", "total_limit")}
    if form.errors:
        return False
    wanted = Guarantor(
        kind=form.cleaned_data["kind"],
        licence=form.cleaned_data["licence"].strip(),
        currency=currency,
        debtor_limit_minor=limits["debtor_limit"],
        total_limit_minor=limits["total_limit"],
    )
    try:
        flow.name_guarantor(request.merchant, wanted, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    told(request, _("It is kept."))
    return True


def _offered(request: OfficeRequest, form: TermsForm) -> bool:
    mine = _mine(request)
    if mine is None or not form.is_valid():
        return False
    said = form.cleaned_data
    wanted = GuaranteeTerms(**{name: said[name] for name in _PLAIN})
    wanted.fee_basis_points = _basis_points(form, "fee_percent")
    wanted.fee_tax_basis_points = _basis_points(form, "tax_percent")
    wanted.fee_minor = _limit(form, "fee", mine.currency) or 0
    merchant = Merchant.objects.filter(slug=said["to"]).first()
    if merchant is None:
        form.add_error("to", _("There is no merchant of this name."))
    if form.errors or merchant is None:
        return False
    try:
        made = flow.offer_terms(mine, merchant, wanted, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error(None, in_words(refusal))
        return False
    waits = made.state == OfferState.OFFERED
    told(request, _("Offered; the merchant answers on his page.") if waits else _("Nothing changes by that."))
    return True


_PLAIN = (
    "valid_days", "term_days", "guarantee_days", "report_within_days", "return_within_days", "needs_shipment",
    "weekday", "is_large_seller",
)  # fmt: skip


def _acted(request: OfficeRequest, what: str) -> None:
    """Answer an offer as the merchant, or switch an agreement as the guarantor."""
    number = int(request.POST.get("number", "0")) if request.POST.get("number", "").isdecimal() else 0
    by, at = request.user.email, timezone.now()
    try:
        if what in ("accept", "decline"):
            flow.answer_offer(request.merchant, number, accept=what == "accept", by=by, at=at)
        elif what == "switch" and (mine := _mine(request)) is not None:
            switches = {name: bool(request.POST.get(name)) for name in ("is_on", "is_approved")}
            flow.switch(mine, number, **switches, by=by, at=at)
        else:
            _unknown()
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Noted."))


def _unknown() -> None:
    raise Refused("Nobody knows what was to be done; look again.")


def _sides(request: OfficeRequest) -> list[Side]:
    """Every pair that this merchant is one of, by the other's name."""
    mine = GuaranteeOffer.objects.filter(merchant=request.merchant)
    theirs = GuaranteeOffer.objects.filter(guarantor__merchant=request.merchant)
    rows = (mine | theirs).select_related("merchant", "guarantor__merchant").order_by("-ordinal")
    agreed = GuaranteeTerms.objects.filter(merchant__in=rows.values("merchant"))
    terms = {(one.merchant_id, one.guarantor_id): one for one in agreed}
    pairs: dict[tuple[int, int], list[GuaranteeOffer]] = {}
    for row in rows[: MOST * 20]:
        pairs.setdefault((row.merchant_id, row.guarantor_id), []).append(row)
    found = [_side(offers, terms.get(pair)) for pair, offers in pairs.items()]
    return sorted(found, key=lambda side: (side.guarantor.merchant_id != request.merchant.pk, side.merchant.name))


def _side(offers: list[GuaranteeOffer], terms: GuaranteeTerms | None) -> Side:
    versions = [Version(one, purchase_words.agreed(one.figures, one.currency)) for one in offers[:MOST]]

    def one_that(state: OfferState) -> Version | None:
        return next((one for one in versions if one.offer.state == state), None)

    shown_above = (OfferState.OFFERED, OfferState.AGREED, OfferState.IN_FORCE)
    return Side(
        offers[0].guarantor,
        offers[0].merchant,
        terms,
        asked=one_that(OfferState.OFFERED),
        waits=one_that(OfferState.AGREED),
        in_force=one_that(OfferState.IN_FORCE),
        earlier=[one for one in versions if one.offer.state not in shown_above],
        form=_terms_form(offers[0]),
    )


def _terms_form(like: GuaranteeOffer | None) -> TermsForm:
    """Filled in as what was offered last; empty for a merchant who was offered nothing."""
    if like is None:
        return TermsForm(label_suffix="", initial={"weekday": 1}, auto_id="new_%s")
    figures: dict[str, Any] = {name: like.figures[name] for name in _PLAIN}
    figures["to"] = like.merchant.slug
    figures["fee"] = shown.typed_money(like.figures["fee_minor"], like.currency, get_language() or "de")
    figures["fee_percent"] = purchase_words.percent(like.figures["fee_basis_points"])
    figures["tax_percent"] = purchase_words.percent(like.figures["fee_tax_basis_points"])
    return TermsForm(label_suffix="", initial=figures, auto_id=f"terms{like.merchant_id}_%s")


def _initial(request: OfficeRequest) -> dict[str, Any]:
    mine = _mine(request)
    if mine is None:
        return {"kind": GuarantorKind.EXTERNAL}
    limits = {"debtor_limit": mine.debtor_limit_minor, "total_limit": mine.total_limit_minor}
    language = get_language() or "de"
    typed_limits = {
        name: "" if minor is None else shown.typed_money(minor, mine.currency, language)
        for name, minor in limits.items()
    }
    return {"kind": mine.kind, "licence": mine.licence, **typed_limits}


def _limit(form: forms.Form, name: str, currency: str) -> int | None:
    """An amount that was typed; None where nothing was."""
    text = form.cleaned_data[name].strip()
    found = typed.minor(text, currency) if text else None
    if text and found is None:
        form.add_error(name, _("This is no amount."))
    return found


def _basis_points(form: forms.Form, name: str) -> int:
    text = form.cleaned_data[name].replace(",", ".").replace("%", "").strip()
    try:
        found = Decimal(text) * _WHOLE_PERCENT
    except InvalidOperation:
        found = Decimal("0.5")
    if found != found.to_integral_value() or not 0 <= found <= 10_000:
        form.add_error(name, _("Write a percentage with two places at most, such as 1,9."))
        return 0
    return int(found)
