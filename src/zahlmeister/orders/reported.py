"""An order as a connected shop tells it, on its way into the table of orders."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from zahlmeister.connectors.shops.contract import Address, ShopOrder
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.money.accounts import tidy

#: What only some shops know: a shop that does not say it leaves what we know.
_KEPT_WHEN_UNSAID = frozenset({
    "due_on", "reference", "iban", "discount_minor", "discount_until", "invoiced_on",
    "language", "customer_group",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShopRow(OrderRow):
    """What a connected shop says besides what stands in a file."""

    key: str = ""
    subshop: str = ""
    shop_status: str = ""
    shop_status_name: str = ""
    payment_method: str = ""
    phone: str = ""
    invoiced_on: date | None = None
    marketplace_number: str = ""
    delivery: Address | None = None
    items: tuple[str, ...] = ()

    def also(self) -> dict[str, Any]:
        """These facts by the names of their columns, cut to their lengths."""
        return {
            "key": self.key[:120],
            "subshop": self.subshop[:64],
            "shop_status": self.shop_status[:64],
            "shop_status_name": self.shop_status_name[:120],
            "payment_method": self.payment_method[:120],
            "phone": self.phone[:40],
            "invoiced_on": self.invoiced_on,
            "marketplace_number": self.marketplace_number[:64],
            "delivery": _said(self.delivery),
            "items": [item[:200] for item in self.items[:100]],
        }


#: Facts of which a change is kept and not told: nothing about the money follows from them.
QUIET = frozenset({
    "key", "subshop", "shop_status", "shop_status_name", "payment_method", "language", "customer_group", "phone",
    "invoiced_on", "delivery", "items",
})  # fmt: skip


def row_of(order: ShopOrder, kind: str, line: int) -> ShopRow:
    """The order as it is recorded; `kind` is what its payment method means here, `line` its place in the report."""
    buyer = order.billing
    return ShopRow(
        line=line,
        number=_clean(order.number),
        amount=order.amount,
        ordered_on=order.ordered_on,
        due_on=order.due_on,
        invoice_number=_clean(order.invoice_numbers[-1]) if order.invoice_numbers else None,
        customer_number=_clean(order.customer_number) or None,
        payment_kind=kind,
        name=_clean(f"{buyer.first_name} {buyer.last_name}") or None,
        company=_clean(buyer.company) or None,
        email=_clean(order.email) or None,
        street=_clean(buyer.street) or None,
        postcode=_clean(buyer.postcode) or None,
        city=_clean(buyer.city) or None,
        country=_clean(buyer.country) or None,
        shipping=order.shipping if order.shipping and order.shipping.currency == order.amount.currency else None,
        tracking_numbers=tuple(_clean(number) for number in order.tracking_numbers),
        iban=tidy(order.iban) or None,
        reference=_clean(order.reference) or None,
        discount=order.discount,
        discount_until=order.discount_until,
        dunning_level=order.dunning_level,
        language=_clean(order.language) or None,
        customer_group=_clean(order.customer_group) or None,
        key=_clean(order.key),
        subshop=_clean(order.subshop),
        shop_status=_clean(order.status),
        shop_status_name=_clean(order.status_name),
        payment_method=_clean(order.payment_method_name or order.payment_method),
        phone=_clean(buyer.phone or order.delivery.phone),
        invoiced_on=order.invoiced_on,
        marketplace_number=_clean(order.marketplace_number),
        delivery=order.delivery if order.delivery not in (Address(), buyer) else None,
        items=tuple(_clean(item) for item in order.items),
    )


def without_unsaid(reported: Mapping[str, Any]) -> dict[str, Any]:
    """What the shop said; silence about some facts leaves them as they are."""
    return {name: value for name, value in reported.items() if value or name not in _KEPT_WHEN_UNSAID}


def _said(address: Address | None) -> dict[str, str]:
    """An address without the parts that are empty; nothing where the goods go to the buyer."""
    return {name: value[:200] for name, value in asdict(address).items() if value} if address else {}


def _clean(text: str) -> str:
    """One line without what cannot be kept."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
