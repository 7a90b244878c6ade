"""The operator will collect from a merchant: the owners are told amount and day, and from then on the term counts."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.debits import move_debit
from zahlmeister.flows.collect_debit import tell_debtor
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.money.accounts import shortened
from zahlmeister.outbox.write import tell

BY = "house"


def announce(debit: Debit, customer_id: int, about: Mapping[str, str], *, at: datetime) -> Debit:
    """Tell the owners of a merchant what will be collected from him, and let it leave. Twice is once.

    Args:
        debit: drafted by a mandate that the merchant has given for this; that is its approval.
        customer_id: the merchant.
        about: what it is for, by language.
        at: now.
    """
    if debit.state == DebitState.DRAFTED:
        debit = tell_debtor(debit, timezone.localdate(at), by=BY, at=at)
    mandate = debit.mandate
    values: dict[str, Value] = {
        "amount": debit.amount,
        "day": debit.collect_on,
        "about": about,
        "number": shortened(mandate.debtor_number),
        "mandate": mandate.reference,
        "creditor": mandate.creditor_id,
    }
    with transaction.atomic(durable=True):
        for merchant in sorted({customer_id, debit.merchant_id}):
            lock(merchant)
        standing = Debit.objects.select_related("mandate").get(pk=debit.pk)
        if standing.state == DebitState.DRAFTED:
            policy = f"mandate {mandate.reference}"
            move_debit(standing, DebitState.APPROVED, approved_by=policy)
            record(standing.merchant_id, [Happened("debit", standing.pk, "approved", BY, policy)], at=at)
        mails = [said(HouseKind.DEBIT_ANNOUNCED, f"debit:{debit.pk}", each, values) for each in owners(customer_id)]
        tell(customer_id, mails, at=at)
    return standing
