"""People decide about a transfer: approve it, confirm the payee's name, or cancel it."""

from datetime import datetime

from django.db import transaction

from zahlmeister.banking.eyes import payee_check
from zahlmeister.banking.outgoing import look_at, move, note_doubt
from zahlmeister.banking.outgoing_models import Approval, PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.follow_refunds import follow_refund_of
from zahlmeister.flows.screen_payment import SANCTIONED
from zahlmeister.formats.payments.payee import NextStep, permission
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.merchants.rights import may_approve
from zahlmeister.refunds.moves import note_news
from zahlmeister.refusals import Refused

#: Also after the first approval: the bank may find out later that it cannot verify the payee, which asks for a second.
OPEN_TO_APPROVAL = (OrderState.DRAFTED, OrderState.APPROVED, OrderState.IN_FILE)

#: The step in the history of a transfer that no person had to approve.
POLICY = "approved_by_policy"


def approve_payment(order: PaymentOrder, *, by: Person, at: datetime) -> PaymentOrder:
    """Approve a transfer. When enough pairs of eyes have seen it, it is ready for a file. Twice is once.

    Two people who approve at the same moment take turns, so that the second one counts the first.

    Raises:
        Refused: this person may not approve, the payee is somebody else, or it waits for no approval any more.
    """
    if not may_approve(order.merchant_id, by.pk):
        raise Refused("You have no right to approve transfers of this merchant.")
    with transaction.atomic(durable=True):
        lock(order.merchant_id)
        standing = _standing(order)
        if standing.approvals.filter(person=by).exists():
            return standing
        if standing.state not in OPEN_TO_APPROVAL:
            raise Refused(f"A transfer that is “{standing.get_state_display()}” waits for no approval.")
        stop = look_at(standing).permission
        if stop and stop.step is NextStep.HOLD:
            raise Refused(f"{standing.end_to_end_id} stays: {stop.english}")
        Approval.objects.create(merchant_id=order.merchant_id, order=standing, person=by, at=at)
        if standing.state == OrderState.DRAFTED and look_at(standing).is_enough:
            move(standing, OrderState.APPROVED)
        record(order.merchant_id, [Happened("transfer", order.pk, "approved", by.email)], at=at)
    return standing


def approve_by_policy(order: PaymentOrder, policy: str, *, at: datetime) -> None:
    """Something that was agreed in advance approves a transfer, inside the caller's transaction and turn.

    Args:
        order: just drafted.
        policy: what was agreed and with whom; the history keeps it.
        at: now.
    """
    if order.doubt:
        return  # a person has to look at it
    move(order, OrderState.APPROVED)
    record(order.merchant_id, [Happened("transfer", order.pk, POLICY, "house", policy)], at=at)


def confirm_payee(order: PaymentOrder, *, by: Person, at: datetime) -> None:
    """A person says that the payee is right although the bank knows the name a little differently.

    Raises:
        Refused: the bank said nothing of the kind.
    """
    with transaction.atomic(durable=True):
        lock(order.merchant_id)
        standing = _standing(order)
        check = payee_check(standing.payee_result, standing.payee_name)
        if check is None or permission(check).step is not NextStep.CONFIRM:
            raise Refused("There is no name to be confirmed on this transfer.")
        PaymentOrder.objects.filter(pk=order.pk).update(payee_confirmed_by=by.email)
        step = Happened("transfer", order.pk, "payee_confirmed", by.email, standing.payee_name)
        record(order.merchant_id, [step], at=at)


def settle_doubt(order: PaymentOrder, *, by: Person, at: datetime) -> None:
    """A person has looked at what was odd; the history keeps it. Twice is once.

    Raises:
        Refused: it is about a list of sanctions, and the person is no owner.
    """
    with transaction.atomic(durable=True):
        lock(order.merchant_id)
        standing = _standing(order)
        if not standing.doubt:
            return
        if standing.doubt == SANCTIONED and not _is_owner(order, by):
            raise Refused("Only an owner may say that this recipient is not the one on the list of sanctions.")
        step = Happened("transfer", order.pk, "looked_at", by.email, standing.doubt)
        note_doubt(standing, "")
        record(order.merchant_id, [step], at=at)


def cancel_payment(order: PaymentOrder, *, by: Person, at: datetime) -> None:
    """Cancel a transfer that is in no file.

    Raises:
        Refused: it is in a file, so that the bank may have it.
    """
    with transaction.atomic(durable=True):
        lock(order.merchant_id)
        standing = _standing(order)
        if standing.state == OrderState.CANCELLED:
            return
        move(standing, OrderState.CANCELLED)
        note_news(order.pk)
        record(order.merchant_id, [Happened("transfer", order.pk, "cancelled", by.email)], at=at)
    follow_refund_of(order.pk, at=at)


def _is_owner(order: PaymentOrder, person: Person) -> bool:
    return Membership.objects.filter(merchant=order.merchant_id, person=person, role=Role.OWNER).exists()


def _standing(order: PaymentOrder) -> PaymentOrder:
    return PaymentOrder.objects.select_related("merchant").get(pk=order.pk)
