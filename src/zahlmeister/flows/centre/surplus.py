"""What was paid too much on an invoice: the customer has it put onto the balance, or sent back."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.centre.by_provider import credit_surplus
from zahlmeister.flows.centre.pay import SOURCE
from zahlmeister.flows.centre.release import credit_rest
from zahlmeister.flows.centre.surplus_at_provider import send_surplus
from zahlmeister.flows.refund_by_provider import left_for_orders
from zahlmeister.flows.taken_back import take_back_by_hand
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, Entry
from zahlmeister.prepaid.queries import items_of
from zahlmeister.prepaid.states import Surplus
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.refunds.queries import refunded_minor
from zahlmeister.refunds.states import Origin
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "customer"


def choose(account: Account, item_id: int, wanted: Surplus, *, at: datetime) -> None:
    """The customer says what becomes of an overpayment; said twice it is once.

    Raises:
        Refused: nothing is paid too much any more, it was paid from a balance and is to go back as money, or a person
            has to look at it.
    """
    item = items_of(account).filter(pk=item_id).first()
    if item is None or not item.surplus_minor:
        raise Refused("Nothing is paid too much on this invoice any more.")
    if wanted == Surplus.BACK:
        _check_is_money(item)
        if _goes_back_at_provider(account, item, at):
            return
        asked = Asked(f"centre:{item.pk}:{refunded_minor(item.merchant_id, item=item.pk)}", item.surplus, Origin.HOUSE)
        ask_refund(account.merchant, item.pk, asked, by=BY, at=at)
    else:
        _to_balance(account, item.pk, at)


def _check_is_money(item: OpenItem) -> None:
    """What a balance paid may have been granted, and credit that was granted never becomes money."""
    standing = Allocation.objects.filter(merchant_id=item.merchant_id, item=item, reverses=None, reversal=None)
    if standing.filter(source__startswith=SOURCE).exists():
        raise Refused("This was paid from a balance and does not go back as money; the shop can credit it there.")


def _goes_back_at_provider(account: Account, item: OpenItem, at: datetime) -> bool:
    """Have the surplus sent back by the payment at a provider that brought it; False where no such one holds it."""
    require_verified(account.merchant)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        standing = OpenItem.objects.select_related("order").get(pk=item.pk)
        for intent in _payments_of(standing):
            if 0 < standing.surplus_minor <= left_for_orders(intent).minor:
                send_surplus(intent, standing, standing.surplus_minor, at=at)
                return True
    return False


def _payments_of(item: OpenItem) -> list[PaymentIntent]:
    """The payments at providers that an order was paid by, the newest first."""
    rows = Allocation.objects.filter(merchant_id=item.merchant_id, item=item, reverses=None, reversal=None)
    numbers = [_intent_of(row) for row in rows.filter(payment=None).order_by("-id")]
    found = PaymentIntent.objects.select_related("connection").in_bulk([number for number in numbers if number])
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def _intent_of(row: Allocation) -> int:
    """The payment at a provider that an allocation was made by; 0 where it was none."""
    kind, _colon, rest = row.source.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "intent" and number.isdecimal() else 0


def send_back_next(*, clock: Clock) -> AnnouncedTransfer | None:
    """A worker's turn: promise back what one announced transfer brought too much; None when there is none."""
    now = clock()
    rows = AnnouncedTransfer.objects.filter(back_item__isnull=False).select_related("merchant", "back_item")
    return take_first("send_surplus_back", rows.order_by("id"), lambda transfer: _send_back(transfer, now), at=now)


def _send_back(transfer: AnnouncedTransfer, at: datetime) -> None:
    assert transfer.back_item is not None  # only those were asked for
    minor, why = min(transfer.back_minor, transfer.back_item.surplus_minor), ""
    asked = Asked(f"announced:{transfer.pk}:surplus", Amount(minor, transfer.currency), Origin.HOUSE)
    try:
        ask_refund(transfer.merchant, transfer.back_item.pk, asked, by=BY, at=at)
    except Refused as refusal:  # it stays an overpayment, which the office shows
        why = str(refusal)[:240]
    with transaction.atomic(durable=True):
        lock(transfer.merchant_id)
        if AnnouncedTransfer.objects.filter(pk=transfer.pk, back_item__isnull=False).update(back_item=None, reason=why):
            verb = "not_sent_back" if why else "surplus_goes_back"
            record(transfer.merchant_id, [Happened("transfer", transfer.pk, verb, BY, why)], at=at)


def _to_balance(account: Account, item_id: int, at: datetime) -> None:
    """The payments are assigned anew, each at most as far as something is open; what is left of them is balance."""
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        if refunded_minor(account.merchant_id, item=item_id):
            raise Refused("Money of this invoice has gone back already; ask the shop.")
        rows = list(
            Allocation.objects.filter(
                merchant_id=account.merchant_id, item_id=item_id, reverses=None, reversal=None, waived_minor=0
            ).order_by("-id")
        )
        if not rows or any(row.payment_id is None and not _intent_of(row) for row in rows):
            raise Refused("This was paid in another way, too; ask the shop.")
        take_back_by_hand(account.merchant_id, rows, Decider(BY, at))
        _assign_anew(account, item_id, rows, at)


def _assign_anew(account: Account, item_id: int, rows: list[Allocation], at: datetime) -> None:
    for row in reversed(rows):
        item, intent = OpenItem.objects.get(pk=item_id), _intent_of(row)
        gave = row.applied_minor + row.surplus_minor
        part = min(gave, item.open_minor)
        if part:
            source = f"intent:{intent}:again:{new_id()}" if intent else f"centre:{new_id()}"
            share = Share(item_id, part, source, payment_id=row.payment_id)
            allocate(account.merchant_id, [share], Decider(BY, at))
        if gave > part:
            _credit_rest(account, row, gave - part, at)


def _credit_rest(account: Account, row: Allocation, minor: int, at: datetime) -> None:
    """What is left of a payment that gave an order too much."""
    if number := _intent_of(row):
        intent = PaymentIntent.objects.select_related("connection").get(pk=number)
        credit_surplus(intent, account, minor, row.item_id, at)
        return
    payment = Payment.objects.get(allocations=row)
    times = Entry.objects.filter(account=account, payment=payment).count()
    credit_rest(account, payment, minor, f"surplus:{payment.pk}:{row.item_id}:{times}", by=BY, at=at)
