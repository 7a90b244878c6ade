"""What can be asked about payments at providers."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count, F, QuerySet, Sum

from zahlmeister.intents.models import PaymentIntent, ProviderConnection, ProviderPayout, ProviderRefund
from zahlmeister.intents.states import GoesBack, IntentState, Purpose


def intents(merchant_id: int) -> QuerySet[PaymentIntent]:
    """The payments, newest first."""
    return PaymentIntent.objects.filter(merchant_id=merchant_id).select_related("connection").order_by("-id")


def intents_by_state(merchant_id: int) -> dict[str, int]:
    """How many payments are in each state."""
    rows = PaymentIntent.objects.filter(merchant_id=merchant_id).values_list("state").annotate(Count("pk")).order_by()
    return dict(rows)


def connections(merchant_id: int) -> QuerySet[ProviderConnection]:
    """The merchant's providers, the first that was connected first."""
    return ProviderConnection.objects.filter(merchant_id=merchant_id).select_related("merchant").order_by("id")


def payouts(merchant_id: int) -> QuerySet[ProviderPayout]:
    """What providers paid out, newest first."""
    rows = ProviderPayout.objects.filter(merchant_id=merchant_id).select_related("connection", "payment__transaction")
    return rows.order_by("-on", "-id")


def going_back_minor(intent: PaymentIntent) -> int:
    """What of a payment is asked to go back and has not gone yet."""
    rows = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent=intent, state=GoesBack.ASKED)
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def refunds_to_approve(merchant_id: int) -> QuerySet[ProviderRefund]:
    """What is to go back at providers and waits for a second person, oldest first."""
    rows = ProviderRefund.objects.filter(merchant_id=merchant_id, needs_second=True, state=GoesBack.ASKED)
    return rows.select_related("intent__connection").order_by("pk")


def on_its_way(merchant_id: int, *, items: Collection[int] = (), account: int | None = None) -> list[PaymentIntent]:
    """Payments that buyers have made and no money has come of yet: for one of these items, or onto this account."""
    rows = PaymentIntent.objects.filter(merchant_id=merchant_id, state=IntentState.PROCESSING).order_by("id")
    wanted = set(items)
    return [
        row
        for row in rows
        if (row.purpose == Purpose.ITEMS and wanted & {int(item) for item, _minor in row.shares})
        or (row.purpose == Purpose.TOP_UP and account is not None and row.account == account)
    ]


def refundable_minor(intent: PaymentIntent) -> int:
    """What of a payment can still be sent back at the provider: nothing while any of it is charged back."""
    if intent.state == IntentState.CHARGED_BACK:
        return 0
    return max(intent.left.minor - going_back_minor(intent), 0)


def held_by_currency(merchant_id: int) -> dict[str, int]:
    """What the merchant's providers hold for him, by all that moved and was paid out, in minor units."""
    held: Counter[str] = Counter()
    moved = F("paid_minor") - F("refunded_minor") - F("charged_back_minor") - F("fee_minor")
    rows = PaymentIntent.objects.filter(merchant_id=merchant_id).values_list("currency")
    held.update(dict(rows.annotate(sum=Sum(moved)).order_by()))
    paid_out = ProviderPayout.objects.filter(merchant_id=merchant_id).values_list("currency")
    held.subtract(dict(paid_out.annotate(Sum("fees_minor")).order_by()))
    held.subtract(dict(paid_out.filter(payment__isnull=False).annotate(Sum("amount_minor")).order_by()))
    return dict(held)
