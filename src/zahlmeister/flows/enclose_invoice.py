"""The invoice goes along with the letter that asks for its money, as the shop or a program has written it.

A document that was handed in lies here already; else the connected shop is asked for it once, and it is kept. An
information waits for it for a day where it can be expected; a reminder never waits.
"""

import re
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from zahlmeister.correspondence.models import Enclosing, InformationRule
from zahlmeister.flows.connect_shop import opened
from zahlmeister.flows.receive_program_orders import LARGEST_INVOICE, hand_in_invoice
from zahlmeister.flows.write_letter import NotYet
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.mail import Enclosure
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import AT_WORK, Presence
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.refusals import Refused, Unreachable

#: So long an information waits for an invoice that can be expected; then it goes out without.
PATIENCE = timedelta(days=1)
_INFORMATION = frozenset({Kind.PAYMENT_INFORMATION, Kind.PAYMENT_INFORMATION_AGAIN, Kind.INVOICE_INFORMATION})
_NAMES = {"de": "Rechnung", "en": "Invoice", "fr": "Facture", "it": "Fattura"}


class Awaited(NotYet):
    """The invoice is expected and not there yet; the sentence says where from."""


def invoice_enclosed(order: Order, kind: Kind, language: str, *, since: datetime, at: datetime) -> Enclosure | None:
    """The invoice that goes along with a letter; None where none is wanted, or none is to be had.

    Args:
        order: whose invoice.
        kind: the kind of letter.
        language: of the letter, for the name of the file.
        since: since when the letter waits to be sent.
        at: now.

    Raises:
        Awaited: it is expected, and the letter can wait for it.
    """
    if not _is_wanted(order, kind):
        return None
    can_wait = kind in _INFORMATION and at - since < PATIENCE
    found = _kept(order) or _fetched(order, at, can_wait=can_wait)
    if found is None:
        if can_wait and _is_expected(order):
            raise Awaited(f"The invoice of order {order.number} is awaited from its shop.")
        return None
    with default_storage.open(found.path) as file:
        content = bytes(file.read())
    number = re.sub(r"[^A-Za-z0-9._-]+", "-", found.number).strip("-.")
    return Enclosure(f"{_NAMES[spoken(language)]}-{number}.pdf", content)


def invoice_of(order: Order, *, at: datetime) -> tuple[str, bytes] | None:
    """Number and document of an order's invoice, from here or from its shop; None where there is none to be had."""
    found = _kept(order) or _fetched(order, at, can_wait=False)
    if found is None:
        return None
    with default_storage.open(found.path) as file:
        return found.number, bytes(file.read())


def _is_wanted(order: Order, kind: Kind) -> bool:
    rule = InformationRule.objects.filter(
        merchant_id=order.merchant_id, shop_id=order.shop_id, payment_kind=order.payment_kind
    ).first()
    wanted = Enclosing(rule.encloses_invoice) if rule else Enclosing.INFORMATION
    is_reminder = kind.startswith(("payment_reminder_", "dunning_notice_"))
    return wanted is not Enclosing.NEVER and (kind in _INFORMATION or (is_reminder and wanted is Enclosing.ALWAYS))


def _kept(order: Order) -> HandedInvoice | None:
    """The newest document of the order's invoice; of any, where the order names none."""
    rows = HandedInvoice.objects.filter(merchant_id=order.merchant_id, order=order).order_by("-created_at", "-id")
    return (rows.filter(number=order.invoice_number) if order.invoice_number else rows).first()


def _fetched(order: Order, at: datetime, *, can_wait: bool) -> HandedInvoice | None:
    connection = ShopConnection.objects.filter(shop_id=order.shop_id, state__in=AT_WORK).first()
    if connection is None or not (order.invoice_number and order.key) or order.presence != Presence.HERE:
        return None
    try:
        with opened(connection) as shop:
            content = shop.invoice(order.key, order.invoice_number)
        if content is None or len(content) > LARGEST_INVOICE:
            return None
        return hand_in_invoice(order, order.invoice_number, content, by=f"shop:{connection}"[:120], at=at)
    except Unreachable as away:
        if can_wait:
            raise Awaited(f"The invoice of order {order.number} is awaited from its shop.") from away
        return None
    except Refused:  # what came is no invoice
        return None


def _is_expected(order: Order) -> bool:
    """Whether a program hands in the invoices of this shop, as it has done before."""
    if not order.invoice_number or ShopConnection.objects.filter(shop_id=order.shop_id).exists():
        return False
    return HandedInvoice.objects.filter(merchant_id=order.merchant_id, order__shop_id=order.shop_id).exists()
