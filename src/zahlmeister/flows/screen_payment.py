"""Before money leaves: is the recipient on a list of sanctions, is today unusual, and can everything be shown?

A transfer that looks wrong stays with a doubt until a person has looked at it. A file is handed out only when the
books hold a posting for each of its transfers, and the history an approval.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.banking.velocity import Day, is_unusual
from zahlmeister.connectors.sanctions.file_list import sanction_list
from zahlmeister.history.models import Step
from zahlmeister.history.queries import broken_since
from zahlmeister.ledger.queries import lines
from zahlmeister.ledger.rules import PAYMENT_ORDERED
from zahlmeister.refusals import Refused

SANCTIONED, UNUSUAL = "sanctioned", "unusual"
#: The steps of a transfer's history that say who let it leave.
APPROVED = ("approved", "approved_by_policy")
_KNOWN_DAYS = 90


def doubt_about(order: PaymentOrder, *, at: datetime) -> tuple[str, str]:
    """What a person must look at before this transfer may leave, and why; two empty texts when nothing.

    Raises:
        Refused: the list of sanctions cannot be asked.
    """
    if hits := sanction_list(settings.SANCTIONS).hits(order.creditor_name):
        return SANCTIONED, " · ".join(f"{hit.name} {hit.reference}".strip() for hit in hits)[:240]
    if _is_unusual(order, at):
        return UNUSUAL, ""
    return "", ""


def was_looked_at(order: PaymentOrder, doubt: str) -> bool:
    """Whether a person has looked at this very doubt before."""
    steps = Step.objects.filter(merchant_id=order.merchant_id, subject="transfer", subject_id=order.pk)
    return steps.filter(verb="looked_at", reason=doubt).exists()


def require_proof(file: PaymentFile) -> None:
    """Make sure that each transfer of a file stands in the books and was approved, before anybody gets the file.

    Raises:
        Refused: one does not, or its history was changed.
    """
    for order in file.orders.order_by("pk"):
        posted = [
            line for line in lines(file.merchant_id, [f"transfer:{order.pk}"]) if _orders(line.source, order, file)
        ]
        if [(line.text, line.amount) for line in posted] != [(PAYMENT_ORDERED.text, order.amount)]:
            raise Refused(f"{order.end_to_end_id} is not in the books as it stands in the file; nothing is handed out.")
        steps = Step.objects.filter(merchant_id=file.merchant_id, subject="transfer", subject_id=order.pk)
        if not steps.filter(verb__in=APPROVED).exclude(actor="").exists():
            raise Refused(f"Nobody has approved {order.end_to_end_id}, as the history says; nothing is handed out.")
        if broken_since(file.merchant_id, "transfer", order.pk) is not None:
            raise Refused(f"The history of {order.end_to_end_id} was changed; nothing is handed out.")


def _orders(source: str, order: PaymentOrder, file: PaymentFile) -> bool:
    return source == f"transfer:{order.pk}:ordered:{file.pk}"


def _is_unusual(order: PaymentOrder, at: datetime) -> bool:
    today = timezone.localdate(at)
    rows = PaymentOrder.objects.filter(merchant_id=order.merchant_id, currency=order.currency)
    rows = rows.exclude(state__in=(OrderState.CANCELLED, OrderState.REJECTED)).exclude(pk=order.pk)
    recent = rows.filter(created_at__gte=at - timedelta(days=_KNOWN_DAYS)).annotate(day=TruncDate("created_at"))
    found = recent.values_list("day").annotate(Count("pk"), Sum("amount_minor")).order_by()
    days = {day: Day(count, minor) for day, count, minor in found}
    so_far = days.pop(today, Day(0, 0))
    return is_unusual(Day(so_far.count + 1, so_far.minor + order.amount_minor), list(days.values()))
