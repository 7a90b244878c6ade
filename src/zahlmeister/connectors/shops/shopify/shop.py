"""Shopify as a shop that keeps the contract."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import facets, told
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
    Verdict,
)
from zahlmeister.connectors.shops.shopify import queries
from zahlmeister.connectors.shops.shopify.speech import VERSION, Speech, refused
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

#: An order in full costs about 40 points, and a question may cost 1,000.
AT_ONCE = 20
CREDIT_DAYS = 30
_PAYMENT = {
    "pending": "Payment pending",
    "authorized": "Authorized",
    "partially_paid": "Partially paid",
    "paid": "Paid",
    "partially_refunded": "Partially refunded",
    "refunded": "Refunded",
    "voided": "Voided",
    "expired": "Expired",
}
_DELIVERY = {
    "unfulfilled": "Unfulfilled",
    "in_progress": "In progress",
    "on_hold": "On hold",
    "partially_fulfilled": "Partially fulfilled",
    "fulfilled": "Fulfilled",
}
#: So often, and so many seconds apart, we look whether an order is cancelled: Shopify does it by and by.
_LOOKS, _PAUSE = 10, 1


@contextmanager
def open_shopify(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Shopify"]:
    """A shop, by `address` in the settings; in the secret `access_token`, or `client_id` and `client_secret`."""
    with web.site(settings["address"]) as site:
        yield Shopify(Speech(site, secret))


class Shopify:
    """An open Shopify shop."""

    def __init__(self, speech: Speech, sleep: Callable[[int], None] = time.sleep) -> None:
        self._speech = speech
        self._sleep = sleep

    # --- what it says of itself

    def about(self) -> About:
        shop = at(self._speech.ask(queries.SHOP), "shop")
        return About("Shopify", VERSION, encryption="HTTPS", currency=told.needed(shop, "currencyCode"))

    def methods(self) -> Sequence[Choice]:
        """The names under which the last orders were to be paid; by hand there is no other list."""
        orders = told.needed_rows(self._speech.ask(queries.GATEWAYS), "orders", "nodes")
        names = dict.fromkeys(name for order in orders for name in told.rows(order, "paymentGatewayNames"))
        return [Choice(str(name), str(name)) for name in names]

    def statuses(self) -> Sequence[Choice]:
        return [
            *(Choice(f"payment:{code}", f"Payment: {name}") for code, name in _PAYMENT.items()),
            *(Choice(f"delivery:{code}", f"Delivery: {name}") for code, name in _DELIVERY.items()),
            Choice("order:cancelled", "Order: Cancelled"),
        ]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        keys: dict[str, None] = {}
        for methods, statuses in wanted.kinds.values():
            if methods and statuses:
                keys.update(dict.fromkeys(self._open(wanted, set(methods), statuses)))
        return list(keys)

    def _open(self, wanted: Reading, methods: set[str], statuses: Sequence[str]) -> Iterator[str]:
        """Shopify's search is only a first sieve; it may lag behind by seconds."""
        payments = facets.by_facet(statuses).get("payment", ())
        query = [f"({' OR '.join(f'financial_status:{state}' for state in sorted(payments))})"] if payments else []
        if wanted.since:
            query.append(f"created_at:>={wanted.since}")
        for order in self._speech.pages(queries.LISTED, query=" ".join(["NOT status:cancelled", *query])):
            states, names = _states(order), set(told.rows(order, "paymentGatewayNames"))
            if methods & names and facets.meets(states, statuses) and states["order"] != "cancelled":
                yield told.needed(order, "id")

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if _is_id(key)), AT_ONCE):
            found = told.needed_rows(self._speech.ask(queries.ORDERS, ids=some), "nodes")
            yield from (_order(order) for order in found if order)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        del wanted
        query = f"updated_at:>='{told.utc(since)}Z'"
        return [told.needed(order, "id") for order in self._speech.pages(queries.LISTED, query=query)]

    def find(self, number: str) -> ShopOrder | None:
        """Numbers are shown as #1001 and written as 1001."""
        asked = number.replace("\\", "").replace('"', "")
        found = told.needed_rows(self._speech.ask(queries.FOUND, query=f'name:"{asked}"'), "orders", "nodes")
        return next((order for order in map(_order, found) if order.number == number.lstrip("#")), None)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        known = _known(telling, _states(order))
        if known:
            return known
        if telling.verdict is Verdict.PAID:
            return self._pay(order, telling)
        return self._cancel(telling)

    def _pay(self, order: Any, telling: Telling) -> Answer:
        if at(order, "canMarkAsPaid") is not True:
            return Answer(Heard.REFUSED, "Shopify does not let this order be marked as paid.")
        self._keep(telling.key, "callback", telling.callback)
        answer = self._speech.ask(queries.MARK_AS_PAID, input={"id": telling.key})
        why = refused(answer, "orderMarkAsPaid", "userErrors")
        return Answer(Heard.REFUSED, why) if why else Answer(Heard.WRITTEN)

    def _cancel(self, telling: Telling) -> Answer:
        answer = self._speech.ask(queries.CANCEL, id=telling.key, note=f"Not paid ({telling.callback})")
        why = refused(answer, "orderCancel", "orderCancelUserErrors")
        if why:
            return Answer(Heard.REFUSED, why)
        job = at(answer, "orderCancel", "job")
        for _ in range(_LOOKS):
            if job is None or at(job, "done") is True:
                return Answer(Heard.WRITTEN)
            self._sleep(_PAUSE)
            job = at(self._speech.ask(queries.JOB, id=told.needed(job, "id")), "job")
        raise Unreachable("Shopify is still cancelling the order.")

    def _one(self, key: str) -> Any:
        if not _is_id(key):
            return None
        return next(iter(told.needed_rows(self._speech.ask(queries.ORDERS, ids=[key]), "nodes")), None)

    def _keep(self, key: str, name: str, value: str) -> None:
        kept = {
            "ownerId": key,
            "namespace": "zahlmeister",
            "key": name,
            "value": value,
            "type": "single_line_text_field",
        }
        why = refused(self._speech.ask(queries.KEEP, metafields=[kept]), "metafieldsSet", "userErrors")
        if why:
            raise Unreachable(f"Shopify does not keep our note: {why}.", permanent=True)

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """Refunds of payments by hand: Shopify notes them, and somebody has to transfer the money."""
        since = datetime.now(UTC) - timedelta(days=CREDIT_DAYS)
        states = "(financial_status:refunded OR financial_status:partially_refunded)"
        query = f"{states} updated_at:>='{told.utc(since)}Z'"
        return [credit for order in self._speech.pages(queries.REFUNDED, query=query) for credit in _credits(order)]

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        order, _, refund = key.partition("#")
        name, said = f"refund-{refund}", f"{status} {callback}".strip()
        if not _is_id(order) or not refund.isdecimal():
            return Answer(Heard.UNKNOWN)
        found = at(self._speech.ask(queries.KEPT, id=order, key=name), "order")
        if found is None:
            return Answer(Heard.UNKNOWN)
        if text(found, "metafield", "value") == said:
            return Answer(Heard.ALREADY)
        self._keep(order, name, said)
        return Answer(Heard.WRITTEN)

    def note_refund(self, refund: SentBack) -> Answer:
        name = refund.reference.lower()
        found = at(self._speech.ask(queries.KEPT, id=refund.key, key=name), "order") if _is_id(refund.key) else None
        if found is None:
            return Answer(Heard.UNKNOWN)
        if text(found, "metafield", "value") == refund.words:
            return Answer(Heard.ALREADY)
        self._keep(refund.key, name, refund.words)
        return Answer(Heard.WRITTEN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """Shopify makes no invoices; apps do, each with a door of its own."""
        del order_key, invoice_number
        return None


def _is_id(key: str) -> bool:
    return key.startswith("gid://shopify/Order/") and key.rpartition("/")[2].isdecimal()


def _states(order: Any) -> dict[str, str]:
    return {
        "payment": text(order, "displayFinancialStatus").lower(),
        "delivery": text(order, "displayFulfillmentStatus").lower(),
        "order": "cancelled" if text(order, "cancelledAt") else "",
    }


def _known(telling: Telling, now: Mapping[str, str]) -> Answer | None:
    """What there is to say about an order without writing; None when it is to be written."""
    if telling.verdict is Verdict.CANCELLED and now["order"] == "cancelled":
        return Answer(Heard.ALREADY)
    if now["order"] == "cancelled":
        return Answer(Heard.LEFT, "The order is cancelled in Shopify, which cannot be undone there.")
    if telling.verdict is Verdict.PAID and now["payment"] == "paid":
        return Answer(Heard.ALREADY)
    seen = facets.one_of(telling.seen_status, "payment")
    if seen and now["payment"] != seen:
        return Answer(Heard.LEFT, f"The payment was set to “{now['payment']}” in the shop.")
    return None


def _order(order: Any) -> ShopOrder:
    states = _states(order)
    gateways = [str(name) for name in told.rows(order, "paymentGatewayNames")]
    number = told.needed(order, "name")
    return ShopOrder(
        key=told.needed(order, "id"),
        number=number.lstrip("#"),
        amount=_money(order, "currentTotalPriceSet"),
        ordered_on=told.day(text(order, "createdAt")),
        status=facets.joined(states),
        status_name=_PAYMENT.get(states["payment"], states["payment"]),
        payment_method=gateways[-1] if gateways else "",
        payment_method_name=gateways[-1] if gateways else "",
        language=text(order, "customerLocale"),
        email=text(order, "email"),
        customer_number=text(order, "customer", "legacyResourceId"),
        billing=_address(at(order, "billingAddress")),
        delivery=_address(at(order, "shippingAddress")),
        tracking_numbers=tuple(
            filter(
                None,
                (
                    text(info, "number")
                    for parcel in told.rows(order, "fulfillments")
                    for info in told.rows(parcel, "trackingInfo")
                ),
            )
        ),
        items=tuple(filter(None, (text(item, "sku") for item in told.rows(order, "lineItems", "nodes")))),
        paid=_money(order, "totalReceivedSet"),
        shipping=_money(order, "totalShippingPriceSet"),
        changed_at=told.instant(text(order, "updatedAt").replace("Z", "+00:00")),
    )


def _money(data: Any, name: str) -> Amount:
    """What the buyer was shown, in the currency the buyer was shown."""
    currency = told.currency(data, name, "presentmentMoney", "currencyCode")
    return told.money(data, name, "presentmentMoney", "amount", currency=currency)


def _address(address: Any) -> Address:
    lines = (text(address, "address1"), text(address, "address2"))
    return Address(
        first_name=text(address, "firstName"),
        last_name=text(address, "lastName"),
        company=text(address, "company"),
        street=", ".join(filter(None, lines)),
        postcode=text(address, "zip"),
        city=text(address, "city"),
        country=text(address, "countryCodeV2"),
        phone=text(address, "phone"),
    )


def _credits(order: Any) -> Iterator[Credit]:
    answered = {text(kept, "key") for kept in told.rows(order, "metafields", "nodes") if text(kept, "value")}
    for refund in told.rows(order, "refunds"):
        number = told.needed(refund, "id").rpartition("/")[2]
        moved = [
            _money(step, "amountSet")
            for step in told.rows(refund, "transactions", "nodes")
            if text(step, "kind") == "REFUND"
            and text(step, "status") == "SUCCESS"
            and at(step, "manualPaymentGateway") is True
        ]
        if moved and f"refund-{number}" not in answered:
            total = sum(moved[1:], moved[0])
            yield Credit(
                key=f"{told.needed(order, 'id')}#{number}",
                order_number=told.needed(order, "name").lstrip("#"),
                amount=total,
                told=str(total),
                on=told.day(text(refund, "createdAt")),
            )
