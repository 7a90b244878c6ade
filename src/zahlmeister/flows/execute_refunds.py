"""Refunds that are due leave: each as one transfer, from the account that the money came in on.

From a pooled account it leaves without anybody's help, as long as the balance holds it; from the merchant's own account
a person approves it. A refund and its transfer are kept in one transaction, so that no refund has two.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Person
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import verification_of
from zahlmeister.payouts.standing import standing_of
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.refunds import moves
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.rules import said_in_transfer
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: How long a refund waits that cannot leave now.
LATER = timedelta(hours=1)

Clock = Callable[[], datetime]


def execute_next(*, clock: Clock) -> Refund | None:
    """A worker's turn: one refund that is due; None when there is none."""
    now = clock()
    rows = Refund.objects.filter(
        Q(look_at=None) | Q(look_at__lte=now),
        state__in=(RefundState.PLANNED, RefundState.SHORT),
        due_on__lte=timezone.localdate(now),
    )
    refund = (
        rows.select_related("merchant", "account__merchant", "item__order__merchant", "item__order__shop")
        .order_by("due_on")
        .first()
    )
    if refund is not None:
        with suppress(moves.RefundChanged):  # the buyer, a person or another worker was quicker
            _execute(refund, at=now)
    return refund


def _execute(refund: Refund, *, at: datetime) -> None:
    account = _account(refund)
    if verification_of(refund.merchant) != Verification.VERIFIED:
        _wait(refund, "not_verified", at)
    elif account is None:
        _stop(refund, "no_account", at)
    elif _is_in_doubt(refund):
        _stop(refund, "doubt", at)
    else:
        _send(refund, account, at)


def _send(refund: Refund, account: BankAccount, at: datetime) -> None:
    try:
        order = make_order(account, _wanted(refund, at), by=_drafter(refund), at=at)
    except Refused as refusal:
        _stop(refund, str(refusal), at)
        return
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = Refund.objects.get(pk=refund.pk)
        if (standing.state, standing.iban, standing.attempt) != (refund.state, refund.iban, refund.attempt):
            raise moves.RefundChanged("Somebody else has just changed this refund; look again.")
        if account.kind == AccountKind.POOLED and standing_of(account).available < refund.amount_minor:
            _note_wait(standing, "short", at)
            return
        _become_planned(standing)
        keep_order(order, at=at)
        moves.move(
            standing, RefundState.ORDERED, transfer=order, account=account, attempt=refund.attempt + 1, look_at=None
        )
        record(refund.merchant_id, [Happened("refund", refund.pk, "ordered", BY)], at=at)
        if account.kind == AccountKind.POOLED:
            _approve(order, refund, at)


def _become_planned(refund: Refund) -> None:
    if refund.state == RefundState.SHORT:
        moves.move(refund, RefundState.PLANNED)


def _approve(order: PaymentOrder, refund: Refund, at: datetime) -> None:
    """The merchant has said once that refunds leave by themselves; above the limit for two people one still looks."""
    if look_at(order).pairs_needed == 1:
        approve_by_policy(order, f"refund {refund.reference}, asked for by {refund.created_by}", at=at)


def _wait(refund: Refund, why: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        _note_wait(Refund.objects.get(pk=refund.pk), why, at)


def _note_wait(refund: Refund, why: str, at: datetime) -> None:
    """It cannot leave now; that is told once, and tried again and again."""
    if refund.state == RefundState.PLANNED:
        moves.move(refund, RefundState.SHORT, reason=why, look_at=at + LATER)
        record(refund.merchant_id, [Happened("refund", refund.pk, "waits", BY, why)], at=at)
    else:
        Refund.objects.filter(pk=refund.pk, state=refund.state).update(reason=why, look_at=at + LATER)


def _stop(refund: Refund, why: str, at: datetime) -> None:
    """No bank would take it: a person has to look."""
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = Refund.objects.get(pk=refund.pk)
        _become_planned(standing)
        moves.move(standing, RefundState.STOPPED, reason=why[:240])
        record(refund.merchant_id, [Happened("refund", refund.pk, "stopped", BY, why)], at=at)


def _account(refund: Refund) -> BankAccount | None:
    """The account the money had come in on; else the one the order is paid to, else any in its currency."""
    item = refund.item
    assert item is not None  # a payment goes back at once and is never due
    found = refund.account or account_for(item.order)
    if found is not None and found.currency == refund.currency:
        return found
    return next((each for each in paying_accounts(refund.merchant_id) if each.currency == refund.currency), None)


def _is_in_doubt(refund: Refund) -> bool:
    """Whether the bank contradicts itself about an earlier transfer of it: that one may have been paid."""
    earlier = PaymentOrder.objects.filter(source__startswith=f"refund:{refund.pk}:")
    return earlier.exclude(doubt="").exists()


def _wanted(refund: Refund, at: datetime) -> Wanted:
    assert refund.item is not None  # likewise
    order = refund.item.order
    return Wanted(
        f"refund:{refund.pk}:{refund.attempt + 1}",
        Party(refund.name),
        refund.iban,
        refund.amount,
        timezone.localdate(at),
        bic=refund.bic,
        text=said_in_transfer(refund.number, order.number, order.shop.name),
        is_going_back=refund.is_going_back,
    )


def _drafter(refund: Refund) -> Person | str:
    """The person who asked for it has looked at it; his own approval is no second look."""
    return Person.objects.filter(email=refund.created_by).first() or BY
