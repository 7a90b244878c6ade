"""WooCommerce by its REST API, version 3, with a consumer key that may read and write.

The key travels as a password, so only HTTPS is spoken; over plain HTTP WooCommerce would want signed questions, and
the orders of buyers would still be readable on the way. An order has one status and any may follow any other, so we
look before we write. Being paid follows from the status: “set_paid” has no effect on an order that is on hold.

Source: the REST API documentation of WooCommerce (woocommerce.github.io/woocommerce-rest-api-docs).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.contract import (
    About,
    Address,
    Answer,
    Choice,
    Credit,
    Heard,
    Reading,
    SentBack,
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.refusals import Unreachable

#: The most that WooCommerce gives at once.
PAGE = 100
#: Refunds are read from orders that changed in the last so many days.
CREDIT_DAYS = 30
API = "/wp-json/wc/v3"
#: Where plug-ins keep the number of an invoice.
_INVOICE_NUMBERS = ("_wcpdf_invoice_number", "_wp_wc_running_invoice_number", "_wc_gzdp_latest_invoice_number")
_ANSWER, _SENT_BACK = "_zahlmeister_refund_", "_zahlmeister_sent_back_"


@contextmanager
def open_woocommerce(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["WooCommerce"]:
    """A shop, by `address` in the settings, `consumer_key` and `consumer_secret` in the secret."""
    with web.site(settings["address"], auth=(secret["consumer_key"], secret["consumer_secret"])) as site:
        yield WooCommerce(site)


class WooCommerce:
    """An open WooCommerce."""

    def __init__(self, site: web.Site) -> None:
        self._site = site

    # --- what it says of itself

    def about(self) -> About:
        state = self._get("system_status", {"_fields": "environment,settings"})
        self._get("orders", {"per_page": 1})
        return About(
            system="WooCommerce",
            version=told.needed(state, "environment", "version"),
            encryption="HTTPS",
            currency=text(state, "settings", "currency"),
        )

    def methods(self) -> Sequence[Choice]:
        ways = told.needed_rows(self._get("payment_gateways"))
        return [Choice(told.needed(way, "id"), text(way, "title") or text(way, "method_title")) for way in ways]

    def statuses(self) -> Sequence[Choice]:
        totals = told.needed_rows(self._get("reports/orders/totals"))
        return [Choice(told.needed(one, "slug"), text(one, "name")) for one in totals]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        kinds = [(set(methods), set(statuses)) for methods, statuses in wanted.kinds.values() if methods and statuses]
        if not kinds:
            return []
        query = {"status": ",".join(sorted(set().union(*(statuses for _, statuses in kinds))))}
        if wanted.since:
            query["after"] = f"{wanted.since}T00:00:00"
        return [
            told.needed(order, "id")
            for order in self._list(query)
            if any(
                text(order, "payment_method") in methods and text(order, "status") in statuses
                for methods, statuses in kinds
            )
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if key.isdecimal()), PAGE):
            query: web.Query = {"include": ",".join(some), "per_page": PAGE, "status": "any"}
            yield from map(_order, told.needed_rows(self._get("orders", query)))

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        del wanted
        return [told.needed(order, "id") for order in self._list(_changed_after(since))]

    def find(self, number: str) -> ShopOrder | None:
        """Without a plug-in for numbers the number is the id; those plug-ins let their numbers be searched for."""
        found = list(self.orders([number]))
        if not any(order.number == number for order in found):
            asked: web.Query = {"search": number, "per_page": PAGE, "status": "any"}
            found = [_order(order) for order in told.needed_rows(self._get("orders", asked))]
        return next((order for order in found if order.number == number), None)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        target = telling.status or "processing"
        known = told.known_already(telling, told.needed(order, "status"), target)
        if known:
            return known
        return self._write(telling.key, {"status": target, "transaction_id": telling.callback})

    def _one(self, key: str) -> Any:
        if not key.isdecimal():
            return None
        reply = self._site.ask(web.Question("GET", f"{API}/orders/{key}"), accepted={*web.SUCCESS, 404})
        return None if reply.status == 404 and _is_no_order(reply.json()) else self._taken(reply)

    def _write(self, key: str, body: dict[str, Any]) -> Answer:
        question = web.Question("PUT", f"{API}/orders/{key}", json=body)
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400})
        if reply.status == 400:
            return Answer(Heard.REFUSED, text(reply.json(), "message"))
        told.needed(reply.json(), "id")
        return Answer(Heard.WRITTEN)

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """Refunds that were not sent back by the payment method itself; a bank transfer cannot."""
        since = datetime.now(UTC) - timedelta(days=CREDIT_DAYS)
        fields = "id,number,currency,refunds,meta_data"
        orders = self._list({**_changed_after(since), "_fields": fields})
        return list(chain.from_iterable(map(self._wishes, (order for order in orders if told.rows(order, "refunds")))))

    def _wishes(self, order: Any) -> Iterator[Credit]:
        key = told.needed(order, "id")
        for refund in told.needed_rows(self._get(f"orders/{key}/refunds", {"per_page": PAGE})):
            id_ = told.needed(refund, "id")
            if at(refund, "refunded_payment") is True or _meta(order, _ANSWER + id_):
                continue
            amount = told.money(refund, "amount", currency=told.currency(order, "currency"))
            yield Credit(
                key=f"{key}-{id_}",
                order_number=text(order, "number") or key,
                amount=amount,
                told=text(refund, "amount"),
                on=told.day(text(refund, "date_created")),
            )

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        order_key, _, id_ = key.partition("-")
        order, said = self._one(order_key), f"{status} {callback}".strip()
        if order is None:
            return Answer(Heard.UNKNOWN)
        if _meta(order, _ANSWER + id_) == said:
            return Answer(Heard.ALREADY)
        return self._write(order_key, {"meta_data": [{"key": _ANSWER + id_, "value": said}]})

    def note_refund(self, refund: SentBack) -> Answer:
        order, name = self._one(refund.key), _SENT_BACK + refund.reference
        if order is None:
            return Answer(Heard.UNKNOWN)
        if _meta(order, name) == refund.words:
            return Answer(Heard.ALREADY)
        return self._write(refund.key, {"meta_data": [{"key": name, "value": refund.words}]})

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """WooCommerce itself makes no invoices; the plug-ins that do have no door for them."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _list(self, query: Mapping[str, str | int]) -> list[Any]:
        asked = {"_fields": "id,status,payment_method", "status": "any", **query, "orderby": "id", "order": "asc"}

        def page(offset: int) -> list[Any]:
            return told.needed_rows(self._get("orders", {**asked, "per_page": PAGE, "offset": offset}))

        return told.whole_list(page, lambda order: told.needed(order, "id"))

    def _get(self, path: str, query: web.Query | None = None) -> Any:
        return self._taken(self._site.ask(web.Question("GET", f"{API}/{path}", query or {}), accepted=_HEARD))

    def _taken(self, reply: web.Reply) -> Any:
        if reply.status in web.SUCCESS:
            return reply.json()
        why = text(reply.json(), "message").rstrip(".") or "without a reason"
        raise Unreachable(f"{self._site.host} says no ({reply.status}): {why}.", permanent=True)


