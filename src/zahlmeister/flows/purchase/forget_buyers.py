"""Forget what was known of buyers when its time has come: data first, the bare decision years later.

A decision's application, facts, findings, name and keys go on its `strip_on`, and the authorisation's copy with them;
outcome, reason codes, version and amount stay, so that figures by month remain true, until `delete_on`. Answers of
bureaus go when they hold no longer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from zahlmeister.credit.models import BlockedKey, BureauAnswer, CreditDecision, DecisionKey, Precheck, Review
from zahlmeister.credit.rules import Outcome
from zahlmeister.history.record import Happened, record
from zahlmeister.purchase.models import Authorisation
from zahlmeister.purchase.states import LIVE, AuthorisationState

BATCH = 200
#: So much longer a decision is kept that waits for a person; nobody who has not decided by then will.
UNREVIEWED = timedelta(days=90)


def forget_next(*, clock: Callable[[], datetime]) -> int | None:
    """A worker's turn: forget a batch of what has had its time; how much it was, None when there was nothing."""
    at = clock()
    today = localdate(at)
    with transaction.atomic(durable=True):
        count = _strip(at) + _delete(at)
        count += _some(BureauAnswer.objects.filter(valid_until__lte=at))
        count += _some(Precheck.objects.filter(delete_on__lte=today))
        count += _some(BlockedKey.objects.filter(until__lt=today))
    return count or None


def _strip(at: datetime) -> int:
    today = localdate(at)
    rows = CreditDecision.objects.filter(strip_on__lte=today, stripped_at=None).exclude(
        Q(stands=Outcome.REVIEW, strip_on__gt=today - UNREVIEWED) | Q(reserved_minor__gt=0, reserved_until__gt=at)
    )
    found = list(rows.order_by("strip_on")[:BATCH])
    DecisionKey.objects.filter(decision__in=found).delete()
    Review.objects.filter(decision__in=found).update(text="")
    for row in found:
        row.reasons = [{"code": one["code"], "text": "", "field": one["field"]} for one in row.reasons]
        row.name, row.application, row.facts, row.findings, row.corrections = "", {}, {}, [], {}
        row.stripped_at = at
        row.save()
        record(row.merchant_id, [Happened("credit", row.pk, "stripped", "retention")], at=at)
    _empty_authorisations(found)
    return len(found)


def _empty_authorisations(decisions: list[CreditDecision]) -> None:
    """What was asked goes with the decision about it; whoever was billed still counts for his limit."""
    of_them = Authorisation.objects.filter(decision__in=[row.pk for row in decisions])
    of_them.exclude(state__in=LIVE).update(application={}, name="")
    of_them.exclude(state__in=(*LIVE, AuthorisationState.CAPTURED)).update(debtor="")


def _delete(at: datetime) -> int:
    found = list(CreditDecision.objects.filter(delete_on__lte=localdate(at)).exclude(stripped_at=None)[:BATCH])
    Review.objects.filter(decision__in=found).delete()
    for row in found:
        row.delete()
    return len(found)


def _some(rows: QuerySet[Any]) -> int:
    found = list(rows.values_list("pk", flat=True)[:BATCH])
    return int(rows.model.objects.filter(pk__in=found).delete()[0])
