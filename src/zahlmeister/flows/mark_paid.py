"""A person decides on an order: paid elsewhere, not paid after all, cancelled, open again."""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.flows.taken_back import take_back_by_hand
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.allocate import Decider, Share, allocate, cancel, revive
from zahlmeister.receivables.desk import Desk, take_out
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refusals import Refused


def mark_paid(merchant: Merchant, item_id: int, *, by: str, at: datetime, source: str) -> None:
    """The order was paid in a way no statement of ours shows: in cash, by another provider.

    Args:
        merchant: whose order.
        item_id: which open item.
        by: the person's e-mail address.
        at: now.
        source: a key made for this decision; the same key again changes nothing.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        item = _existing(merchant, item_id)
        missing = item.open_minor + item.cancelled_minor
        known = Allocation.objects.filter(merchant=merchant, source=f"person:{source}").exists()
        if not missing and not known:
            raise Refused("This order is paid already.")
        if not known:
            share = Share(item_id=item_id, minor=missing, source=f"person:{source}")
            allocate(merchant.pk, [share], Decider(by, at))


def unmark_paid(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """The order is not paid elsewhere after all.

    Raises:
        Refused: nobody had said so, or the order was refunded and what stays paid does not cover that.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Allocation.objects.filter(merchant=merchant, item_id=item_id, payment=None, reverses=None, reversal=None)
        current = list(rows.filter(source__startswith="person:").order_by("id"))
        if not current:
            raise Refused("This order was not marked as paid by hand.")
        take_back_by_hand(merchant.pk, current, Decider(by, at))


def cancel_item(merchant: Merchant, item_id: int, *, by: str, at: datetime, reason: str = "") -> None:
    """Nothing more is asked for this order. Money that comes late can still be assigned to it."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        desk, item = _desk(merchant, item_id)
        cancel(desk, item, by=by, on=localdate(at), reason=reason)
        desk.put_back(at=at)


def reopen_item(merchant: Merchant, item_id: int, *, by: str, at: datetime) -> None:
    """A cancelled order is asked for again."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        desk, item = _desk(merchant, item_id)
        if not item.cancelled_minor:
            raise Refused("This order is not cancelled.")
        revive(desk, item, by=by, on=localdate(at))
        desk.settle_state(item, on=localdate(at))
        desk.put_back(at=at)


def _existing(merchant: Merchant, item_id: int) -> OpenItem:
    _, item = _desk(merchant, item_id)
    return item


def _desk(merchant: Merchant, item_id: int) -> tuple[Desk, OpenItem]:
    desk = take_out(merchant.pk, item_ids=[item_id])
    item = desk.items.get(item_id)
    if item is None:
        raise Refused("This order does not exist.")
    return desk, item
