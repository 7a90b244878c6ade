"""Collection: what can be handed over and what cannot and why, the cases with agencies, and what they pay out."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.collection import queries
from zahlmeister.collection.events import timeline
from zahlmeister.collection.models import AgencyPayout, Case, CaseEvent
from zahlmeister.collection.states import WITH_THE_AGENCY, HandOver, Work
from zahlmeister.flows import hand_over as flow
from zahlmeister.flows import steer_collection as steering
from zahlmeister.flows.describe_claim import Candidate, candidates
from zahlmeister.flows.take_agency_payout import give_back_payout, take_payout
from zahlmeister.money.amount import Amount
from zahlmeister.office import collection_plots
from zahlmeister.office import collection_words as words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import item_of_order
from zahlmeister.receivables.states import NEEDS_A_PERSON
from zahlmeister.refusals import Refusal, Refused

MOST = 100


@dataclass(frozen=True, slots=True)
class Row:
    """An order that asking did not help with, and every reason that keeps it here."""

    candidate: Candidate

    @property
    def reasons(self) -> list[str]:
        return [words.hindrance(one) for one in self.candidate.hindrances]


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a case's history."""

    event: CaseEvent
    currency: str

    @property
    def what(self) -> str:
        return words.said(self.event.kind)

    @property
    def parts(self) -> list[tuple[str, Amount]]:
        told_parts = self.event.parts.items()
        return [(str(words.COMPONENTS.get(name, name)), Amount(minor, self.currency)) for name, minor in told_parts]


@dataclass(frozen=True, slots=True)
class Announced:
    """A payout, and the waiting payments that it may be."""

    payout: AgencyPayout
    may_be: list[Payment]


@signed_in
def collection(request: OfficeRequest) -> HttpResponseBase:
    """Everything about collection that a person looks at in the morning."""
    merchant, now = request.merchant, timezone.now()
    found = [Row(one) for one in candidates(merchant, at=now, today=timezone.localdate(now), most=MOST)]
    shown = [row for row in found if flow.HANDED_OVER not in row.candidate.hindrances]
    cases = listed(request, queries.cases(merchant.pk), _wants(merchant.pk))
    return cases.file or render(
        request,
        "office/collection.html",
        cases.context
        | {
            "creditor": queries.creditor(merchant.pk),
            "agencies": queries.agencies(merchant.pk),
            "asking": queries.asking(merchant.pk),
            "doubtful": [(case, words.doubt(case.doubt)) for case in queries.doubtful(merchant.pk)],
            "ready": [row for row in shown if row.candidate.can_go],
            "kept": [row for row in shown if not row.candidate.can_go],
            "is_cut": len(found) == MOST,
            "cases": [(case, words.closed(case.closed)) for case in cases.rows],
            "payouts": [_announced(merchant.pk, payout) for payout in queries.payouts(merchant.pk)[:20]],
            "strays": [Said(event, merchant.currency) for event in queries.strays(merchant.pk)],
            "plots": collection_plots.plots(merchant.pk, merchant.currency)
            if queries.cases(merchant.pk).exists()
            else (),
        },
    )


def _wants(merchant_id: int) -> Wants[Case]:
    states = [
        ("open", _("that are with an agency"), Q(hand_over__in=WITH_THE_AGENCY, closed="")),
        *((one.value, str(label), Q(closed=one)) for one, label in words.CLOSED.items()),
    ]
    agencies = [(str(one.pk), one.name, Q(agency=one)) for one in queries.agencies(merchant_id)]
    return Wants(
        _("cases"),
        [
            (_("Order"), lambda row: row.item.order.number),
            (_("Buyer"), lambda row: row.item.order.debtor),
            (_("Reference"), lambda row: row.reference),
            (_("Agency"), lambda row: row.agency.name),
            (_("State"), lambda row: str(row.get_hand_over_display())),
            (_("Result"), lambda row: words.closed(row.closed)),
            (_("Stage"), lambda row: str(row.get_stage_display())),
            (_("Since"), lambda row: row.handed_over_on),
            (_("Owed"), lambda row: Amount(row.principal_minor, row.currency)),
            (_("Collected"), lambda row: Amount(row.collected_minor, row.currency)),
            (_("Currency"), lambda row: row.currency),
        ],
        [Narrowing("state", _("in any state"), states), Narrowing("agency", _("with any agency"), agencies)],
        ("reference", "number", "item__order__number", "item__order__name", "item__order__company"),
        "handed_over_on",
    )


