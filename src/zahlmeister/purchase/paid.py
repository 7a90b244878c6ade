"""How much of a claim the buyer has paid, as the guarantor's open item says it."""

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When
from django.db.models.functions import Greatest

from zahlmeister.purchase.models import Capture
from zahlmeister.receivables.models import OpenItem


def paid_of(item: OpenItem) -> int:
    """What was paid of the claim itself, in minor units: money is for it first, and for fees and interest last."""
    still_open = max(item.open_minor - item.costs_minor, 0)
    return max(item.total_minor - still_open - item.cancelled_minor, 0)


def with_figures(rows: QuerySet[Capture]) -> QuerySet[Capture]:
    """Captures with what was paid (`now_paid`) and given up (`now_lost`) of their claims by now; see `paid_of`."""
    still_open = Greatest(F("item__open_minor") - F("item__costs_minor"), 0)
    paid = Greatest(F("item__total_minor") - still_open - F("item__cancelled_minor"), 0)
    given_up = F("item__cancelled_minor")
    lost = Case(When(guarantee="recourse", then=0), default=given_up, output_field=BigIntegerField())
    return rows.annotate(now_paid=paid, now_lost=lost)


#: The money of a claim is not as it was followed last; of captures `with_figures`.
HAS_MONEY_NEWS = ~Q(now_paid=F("paid_minor")) | ~Q(now_lost=F("lost_minor"))
