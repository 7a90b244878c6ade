"""What was learned: rules proposed and made, what recurs in the texts, how payments differ, and who pays for whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows import learn as flow
from zahlmeister.learning import queries
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.refusals import Refusal

#: So many payers and rules are shown.
MOST = 50
BAR = 120


@dataclass(frozen=True, slots=True)
class Share:
    """How many payments show one thing."""

    words: str
    count: int
    ppm: int

    @property
    def bar(self) -> int:
        return max(self.ppm * BAR // 1_000_000, 2) if self.count else 0


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way in which payments differ from their orders."""

    title: str
    shares: list[Share]


@signed_in
def learned(request: OfficeRequest) -> HttpResponseBase:
    """Everything that was learned for this merchant, and where it came from."""
    merchant_id = request.merchant.pk
    seen = queries.learned(merchant_id)
    return render(
        request,
        "office/learned.html",
        {
            "proposals": queries.proposals(merchant_id),
            "payers": queries.ignored_payers(merchant_id, MOST),
            "phrases": queries.ignored_phrases(merchant_id),
            "rules": queries.ignore_rules(merchant_id),
            "seen": seen,
            "aspects": _aspects(seen.mix, seen.payments) if seen and seen.payments else [],
            "known": queries.known_payers(merchant_id, MOST),
        },
    )


@signed_in
@require_POST
def accept(request: OfficeRequest, proposal_id: int) -> HttpResponseBase:
    """From now on such payments are ignored by themselves."""
    _own_proposal(request, proposal_id)
    try:
        flow.accept_proposal(request.merchant, proposal_id, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    else:
        told(request, _("Such payments are ignored by themselves from now on. You can forget the rule below."))
    return redirect("office:learned")


@signed_in
@require_POST
def dismiss(request: OfficeRequest, proposal_id: int) -> HttpResponseBase:
    """No rule; it is not proposed again."""
    _own_proposal(request, proposal_id)
    try:
        flow.dismiss_proposal(request.merchant, proposal_id, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    else:
        told(request, _("No rule was made, and this one is not proposed again."))
    return redirect("office:learned")


@signed_in
@require_POST
def forget(request: OfficeRequest, rule_id: int) -> HttpResponseBase:
    """A rule is no longer a rule."""
    if not queries.has_rule(request.merchant.pk, rule_id):
        raise Http404
    try:
        flow.forget_rule(request.merchant, rule_id, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    else:
        told(request, _("The rule is forgotten. What was ignored by it stays ignored."))
    return redirect("office:learned")


def _own_proposal(request: OfficeRequest, proposal_id: int) -> None:
    if not queries.has_proposal(request.merchant.pk, proposal_id):
        raise Http404


def _aspects(mix: Mapping[str, Mapping[str, int]], payments: int) -> list[Aspect]:
    return [
        Aspect(
            title,
            [
                Share(text, count, 1_000_000 * count // payments)
                for word, text in shows.items()
                if (count := mix.get(aspect, {}).get(word, 0)) or word == "exact"
            ],
        )
        for aspect, (title, shows) in words.disturbances().items()
    ]
