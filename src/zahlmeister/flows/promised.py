"""What was promised of a pooled account and is not ordered yet: refunds that wait."""

from django.db.models import Sum

from zahlmeister.banking.models import BankAccount
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import OWED, RefundState

_NOT_ORDERED = [state for state in OWED if state is not RefundState.ORDERED]


def promised(account: BankAccount) -> int:
    """Refunds of what came in on this account that have no transfer yet, in minor units."""
    rows = Refund.objects.filter(merchant_id=account.merchant_id, account=account, state__in=_NOT_ORDERED)
    found = rows.aggregate(sum=Sum("amount_minor", default=0))
    return int(found["sum"])
