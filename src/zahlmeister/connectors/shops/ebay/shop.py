"""eBay as a shop that keeps the contract."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

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
    ShopOrder,
    Telling,
    Verdict,
)
from zahlmeister.connectors.shops.ebay.speech import Speech
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.money.amount import Amount

#: The most that eBay gives at once, and the most orders that may be asked for by their numbers.
PAGE, BY_NUMBER = 200, 50
#: Older orders are not told by eBay; a day less, because its day is not ours.
OLDEST = timedelta(days=2 * 365 - 1)
LOOK_BACK = timedelta(days=365)
#: What is paid outside of eBay. Before the seller has said how, eBay tells no method at all.
OFFLINE = "OFFLINE"
_METHODS = {
    OFFLINE: "Outside of eBay, method not told",
    "PERSONAL_CHECK": "Personal check",
    "CASHIER_CHECK": "Cashier's check",
    "CASH_ON_PICKUP": "Cash on pickup",
}
_PAYMENT = {
    "pending": "Payment pending",
    "paid": "Paid",
    "failed": "Payment failed",
    "partially_refunded": "Partially refunded",
    "fully_refunded": "Refunded",
}
_DELIVERY = {"not_started": "Not shipped", "in_progress": "Partly shipped", "fulfilled": "Shipped"}
_LANGUAGES = {"EBAY_DE": "de-DE", "EBAY_AT": "de-AT", "EBAY_GB": "en-GB", "EBAY_FR": "fr-FR", "EBAY_IT": "it-IT"}


@contextmanager
def open_ebay(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Ebay"]:
    """An account, by `address` in the settings; `client_id`, `client_secret` and `refresh_token` in the secret."""
    with web.site(settings["address"]) as site:
        yield Ebay(Speech(site, secret))


class Ebay:
    """An open account of a seller at eBay."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._listed: dict[str, Any] = {}

    # --- what it says of itself

    def about(self) -> About:
        told.needed_rows(self._speech.get("order", {"limit": 1}).json(), "orders")
        return About("eBay", "v1", encryption="HTTPS")

    def methods(self) -> Sequence[Choice]:
        return [Choice(code, name) for code, name in _METHODS.items()]

    def statuses(self) -> Sequence[Choice]:
        return [
            *(Choice(f"payment:{code}", f"Payment: {name}") for code, name in _PAYMENT.items()),
            *(Choice(f"delivery:{code}", f"Delivery: {name}") for code, name in _DELIVERY.items()),
        ]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        """All orders since a day are listed and sieved here; eBay cannot be asked for what is unpaid."""
        kinds = [(set(methods), statuses) for methods, statuses in wanted.kinds.values() if methods and statuses]
        today = datetime.now(UTC).date()
        since = max(wanted.since or today - LOOK_BACK, today - OLDEST)
        found = self._all(f"creationdate:[{_midnight(since)}..]") if kinds else {}
        self._listed = {
            key: order
            for key, order in found.items()
            if not _is_cancelled(order)
            and any(_method(order) in methods and facets.meets(_states(order), statuses) for methods, statuses in kinds)
        }
        return list(self._listed)

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        listed = {key: self._listed.pop(key) for key in keys if key in self._listed}
        yield from map(_order, listed.values())
        for some in told.parts((key for key in keys if key not in listed and _is_number(key)), BY_NUMBER):
            yield from map(_order, self._by_number(some))

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        del wanted
        return list(self._all(f"lastmodifieddate:[{told.utc(since)}.000Z..]"))

    def find(self, number: str) -> ShopOrder | None:
        order = self._one(number)
        return _order(order) if order is not None else None

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        if telling.verdict is Verdict.CANCELLED:
            return Answer(Heard.LEFT, "An order is cancelled at eBay by the seller.")
        if _is_cancelled(order):
            return Answer(Heard.LEFT, "The order was cancelled in the shop.")
        now = _states(order)["payment"]
        if now == "paid":
            return Answer(Heard.ALREADY)
        if now != "pending":
            return Answer(Heard.LEFT, f"The payment was set to “{now}” in the shop.")
        objection = self._speech.complete_sale(telling.key)
        return Answer(Heard.REFUSED, objection) if objection else Answer(Heard.WRITTEN)

    # --- what eBay does itself

    def credits(self) -> Sequence[Credit]:
        """None: what eBay tells as refunds it has sent back itself."""
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """None: eBay makes no invoices for sellers."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, sieve: str) -> dict[str, Any]:
        def page(number: int) -> told.Page:
            query: web.Query = {"filter": sieve, "limit": PAGE, "offset": (number - 1) * PAGE}
            data = self._speech.get("order", query).json()
            total = int(told.needed(data, "total"))
            return told.Page(told.needed_rows(data, "orders"), -(-total // PAGE), total)

        return told.numbered_list(page, lambda order: told.needed(order, "orderId"))

    def _by_number(self, keys: Sequence[str]) -> Iterator[Any]:
        """Several at once; where eBay takes offence at one of the numbers, one by one."""
        reply = self._speech.get("order", {"orderIds": ",".join(keys)}, also={400, 404})
        if reply.status in web.SUCCESS:
            yield from told.needed_rows(reply.json(), "orders")
        else:
            yield from filter(None, map(self._one, keys))

    def _one(self, key: str) -> Any:
        if not _is_number(key):
            return None
        reply = self._speech.get(f"order/{quote(key, safe='!')}", {}, also={400, 404})
        data = reply.json()
        if reply.status not in web.SUCCESS:
            told.needed_rows(data, "errors")  # a page that is not there says something else
            return None
        told.needed(data, "orderId")
        return data


def _is_number(key: str) -> bool:
    return bool(re.fullmatch(r"[0-9A-Za-z!-]{1,60}", key))


def _midnight(day: date) -> str:
    return f"{day}T00:00:00.000Z"


def _is_cancelled(order: Any) -> bool:
    return text(order, "cancelStatus", "cancelState") == "CANCELED"


def _states(order: Any) -> dict[str, str]:
    return {
        "payment": told.needed(order, "orderPaymentStatus").lower(),
        "delivery": text(order, "orderFulfillmentStatus").lower(),
    }


def _method(order: Any) -> str:
    payments = told.rows(order, "paymentSummary", "payments")
    return (text(payments[-1], "paymentMethod") if payments else "") or OFFLINE


def _order(order: Any) -> ShopOrder:
    states, method = _states(order), _method(order)
    lines = told.rows(order, "lineItems")
    return ShopOrder(
        key=told.needed(order, "orderId"),
        number=told.needed(order, "orderId"),
        amount=_money(at(order, "pricingSummary", "total")),
        ordered_on=told.day(text(order, "creationDate")),
        status=facets.joined(states),
        status_name=_PAYMENT.get(states["payment"], states["payment"]),
        payment_method=method,
        payment_method_name=_METHODS.get(method, method),
        language=_LANGUAGES.get(text(lines, 0, "listingMarketplaceId"), ""),
        email=text(order, "buyer", "buyerRegistrationAddress", "email"),
        customer_number=text(order, "buyer", "username"),
        billing=_address(at(order, "buyer", "buyerRegistrationAddress")),
        delivery=_address(at(order, "fulfillmentStartInstructions", 0, "shippingStep", "shipTo")),
        items=tuple(filter(None, (text(line, "sku") or text(line, "legacyItemId") for line in lines))),
        marketplace_number=text(order, "salesRecordReference"),
        paid=_money(at(order, "pricingSummary", "total")) if states["payment"] == "paid" else None,
        shipping=_shipping(order),
        changed_at=told.instant(text(order, "lastModifiedDate").replace("Z", "+00:00")),
    )


def _money(amount: Any) -> Amount:
    return told.money(amount, "value", currency=told.currency(amount, "currency"))


def _shipping(order: Any) -> Amount | None:
    cost = at(order, "pricingSummary", "deliveryCost")
    return _money(cost) if text(cost, "value") else None


def _address(contact: Any) -> Address:
    first, last = told.split_name(text(contact, "fullName"))
    lines = (text(contact, "contactAddress", name) for name in ("addressLine1", "addressLine2"))
    return Address(
        first_name=first,
        last_name=last,
        company=text(contact, "companyName"),
        street=", ".join(filter(None, lines)),
        postcode=text(contact, "contactAddress", "postalCode"),
        city=text(contact, "contactAddress", "city"),
        country=text(contact, "contactAddress", "countryCode"),
        phone=text(contact, "primaryPhone", "phoneNumber"),
    )
