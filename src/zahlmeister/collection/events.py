"""Write down what was said about a case, once, and let the case stand as its events come to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from zahlmeister.collection.fold import Event, Standing, stand
from zahlmeister.collection.models import Case, CaseEvent


def keep(event: CaseEvent) -> bool:
    """Keep an event inside the caller's transaction; False when it was said before under its key."""
    fields: dict[str, Any] = {
        name: getattr(event, name)
        for name in (
            "case_id", "kind", "at", "recorded_at", "word", "text", "amount_minor", "parts", "statement", "by", "facts",
        )
    }  # fmt: skip
    kept, is_new = CaseEvent.objects.get_or_create(
        merchant_id=event.merchant_id, agency_id=event.agency_id, is_ours=event.is_ours, key=event.key, defaults=fields
    )
    event.pk = kept.pk
    return is_new


def restand(case: Case) -> Standing:
    """Let the case stand as all its events come to, inside the caller's transaction and turn."""
    standing = stand(events_of(case), principal_minor=case.principal_minor)
    for name in (
        "hand_over",
        "stage",
        "work",
        "money",
        "closed",
        "collected_minor",
        "direct_minor",
        "question",
        "doubt",
    ):
        setattr(case, name, getattr(standing, name))
    case.balance = dict(standing.balance)
    case.save()
    return standing


def events_of(case: Case) -> list[Event]:
    """All that was said about a case, as the fold wants it."""
    return [
        Event(row.is_ours, row.kind, row.at, row.key, row.word, row.amount_minor or 0, row.parts)
        for row in CaseEvent.objects.filter(merchant_id=case.merchant_id, case=case)
    ]


def timeline(merchant_id: int, case_id: int) -> Sequence[CaseEvent]:
    """All that was said about a case, newest first, for a person to read."""
    return list(CaseEvent.objects.filter(merchant_id=merchant_id, case_id=case_id).order_by("-at", "-id"))


def heard(case: Case, at: datetime) -> None:
    """Note that the agency has said something about the case."""
    case.heard_at = max(at, case.heard_at) if case.heard_at else at
