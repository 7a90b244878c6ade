"""A person changes a refund that has not left: its day, its recipient and account; or withdraws it."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.centre.stays import is_balance_again, waits_for_release
from zahlmeister.formats.payments.checks import check_iban
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import REFUND_OF_ORDER_WITHDRAWN, REFUND_WITHDRAWN
from zahlmeister.merchants.lock import lock
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.desk import debt_of, take_out
from zahlmeister.receivables.going_back import stay
from zahlmeister.receivables.rules import lower
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import RefundChanged, move
from zahlmeister.refunds.states import EDITABLE, RefundState
from zahlmeister.refusals import Refused


def change_refund(refund: Refund, *, goes: GoesTo | None, on: date | None, by: str, at: datetime) -> Refund:
    """Say where a refund goes, or when it leaves. A stopped one goes on with that.

    Raises:
        Refused: it has left or is leaving, the account is no IBAN or one it came back from, or the day is over.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = found(refund)
        if standing.state not in EDITABLE:
            raise Refused(f"A refund that is “{standing.get_state_display()}” does not change any more.")
        if on is not None and on < timezone.localdate(at):
            raise Refused(f"{on} is over; choose today or a later day.")
        if standing.prepaid is not None and standing.by_provider:
            raise Refused("This goes back by the way it was paid; release or reject it among the customers.")
        if waits_for_release(standing):
            raise Refused("This balance waits for its release; release or reject it among the customers.")
        if goes is not None:
            set_account(standing, goes)
        if not standing.iban:
            raise Refused("Nobody knows where this refund goes; enter an account.")
        if on is not None:
            standing.due_on = on
        keep_change(standing, refund, "changed", by=by, at=at)
    return found(refund)


def set_account(refund: Refund, goes: GoesTo) -> None:
    """Note another account on a refund that is about to be kept.

    Raises:
        Refused: it is no IBAN, or one that this refund came back from.
    """
    iban = tidy(goes.iban)
    check_iban(iban, "refund")
    if iban in refund.failed:
        raise Refused("This refund came back from that account; it needs another one.")
    if not goes.name.strip():
        raise Refused("The recipient's name is missing; the bank compares it with the account.")
    if iban != refund.iban:
        refund.is_going_back, refund.bic = False, goes.bic
    refund.name, refund.iban = " ".join(goes.name.split())[:140], iban


def keep_change(refund: Refund, before: Refund, verb: str, *, by: str, at: datetime) -> None:
    """Keep what was changed, by compare-and-swap; it is planned from now on. Inside the caller's turn.

    Raises:
        RefundChanged: somebody else was quicker.
    """
    state = RefundState(refund.state)
    columns = ("name", "iban", "bic", "is_going_back", "due_on", "confirmed_at")
    changes = {name: getattr(refund, name) for name in columns}
    changes |= {"look_at": None, "reason": ""}
    if state == RefundState.PLANNED:
        if not Refund.objects.filter(pk=refund.pk, state=state).update(**changes):
            raise RefundChanged("Somebody else has just changed this refund; look again.")
    else:
        move(refund, RefundState.PLANNED, **changes)
    facts = {"to": refund.iban, "from": before.iban, "on": str(refund.due_on)}
    record(refund.merchant_id, [Happened("refund", refund.pk, verb, by, "", facts)], at=at)


def cancel_refund(refund: Refund, *, by: str, at: datetime, reason: str = "") -> Refund:
    """Nothing goes back after all; the books are as if it had never been promised. Twice is once.

    Raises:
        Refused: it has left or is leaving; or the operator has collected it already.
    """
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        standing = found(refund)
        if standing.state == RefundState.CANCELLED:
            return standing
        if standing.state not in EDITABLE:
            raise Refused(f"A refund that is “{standing.get_state_display()}” does not change any more.")
        move(standing, RefundState.CANCELLED, reason=reason[:240])
        steps = [Happened("refund", standing.pk, "cancelled", by, reason)]
        if standing.item_id is not None:
            _give_back_to_item(standing, by=by, at=at)
        elif standing.payment is not None:
            today = timezone.localdate(at)
            booking, step = stay(standing.payment, standing.amount, f"refund:{standing.pk}", by=by, on=today)
            post(standing.merchant_id, [booking], at=at)
            steps.append(step)
        elif standing.prepaid is not None:
            is_balance_again(standing, by=by, at=at, reason=reason)
        record(standing.merchant_id, steps, at=at)
    return standing


def found(refund: Refund) -> Refund:
    """The refund as it stands now."""
    return Refund.objects.select_related("merchant", "item__order", "payment", "transfer").get(pk=refund.pk)


def _give_back_to_item(refund: Refund, *, by: str, at: datetime) -> None:
    """What was taken from a surplus is surplus again, or pays what is open by now."""
    desk = take_out(refund.merchant_id, item_ids=[refund.item_id or 0])
    item, on, source = desk.items[refund.item_id or 0], timezone.localdate(at), f"refund:{refund.pk}:withdrawn"
    if refund.of_surplus_minor:
        moved = lower(debt_of(item), refund.of_surplus_minor)
        desk.move(item, moved, REFUND_WITHDRAWN, source=source, on=on)
        desk.settle_state(item, on=on)
    desk.happened("item", item.pk, "refund_withdrawn", by, refund=refund.pk, minor=refund.amount_minor)
    desk.put_back(at=at)
    if refund.of_order_minor:
        amount = Amount(refund.of_order_minor, refund.currency)
        booking = Booking(REFUND_OF_ORDER_WITHDRAWN, amount, f"{source}:order", on)
        post(refund.merchant_id, [booking], at=at)
