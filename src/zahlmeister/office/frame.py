"""What the frame around every page shows."""

from django.http import HttpRequest

from zahlmeister.banking.outgoing_queries import transfers_waiting
from zahlmeister.banking.queries import waiting
from zahlmeister.credit.queries import waiting_reviews
from zahlmeister.orders.shop_queries import shops_in_need
from zahlmeister.prepaid.queries import to_release
from zahlmeister.purchase.queries import takes_part
from zahlmeister.receivables.queries import payment_counts
from zahlmeister.refunds.queries import refunds_waiting


def frame(request: HttpRequest) -> dict[str, object]:
    """The numbers in the rail: what needs a person. Pages without a merchant have no rail."""
    merchant = getattr(request, "merchant", None)
    if merchant is None or request.headers.get("HX-Request"):
        return {}
    return {
        "merchant": merchant,
        "waiting_payments": sum(payment_counts(merchant.pk).values()),
        "waiting_transfers": transfers_waiting(merchant.pk),
        "waiting_refunds": refunds_waiting(merchant.pk),
        "waiting_imports": waiting(merchant.pk),
        "waiting_customers": to_release(merchant.pk).count(),
        "waiting_reviews": waiting_reviews(merchant.pk).count(),
        "has_purchases": takes_part(merchant.pk),
        "waiting_shops": shops_in_need(merchant.pk).count(),
    }
