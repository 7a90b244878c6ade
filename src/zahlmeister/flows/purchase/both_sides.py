"""A purchase has two sides, each a merchant with books of its own: their turns, and what is noted on the seller's."""

from datetime import datetime
from typing import Any

from zahlmeister.credit.decisions import let_review_lapse, reserve
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.purchase.models import Authorisation, Capture, GuaranteeTerms
from zahlmeister.purchase.states import LIVE


def lock_both(terms: GuaranteeTerms) -> None:
    """Take the turns of the merchant and of his guarantor, always in the same order, so that nobody waits for ever."""
    for merchant in sorted({terms.merchant_id, terms.guarantor.merchant_id}):
        lock(merchant)


def happened(of: Authorisation | Capture, verb: str, by: str, *, at: datetime, reason: str = "", **facts: Any) -> None:
    """Keep a step in the merchant's history, inside the caller's transaction."""
    subject = "capture" if isinstance(of, Capture) else "authorisation"
    record(of.merchant_id, [Happened(subject, of.pk, verb, by, reason, facts)], at=at)


def hold_limit(of: Authorisation) -> None:
    """Let the decision reserve of the buyer's limit what can still be billed, inside the caller's transaction."""
    if of.decision is not None:
        left = of.left_minor if of.state in LIVE else 0
        reserve(of.merchant_id, of.decision, left, until=of.expires_at)


def is_over(of: Authorisation, *, at: datetime) -> None:
    """Nothing comes of an order any more: its limit is free, and no person need look; in the caller's transaction."""
    hold_limit(of)
    if of.decision is not None:
        let_review_lapse(of.merchant_id, of.decision, at=at)
