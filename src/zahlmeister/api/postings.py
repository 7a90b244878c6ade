"""Incoming payments for programs."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from zahlmeister.api.program import shop_behind
from zahlmeister.api.schemas import PostingsWanted
from zahlmeister.flows.describe_order import describe_postings
from zahlmeister.money.accounts import tidy
from zahlmeister.orders.models import Shop
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.refusals import Refused

router = Router(tags=["postings"])

MOST_ANSWERED = 5_000
#: What is meant without a first day.
USUAL_DAYS = 30


@router.get("/postings")
def postings(request: HttpRequest, wanted: Query[PostingsWanted]) -> list[dict[str, Any]]:
    """Payments that came to us within these days.

    Of a merchant with several shops a program sees those that pay orders of its own shop; whose the others are is not
    known, and is none of its business.
    """
    shop = shop_behind(request)
    first = wanted.createdMin or timezone.localdate() - timedelta(days=USUAL_DAYS)
    rows = Payment.objects.filter(merchant_id=shop.merchant_id, transaction__recorded_at__gte=_start_of(first))
    if wanted.createdMax is not None:
        rows = rows.filter(transaction__recorded_at__lt=_start_of(wanted.createdMax))
    if wanted.iban:
        rows = rows.filter(transaction__account__number=tidy(wanted.iban))
    if Shop.objects.filter(merchant_id=shop.merchant_id).exclude(pk=shop.pk).exists():
        own = Allocation.objects.filter(merchant_id=shop.merchant_id, reversal=None, item__order__shop=shop)
        rows = rows.filter(pk__in=own.values("payment"))
    found = list(rows.select_related("transaction").order_by("transaction__recorded_at", "id")[: MOST_ANSWERED + 1])
    if len(found) > MOST_ANSWERED:
        raise Refused(f"These are more than {MOST_ANSWERED} postings; ask for fewer days.")
    return describe_postings(shop, found, with_orders=wanted.includeOrders)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
