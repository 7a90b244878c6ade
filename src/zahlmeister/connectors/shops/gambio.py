"""Gambio by its REST API, version 2, signed in as an administrator.

Version 3 knows no orders. A list tells orders in short, without their currency, so each order is asked for by itself
as well. An order has one status and any may follow any other; what is written stands in the history of the order with
our callback id. Lists are asked for as “the next hundred behind this number”, so that none is missed.

Source: the description of the API at developers.gambio.de and the source of Gambio GX 4.8.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

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
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

API = "/api.php/v2"
PAGE = 100
#: Payment modules that Gambio brings; those of its payment hub end with Hub. What orders show is added.
_METHODS = {
    "moneyorder": "Prepayment",
    "eustandardtransfer": "Bank transfer",
    "invoice": "Invoice",
    "cod": "Cash on delivery",
    "MoneyOrderHub": "Prepayment (Hub)",
    "InvoiceHub": "Invoice (Hub)",
    "CashOnDeliveryHub": "Cash on delivery (Hub)",
}
Condition = Mapping[str, Any]


@contextmanager
def open_gambio(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Gambio"]:
    """A shop, by `address` and `user` in the settings and `password` in the secret."""
    with web.site(settings["address"], auth=(settings["user"], secret["password"])) as site:
        yield Gambio(site)


class Gambio:
    """An open Gambio."""

    def __init__(self, site: web.Site) -> None:
        self._site = site

    # --- what it says of itself

    def about(self) -> About:
        reply = self._search(_behind("0"), size=1)
        told.needed_rows(reply.json())
        self.statuses()
        return About("Gambio", reply.headers.get("x-shop-version", "")[:40], encryption="HTTPS")

    def methods(self) -> Sequence[Choice]:
        """What Gambio brings, and what the newest orders were to be paid by: there is no list to ask for."""
        newest = told.needed_rows(self._search(_behind("0"), sort="-id").json())
        shown = {text(row, "paymentType", "module"): text(row, "paymentType", "title") for row in newest}
        names = _METHODS | {code: name or code for code, name in shown.items()}
        return [Choice(code, name) for code, name in names.items() if code]

    def statuses(self) -> Sequence[Choice]:
        found = told.needed_rows(self._taken(self._site.ask(_get("order_statuses"), accepted=_HEARD)).json())
        return [Choice(told.needed(status, "id"), _in_some_language(at(status, "names"))) for status in found]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        kinds = [(set(methods), set(statuses)) for methods, statuses in wanted.kinds.values() if methods and statuses]
        if not kinds:
            return []
        asked: list[Condition] = [{"in": {"orders.orders_status": sorted(set().union(*(open_ for _, open_ in kinds)))}}]
        if wanted.since:
            asked.append({"geq": {"orders.date_purchased": f"{wanted.since} 00:00:00"}})
        return [
            told.needed(row, "id")
            for row in self._all(asked)
            if any(
                text(row, "paymentType", "module") in methods and told.needed(row, "statusId") in statuses
                for methods, statuses in kinds
            )
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if key.isdecimal()), PAGE):
            for row in self._all([{"in": {"orders.orders_id": some}}]):
                yield _order(self._one(told.needed(row, "id")), row)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """Moments of changes are in the own time of the shop, which it does not tell: the whole day is asked for."""
        del wanted
        day = since.astimezone(UTC).date()
        rows = self._all([{"geq": {"orders.last_modified": f"{day} 00:00:00"}}])
        return [told.needed(row, "id") for row in rows]

    def find(self, number: str) -> ShopOrder | None:
        return next(self.orders([number]), None)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        found = list(self._all([{"match": {"orders.orders_id": telling.key}}])) if telling.key.isdecimal() else []
        if not found:
            return Answer(Heard.UNKNOWN)
        now = told.needed(found[0], "statusId")
        if not telling.status:
            return self._note(telling, now)
        known = told.known_already(telling, now, telling.status)
        if known:
            return known
        if telling.status not in {status.code for status in self.statuses()}:
            return Answer(Heard.REFUSED, f"“{telling.status}” is no status of Gambio.")
        return self._write(telling, telling.status)

    def _note(self, telling: Telling, now: str) -> Answer:
        """Where no status is chosen the money stands in the history of the order, which keeps its status."""
        history = told.needed_rows(self._one(telling.key), "statusHistory")
        if any(_comment(telling) in text(entry, "comment") for entry in history):
            return Answer(Heard.ALREADY)
        return self._write(telling, now)

    def _write(self, telling: Telling, status: str) -> Answer:
        body = {"statusId": int(status), "comment": _comment(telling), "customerNotified": False}
        question = web.Question("PATCH", f"{API}/orders/{telling.key}/status", json=body)
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400})
        if reply.status == 400:
            return Answer(Heard.REFUSED, text(reply.json(), "message"))
        told.needed(reply.json(), "statusId")
        return Answer(Heard.WRITTEN)

    # --- what the API does not know

    def credits(self) -> Sequence[Credit]:
        """None: Gambio knows withdrawals of buyers, but no amounts that are to be sent back."""
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """The API gives no PDFs."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, conditions: Sequence[Condition]) -> Iterator[Any]:
        last = "0"
        while True:
            page = told.needed_rows(self._search(_behind(last), *conditions).json())
            yield from page
            if len(page) < PAGE:
                return
            last = told.needed(page[-1], "id")

    def _search(self, *conditions: Condition, sort: str = "id", size: int = PAGE) -> web.Reply:
        query: web.Query = {"page": 1, "per_page": size, "sort": sort}
        asked = {"search": {"must": list(conditions)}}
        question = web.Question("POST", f"{API}/orders/search", query, json=asked)
        return self._taken(self._site.ask(question, accepted=_HEARD))

    def _one(self, key: str) -> Any:
        order = self._taken(self._site.ask(_get(f"orders/{quote(key, safe='')}"), accepted=_HEARD)).json()
        told.needed(order, "id")
        return order

    def _taken(self, reply: web.Reply) -> web.Reply:
        if reply.status in web.SUCCESS:
            return reply
        why = text(reply.json(), "message").rstrip(".") or "without a reason"
        raise Unreachable(f"{self._site.host} says no ({reply.status}): {why}.", permanent=True)