@signed_in
def preview(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """The whole claim as it would be sent, what it may cost the debtor, and what is in the way."""
    item = item_of_order(request.merchant.pk, order_id)
    if item is None:
        raise Http404
    found = flow.preview(request.merchant, item.pk, at=timezone.now())
    reasons = [words.hindrance(one) for one in found.candidate.hindrances]
    context = {"item": found.candidate.item, "found": found, "claim": found.claim, "reasons": reasons}
    return render(request, "office/collection_preview.html", context)


@signed_in
@require_POST
def hand_over(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Hand one order over."""
    item = item_of_order(request.merchant.pk, order_id)
    if item is None:
        raise Http404
    try:
        case = flow.hand_over(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except flow.CannotGo as stop:
        refused(request, " ".join(words.hindrance(one) for one in stop.hindrances))
        return redirect("office:collection-preview", order_id)
    told(request, _("Order %(number)s goes to %(agency)s.") % {"number": item.order, "agency": case.agency})
    return redirect("office:collection-case", case.pk)


@signed_in
def case(request: OfficeRequest, case_id: int) -> HttpResponseBase:
    """One case: how it stands, everything that was said, and what a person can do."""
    found = _case(request, case_id)
    asks = request.GET.get("end") == "1"
    return render(
        request,
        "office/collection_case.html",
        {
            "case": found,
            "closed": words.closed(found.closed),
            "doubt": words.doubt(found.doubt),
            "events": [Said(event, found.currency) for event in timeline(request.merchant.pk, case_id)],
            "question": CaseEvent.objects.filter(case=found, key=found.question, is_ours=False).first(),
            "balance": [
                (str(words.COMPONENTS.get(name, name)), Amount(minor, found.currency))
                for name, minor in found.balance.items()
            ],
            "can_end": found.hand_over in WITH_THE_AGENCY and found.work != Work.CANCEL_ASKED,
            "is_with_agency": found.hand_over in (HandOver.ACCEPTED, HandOver.QUERIED),
            "cost": _cost(request, found) if asks else None,
            "asks_to_end": asks,
        },
    )


@signed_in
@require_POST
def answer(request: OfficeRequest, case_id: int) -> HttpResponseBase:
    """Answer the agency's question with the field `text`."""
    _case(request, case_id)
    text = request.POST.get("text", "")[:2000]
    try:
        steering.answer(request.merchant, case_id, text, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The answer is on its way to the agency."))
    return redirect("office:collection-case", case_id)


@signed_in
@require_POST
def end(request: OfficeRequest, case_id: int) -> HttpResponseBase:
    """End a case early, its cost having been shown; `why` is told to the agency."""
    found, why = _case(request, case_id), request.POST.get("why", "")[:240]
    cost, _sentence = _cost(request, found)
    if request.POST.get("cost", "") != _shown(cost):
        refused(request, _("The agency names another cost now; look at it again."))
        return redirect(f"{reverse('office:collection-case', args=[case_id])}?end=1")
    try:
        steering.end(request.merchant, case_id, why, cost=cost, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The agency is told to end the case."))
    return redirect("office:collection-case", case_id)


@signed_in
@require_POST
def payout_payment(request: OfficeRequest, agency_payout_id: int) -> HttpResponseBase:
    """The payment of the field `payment` is this payout; without one the payout is looked for again."""
    if not queries.payouts(request.merchant.pk).filter(pk=agency_payout_id).exists():
        raise Http404
    number = request.POST.get("payment", "")
    by, at = request.user.email, timezone.now()
    try:
        if number.isdecimal() and len(number) < 19:
            take_payout(request.merchant, agency_payout_id, int(number), by=by, at=at)
        else:
            give_back_payout(request.merchant, agency_payout_id, by=by, at=at)
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:collection")


def _shown(cost: Amount | None) -> str:
    """A cost as the form carries it; empty where the agency does not say."""
    return "" if cost is None else str(cost)


def _announced(merchant_id: int, payout: AgencyPayout) -> Announced:
    if payout.payment_id is not None:
        return Announced(payout, [])
    rows = Payment.objects.filter(
        merchant_id=merchant_id,
        state__in=NEEDS_A_PERSON,
        amount_minor=payout.amount_minor,
        open_minor=payout.amount_minor,
        currency=payout.currency,
    )
    return Announced(payout, list(rows.select_related("transaction").order_by("-booked_on")[:5]))


def _case(request: OfficeRequest, case_id: int) -> Case:
    found = queries.case(request.merchant.pk, case_id)
    if found is None:
        raise Http404
    return found


def _cost(request: OfficeRequest, case: Case) -> tuple[Amount | None, str]:
    """What ending costs, asked of the agency; and a sentence where it could not be asked."""
    if not case.number:
        return Amount(0, case.currency), ""
    try:
        return steering.cost_of_ending(request.merchant, case.pk), ""
    except Refusal as stop:
        return None, str(stop)
