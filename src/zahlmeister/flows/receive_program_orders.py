"""A merchant's own program hands in orders, says which are still open, and lets single ones go."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.note_import import Noting
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.listing import leave_behind, listed_before, note_listed
from zahlmeister.orders.models import Order, Shop
from zahlmeister.orders.reported import ShopRow
from zahlmeister.orders.rules import is_suspicious
from zahlmeister.orders.states import ImportKind, Presence
from zahlmeister.outbox.deliver import hurry_about
from zahlmeister.programs.callbacks import call_back
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.receivables.queries import owed_orders
from zahlmeister.refusals import Refused

_PDF = b"%PDF-"
#: Bytes of an invoice document.
LARGEST_INVOICE = 5 << 20


def submit(
    shop: Shop, rows: Sequence[ShopRow], *, by: str, clock: Callable[[], datetime], noting: Noting | None = None
) -> OrdersImported:
    """Make or change orders, and note that the shop has them; one that had disappeared is back."""
    imported = import_orders(shop, rows, noting, by=by, clock=clock)
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        _back(shop, [row.key for row in rows], by=by, at=clock())
    return imported


def submit_lot(shop: Shop, rows: Sequence[ShopRow], *, by: str, clock: Callable[[], datetime]) -> OrdersImported:
    """Make or change the orders of one call, and keep a record of the call."""
    noting = Noting(shop, ImportKind.PROGRAM, str(shop), by, OrdersImported())
    imported = submit(shop, rows, by=by, clock=clock, noting=noting)
    noting.end(clock())
    return imported


def submit_each(shop: Shop, rows: Sequence[ShopRow], *, by: str, clock: Callable[[], datetime]) -> dict[int, str]:
    """Make or change orders, and say which of them are refused.

    Args:
        shop: whose orders.
        rows: of different numbers, each with a line of its own.
        by: who hands in.
        clock: tells the time.

    Returns:
        Why an order was refused, by its line; the others are there. The same orders again change nothing.
    """
    return submit_lot(shop, rows, by=by, clock=clock).by_line


def sync(shop: Shop, numbers: Collection[str], *, by: str, at: datetime, is_sure: bool = False) -> int:
    """The shop names all its open orders: what is owed and not among them is left behind as being from before.

    Args:
        shop: whose orders.
        numbers: the complete list.
        by: who says so.
        at: now.
        is_sure: whether a list that is suspiciously short is meant so.

    Returns:
        How many orders were left behind.

    Raises:
        Refused: too many are missing for the list to be believed.
    """
    named = set(numbers)
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        _back(shop, sorted(named), by=by, at=at)
        owed = owed_orders(shop.merchant_id, shop.pk)
        known = {key: order for key, order in listed_before(shop).items() if order in owed}
        missing = sorted(order for key, order in known.items() if key not in named)
        if not is_sure and is_suspicious(known=len(known), missing=len(missing)):
            raise Refused(
                f"The list names {len(named)} orders, and {len(missing)} of the {len(known)} that we know as open are "
                "missing. Nothing was changed. If that is right, send it with sure=true."
            )
        _leave(shop, missing, Presence.LEGACY, by=by, at=at)
    return len(missing)


def remove(shop: Shop, order: Order, *, by: str, at: datetime) -> None:
    """The shop does not have this order any more: nothing more happens to it by itself."""
    with transaction.atomic(durable=True):
        lock(shop.merchant_id)
        if order.presence == Presence.HERE:
            _leave(shop, [order.pk], Presence.DISAPPEARED, by=by, at=at)


def hand_in_invoice(order: Order, number: str, content: bytes, *, by: str, at: datetime) -> HandedInvoice:
    """Keep an invoice as PDF. The same again changes nothing.

    Raises:
        Refused: it is no PDF, or the number is too long.
    """
    if not content.lstrip().startswith(_PDF):
        raise Refused(f"The document of invoice {number} is no PDF.")
    if not 0 < len(number) <= 64:
        raise Refused("An invoice number has at most 64 characters.")
    digest = sha256(content).hexdigest()
    invoices = HandedInvoice.objects.filter(merchant_id=order.merchant_id, order=order, number=number)
    known = invoices.filter(sha256=digest).first()
    if known is not None:
        return known
    path = default_storage.save(f"invoices/{order.merchant_id}/{digest}.pdf", ContentFile(content))
    with transaction.atomic(durable=True):
        lock(order.merchant_id)
        made, is_new = HandedInvoice.objects.get_or_create(
            merchant_id=order.merchant_id,
            order=order,
            number=number,
            sha256=digest,
            defaults={"path": path, "created_at": at},
        )
        if is_new:
            step = Happened("item", order.item.pk, "invoice_handed_in", by, facts={"number": number})
            record(order.merchant_id, [step], at=at)
            hurry_about(order.merchant_id, channel="mail", subject=f"order:{order.pk}", at=at)  # it may wait for this
    if not is_new:
        default_storage.delete(path)
    return made


def _back(shop: Shop, keys: Sequence[str], *, by: str, at: datetime) -> None:
    if back := note_listed(shop, keys):
        _say(shop, back, "back", by=by, at=at)


def _leave(shop: Shop, orders: Sequence[int], presence: Presence, *, by: str, at: datetime) -> None:
    leave_behind(shop.merchant_id, orders, presence)
    _say(shop, orders, str(presence.value), by=by, at=at)


def _say(shop: Shop, orders: Sequence[int], verb: str, *, by: str, at: datetime) -> None:
    """Note in the history what became of orders, and call their program back."""
    items = Order.objects.filter(pk__in=orders).order_by("pk").values_list("item__pk", flat=True)
    record(shop.merchant_id, [Happened("item", item, verb, by) for item in items], at=at)
    call_back(shop.merchant_id, orders, at=at)