#: Statuses behind which Gambio says in words what is wrong.
_HEARD = {*web.SUCCESS, 400, 403}


def _get(path: str) -> web.Question:
    return web.Question("GET", f"{API}/{path}")


def _behind(number: str) -> Condition:
    return {"greater": {"orders.orders_id": number}}


def _comment(telling: Telling) -> str:
    return f"Zahlmeister {telling.callback}"


def _in_some_language(names: Any) -> str:
    """A name in German where there is one; the languages stand in small or in capital letters."""
    known = {str(code).lower(): str(name) for code, name in names.items()} if isinstance(names, dict) else {}
    return known.get("de") or next(iter(known.values()), "")


def _order(order: Any, row: Any) -> ShopOrder:
    """An order by what it says of itself and by its row in the list, which alone names countries by their letters."""
    currency = told.currency(order, "currencyCode")
    return ShopOrder(
        key=told.needed(order, "id"),
        number=told.needed(order, "id"),
        amount=told.money(_total(order, "ot_total"), "value", currency=currency),
        ordered_on=told.day(text(order, "purchaseDate")),
        status=told.needed(order, "statusId"),
        status_name=text(row, "statusName"),
        payment_method=text(row, "paymentType", "module"),
        payment_method_name=text(row, "paymentType", "title"),
        language=text(order, "languageCode").lower(),
        email=text(order, "customer", "email"),
        customer_number=text(order, "customer", "number"),
        billing=_address(order, row, "billing"),
        delivery=_address(order, row, "delivery"),
        items=tuple(filter(None, (text(item, "model") for item in told.rows(order, "items")))),
        shipping=_shipping(order, currency),
    )


def _total(order: Any, kind: str) -> Any:
    return next((one for one in told.needed_rows(order, "totals") if text(one, "class") == kind), None)


def _shipping(order: Any, currency: str) -> Amount | None:
    written = text(_total(order, "ot_shipping"), "value")
    return told.amount(written, currency) if written else None


def _address(order: Any, row: Any, kind: str) -> Address:
    address = at(order, "addresses", kind)
    return Address(
        first_name=text(address, "firstname"),
        last_name=text(address, "lastname"),
        company=text(address, "company"),
        street=f"{text(address, 'street')} {text(address, 'houseNumber')}".strip(),
        postcode=text(address, "postcode"),
        city=text(address, "city"),
        country=text(row, f"{kind}Address", "countryIsoCode"),
        phone=text(order, "customer", "phone") if kind == "billing" else "",
    )
