"""Shopware 6 as a shop that keeps the contract."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import facets, told
from zahlmeister.connectors.shops.contract import (
    About,
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
from zahlmeister.connectors.shops.shopware6.admin import PAGE, Admin, any_of, equals, is_id, limits, range_of
from zahlmeister.connectors.shops.shopware6.records import (
    credit_of,
    delivery_of,
    invoices_of,
    name_of,
    number_of,
    order_of,
    payment_of,
    states_of,
)
from zahlmeister.connectors.shops.told import at, text

#: The entity whose states a facet is, and which machine the states belong to.
_ENTITIES = {"payment": "order_transaction", "order": "order", "delivery": "order_delivery"}
_WORDS = {"payment": "Payment", "order": "Order", "delivery": "Delivery"}
#: Where we keep what we told about a payment, and what became of a credit.
_CALLBACK, _CREDIT, _SENT_BACK = "zahlmeister_callback", "zahlmeister_refund", "zahlmeister_sent_back_"
_STATE: dict[str, Any] = {"stateMachineState": {}}
_ASSOCIATIONS = {
    **_STATE,
    "currency": {},
    "language": {"associations": {"locale": {}}},
    "orderCustomer": {"associations": {"customer": {"associations": {"group": {}}}}},
    "addresses": {"associations": {"country": {}}},
    "billingAddress": {"associations": {"country": {}}},
    "deliveries": {"associations": {**_STATE, "shippingOrderAddress": {"associations": {"country": {}}}}},
    "transactions": {"associations": {**_STATE, "paymentMethod": {}}},
    "lineItems": {},
    "documents": {"associations": {"documentType": {}}},
}
_WHOLE = {"associations": _ASSOCIATIONS}
_STATES_ONLY = {
    "associations": {
        **_STATE,
        "deliveries": {"associations": _STATE},
        "transactions": {"associations": _STATE},
    }
}


@contextmanager
def open_shopware6(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Shopware6"]:
    """A shop, by `address` and the integration's `client_id` in the settings, `client_secret` in the secret."""
    with web.site(settings["address"], headers={"Accept": "application/json"}) as site:
        yield Shopware6(Admin(site, settings["client_id"], secret["client_secret"]))


