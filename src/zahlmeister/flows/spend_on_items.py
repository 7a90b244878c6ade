"""Money that was paid at a provider for open orders: it settles them, and opens them again when it is charged back."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.flows.centre import by_provider
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
from zahlmeister.refunds.queries import next_number, settings_of
from zahlmeister.refunds.rules import split
from zahlmeister.refunds.states import Origin, RefundState

#: Not a buyer's account but the way he had paid: see `Refund.by_provider`.
BY_PROVIDER = "by_provider"
_CHARGED_BACK = "The payment was charged back, so that nothing of it is sent back."


def came_in(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """Settle the items that were chosen; what no item needs goes onto the customer's balance where that is wanted.

    Else it is a surplus of the last one.
    """
    chosen = [(int(item), int(wanted)) for item, wanted in intent.shares]
    items = OpenItem.objects.filter(merchant_id=intent.merchant_id, pk__in=[item for item, _ in chosen])
    parts, rest = divided(minor, chosen, {item.pk: item.open_minor + item.cancelled_minor for item in items})
    if rest and intent.account is not None:
        by_provider.came_in(intent, move, rest, at)
    elif rest:
        last = parts.pop() if parts else (chosen[-1][0], 0)
        parts.append((last[0], last[1] + rest))
    _allocate(intent, parts, f"{intent_source(intent)}{move.key}", at)


def charged_back(intent: PaymentIntent, move: ProviderMove, minor: int, at: datetime) -> None:
    """The items are owed again; where only a part was taken, those settled first stay settled."""
    standing = list(
        Allocation.objects.filter(merchant_id=intent.merchant_id, source__startswith=intent_source(intent))
        .filter(reverses=None, reversal=None, waived_minor=0)
        .order_by("pk")
    )
    take_back_whatever(intent.merchant_id, standing, Decider(intent.connection.name, at))
    left = sum(row.applied_minor + row.surplus_minor for row in standing) - minor
    if left < 0 and intent.account is not None:
        by_provider.charged_back(intent, move, -left, at)
    kept = []
    for row in standing:
        part = min(row.applied_minor + row.surplus_minor, left)
        if part > 0:
            kept.append((row.item_id, part))
            left -= part
    _allocate(intent, kept, f"{intent_source(intent)}{move.key}:rest", at)


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
    """The provider has sent it. One that was made at the provider itself is promised now, of the items last settled."""
    if not back.subject:
        _promise_afterwards(intent, back, at)
    for refund in _refunds(back):
        move_refund(refund, RefundState.PAID, paid_on=localdate(at))
        _book(intent, refund, back, provider_refunded(intent.connection_id), at)
        record(intent.merchant_id, [Happened("refund", refund.pk, "paid", intent.connection.name)], at=at)


def not_refunded(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    """It did not arrive: it is owed all the same, and the buyer has to say where it may go."""
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
    name = intent.connection.name
    rows = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent=intent, state=GoesBack.ASKED)
    for back in rows.order_by("pk"):
        if not move_back(back, GoesBack.FAILED, look_at=None, error=_CHARGED_BACK):
            continue
        record(intent.merchant_id, [Happened("intent", intent.pk, "refund_stopped", name, "payment_gone")], at=at)
        for refund in _refunds(back):
            move_refund(refund, RefundState.STOPPED, reason="payment_gone", by_provider="")
            record(intent.merchant_id, [Happened("refund", refund.pk, "stopped", name, "payment_gone")], at=at)


def _promise_afterwards(intent: PaymentIntent, back: ProviderRefund, at: datetime) -> None:
    standing = Allocation.objects.filter(merchant_id=intent.merchant_id, source__startswith=intent_source(intent))
    rows = standing.filter(reverses=None, reversal=None, waived_minor=0).order_by("-pk")
    left, back.subject = back.amount_minor, f"refund_of:{back.pk}"
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
