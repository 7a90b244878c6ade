"""A buyer says by the link where a refund is to go: the account that is known, or another one.

Confirming ends the waiting period: the transfer is made at once. So does naming an account where none was known. Where
one was known and another is named, the refund still waits, and whoever was known is told: it may be somebody who only
has the mail.
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.change_refund import found, keep_change, set_account
from zahlmeister.flows.tell_of_refund import ask_again, tell_of_change
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.money.accounts import tidy
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.links import is_open, was_just_sent
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.rules import due_on
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

BY = "buyer"
#: The buyer may still say something; what was stopped is the merchant's to clear.
_SAYABLE = (RefundState.ACCOUNT_MISSING, RefundState.PLANNED, RefundState.SHORT)


def confirm_refund(refund: Refund, *, at: datetime) -> Refund:
    """The account is right: the refund leaves now. Twice is once.

    Raises:
        Refused: it has left, or there is no account to confirm.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = _sayable(refund, at)
        if not standing.iban:
            raise Refused("Nobody knows where this refund goes; enter an account.")
        if standing.confirmed_at is None:
            standing.confirmed_at, standing.due_on = at, timezone.localdate(at)
            keep_change(standing, refund, "confirmed", by=BY, at=at)
    return found(refund)


def name_account(refund: Refund, goes: GoesTo, *, at: datetime) -> Refund:
    """The refund is to go to this account. The same again changes nothing.

    Raises:
        Refused: it has left, or the account is no IBAN or one it came back from.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = _sayable(refund, at)
        before = found(refund)
        set_account(standing, replace(goes, iban=tidy(goes.iban)))
        today = timezone.localdate(at)
        if not before.iban:
            standing.confirmed_at, standing.due_on = at, today
        elif standing.iban == before.iban:
            standing.name = before.name  # as the bank knows it
            standing.confirmed_at, standing.due_on = at, today
        else:
            wanted = settings_of(refund.merchant_id)
            in_banking_days, currency = wanted.in_banking_days, refund.currency
            waits = due_on(today, wanted.waiting_days, in_banking_days=in_banking_days, currency=currency)
            standing.confirmed_at, standing.due_on = None, max(waits, before.due_on)
        keep_change(standing, before, "account_told", by=BY, at=at)
        if before.iban and standing.iban != before.iban:
            tell_of_change(standing, at=at)
    return found(refund)


def send_link_again(refund: Refund, *, by: str, at: datetime) -> None:
    """The link once more, to the address that is known; within an hour once."""
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = found(refund)
        if standing.state in _SAYABLE and not was_just_sent(standing, at=at):
            ask_again(standing, at=at)
            record(refund.merchant_id, [Happened("refund", refund.pk, "asked_again", by)], at=at)


def _sayable(refund: Refund, at: datetime) -> Refund:
    standing = found(refund)
    if standing.state not in _SAYABLE:
        raise Refused(f"A refund that is “{standing.get_state_display()}” does not change any more.")
    if not is_open(standing, is_newest=standing.link == refund.link, at=at):
        raise Refused("This link is not valid any more; ask for a new one.")
    return standing
