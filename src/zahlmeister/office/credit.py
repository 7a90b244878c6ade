"""The credit check: who waits for a person, what was decided and why, and how it goes."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.credit import queries
from zahlmeister.credit.kinds import Effect, State
from zahlmeister.credit.links import address
from zahlmeister.credit.models import CreditDecision, Review
from zahlmeister.credit.public import text
from zahlmeister.credit.rules import Outcome
from zahlmeister.credit.states import AskedBy, ReviewState
from zahlmeister.flows.purchase import credit_figures
from zahlmeister.flows.purchase.review_credit import ask_person, decide_review
from zahlmeister.history.queries import steps_of
from zahlmeister.money.amount import Amount
from zahlmeister.office import credit_inputs, credit_plots
from zahlmeister.office import credit_words as words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.credit_reasons import in_general
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.words import actor
from zahlmeister.refusals import Refused

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in a list."""

    row: CreditDecision
    review: Review | None = None

    @property
    def stands(self) -> words.Shown:
        return words.outcome(self.row.stands)

    @property
    def why(self) -> str:
        """The first reason that speaks against it, in words."""
        reasons = [one for one in self.row.reasons if one["text"]]
        return credit_inputs.reason(reasons[0]["text"]) if reasons and self.row.outcome != Outcome.ACCEPTED else ""

    @property
    def is_late(self) -> bool:
        return self.review is not None and self.review.due_at < timezone.now()


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule came to, as the page shows it."""

    told: dict[str, Any]
    currency: str

    @property
    def name(self) -> str:
        return str(words.RULES[self.told["rule"]][0])

    @property
    def effect(self) -> str:
        return str(words.EFFECTS[Effect(self.told["effect"])])

    @property
    def state(self) -> str:
        return str(words.STATES[State(self.told["state"])])

    @property
    def spoke(self) -> bool:
        return bool(self.told["reasons"])

    @property
    def reasons(self) -> list[str]:
        return [credit_inputs.reason(one["text"]) for one in self.told["reasons"]]

    @property
    def inputs(self) -> list[tuple[str, str]]:
        return credit_inputs.inputs(self.told["inputs"], self.currency)


@signed_in
def credit(request: OfficeRequest) -> HttpResponseBase:
    """Who waits, what was decided lately, and the plots."""
    merchant, today = request.merchant, timezone.localdate()
    rows = queries.decisions(merchant.pk)
    has_any = rows.exists()
    found = listed(request, rows, _wants())
    months = credit_figures.approvals(merchant.pk, today=today)
    sold = credit_figures.cohorts(merchant.pk, merchant.currency, today=today)
    return found.file or render(
        request,
        "office/credit.html",
        found.context
        | {
            "has_any": has_any,
            "waiting": [Line(one.decision, one) for one in queries.waiting_reviews(merchant.pk)[:PAGE]],
            "lines": [Line(row) for row in found.rows],
            "settings": queries.settings_of(merchant.pk),
            "plots": [credit_plots.approval_rate(months), credit_plots.default_rate(sold, merchant.currency)]
            if has_any
            else (),
        },
    )


def _wants() -> Wants[CreditDecision]:
    answers = [(value.value, str(label), Q(stands=value)) for value, label in words.OUTCOMES.items()]
    return Wants(
        _("decisions"),
        [
            (_("Order"), lambda row: row.order),
            (_("Buyer"), lambda row: row.name),
            (_("Decision"), lambda row: str(words.OUTCOMES[Outcome(row.stands)])),
            (_("Why"), lambda row: Line(row).why),
            (_("Amount"), lambda row: Amount(row.minor, row.currency)),
            (_("Currency"), lambda row: row.currency),
            (_("When"), lambda row: timezone.localdate(row.decided_at)),
        ],
        [Narrowing("stands", _("decided in any way"), answers)],
        ("order", "name"),
        "decided_at__date",
    )


@signed_in
def decision(request: OfficeRequest, decision_id: int) -> HttpResponseBase:
    """One decision: who asked for what, how each rule saw it, what the buyer was told, and what a person can do."""
    row = _decision(request, decision_id)
    reviews = queries.reviews_of(row)
    neighbours = queries.neighbours(request.merchant.pk, row.pk)
    findings = [Found(one, row.currency) for one in row.findings]
    return render(
        request,
        "office/credit_decision.html",
        {
            "row": row,
            "stands": words.outcome(row.stands),
            "by_rules": words.outcome(row.outcome),
            "shadow": words.outcome(row.in_shadow) if row.in_shadow != row.outcome else None,
            "application": row.application,
            "reasons": [credit_inputs.reason(one["text"]) or in_general(one["code"]) for one in row.reasons],
            "corrections": [(credit_inputs.field(name), value) for name, value in row.corrections.items()],
            "methods": [(words.METHODS[name], words.outcome(one)) for name, one in row.methods.items()],
            "spoke": [one for one in findings if one.spoke],
            "silent": [one for one in findings if not one.spoke],
            "public": text(row.public_text, get_language() or "en"),
            "review": next((one for one in reviews if one.state == ReviewState.OPEN), None),
            "reviews": [one for one in reviews if one.state != ReviewState.OPEN],
            "link": address(row.pk),
            "may_ask": row.stands in (Outcome.DECLINED, Outcome.DECLINED_FINAL) and not reviews,
            "steps": [
                (step, words.steps().get(step.verb, step.verb), actor(step.actor))
                for step in steps_of(row.merchant_id, "credit", row.pk)
            ],
            "before": neighbours.before,
            "after": neighbours.after,
        },
    )


@signed_in
@require_POST
def decide(request: OfficeRequest, decision_id: int) -> HttpResponseBase:
    """A person accepts or declines with the fields `verdict` and `reason`, and goes on to the next that waits."""
    row = _decision(request, decision_id)
    following = queries.neighbours(request.merchant.pk, row.pk).after
    accept = request.POST.get("verdict") == "accept"
    reason, by = request.POST.get("reason", ""), request.user.email
    try:
        decide_review(request.merchant, row.pk, reason, accept=accept, by=by, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:credit-decision", row.pk)
    sentence = _("Order %(order)s is accepted.") if accept else _("Order %(order)s is declined for good.")
    told(request, sentence % {"order": row.order})
    return redirect("office:credit-decision", following) if following else redirect("office:credit")


@signed_in
@require_POST
def ask(request: OfficeRequest, decision_id: int) -> HttpResponseBase:
    """The buyer wants a person to look, with what he says in the field `text`."""
    row = _decision(request, decision_id)
    said, by = request.POST.get("text", ""), request.user.email
    try:
        ask_person(request.merchant, row.pk, said, by=by, at=timezone.now(), asked_by=AskedBy.BUYER)
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:credit-decision", row.pk)


def _decision(request: OfficeRequest, decision_id: int) -> CreditDecision:
    found = queries.decision(request.merchant.pk, decision_id)
    if found is None:
        raise Http404
    return found
