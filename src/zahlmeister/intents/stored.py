"""What providers have stored of how customers pay: what can be charged, and what is to be forgotten."""

from datetime import datetime

from django.db.models import QuerySet

from zahlmeister.connectors.providers.contract import Stored
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.intents.states import IntentState, StoredState


def usable(merchant_id: int, account: int) -> QuerySet[StoredMethod]:
    """What an account can be topped up by without its customer, the newest first."""
    rows = StoredMethod.objects.filter(merchant_id=merchant_id, account=account, state=StoredState.USABLE)
    return rows.select_related("connection").order_by("-id")


def stored_for(merchant_id: int, account: int, method: str) -> StoredMethod | None:
    """What an account is topped up by where its customer has agreed to this method; None while nothing is stored."""
    return usable(merchant_id, account).filter(method=method).first()


def as_told(row: StoredMethod) -> Stored:
    """As the provider wants it."""
    return Stored(row.number, row.owner, row.label)


def keep_stored(intent: PaymentIntent, told: Stored, *, agrees: bool, at: datetime) -> None:
    """Keep what was stored with a payment, inside the caller's turn; what the account had before is to be forgotten.

    Where the customer `agrees` to it no more, it is this that is to be forgotten. A number that is known already counts
    as new where its customer has made a payment with it since.
    """
    row, is_new = StoredMethod.objects.get_or_create(
        merchant_id=intent.merchant_id,
        connection=intent.connection,
        number=told.number[:120],
        defaults={
            "account": intent.account or 0,
            "method": intent.method,
            "owner": told.owner[:120],
            "label": told.label[:120],
            "created_at": at,
        },
    )
    again = StoredMethod.objects.filter(pk=row.pk, created_at=row.created_at, created_at__lt=intent.created_at)
    agreed = {"account": intent.account or 0, "method": intent.method, "created_at": at}
    if is_new or again.update(state=StoredState.USABLE, look_at=None, failures=0, **agreed):
        mine = usable(intent.merchant_id, intent.account or 0)
        _leave(mine.exclude(pk=row.pk) if agrees else mine.filter(pk=row.pk), at)


def drop_stored(merchant_id: int, account: int, *, at: datetime) -> None:
    """Charge an account's customer no more: the provider is to forget him, and what has not left is called off."""
    _leave(usable(merchant_id, account), at)
    unsent = PaymentIntent.objects.filter(
        merchant_id=merchant_id, account=account, stored__isnull=False, state=IntentState.CREATED, looked_at=None
    )
    unsent.update(state=IntentState.CANCELLED, look_at=None)


def _leave(rows: QuerySet[StoredMethod], at: datetime) -> None:
    StoredMethod.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
        state=StoredState.LEAVING, look_at=at
    )
