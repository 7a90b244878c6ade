"""A person looks at a decision, asked by the rules, the buyer or the merchant's people, and decides with a reason.

Whoever was declined by rules alone may have a person look (Art. 22 GDPR). What the person says stands above the rules,
and above the limit; both are kept.
"""

from datetime import datetime

from django.db import transaction

from zahlmeister.credit.decisions import HOLDS, TAKEN_WITHIN, ask_for_review, decision_of, reserve
from zahlmeister.credit.models import CreditDecision, Review
from zahlmeister.credit.rules import Decision, Outcome
from zahlmeister.credit.states import AskedBy, ReviewState
from zahlmeister.flows.purchase.authorise import follow_decision
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase.models import Authorisation
from zahlmeister.refusals import Refused


def ask_person(
    merchant: Merchant, decision_id: int, text: str, *, by: str, at: datetime, asked_by: AskedBy = AskedBy.BUYER
) -> Review:
    """Let a person look at a decision that was declined; `text` is what the buyer says to it.

    Raises:
        Refused: it was not declined, or a person has looked already.
    """
    with transaction.atomic(durable=True):
        row = _held(merchant, decision_id)
        if row.stands not in (Outcome.DECLINED, Outcome.DECLINED_FINAL):
            raise Refused("Only a declined application can be looked at by a person.")
        looked = row.reviews.exclude(state=ReviewState.OPEN).order_by("-decided_at").first()
        if looked is not None:
            raise Refused("A person has decided on this already.")
        review = ask_for_review(row, asked_by, text, at=at)
        record(merchant.pk, [Happened("credit", row.pk, "review_asked", by, "", {"by": str(asked_by)})], at=at)
    return review


def decide_review(
    merchant: Merchant, decision_id: int, reason: str, *, accept: bool, by: str, at: datetime
) -> Decision:
    """End the open review of a decision.

    Args:
        merchant: whose.
        decision_id: which decision.
        reason: why, for the merchant's people and for whoever asks later.
        accept: whether the buyer may buy.
        by: the person's e-mail address.
        at: now.

    The order follows in the same moment: what cannot be followed is not decided.

    Raises:
        Refused: there is no reason, no open review, or the order is over or above the guarantor's limit.
    """
    if not reason.strip():
        raise Refused("Say why: a decision on a person's application needs its reason.")
    with transaction.atomic(durable=True):
        _lock_sides(merchant, decision_id)
        row = _held(merchant, decision_id)
        state = ReviewState.ACCEPTED if accept else ReviewState.DECLINED
        open_one = Review.objects.filter(merchant=merchant, decision=row, state=ReviewState.OPEN)
        if not open_one.update(state=state, reason=reason.strip()[:500], by=by, decided_at=at):
            raise Refused("Nobody waits for a decision on this application any more.")
        row.stands = Outcome.ACCEPTED if accept else Outcome.DECLINED_FINAL
        row.expires_at = at + HOLDS
        row.save(update_fields=["stands", "expires_at"])
        if accept:
            reserve(merchant.pk, row.pk, row.minor, until=at + TAKEN_WITHIN)
        facts = {"outcome": str(row.stands), "rules": str(row.outcome)}
        record(merchant.pk, [Happened("credit", row.pk, "reviewed", by, reason.strip()[:240], facts)], at=at)
        follow_decision(merchant, row.pk, accept=accept, reason=reason.strip()[:240], by=by, at=at)
    return decision_of(row)


def _lock_sides(merchant: Merchant, decision_id: int) -> None:
    """The turns of the merchant and of the guarantor of his order, in their order; see `lock_both`."""
    of = (
        Authorisation.objects.filter(merchant=merchant, decision=decision_id).select_related("terms__guarantor").first()
    )
    if of is not None:
        lock_both(of.terms)


def _held(merchant: Merchant, decision_id: int) -> CreditDecision:
    lock(merchant.pk)
    row = CreditDecision.objects.filter(merchant=merchant, pk=decision_id).first()
    if row is None:
        raise Refused("This decision does not exist.")
    return row
