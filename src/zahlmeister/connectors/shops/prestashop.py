"""PrestaShop by its webservice, signed in with a key.

Answers are asked for as JSON, questions that change something are XML. An order has one status, which is changed by
adding to its history; whatever may follow whatever. Several parcels of one purchase are several orders under one
reference; they are told apart as PrestaShop does, by #1, #2 behind it.

Source: the webservice of PrestaShop 1.7 to 9 (devdocs.prestashop-project.org) and its source.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
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
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.refusals import Unreachable

PAGE = 100
#: The payment modules that PrestaShop brings; those that orders show are added.
_METHODS = {"ps_wirepayment": "Bank wire", "ps_checkpayment": "Cheque", "ps_cashondelivery": "Cash on delivery"}
#: What is looked up for a list of orders: resource → (field of the order that names it, what is wanted of it).
_LOOKED_UP = {
    "currencies": (("id_currency",), "[id,iso_code]"),
    "customers": (("id_customer",), "[id,email,id_default_group]"),
    "languages": (("id_lang",), "[id,iso_code]"),
    "addresses": (("id_address_invoice", "id_address_delivery"), "full"),
}
Looked = dict[str, dict[str, Any]]


@contextmanager
def open_prestashop(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["PrestaShop"]:
    """A shop, by `address` in the settings and `key` in the secret."""
    with web.site(settings["address"], auth=(secret["key"], "")) as site:
        yield PrestaShop(site)


class PrestaShop:
    """An open PrestaShop."""

    def __init__(self, site: web.Site) -> None:
        self._site = site

    # --- what it says of itself

    def about(self) -> About:
        reply = self._reply("orders", {"display": "[id]", "limit": "1"})
        for resource in ("order_states", "countries", "order_carriers", *_LOOKED_UP):
            self._list(resource, {"display": "[id]", "limit": "1"})
        return About("PrestaShop", reply.headers.get("psws-version", "")[:40], encryption="HTTPS")

    def methods(self) -> Sequence[Choice]:
        """What PrestaShop brings, and what the newest orders were to be paid by: there is no list to ask for."""
        newest = self._list("orders", {"display": "[id,module,payment]", "sort": "[id_DESC]", "limit": str(PAGE)})
        names = _METHODS | {text(order, "module"): text(order, "payment") for order in newest}
        return [Choice(code, name) for code, name in names.items() if code]

    def statuses(self) -> Sequence[Choice]:
        states = self._list("order_states", {"display": "[id,name]"})
        return [Choice(told.needed(state, "id"), _in_some_language(at(state, "name"))) for state in states]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        kinds = [(set(methods), set(statuses)) for methods, statuses in wanted.kinds.values() if methods and statuses]
        if not kinds:
            return []
        statuses = sorted(set().union(*(statuses for _, statuses in kinds)))
        query = {"filter[current_state]": f"[{'|'.join(statuses)}]"}
        if wanted.since:
            query |= {"filter[date_add]": f">[{wanted.since} 00:00:00]", "date": "1"}
        return [
            told.needed(order, "id")
            for order in self._all(query)
            if any(
                text(order, "module") in methods and text(order, "current_state") in statuses
                for methods, statuses in kinds
            )
            and (not wanted.subshops or text(order, "id_shop") in wanted.subshops)
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if key.isdecimal()), PAGE // 2):
            orders = self._list("orders", {"display": "full", "filter[id]": f"[{'|'.join(some)}]"})
            looked = self._looked_up(orders)
            yield from (_order(order, looked) for order in orders)

    def _looked_up(self, orders: Sequence[Any]) -> Looked:
        """What stands elsewhere about orders, by resource and id."""
        found: Looked = {}
        for resource, (names, display) in _LOOKED_UP.items():
            found[resource] = self._by_id(resource, {text(order, name) for order in orders for name in names}, display)
        countries = {text(address, "id_country") for address in found["addresses"].values()}
        found["countries"] = self._by_id("countries", countries, "[id,iso_code]")
        found["parcels"] = self._parcels([told.needed(order, "id") for order in orders])
        found["siblings"] = self._siblings({told.needed(order, "reference") for order in orders})
        return found

    def _by_id(self, resource: str, ids: set[str], display: str) -> dict[str, Any]:
        wanted = sorted(ids - {"", "0"})
        query = {"display": display, "filter[id]": f"[{'|'.join(wanted)}]"}
        return {told.needed(one, "id"): one for one in self._list(resource, query)} if wanted else {}

    def _parcels(self, keys: Sequence[str]) -> dict[str, Any]:
        query = {"display": "[id,id_order,tracking_number]", "filter[id_order]": f"[{'|'.join(keys)}]"}
        found: dict[str, Any] = {}
        for parcel in self._list("order_carriers", query) if keys else []:
            found.setdefault(text(parcel, "id_order"), []).append(text(parcel, "tracking_number"))
        return found

    def _siblings(self, references: set[str]) -> dict[str, Any]:
        """Which orders stand under one reference, the oldest first."""
        query = {
            "display": "[id,reference]",
            "filter[reference]": f"[{'|'.join(sorted(references))}]",
            "sort": "[id_ASC]",
        }
        found: dict[str, Any] = {}
        for order in self._list("orders", query) if references else []:
            found.setdefault(text(order, "reference"), []).append(told.needed(order, "id"))
        return found

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """Moments of changes are in the own time of the shop, which it does not tell: the whole day is asked for."""
        del wanted
        query = {"filter[date_upd]": f">[{since.astimezone(UTC).date()} 00:00:00]", "date": "1"}
        return [told.needed(order, "id") for order in self._all(query)]

    def find(self, number: str) -> ShopOrder | None:
        reference = number.partition("#")[0]
        if not reference or any(sign in "[]|," for sign in reference):
            return None
        found = self._list("orders", {"display": "[id]", "filter[reference]": f"[{reference}]"})
        orders = self.orders([told.needed(order, "id") for order in found])
        return next((order for order in orders if order.number == number), None)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        query = {"display": "[id,current_state]", "filter[id]": f"[{telling.key}]"}
        found = self._list("orders", query) if telling.key.isdecimal() else []
        if not found:
            return Answer(Heard.UNKNOWN)
        target = telling.status or "2"
        known = told.known_already(telling, told.needed(found[0], "current_state"), target)
        if known:
            return known
        if not target.isdecimal():
            return Answer(Heard.REFUSED, f"“{target}” is no status of PrestaShop.")
        fields = f"<id_order>{telling.key}</id_order><id_order_state>{target}</id_order_state>"
        body = f"<prestashop><order_history>{fields}</order_history></prestashop>".encode()
        question = web.Question(
            "POST",
            "/api/order_histories",
            {"output_format": "JSON"},
            content=body,
            headers={"Content-Type": "text/xml"},
        )
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400})
        if reply.status == 400:
            return Answer(Heard.REFUSED, _errors(reply))
        told.needed(reply.json(), "order_history", "id")
        return Answer(Heard.WRITTEN)

    # --- what the webservice does not know

    def credits(self) -> Sequence[Credit]:
        """None: credit slips can be listed, and there is no place to keep what became of one."""
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """The webservice gives no PDFs."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, query: Mapping[str, str]) -> Iterator[Any]:
        last = "0"
        fields = "[id,module,current_state,id_shop]"
        while True:
            asked = {"display": fields, **query, "filter[id]": f">[{last}]", "sort": "[id_ASC]", "limit": str(PAGE)}
            page = self._list("orders", asked)
            yield from page
            if len(page) < PAGE:
                return
            last = told.needed(page[-1], "id")

    def _list(self, resource: str, query: Mapping[str, str]) -> list[Any]:
        """What is found; PrestaShop answers an empty list where nothing is."""
        data = self._reply(resource, query).json()
        return [] if data == [] else told.needed_rows(data, resource)

    def _reply(self, resource: str, query: Mapping[str, str]) -> web.Reply:
        question = web.Question("GET", f"/api/{resource}", {"output_format": "JSON", **query})
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400})
        if reply.status == 400:
            raise Unreachable(f"{self._site.host} says no (400): {_errors(reply)}", permanent=True)
        return reply


