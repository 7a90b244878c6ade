"""Transfers we order, one step at a time: each step is a compare-and-swap over `NEXT_ORDER`."""

from datetime import datetime
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.eyes import Look, payee_check
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NEXT_FILE, NEXT_ORDER, UNTOLD, FileState, OrderState
from zahlmeister.formats.payments import transfers
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.formats.payments.payee import PayeeCheck
from zahlmeister.refusals import Refused


class OrderChanged(Refused):
    """Another person or the bank was quicker."""


def move(order: PaymentOrder, state: OrderState, **changes: Any) -> None:
    """Bring an order into its next state, with the columns that change beside it.

    Raises:
        OrderChanged: it is in another state by now.
        Refused: no way leads from its state to that one.
    """
    if state not in NEXT_ORDER[OrderState(order.state)]:
        raise Refused(f"A transfer that is “{order.get_state_display()}” cannot become “{state.label}”.")
    if not PaymentOrder.objects.filter(pk=order.pk, state=order.state).update(state=state, **changes):
        raise OrderChanged("Somebody else has just changed this transfer; look again.")
    order.refresh_from_db()


def move_file(file: BankFile, state: FileState, **changes: Any) -> None:
    """Bring a file into its next state, likewise."""
    if state not in NEXT_FILE[FileState(file.state)]:
        raise Refused(f"A file that is “{file.get_state_display()}” cannot become “{state.label}”.")
    if not type(file).rows().filter(pk=file.pk, state=file.state).update(state=state, **changes):
        raise OrderChanged("Somebody else has just changed this file; look again.")
    file.refresh_from_db()


def seen_at_bank(kind: type[BankFile], number: int, at: datetime) -> bool:
    """The bank or its statement speaks of a file: whoever did not know knows now that it arrived.

    Returns:
        Whether that was news.
    """
    untold = kind.rows().filter(pk=number, state__in=UNTOLD)
    return bool(untold.update(state=FileState.SENT, sent_at=at, error=""))


def note_doubt(order: PaymentOrder, doubt: str) -> None:
    """Keep what a person must look at."""
    PaymentOrder.objects.filter(pk=order.pk).update(doubt=doubt)
    order.doubt = doubt


def note_payee(order: PaymentOrder, check: PayeeCheck) -> bool:
    """Keep what the bank has found out about the payee; who had confirmed another finding has confirmed nothing.

    Returns:
        Whether that is news.
    """
    name = (check.name_at_bank or "")[:140]
    if (order.payee_result, order.payee_name) == (check.result.value, name):
        return False
    told = {"payee_result": check.result.value, "payee_name": name, "payee_confirmed_by": ""}
    PaymentOrder.objects.filter(pk=order.pk).update(**told)
    for field, value in told.items():
        setattr(order, field, value)
    return True


def look_at(order: PaymentOrder) -> Look:
    """Who has looked at an order, as the rules want it."""
    return Look(
        minor=order.amount_minor,
        limit_minor=order.merchant.four_eyes_above_minor,
        drafter=order.drafted_by_id,
        approvers={each.person_id for each in order.approvals.all()},
        beside_minor=_beside(order),
        payee=payee_check(order.payee_result, order.payee_name),
        is_going_back=order.is_going_back,
        is_confirmed=bool(order.payee_confirmed_by),
    )


def _beside(order: PaymentOrder) -> int:
    """What other transfers bring the same recipient on the day this one was drafted or is to be executed."""
    drafted_on = timezone.localdate(order.created_at)
    others = PaymentOrder.objects.filter(
        Q(execute_on=order.execute_on) | Q(created_at__date=drafted_on),
        merchant_id=order.merchant_id,
        creditor_number=order.creditor_number,
        currency=order.currency,
    )
    over = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.RETURNED)
    return others.exclude(pk=order.pk).exclude(state__in=over).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def as_written(order: PaymentOrder) -> transfers.PaymentOrder:
    """The order as the bank gets it.

    Raises:
        Refused: a bank would reject it; the sentence says why.
    """
    return transfers.PaymentOrder(
        order.end_to_end_id,
        order.amount,
        Party(order.creditor_name, Address(**order.address) if order.address else None),
        order.creditor_number,
        bic=order.creditor_bic or None,
        text=order.text or None,
        reference=order.reference or None,
        purpose=order.purpose or None,
    )