#: Statuses behind which WooCommerce says in words what is wrong.
_HEARD = {*web.SUCCESS, 400, 401, 403}


def _is_no_order(data: Any) -> bool:
    return text(data, "code") in {"woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_invalid_id"}


def _changed_after(since: datetime) -> dict[str, str]:
    """Instants in questions are the shop's own time unless said otherwise; a second earlier, because “after” is."""
    return {"modified_after": told.utc(since - timedelta(seconds=1)), "dates_are_gmt": "true"}


def _meta(order: Any, key: str) -> str:
    return next((text(one, "value") for one in told.rows(order, "meta_data") if text(one, "key") == key), "")


def _order(order: Any) -> ShopOrder:
    currency = told.currency(order, "currency")
    money = partial(told.money, order, currency=currency)
    return ShopOrder(
        key=told.needed(order, "id"),
        number=text(order, "number") or told.needed(order, "id"),
        amount=money("total"),
        ordered_on=told.day(text(order, "date_created")),
        status=told.needed(order, "status"),
        payment_method=text(order, "payment_method"),
        payment_method_name=text(order, "payment_method_title"),
        language=_meta(order, "wpml_language"),
        email=text(order, "billing", "email"),
        customer_number=text(order, "customer_id").strip("0") and text(order, "customer_id"),
        billing=_address(at(order, "billing")),
        delivery=_address(at(order, "shipping")),
        invoice_numbers=tuple(dict.fromkeys(filter(None, (_meta(order, key) for key in _INVOICE_NUMBERS)))),
        tracking_numbers=_tracking(order),
        items=tuple(filter(None, (text(item, "sku") for item in told.rows(order, "line_items")))),
        paid=money("total") if text(order, "date_paid") else None,
        shipping=money("shipping_total") + money("shipping_tax"),
        changed_at=told.instant(text(order, "date_modified_gmt")),
    )


def _address(address: Any) -> Address:
    lines = (text(address, "address_1"), text(address, "address_2"))
    return Address(
        first_name=text(address, "first_name"),
        last_name=text(address, "last_name"),
        company=text(address, "company"),
        street=", ".join(filter(None, lines)),
        postcode=text(address, "postcode"),
        city=text(address, "city"),
        country=text(address, "country"),
        phone=text(address, "phone"),
    )


def _tracking(order: Any) -> tuple[str, ...]:
    """As the plug-in “Shipment Tracking” keeps them."""
    for one in told.rows(order, "meta_data"):
        if text(one, "key") == "_wc_shipment_tracking_items":
            return tuple(filter(None, (text(item, "tracking_number") for item in told.rows(one, "value"))))
    return ()
