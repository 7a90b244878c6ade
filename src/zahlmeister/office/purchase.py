"""Purchases on invoice: the orders and the invoices billed on them, of whoever sells and of whoever guarantees."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.flows.purchase.pay_guarantee import conditions
from zahlmeister.history.queries import steps_of
from zahlmeister.office import purchase_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.purchase import queries
from zahlmeister.purchase.models import Authorisation, Capture, GuaranteeTerms, Guarantor
from zahlmeister.purchase.rules import Exposure, credit_law
from zahlmeister.purchase.states import (
    LIVE,
    AuthorisationState,
    Dispute,
    GuaranteeState,
    GuarantorKind,
    Recourse,
)

#: So many buyers are shown whom the guarantor carries most of.
MOST_BUYERS = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement as the page shows it, with what makes it consumer credit."""

    terms: GuaranteeTerms
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Carried:
    """A guarantor's exposure with the buyers it carries most of."""

    guarantor: Guarantor
    exposure: Exposure
    buyers: list[tuple[str, int]]


@signed_in
def purchases(request: OfficeRequest) -> HttpResponseBase:
    """The orders, the agreements behind them, and what the guarantor carries."""
    address = Address(request)
    rows = Authorisation.objects.filter(mine(request)).select_related("merchant")
    if state := address.get("state"):
        rows = rows.filter(state=state)
    if wanted := address.q:
        rows = rows.filter(Q(order_number__startswith=wanted) | Q(name__icontains=wanted) | Q(reference=wanted.upper()))
    turned = pages(rows.order_by("-pk"), address)
    found = Authorisation.objects.select_related("merchant").in_bulk(turned.ids)
    context = {
        "address": address,
        "chips": [
            choice_chip(
                address, "state", _("in any state"), [(one.value, str(one.label)) for one in AuthorisationState]
            )
        ],
        "pages": turned,
        "purchases": [found[number] for number in turned.ids],
        "terms": [_terms(one) for one in _agreements(request)],
        "carried": _carried(request),
        "is_guarantor": Guarantor.objects.filter(merchant=request.merchant).exists(),
    }
    return render(request, "office/purchases.html", context)


@signed_in
def purchase(request: OfficeRequest, purchase_id: int) -> HttpResponseBase:
    """One order: what was promised, billed and let go, every document and every step with its reason."""
    found = Authorisation.objects.filter(mine(request), pk=purchase_id).select_related("terms__guarantor").first()
    if found is None:
        raise Http404
    steps = steps_of(found.merchant_id, "authorisation", found.pk)
    context = {
        "purchase": found,
        "captures": found.captures.order_by("pk"),
        "documents": found.documents.order_by("pk"),
        "can_release": found.merchant_id == request.merchant.pk and found.state in LIVE,
        "steps": [(step, words.step("authorisation", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/purchase.html", context)


@signed_in
def claims(request: OfficeRequest) -> HttpResponseBase:
    """The invoices that are guaranteed, by what the merchant has of them."""
    address = Address(request)
    rows = Capture.objects.filter(mine(request, "authorisation__"))
    if state := address.get("state"):
        rows = rows.filter(guarantee=state)
    if wanted := address.q:
        named = Q(authorisation__name__icontains=wanted) | Q(authorisation__order_number__startswith=wanted)
        rows = rows.filter(Q(number__startswith=wanted) | Q(reference=wanted.upper()) | named)
    turned = pages(rows.order_by("-pk"), address)
    found = Capture.objects.select_related("authorisation", "item").in_bulk(turned.ids)
    context = {
        "address": address,
        "chips": [
            choice_chip(address, "state", _("in any state"), [(one.value, str(one.label)) for one in GuaranteeState])
        ],
        "pages": turned,
        "claims": [found[number] for number in turned.ids],
    }
    return render(request, "office/purchase_claims.html", context)


@signed_in
def claim(request: OfficeRequest, claim_id: int) -> HttpResponseBase:
    """One invoice: its figures, the conditions of its guarantee, what is due of it, and what a person can do."""
    found = queries.every_capture().filter(mine(request, "authorisation__"), pk=claim_id).first()
    if found is None:
        raise Http404
    unmet = [purchase_words.condition(one) for one in conditions(found, at=timezone.now())]
    steps = steps_of(found.merchant_id, "capture", found.pk)
    context = {
        "claim": found,
        "figures": found.figures,
        "lines": found.dues.select_related("settlement").order_by("pk"),
        "unmet": unmet if found.guarantee == GuaranteeState.PENDING else [],
        "documents": found.documents.order_by("pk"),
        "decides": found.item.merchant_id == request.merchant.pk,
        "disputes": Dispute.choices,
        "recourses": Recourse.choices,
        "today": timezone.localdate(),
        "steps": [(step, words.step("capture", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/purchase_claim.html", context)


def mine(request: OfficeRequest, path: str = "") -> Q:
    """The condition that a merchant sells or guarantees an order; `path` leads to the authorisation."""
    sells = Q(**{f"{path}merchant": request.merchant})
    return sells | Q(**{f"{path}terms__guarantor__merchant": request.merchant})


def _agreements(request: OfficeRequest) -> QuerySet[GuaranteeTerms]:
    rows = GuaranteeTerms.objects.filter(Q(merchant=request.merchant) | Q(guarantor__merchant=request.merchant))
    return rows.select_related("merchant", "guarantor__merchant").order_by("merchant__name", "currency")


def _terms(terms: GuaranteeTerms) -> Terms:
    laws = credit_law(
        is_third_party=terms.guarantor.kind == GuarantorKind.EXTERNAL,
        term_days=terms.term_days,
        is_large_seller=terms.is_large_seller,
        is_charged=False,  # the house has no way to charge a buyer for paying later
    )
    return Terms(terms, [str(purchase_words.CREDIT_LAW[law]) for law in laws])


def _carried(request: OfficeRequest) -> Carried | None:
    """What this merchant carries as a guarantor; None when it is none."""
    guarantor = Guarantor.objects.filter(merchant=request.merchant).first()
    if guarantor is None:
        return None
    rows = Capture.objects.filter(authorisation__terms__guarantor=guarantor, item__open_minor__gt=0)
    rows = rows.exclude(guarantee=GuaranteeState.RECOURSE)
    most = rows.values("authorisation__debtor").annotate(sum=Sum("item__open_minor")).order_by("-sum")[:MOST_BUYERS]
    names = dict(
        rows.filter(authorisation__debtor__in=[one["authorisation__debtor"] for one in most]).values_list(
            "authorisation__debtor", "authorisation__name"
        )
    )
    buyers = [(names[one["authorisation__debtor"]], one["sum"]) for one in most]
    return Carried(guarantor, queries.exposure(guarantor), buyers)
