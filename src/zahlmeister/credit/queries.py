"""What can be asked about decisions, reviews, the block list and bureaus."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from zahlmeister.credit.models import BlockedKey, BureauConnection, CreditDecision, CreditSettings, Review
from zahlmeister.credit.states import ReviewState


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The waiting review before and behind one, for whoever goes through them without a mouse."""

    before: int | None
    after: int | None


def waiting_reviews(merchant_id: int) -> QuerySet[Review]:
    """Applications that wait for a person, the most urgent first."""
    rows = Review.objects.filter(merchant_id=merchant_id, state=ReviewState.OPEN).select_related("decision")
    return rows.order_by("due_at", "pk")


def neighbours(merchant_id: int, decision_id: int) -> Neighbours:
    """Who waits before and behind a decision; behind one that waits no longer comes the first."""
    waiting = list(waiting_reviews(merchant_id).values_list("decision_id", flat=True))
    if decision_id not in waiting:
        return Neighbours(None, waiting[0] if waiting else None)
    place = waiting.index(decision_id)
    before = waiting[place - 1] if place else None
    return Neighbours(before, waiting[place + 1] if place + 1 < len(waiting) else None)


def decisions(merchant_id: int) -> QuerySet[CreditDecision]:
    """All decisions, the newest first."""
    return CreditDecision.objects.filter(merchant_id=merchant_id).order_by("-decided_at", "-pk")


def decision(merchant_id: int, decision_id: int) -> CreditDecision | None:
    """One decision; None when the merchant has none of this number."""
    return decisions(merchant_id).filter(pk=decision_id).first()


def reviews_of(row: CreditDecision) -> list[Review]:
    """Every look that a person was asked for, the newest first."""
    return list(row.reviews.order_by("-asked_at"))


def blocked(merchant_id: int) -> QuerySet[BlockedKey]:
    """The block list, as hints, the newest first."""
    return BlockedKey.objects.filter(merchant_id=merchant_id).order_by("-at", "-pk")


def bureaus(merchant_id: int) -> Sequence[BureauConnection]:
    """The bureaus in the order in which they are asked."""
    return list(BureauConnection.objects.filter(merchant_id=merchant_id).order_by("position", "pk"))


def settings_of(merchant_id: int) -> CreditSettings:
    """What the merchant says once about deciding; what everybody begins with where nothing was said."""
    found = CreditSettings.objects.filter(merchant_id=merchant_id).first()
    return found or CreditSettings(merchant_id=merchant_id)