class Shopware6:
    """An open Shopware 6."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._methods: list[tuple[str, str, str]] = []  # id, code, name

    # --- what it says of itself

    def about(self) -> About:
        version = told.needed(self._admin.ask("GET", "/api/_info/version"), "version")
        subshops = self._admin.search("sales-channel", {})
        currencies = self._admin.search("currency", {"filter": [equals("factor", 1)]})
        self.methods()
        self._admin.search("order", {"limit": 1, **_WHOLE})
        return About(
            system="Shopware 6",
            version=version,
            encryption="HTTPS",
            currency=text(currencies, 0, "isoCode"),
            subshops=tuple(Choice(told.needed(one, "id"), name_of(one)) for one in subshops),
        )

    def methods(self) -> Sequence[Choice]:
        self._methods = [
            (told.needed(one, "id"), text(one, "technicalName") or told.needed(one, "id"), name_of(one))
            for one in self._admin.search("payment-method", {})
        ]
        return [Choice(code, name) for _, code, name in self._methods]

    def statuses(self) -> Sequence[Choice]:
        machines = {f"{entity}.state": facet for facet, entity in _ENTITIES.items()}
        wanted = {
            "filter": [any_of("stateMachine.technicalName", machines)],
            "associations": {"stateMachine": {}},
        }
        found = []
        for state in self._admin.search("state-machine-state", wanted):
            facet = machines.get(text(state, "stateMachine", "technicalName"))
            if facet:
                code = f"{facet}:{told.needed(state, 'technicalName')}"
                found.append(Choice(code, f"{_WORDS[facet]}: {name_of(state)}"))
        return sorted(found, key=lambda choice: choice.code)

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        keys: dict[str, None] = {}
        for methods, statuses in wanted.kinds.values():
            if methods and statuses:
                keys.update(dict.fromkeys(self._open(wanted, methods, statuses)))
        return list(keys)

    def _open(self, wanted: Reading, methods: Sequence[str], statuses: Sequence[str]) -> Iterator[str]:
        """The filters find any payment of an order; whether it is the newest one is looked at here."""
        ids = self._ids_of(methods)
        if not ids:
            return
        asked = facets.by_facet(statuses)
        filters = [
            any_of("transactions.paymentMethodId", ids),
            *(any_of(_FIELDS[facet], states) for facet, states in asked.items()),
            *limits(wanted),
        ]
        for order in self._admin.orders({"filter": filters, **_STATES_ONLY}):
            transaction = payment_of(order)
            if text(transaction, "paymentMethodId") in ids and facets.meets(states_of(order), statuses):
                yield told.needed(order, "id")

    def _ids_of(self, methods: Sequence[str]) -> set[str]:
        if not self._methods:
            self.methods()
        return {id_ for id_, code, _ in self._methods if code in methods or id_ in methods}

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if is_id(key)), PAGE):
            yield from (
                order_of(order) for order in self._admin.search("order", {"ids": some, "limit": PAGE, **_WHOLE})
            )

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        after = {"gte": told.utc(since) + ".000"}
        fields = ("updatedAt", "createdAt", "transactions.updatedAt", "transactions.createdAt", "deliveries.updatedAt")
        either = {"type": "multi", "operator": "or", "queries": [range_of(field, after) for field in fields]}
        return [told.needed(order, "id") for order in self._admin.orders({"filter": [either, *limits(wanted)]})]

    def find(self, number: str) -> ShopOrder | None:
        wanted = {"filter": [equals("orderNumber", number)], "limit": 1, **_WHOLE}
        found = self._admin.search("order", wanted)
        return order_of(found[0]) if found else None

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        now, wanted = states_of(order), facets.by_facet([telling.status or "payment:paid"])
        if all(now[facet] in states for facet, states in wanted.items()):
            return Answer(Heard.ALREADY)
        why = _changed_by_hand(telling, now)
        if why:
            return Answer(Heard.LEFT, why)
        return self._move(order, telling, {facet: min(states) for facet, states in wanted.items()})

    def _move(self, order: Any, telling: Telling, targets: dict[str, str]) -> Answer:
        steps = dict(targets)
        if telling.verdict is Verdict.PAID and states_of(order)["order"] == "cancelled":
            steps = {"order": "open", **steps}  # late money: the order lives again
        ids = {
            "order": text(order, "id"),
            "payment": text(payment_of(order), "id"),
            "delivery": text(delivery_of(order), "id"),
        }
        if ids["payment"]:
            kept = {**(at(payment_of(order), "customFields") or {}), _CALLBACK: telling.callback}
            self._admin.ask("PATCH", f"/api/order-transaction/{ids['payment']}", {"customFields": kept})
        for facet, state in sorted(steps.items(), key=lambda step: step[0] != "order"):
            why = self._transit(facet, ids[facet], state)
            if why:
                return Answer(Heard.REFUSED, why)
        return Answer(Heard.WRITTEN)

    def _transit(self, facet: str, id_: str, target: str) -> str:
        """Bring one state where it shall be, over “open” where no way leads there directly; why not, if not."""
        entity = _ENTITIES[facet]
        if not id_:
            return f"The order has no {facet} in the shop."
        for _ in range(2):
            told_ways = self._admin.ask("GET", f"/api/_action/state-machine/{entity}/{id_}/state")
            ways = {text(way, "toStateName"): text(way, "actionName") for way in told.rows(told_ways, "transitions")}
            action = ways.get(target) or ways.get("open")
            if not action:
                break
            self._admin.ask("POST", f"/api/_action/{entity}/{id_}/state/{action}", {})
            if target in ways or target == "open":
                return ""
        return f"In the shop no way leads to “{facet}:{target}” from where the order is."

    def _one(self, key: str) -> Any:
        found = self._admin.search("order", {"ids": [key], **_WHOLE}) if is_id(key) else []
        return found[0] if found else None

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """Credit positions of orders that have a credit note; each is one sum to be sent back."""
        wanted = {
            "filter": [
                equals("type", "credit"),
                equals("order.documents.documentType.technicalName", "credit_note"),
            ],
            "sort": [{"field": "createdAt", "order": "DESC"}],
            "associations": {"order": {"associations": {"currency": {}}}},
        }
        items = self._admin.search("order-line-item", wanted)
        return [credit_of(item) for item in items if not text(item, "customFields", _CREDIT)]

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        found = self._admin.search("order-line-item", {"ids": [key]}) if is_id(key) else []
        if not found:
            return Answer(Heard.UNKNOWN)
        kept, said = at(found[0], "customFields") or {}, f"{status} {callback}".strip()
        if kept.get(_CREDIT) == said:
            return Answer(Heard.ALREADY)
        self._admin.ask("PATCH", f"/api/order-line-item/{key}", {"customFields": {**kept, _CREDIT: said}})
        return Answer(Heard.WRITTEN)

    def note_refund(self, refund: SentBack) -> Answer:
        order = self._one(refund.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        kept, name = at(order, "customFields") or {}, _SENT_BACK + refund.reference.lower()
        if kept.get(name) == refund.words:
            return Answer(Heard.ALREADY)
        self._admin.ask("PATCH", f"/api/order/{refund.key}", {"customFields": {**kept, name: refund.words}})
        return Answer(Heard.WRITTEN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        order = self._one(order_key)
        for document in invoices_of(order):
            if number_of(document) == invoice_number:
                path = f"/api/_action/document/{text(document, 'id')}/{text(document, 'deepLinkCode')}"
                content = self._admin.said("GET", path).content
                return content if content.startswith(b"%PDF") else None
        return None


_FIELDS = {
    "payment": "transactions.stateMachineState.technicalName",
    "order": "stateMachineState.technicalName",
    "delivery": "deliveries.stateMachineState.technicalName",
}


def _changed_by_hand(telling: Telling, now: Mapping[str, str]) -> str:
    """Why an order is left alone: its payment or itself is not as we know it. Deliveries go their own way."""
    seen = facets.by_facet([telling.seen_status])
    if telling.verdict is Verdict.PAID and now["order"] == "cancelled" and "cancelled" not in seen.get("order", ()):
        return "The order was cancelled in the shop."
    if "payment" in seen and now["payment"] not in seen["payment"]:
        return f"The payment was set to “{now['payment']}” in the shop."
    return ""
