"""Money that was paid at a provider for open orders: it settles them, and opens them again when it is charged back."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Sum
from django.utils.timezone import localdate

from zahlmeister.flows.centre import by_provider
from zahlmeister.flows.centre.stays import give_up, refund_behind
from zahlmeister.flows.taken_back import take_back_whatever
from zahlmeister.flows.tell_of_refund import ask_for_account
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, ProviderMove, ProviderRefund
from zahlmeister.intents.moves import move_refund as move_back
from zahlmeister.intents.rules import divided
from zahlmeister.intents.states import GoesBack
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    REFUND_OF_ORDER,
    REFUND_OF_SURPLUS,
    Legs,
    provider_did_not_refund,
    provider_refunded,
)
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.receivables.desk import take_out
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.moves import move as move_refund
from zahlmeister.refunds.queries import next_number, settings_of, standing_refunds
from zahlmeister.refunds.rules import split
from zahlmeister.refunds.states import Origin, RefundState

#: Not a buyer's account but the way he had paid: see `Refund.by_provider`.
BY_PROVIDER = "by_provider"
_CHARGED_BACK = "The payment was charged back, so that nothing of it is sent back."


def came_in(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """Settle the items that were chosen; what no item needs goes onto the customer's balance where that is wanted.

    Else it is a surplus of the last one, and is sent back by the next turn where that is wanted.
    """
    chosen = [(int(item), int(wanted)) for item, wanted in intent.shares]
    items = OpenItem.objects.filter(merchant_id=intent.merchant_id, pk__in=[item for item, _ in chosen])
    parts, rest = divided(minor, chosen, {item.pk: item.open_minor + item.cancelled_minor for item in items})
    if rest and intent.account is not None:
        by_provider.came_in(intent, move, rest, at)
    elif rest:
        last = parts.pop() if parts else (chosen[-1][0], 0)
        parts.append((last[0], last[1] + rest))
        if intent.sends_back:
            PaymentIntent.objects.filter(pk=intent.pk).update(back_minor=F("back_minor") + rest)
    _allocate(intent, parts, f"{intent_source(intent)}{move.key}", at)


def charged_back(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """The items are owed again; where only a part was taken, those settled first stay settled."""
    standing = list(
        Allocation.objects.filter(merchant_id=intent.merchant_id, source__startswith=intent_source(intent))
        .filter(reverses=None, reversal=None, waived_minor=0)
        .order_by("pk")
    )
    left = sum(row.applied_minor + row.surplus_minor for row in standing) - minor
    left -= _cover_what_was_sent(intent, standing, left, f"{intent_source(intent)}{move.key}:sent", at)
    take_back_whatever(intent.merchant_id, standing, Decider(intent.connection.name, at))
    if left < 0 and intent.account is not None:
        by_provider.charged_back(intent, move, -left, at)
    kept = []
    for row in standing:
        part = min(row.applied_minor + row.surplus_minor, left)
        if part > 0:
            kept.append((row.item_id, part))
            left -= part
    _allocate(intent, kept, f"{intent_source(intent)}{move.key}:rest", at)


def _cover_what_was_sent(
    intent: PaymentIntent, standing: Sequence[Allocation], left: int, source: str, at: datetime
) -> int:
    """What was too much and went back before is gone with the refund: it pays nothing of what is owed again.

    It is given to the items while they are paid, so that it stays the surplus that was refunded; how much that was.
    """
    parts = []
    for item in OpenItem.objects.filter(pk__in={row.item_id for row in standing}, open_minor=0).order_by("pk"):
        sent = standing_refunds(item.merchant_id, item=item.pk).aggregate(sum=Sum("of_surplus_minor"))["sum"] or 0
        part = min(sent, sum(row.surplus_minor for row in standing if row.item_id == item.pk), left)
        if part > 0:
            parts.append((item.pk, part))
            left -= part
    _allocate(intent, parts, source, at)
    return sum(part for _item, part in parts)


def intent_source(intent: PaymentIntent) -> str:
    """How every allocation of a payment begins."""
    return f"intent:{intent.pk}:"


def _allocate(intent: PaymentIntent, parts: Sequence[tuple[int, int]], source: str, at: datetime) -> None:
    shares = [Share(item_id=item, minor=part, source=f"{source}:{item}") for item, part in parts]
    if shares:
        allocate(intent.merchant_id, shares, Decider(intent.connection.name, at))


# ---- money that goes back at the provider -------------------------------------------------------------------------


def promise(intent: PaymentIntent, item_id: int, minor: int, source: str, *, by: str, at: datetime) -> Refund:
    """Owe a buyer money of an order, to be sent by the way he had paid; inside the caller's turn."""
    desk = take_out(intent.merchant_id, item_ids=[item_id])
    item = desk.items[item_id]
    part = split(minor, item.surplus_minor)
    refund = Refund.objects.create(
        merchant_id=intent.merchant_id,
        number=next_number(intent.merchant_id),
        source=source,
        origin=Origin.OFFICE,
        item=item,
        amount_minor=minor,
        currency=item.currency,
        of_surplus_minor=part.of_surplus,
        of_order_minor=part.of_order,
        total_then_minor=item.total_minor,
        state=RefundState.ORDERED,
        by_provider=intent.connection.name,
        contact=item.order.email,
        due_on=localdate(at),
        created_by=by,
        created_at=at,
    )
    item.surplus_minor -= part.of_surplus
    booked, on = f"refund:{refund.pk}", localdate(at)
    desk.book(REFUND_OF_SURPLUS, part.of_surplus, item.currency, source=f"{booked}:surplus", on=on)
    desk.book(REFUND_OF_ORDER, part.of_order, item.currency, source=f"{booked}:order", on=on)
    desk.happened("item", item.pk, "refund_promised", by, refund=refund.pk, minor=minor)
    desk.put_back(at=at)
    facts = {"amount": str(refund.amount), "to": intent.connection.name}
    record(intent.merchant_id, [Happened("refund", refund.pk, "promised", by, "", facts)], at=at)
    return refund


def refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """The provider has sent it. One that was made at the provider itself is told apart now: see below."""
    if by_provider.is_paid_back(intent, back, at):
        return
    if not back.subject:
        _promise_afterwards(intent, back, at)
    for refund in _refunds(back):
        move_refund(refund, RefundState.PAID, paid_on=localdate(at))
        _book(intent, refund, back, provider_refunded(intent.connection_id), at)
        record(intent.merchant_id, [Happened("refund", refund.pk, "paid", intent.connection.name)], at=at)


def not_refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """It did not arrive: it is owed all the same, and the buyer has to say where it may go.

    What had left a customer's balance is there again.
    """
    by_provider.not_refunded(intent, back, at)
    for refund in _refunds(back):
        if refund.state == RefundState.PAID:
            _book(intent, refund, back, provider_did_not_refund(intent.connection_id), at)
        move_refund(refund, RefundState.ACCOUNT_MISSING, reason=BY_PROVIDER, paid_on=None, by_provider="")
        step = Happened("refund", refund.pk, "came_back", intent.connection.name, back.error[:200])
        record(intent.merchant_id, [step], at=at)
        ask_for_account(refund, settings_of(intent.merchant_id), at=at)


def stop_going_back(intent: PaymentIntent, at: datetime) -> None:
    """A payment was charged back: what was to be sent back of it stays, until a person has looked.

    It would be declined at the provider, and then leave as a transfer, although the buyer has his money already.
    """
    rows = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent=intent, state=GoesBack.ASKED)
    for back in rows.order_by("pk"):
        stop_back(back, _CHARGED_BACK, "payment_gone", by=intent.connection.name, at=at)


def stop_back(back: ProviderRefund, sentence: str, why: str, *, by: str, at: datetime) -> None:
    """Money that was to go back stays, until a person has looked; inside the caller's turn.

    Args:
        back: what was asked for and has not left.
        sentence: why, in English.
        why: the same in a word, as refunds keep it.
        by: who stops it.
        at: now.
    """
    if not move_back(back, GoesBack.FAILED, look_at=None, error=sentence):
        return
    record(back.merchant_id, [Happened("intent", back.intent_id, "refund_stopped", by, why)], at=at)
    if (of_balance := refund_behind(back)) is not None:
        give_up(of_balance, by=by, at=at, reason=sentence)
    for refund in _refunds(back):
        move_refund(refund, RefundState.STOPPED, reason=why, by_provider="")
        record(back.merchant_id, [Happened("refund", refund.pk, "stopped", by, why)], at=at)


def _promise_afterwards(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """What came last goes first: what the payment has put onto a balance, then what it paid of the items."""
    of_balance = min(by_provider.credited(intent), back.amount_minor)
    if of_balance > 0:
        by_provider.went_back(intent, back, of_balance, at)
    standing = Allocation.objects.filter(merchant_id=intent.merchant_id, source__startswith=intent_source(intent))
    rows = standing.filter(reverses=None, reversal=None, waived_minor=0).order_by("-pk")
    left, back.subject = back.amount_minor - max(of_balance, 0), f"refund_of:{back.pk}"
    parts = [(row.item_id, row.applied_minor + row.surplus_minor) for row in rows]
    for item_id, paid in parts:
        part = min(paid, left)
        if part:
            promise(intent, item_id, part, f"{back.subject}:{item_id}", by=intent.connection.name, at=at)
            left -= part
    if left:  # more than is left of what it settled: the last of its items bears it
        item_id = parts[0][0] if parts else int(intent.shares[-1][0])
        promise(intent, item_id, left, f"{back.subject}:beyond", by=intent.connection.name, at=at)
    back.save(update_fields=["subject"])


def _refunds(back: ProviderRefund) -> list[Refund]:
    rows = Refund.objects.filter(merchant_id=back.merchant_id, source__startswith=f"{back.subject}:")
    return list(rows.exclude(state=RefundState.CANCELLED).order_by("pk"))


def _book(intent: PaymentIntent, refund: Refund, back: ProviderRefund, legs: Legs, at: datetime) -> None:
    source = f"refund:{refund.pk}:{legs.text}:{back.pk}"
    post(
        intent.merchant_id, [Booking(legs, Amount(refund.amount_minor, refund.currency), source, localdate(at))], at=at
    )
