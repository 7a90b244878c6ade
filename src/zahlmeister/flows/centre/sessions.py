"""The browsers in which a customer is signed in: the customer sees them, and ends them after coming in once more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from zahlmeister.flows.centre.password import BY
from zahlmeister.history.record import Happened, record
from zahlmeister.prepaid.models import CentreSession, Customer
from zahlmeister.refusals import Refused

#: So long after signing in, one signs in again.
LASTS = timedelta(hours=8)
#: So long after signing in, one has just shown who one is.
FRESH = timedelta(minutes=5)


def begin(customer: Customer, browser: str, *, at: datetime) -> CentreSession:
    """Write down that a customer has come in; sessions that are over by themselves go."""
    with transaction.atomic(durable=True):
        CentreSession.objects.filter(merchant=customer.merchant_id, began_at__lte=at - LASTS).delete()
        return CentreSession.objects.create(
            merchant_id=customer.merchant_id,
            customer=customer,
            number=customer.session,
            browser=browser[:60],
            began_at=at,
        )


def end_here(session_id: int) -> None:
    """Somebody signs out, or comes in again by the same browser."""
    CentreSession.objects.filter(pk=session_id).delete()


def sessions_at(at: datetime) -> QuerySet[CentreSession]:
    """The sessions that have not ended, the newest first."""
    rows = CentreSession.objects.filter(number=F("customer__session"), began_at__gt=at - LASTS)
    return rows.order_by("-began_at", "-pk")


def sessions_of(customer: Customer, *, at: datetime) -> QuerySet[CentreSession]:
    """Those of one customer."""
    return sessions_at(at).filter(merchant=customer.merchant_id, customer=customer)


def end_others(customer: Customer, here: int, *, only: int | None = None, at: datetime) -> int:
    """End a customer's sessions elsewhere.

    Args:
        customer: whose.
        here: the session that stays.
        only: the one that ends; all others without it.
        at: now.

    Returns:
        How many have ended.

    Raises:
        Refused: the customer came in too long ago; somebody else may sit there by now.
    """
    with transaction.atomic(durable=True):
        rows = sessions_of(customer, at=at)
        if not rows.filter(pk=here, began_at__gt=at - FRESH).exists():
            raise Refused("Sign in once more; for five minutes after that you can end other sessions.")
        others = rows.exclude(pk=here)
        numbers = list((others.filter(pk=only) if only is not None else others).values_list("pk", flat=True))
        CentreSession.objects.filter(pk__in=numbers).delete()
        if numbers:
            record(customer.merchant_id, [Happened("customer", customer.pk, "session_ended", BY)], at=at)
    return len(numbers)
