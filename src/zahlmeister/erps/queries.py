"""What can be asked about ERPs and what they sent."""

from django.db.models import Count, Q, QuerySet

from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.states import ReceiptState


def erps(merchant_id: int) -> QuerySet[ErpConnection]:
    """The ERPs of a merchant, each with the number of its `refused` documents."""
    refused = Count("receipts", filter=Q(receipts__state=ReceiptState.REFUSED))
    return ErpConnection.objects.filter(merchant_id=merchant_id).annotate(refused=refused).order_by("name")


def receipts(merchant_id: int, *, refused: bool = False) -> QuerySet[Receipt]:
    """Documents that came in, newest first; only those that are refused."""
    rows = Receipt.objects.filter(merchant_id=merchant_id).select_related("erp").order_by("-id")
    return rows.filter(state=ReceiptState.REFUSED) if refused else rows


def receipt(merchant_id: int, number: int) -> Receipt | None:
    """One by its number."""
    return Receipt.objects.filter(merchant_id=merchant_id, pk=number).select_related("merchant", "erp").first()
