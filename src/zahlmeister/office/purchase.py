"""Purchases on invoice: the orders and the invoices billed on them, of whoever sells and of whoever guarantees."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.credit.models import CreditDecision
from zahlmeister.flows.purchase.confirm import instruction_for, notices
from zahlmeister.flows.purchase.pay_guarantee import conditions
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.history.queries import steps_of
from zahlmeister.money.amount import Amount
from zahlmeister.office import credit_reasons, purchase_plots, purchase_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.office.plots import Plot
from zahlmeister.office.sentences import in_words
from zahlmeister.purchase import queries
from zahlmeister.purchase.losses import Losses, losses
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
from zahlmeister.refusals import Refused

#: So many buyers are shown whom the guarantor carries most of.
MOST_BUYERS = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement as the page shows it, with what makes it consumer credit."""

    terms: GuaranteeTerms
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Carried:
    """A guarantor's exposure with the buyers it carries most of, and what it has lost."""

    guarantor: Guarantor
    exposure: Exposure
    buyers: list[tuple[str, int]]
    losses: Losses

    @property
    def plots(self) -> list[Plot]:
        return [
            purchase_plots.exposure(self.guarantor, self.exposure),
            purchase_plots.debtors(self.guarantor, self.buyers),
        ]

    @property
    def lost(self) -> Plot | None:
        return purchase_plots.losses(self.guarantor, self.losses) if self.losses.months else None

    @property
    def lost_by_merchant(self) -> list[tuple[str, list[str]]]:
        return [(name, purchase_plots.sums(loss, self.guarantor.currency)) for name, loss in self.losses.merchants]


@signed_in
def purchases(request: OfficeRequest) -> HttpResponseBase:
    """The orders, the agreements behind them, and what the guarantor carries."""
    address = Address(request, file_at="")
    rows = Authorisation.objects.filter(mine(request)).select_related("merchant")
    if state := address.get("state"):
        rows = rows.filter(state=state)
    if wanted := address.q:
        rows = rows.filter(Q(order_number__startswith=wanted) | Q(name__icontains=wanted) | Q(reference=wanted.upper()))
    if file := _purchases_file(address, rows.order_by("-pk")):
        return file
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


def _purchases_file(address: Address, rows: QuerySet[Authorisation]) -> HttpResponseBase | None:
    head = [
        _("Order"),
        _("Buyer"),
        _("Merchant"),
        _("Amount"),
        _("Currency"),
        _("State"),
        _("Reference"),
        _("Asked on"),
    ]

    def cells(row: Authorisation) -> list[Cell]:
        amount, day = Amount(row.amount_minor, row.currency), timezone.localdate(row.created_at)
        state = row.get_state_display()
        return [row.order_number, row.name, str(row.merchant), amount, row.currency, state, row.reference, day]

    return list_file(address, _("purchases"), head, map(cells, rows.iterator(chunk_size=2000)))


def _claims_file(address: Address, rows: QuerySet[Capture]) -> HttpResponseBase | None:
    head = [
        _("Invoice number"), _("Order"), _("Buyer"), _("Amount"), _("Paid"), _("Currency"), _("Guarantee"),
        _("Invoice date"), _("Due on"),
    ]  # fmt: skip

    def cells(row: Capture) -> list[Cell]:
        order, paid = row.authorisation, Amount(row.paid_minor, row.currency)
        amount = Amount(row.gross_minor, row.currency)
        return [
            row.number, order.order_number, order.name, amount, paid, row.currency, row.get_guarantee_display(),
            row.invoiced_on, row.due_on,
        ]  # fmt: skip

    return list_file(address, _("claims"), head, map(cells, rows.iterator(chunk_size=2000)))


@signed_in
def purchase(request: OfficeRequest, purchase_id: int) -> HttpResponseBase:
    """One order: what was promised, billed and let go, every document and every step with its reason."""
    found = Authorisation.objects.filter(mine(request), pk=purchase_id).select_related("terms__guarantor").first()
    if found is None:
        raise Http404
    steps, is_ours = steps_of(found.merchant_id, "authorisation", found.pk), found.merchant_id == request.merchant.pk
    context = {
        "purchase": found,
        "captures": found.captures.order_by("pk"),
        "documents": found.documents.order_by("pk"),
        "can_release": is_ours and found.state in LIVE,
        "is_live": found.state in (*LIVE, AuthorisationState.CAPTURED),
        "is_ours": is_ours,
        "reasons": credit_reasons.told(found.reasons, _sentences(found) if is_ours else {}),
        "steps": [(step, words.step("authorisation", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/purchase.html", context)


def _sentences(of: Authorisation) -> dict[str, str]:
    """Why it was decided so, with the facts; the seller's to read, as long as they are kept."""
    decision = CreditDecision.objects.filter(merchant_id=of.merchant_id, pk=of.decision or 0).first()
    kept = decision.reasons if decision else []
    said: dict[str, list[str]] = {}
    for one in kept:
        said.setdefault(one["code"], []).append(in_words(one["text"]))
    return {code: " ".join(sentences) for code, sentences in said.items()}


@signed_in
def claims(request: OfficeRequest) -> HttpResponseBase:
    """The invoices that are guaranteed, by what the merchant has of them."""
    address = Address(request, file_at="")
    rows = Capture.objects.filter(mine(request, "authorisation__"))
    if state := address.get("state"):
        rows = rows.filter(guarantee=state)
    if wanted := address.q:
        named = Q(authorisation__name__icontains=wanted) | Q(authorisation__order_number__startswith=wanted)
        rows = rows.filter(Q(number__startswith=wanted) | Q(reference=wanted.upper()) | named)
    if file := _claims_file(address, rows.order_by("-pk").select_related("authorisation")):
        return file
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
        "notices": _notices(found),
        "decides": found.item.merchant_id == request.merchant.pk,
        "disputes": Dispute.choices,
        "recourses": Recourse.choices,
        "today": timezone.localdate(),
        "steps": [(step, words.step("capture", step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/purchase_claim.html", context)


def _notices(of: Capture) -> dict[str, str]:
    """What the merchant prints on the invoice; nothing where buyers have no account to pay to."""
    try:
        return notices(instruction_for(of))
    except Refused:
        return {}


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
    return Carried(guarantor, queries.exposure(guarantor), buyers, losses(guarantor, today=timezone.localdate()))
