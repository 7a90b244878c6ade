"""What can be asked about refunds."""

from collections.abc import Mapping

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from zahlmeister.banking.debit_states import USED
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NOT_MADE
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.refunds.models import Refund, RefundCollection, RefundSettings
from zahlmeister.refunds.rules import GoneBack, gone_back
from zahlmeister.refunds.states import NEEDS_A_PERSON, OWED, CollectionState, RefundState


def settings_of(merchant_id: int) -> RefundSettings:
    """How a merchant wants refunds; the defaults when nothing was said."""
    return RefundSettings.objects.filter(merchant_id=merchant_id).first() or RefundSettings(merchant_id=merchant_id)


def refunds(merchant_id: int) -> QuerySet[Refund]:
    """The refunds, newest first, with what they are of."""
    rows = Refund.objects.filter(merchant_id=merchant_id).order_by("-id")
    return rows.select_related("item__order__shop", "payment__transaction", "transfer", "account")


def standing_refunds(merchant_id: int, **of: int) -> QuerySet[Refund]:
    """The refunds of an `item` or a `payment` that were not cancelled, oldest first."""
    rows = Refund.objects.filter(merchant_id=merchant_id, **of).exclude(state=RefundState.CANCELLED)
    return rows.order_by("id")


def refunded_minor(merchant_id: int, **of: int) -> int:
    """What refunds have taken of an `item` or a `payment`, whether it has left or not."""
    sums = standing_refunds(merchant_id, **of).aggregate(sum=Sum("amount_minor"))
    return sums["sum"] or 0


def gone_back_of(merchant_id: int, totals: Mapping[int, int]) -> dict[int, GoneBack]:
    """How much of each of these items has gone back; those of which nothing has are left out.

    Args:
        merchant_id: whose.
        totals: the items with the amounts of their orders.
    """
    rows = Refund.objects.filter(merchant_id=merchant_id, item__in=list(totals), state=RefundState.PAID)
    sums = rows.values_list("item").annotate(Sum("of_order_minor")).order_by()
    found = {item: gone_back(minor, totals[item]) for item, minor in sums}
    return {item: how for item, how in found.items() if how is not None}


def with_gone_back(rows: QuerySet[OpenItem]) -> QuerySet[OpenItem]:
    """The same items, each with `went_minor`: what of its order has gone back."""
    paid = Refund.objects.filter(item=OuterRef("pk"), state=RefundState.PAID).order_by().values("item")
    went = paid.annotate(sum=Sum("of_order_minor")).values("sum")
    return rows.annotate(went_minor=Coalesce(Subquery(went), 0))


def only_gone_back(rows: QuerySet[OpenItem]) -> QuerySet[OpenItem]:
    """Those of these items of which something has gone back."""
    back = Refund.objects.filter(item=OuterRef("pk"), state=RefundState.PAID, of_order_minor__gt=0)
    return rows.filter(Exists(back))


def sent_back_minor(item: OpenItem) -> int:
    """What went back, or is to, as payments that an order once had; of each at most what the order had of it."""
    rows = Allocation.objects.filter(merchant_id=item.merchant_id, item=item, waived_minor=0, reversal__isnull=False)
    had: dict[int, int] = {}
    for row in rows.exclude(payment=None):
        number = row.payment_id or 0
        had[number] = max(had.get(number, 0), row.applied_minor + row.surplus_minor)
    return sum(min(minor, refunded_minor(item.merchant_id, payment=number)) for number, minor in had.items())


def on_its_way_there(merchant_id: int) -> QuerySet[RefundCollection]:
    """What is being collected for pooled accounts, or was and is not there yet.

    A debit that came back does not bring the transfer back that had left before.
    """
    rows = RefundCollection.objects.filter(merchant_id=merchant_id, covers__isnull=False, arrived=None)
    has_left = Q(transfer__isnull=False) & ~Q(transfer__state__in=NOT_MADE)
    return rows.filter(~Q(state=CollectionState.FAILED) | has_left)


def being_collected(merchant_id: int) -> dict[str, tuple[int, int]]:
    """What direct debits of the house's own are to bring to this operator: amount and account, by end-to-end id.

    A collection that was booked has what it brought, and one that failed gets nothing: any further payment of its
    number is an odd one.
    """
    awaited = RefundCollection.objects.filter(came_on=None).exclude(state=CollectionState.FAILED)
    rows = awaited.filter(debit__merchant=merchant_id, debit__state__in=USED)
    told = rows.values_list("debit__end_to_end_id", "debit__amount_minor", "debit__account")
    return {number: (minor, account) for number, minor, account in told}


def next_number(merchant_id: int) -> int:
    """The number of the merchant's next refund; asked for in the merchant's turn."""
    last = Refund.objects.filter(merchant_id=merchant_id).aggregate(last=Max("number"))
    return (last["last"] or 0) + 1


def refunds_waiting(merchant_id: int) -> int:
    """How many refunds need a person."""
    return Refund.objects.filter(merchant_id=merchant_id, state__in=NEEDS_A_PERSON).count()


def going_back(merchant_id: int, currency: str) -> tuple[int, int]:
    """How many refunds have not reached their buyers yet, and how much money that is."""
    rows = Refund.objects.filter(merchant_id=merchant_id, currency=currency, state__in=OWED)
    found = rows.aggregate(count=Count("pk"), minor=Sum("amount_minor", default=0))
    return found["count"], found["minor"]


def returns_of(payment: Payment) -> QuerySet[PaymentOrder]:
    """The transfers that bring a payment back, or were to."""
    return PaymentOrder.objects.filter(merchant_id=payment.merchant_id, refunds__payment=payment)


def refunds_by_state(merchant_id: int) -> dict[str, int]:
    """How many refunds are in each state."""
    rows = Refund.objects.filter(merchant_id=merchant_id).values_list("state").annotate(Count("pk")).order_by()
    return dict(rows)


def backs_of(account_id: int) -> QuerySet[Refund]:
    """What of a customer's balance went back or is to, the newest five first."""
    return Refund.objects.filter(prepaid=account_id).order_by("-id")[:5]


def backs_to_release(merchant_id: int, reason: str) -> QuerySet[Refund]:
    """Balances that customers want back and that wait for a person for this reason, the oldest first."""
    rows = Refund.objects.filter(merchant_id=merchant_id, state=RefundState.STOPPED, prepaid__isnull=False)
    return rows.filter(reason=reason).order_by("id")
