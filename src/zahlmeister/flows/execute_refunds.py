"""Refunds that are due leave: each as one transfer, from the account that the money came in on.

From a pooled account it leaves without anybody's help, as long as the balance holds it; from the merchant's own account
a person approves it. A refund and its transfer are kept in one transaction, so that no refund has two.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing import look_at
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows.approve_payment import approve_by_policy
from zahlmeister.flows.collect_refunds import LATER, collect, operators_account
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Person
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.trouble import take_first
from zahlmeister.merchants.verification import verification_of
from zahlmeister.payouts.standing import standing_of
from zahlmeister.refunds import moves
from zahlmeister.refunds.accounts import LEAVES_FROM, leaves_from
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.rules import said_in_transfer
from zahlmeister.refunds.states import CollectionState, RefundState, Way
from zahlmeister.refusals import Refused

BY = "house"

Clock = Callable[[], datetime]


def execute_next(*, clock: Clock) -> Refund | None:
    """A worker's turn: one refund that is due; None when there is none."""
    now = clock()
    rows = Refund.objects.filter(
        Q(look_at=None) | Q(look_at__lte=now),
        state__in=(RefundState.PLANNED, RefundState.SHORT),
        due_on__lte=timezone.localdate(now),
    )
    rows = rows.select_related("merchant", "account__merchant", "collection", *LEAVES_FROM)
    return take_first("execute_refunds", rows.order_by("due_on", "pk"), lambda refund: _execute(refund, at=now), at=now)


def _execute(refund: Refund, *, at: datetime) -> None:
    with suppress(moves.RefundChanged):  # the buyer, a person or another worker was quicker
        _send_or_wait(refund, at)


def _send_or_wait(refund: Refund, at: datetime) -> None:
    account, wanted = leaves_from(refund), settings_of(refund.merchant_id)
    if verification_of(refund.merchant) != Verification.VERIFIED:
        _wait(refund, "not_verified", at)
    elif account is None:
        _stop(refund, "no_account", at)
    elif _is_in_doubt(refund):
        _stop(refund, "doubt", at)
    elif account.kind == AccountKind.OWN and wanted.way == Way.DEBIT:
        _by_operator(refund, wanted, at)
    else:
        _send(refund, account, at)


def _by_operator(refund: Refund, wanted: RefundSettings, at: datetime) -> None:
    """It is collected first; once that is good it leaves from the operator's account."""
    account = operators_account()
    if account is None or refund.currency != account.currency:
        _stop(refund, "no_operator", at)
    elif refund.collection is not None and refund.collection.state == CollectionState.GOOD:
        _send(refund, account, at)
    else:
        _plan(refund)
        collect(refund, wanted, at=at)


def _plan(refund: Refund) -> None:
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        _become_planned(Refund.objects.get(pk=refund.pk))


def _send(refund: Refund, account: BankAccount, at: datetime) -> None:
    try:
        is_own = account.merchant_id == refund.merchant_id
        order = make_order(account, _wanted(refund, at), by=_drafter(refund) if is_own else BY, at=at)
    except Refused as refusal:
        _stop(refund, str(refusal), at)
        return
    with transaction.atomic(durable=True):
        for merchant in sorted({refund.merchant_id, account.merchant_id}):
            lock(merchant)
        standing = _unchanged(refund)
        if account.kind == AccountKind.POOLED and standing_of(account).available < refund.amount_minor:
            _note_wait(standing, "short", at)
            return
        _become_planned(standing)
        keep_order(order, at=at)
        moves.move(standing, RefundState.ORDERED, transfer=order, attempt=refund.attempt + 1, look_at=None)
        record(refund.merchant_id, [Happened("refund", refund.pk, "ordered", BY)], at=at)
        if account.kind == AccountKind.POOLED or not is_own:
            _approve(order, refund, at)


def _unchanged(refund: Refund) -> Refund:
    """The refund as it stands now, if nobody has changed where it goes, nor the debit that pays for it come back."""
    standing = Refund.objects.get(pk=refund.pk)
    if any(getattr(standing, name) != getattr(refund, name) for name in ("state", "iban", "attempt", "collection_id")):
        raise moves.RefundChanged("Somebody else has just changed this refund; look again.")
    return standing


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


def _is_in_doubt(refund: Refund) -> bool:
    """Whether the bank contradicts itself about an earlier transfer of it: that one may have been paid."""
    earlier = PaymentOrder.objects.filter(source__startswith=f"refund:{refund.pk}:")
    return earlier.exclude(doubt="").exists()


def _wanted(refund: Refund, at: datetime) -> Wanted:
    order = refund.item.order if refund.item else None  # else it is of a customer's balance
    return Wanted(
        f"refund:{refund.pk}:{refund.attempt + 1}",
        Party(refund.name),
        refund.iban,
        refund.amount,
        timezone.localdate(at),
        bic=refund.bic,
        text=said_in_transfer(
            refund.number,
            order.number if order else "",
            order.shop.name if order else f"{refund.reference} {refund.merchant.name}",
        ),
        is_going_back=refund.is_going_back,
    )


def _drafter(refund: Refund) -> Person | str:
    """The person who asked for it has looked at it; his own approval is no second look."""
    return Person.objects.filter(email=refund.created_by).first() or BY
