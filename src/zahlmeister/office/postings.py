"""Which postings of the books belong to a payment or to an order."""

from collections.abc import Sequence

from zahlmeister.ledger.queries import Line, lines
from zahlmeister.receivables.models import Allocation, OpenItem, Payment


def postings_of_payment(payment: Payment, allocations: Sequence[Allocation]) -> list[Line]:
    """Its money coming in, what was assigned of it, and that it was ignored."""
    subjects = [f"transaction:{payment.transaction_id}", f"payment:{payment.pk}"]
    return lines(payment.merchant_id, subjects + [f"allocation:{row.pk}" for row in allocations])


def postings_of_item(item: OpenItem, allocations: Sequence[Allocation]) -> list[Line]:
    """The claim, and what was paid of it."""
    return lines(item.merchant_id, [f"item:{item.pk}", *(f"allocation:{row.pk}" for row in allocations)])
