"""What the operator has paid for a merchant and never got is collected, though nothing else is to be collected.

It is left when a direct debit comes back after the refunds, or the money for a pooled account, had left already. The
next direct debit is higher by it; where there is none within four weeks, it is collected by itself.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.flows.collect_refunds import left_over, operators_account
from zahlmeister.flows.undo_collection import REST
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.refunds.models import RefundCollection
from zahlmeister.refunds.states import CollectionState

BY = "house"
Clock = Callable[[], datetime]


def collect_debt_next(*, clock: Clock) -> RefundCollection | None:
    """A worker's turn: collect what one merchant owes to the operator; None when nobody owes anything."""
    now = clock()
    for last in _rested(now):
        if left_over(last.merchant_id) < 0 and (collection := _collect(last, now)):
            return collection
    return None


def _rested(now: datetime) -> QuerySet[RefundCollection]:
    """The newest collection of each merchant of whom one failed, where none is under way or younger than the rest.

    Whether something is owed the books say: also after a newer one that was good, or failed before it came.
    """
    theirs = RefundCollection.objects.filter(merchant=OuterRef("merchant"))
    busy = Q(state=CollectionState.ASKED) | Q(asked_on__gt=timezone.localdate(now) - REST)
    rows = RefundCollection.objects.filter(Exists(theirs.filter(state=CollectionState.FAILED)))
    return rows.exclude(Exists(theirs.filter(busy | Q(pk__gt=OuterRef("pk"))))).order_by("pk")


def _collect(last: RefundCollection, now: datetime) -> RefundCollection | None:
    merchant_id = last.merchant_id
    if mandate_from(merchant_id) is None or operators_account() is None:
        return None
    with transaction.atomic(durable=True):
        lock(merchant_id)
        minor = -left_over(merchant_id)
        if minor <= 0 or not _rested(now).filter(pk=last.pk).exists():
            return None
        collection = RefundCollection(
            merchant_id=merchant_id,
            amount_minor=minor,
            currency="EUR",
            asked_on=timezone.localdate(now),
            created_at=now,
        )
        collection.save(force_insert=True)
        step = Happened("collection", collection.pk, "owed_to_operator", BY, facts={"minor": minor})
        record(merchant_id, [step], at=now)
    return collection