def _errors(reply: web.Reply) -> str:
    said = "; ".join(text(error, "message") for error in told.rows(reply.json(), "errors"))
    return (said or "without a reason").rstrip(".") + "."


def _in_some_language(name: Any) -> str:
    return text(name, 0, "value") if isinstance(name, list) else str(name or "")


def _order(order: Any, looked: Looked) -> ShopOrder:
    key, reference = told.needed(order, "id"), told.needed(order, "reference")
    currency = told.currency(looked["currencies"].get(text(order, "id_currency")), "iso_code")
    money = partial(told.money, order, currency=currency)
    siblings = looked["siblings"].get(reference, [key])
    invoice = text(order, "invoice_number").strip("0") and text(order, "invoice_number").zfill(6)
    return ShopOrder(
        key=key,
        number=f"{reference}#{siblings.index(key) + 1}" if len(siblings) > 1 else reference,
        amount=money("total_paid_tax_incl"),
        ordered_on=told.day(text(order, "date_add")),
        status=told.needed(order, "current_state"),
        payment_method=text(order, "module"),
        payment_method_name=text(order, "payment"),
        subshop=text(order, "id_shop"),
        language=text(looked["languages"].get(text(order, "id_lang")), "iso_code"),
        email=text(looked["customers"].get(text(order, "id_customer")), "email"),
        customer_number=text(order, "id_customer"),
        customer_group=text(looked["customers"].get(text(order, "id_customer")), "id_default_group"),
        billing=_address(looked, text(order, "id_address_invoice")),
        delivery=_address(looked, text(order, "id_address_delivery")),
        invoice_numbers=(invoice,) if invoice else (),
        invoiced_on=told.day(text(order, "invoice_date")),
        tracking_numbers=tuple(filter(None, looked["parcels"].get(key, []))),
        items=tuple(
            filter(None, (text(row, "product_reference") for row in told.rows(order, "associations", "order_rows")))
        ),
        paid=money("total_paid_real") if text(order, "total_paid_real") else None,
        shipping=money("total_shipping_tax_incl") if text(order, "total_shipping_tax_incl") else None,
        changed_at=told.instant(text(order, "date_upd")),
    )


def _address(looked: Looked, id_: str) -> Address:
    address = looked["addresses"].get(id_)
    lines = (text(address, "address1"), text(address, "address2"))
    return Address(
        first_name=text(address, "firstname"),
        last_name=text(address, "lastname"),
        company=text(address, "company"),
        street=", ".join(filter(None, lines)),
        postcode=text(address, "postcode"),
        city=text(address, "city"),
        country=text(looked["countries"].get(text(address, "id_country")), "iso_code"),
        phone=text(address, "phone") or text(address, "phone_mobile"),
    )
