"""A Shopware 6 played by ourselves: its sign-in, its search with criteria and associations, its state machines."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn, Wish
from zahlmeister.sandbox.shops.served import Asked, Said, said

CLIENT, SECRET = "SWIAWOLLSTUBE", "garn-und-nadel"
PREPAID, INVOICE, CASH = "11" * 16, "22" * 16, "33" * 16
METHODS = {
    PREPAID: ("payment_prepayment", "Vorkasse"),
    INVOICE: ("payment_invoicepayment", "Rechnung"),
    CASH: ("payment_cashpayment", "Nachnahme"),
}
#: Machine → state → action → the state it leads to.
MACHINES: dict[str, dict[str, dict[str, str]]] = {
    "order": {
        "open": {"process": "in_progress", "cancel": "cancelled"},
        "in_progress": {"complete": "completed", "cancel": "cancelled"},
        "cancelled": {"reopen": "open"},
        "completed": {"reopen": "open"},
    },
    "order_transaction": {
        "open": {"paid": "paid", "paid_partially": "paid_partially", "cancel": "cancelled", "remind": "reminded"},
        "reminded": {"paid": "paid", "paid_partially": "paid_partially", "cancel": "cancelled"},
        "paid_partially": {"paid": "paid", "remind": "reminded", "cancel": "cancelled", "refund": "refunded"},
        "paid": {"refund": "refunded", "refund_partially": "refunded_partially", "cancel": "cancelled"},
        "cancelled": {"reopen": "open", "refund": "refunded"},
        "refunded_partially": {"refund": "refunded", "cancel": "cancelled"},
        "refunded": {},
    },
    "order_delivery": {
        "open": {"ship": "shipped", "cancel": "cancelled"},
        "shipped": {"retour": "returned", "cancel": "cancelled"},
        "cancelled": {"reopen": "open"},
        "returned": {},
    },
}
FACETS = {"order": "order", "order_transaction": "payment", "order_delivery": "delivery"}


class Shopware6StandIn(ShopStandIn):
    """One shop. `tokens_last` is for how many questions a token is good."""

    system = "shopware6"
    methods = (PREPAID, INVOICE)
    opened = {"payment": "open", "order": "open", "delivery": "open"}
    by_hand = {"payment": "reminded"}
    wanted = Reading(kinds={"prepayment": (("payment_prepayment", "payment_invoicepayment"), ("payment:open",))})
    statuses = {Verdict.PAID: "payment:paid", Verdict.CANCELLED: "order:cancelled"}

    def __init__(self, *, tokens_last: int = 1000) -> None:
        self.tokens_last = tokens_last
        self.tokens: dict[str, int] = {}
        super().__init__()

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address, "client_id": CLIENT}, {"client_secret": SECRET}

    def key_of(self, place: int) -> str:
        return f"{place:032x}"

    def outcome(self, number: str) -> Verdict | None:
        states = self.order(number).states
        if states["order"] == "cancelled":
            return Verdict.CANCELLED
        return Verdict.PAID if states["payment"] == "paid" else None

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/api/oauth/token":
            return self._sign_in(asked)
        if not self._is_let_in(asked):
            return _refused(401, "9", "The resource owner or authorization server denied the request.")
        for pattern, reply in self._doors().items():
            found = re.fullmatch(pattern, f"{asked.method} {asked.path}")
            if found:
                return reply(asked, *found.groups())
        return _refused(404, "0", f'No route found for "{asked.method} {asked.path}"')

    def _doors(self) -> dict[str, Callable[..., Said]]:
        return {
            r"GET /api/_info/version": self._version,
            r"POST /api/search/([a-z-]+)": self._search,
            r"GET /api/_action/state-machine/(\w+)/(\w+)/state": self._ways,
            r"POST /api/_action/(\w+)/(\w+)/state/(\w+)": self._transit,
            r"PATCH /api/order-transaction/(\w+)": self._note,
            r"PATCH /api/order-line-item/(\w+)": self._answer_wish,
            r"PATCH /api/order/(\w+)": self._note_order,
            r"GET /api/_action/document/(\w+)/(\w+)": self._document,
        }

    def _version(self, asked: Asked) -> Said:
        del asked
        return said({"version": "6.6.10.4"})

    def _document(self, asked: Asked, id_: str, code: str) -> Said:
        del asked, id_, code
        return Said(200, b"%PDF-1.4 invoice", {"Content-Type": "application/pdf"})

    # --- signing in

    def _sign_in(self, asked: Asked) -> Said:
        who = asked.json()
        if (who.get("client_id"), who.get("client_secret")) != (CLIENT, SECRET):
            return _refused(401, "4", "Client authentication failed")
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = self.tokens_last
        return said({"token_type": "Bearer", "expires_in": 600, "access_token": token})

    def _is_let_in(self, asked: Asked) -> bool:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        self.tokens[token] = self.tokens.get(token, 0) - 1
        return self.tokens[token] >= 0

    # --- searching

    def _search(self, asked: Asked, entity: str) -> Said:
        wanted = asked.json()
        if wanted.get("limit", 100) > 500:
            return _refused(400, "FRAMEWORK__QUERY_LIMIT_EXCEEDED", "The limit must be lower than or equal to 500.")
        found = [one for one in self._entities(entity) if self._is_wanted(one, wanted)]
        for order in reversed(wanted.get("sort", [])):
            found.sort(key=partial(_first, order["field"]), reverse=order["order"] == "DESC")
        loaded = [_loaded(one, wanted.get("associations", {})) for one in found[: wanted.get("limit", 100)]]
        return said({"total": len(loaded), "aggregations": [], "data": loaded})

    def _is_wanted(self, entity: dict[str, Any], wanted: dict[str, Any]) -> bool:
        ids = wanted.get("ids")
        return (ids is None or entity["id"] in ids) and all(_fits(entity, each) for each in wanted.get("filter", []))

    def _entities(self, entity: str) -> list[dict[str, Any]]:
        match entity:
            case "order":
                return [self._shown(order) for order in self.orders]
            case "order-line-item":
                return [self._item(wish) for wish in self.wishes]
            case "payment-method":
                return [{"id": id_, "technicalName": code, "name": name} for id_, (code, name) in METHODS.items()]
            case "state-machine-state":
                return [
                    {"id": f"{machine}-{state}", "technicalName": state, "name": state.title(),
                     "stateMachine": {"technicalName": f"{machine}.state"}}
                    for machine, states in MACHINES.items()
                    for state in states
                ]  # fmt: skip
            case "sales-channel":
                return [{"id": "77" * 16, "name": "Wollstube", "translated": {"name": "Wollstube"}}]
            case _:
                return [{"id": "88" * 16, "isoCode": "EUR", "factor": 1}]

    def _shown(self, order: Placed) -> dict[str, Any]:
        """An order with everything that can be associated; what was not asked for is taken away later."""
        code, name = METHODS[order.method]
        address = {
            "id": f"a{order.place:031x}", "firstName": order.first_name, "lastName": order.last_name,
            "company": None, "street": "Wollweg 1", "zipcode": "50667", "city": "Köln", "phoneNumber": None,
            "country": {"iso": "DE"},
        }  # fmt: skip
        return {
            "id": order.key,
            "autoIncrement": order.place,
            "orderNumber": order.number,
            "amountTotal": _number(order.amount),
            "shippingTotal": Decimal("4.9"),
            "taxStatus": "gross",
            "salesChannelId": "77" * 16,
            "orderDateTime": _when(order.ordered_at),
            "createdAt": _when(order.ordered_at),
            "updatedAt": _when(order.changed_at),
            "stateMachineState": _state(order.states["order"]),
            "customFields": order.sent_back or None,
            "currency": {"isoCode": order.amount.currency},
            "language": {"locale": {"code": "de-DE"}},
            "orderCustomer": {
                "email": order.email, "customerNumber": "10023", "customer": {"group": {"name": "Händler"}}
            },
            "addresses": [address],
            "billingAddressId": address["id"],
            "billingAddress": address,
            "deliveries": [
                {"id": f"d{order.place:031x}", "stateMachineState": _state(order.states["delivery"]),
                 "updatedAt": _when(order.changed_at), "shippingCosts": {"totalPrice": Decimal("4.9")},
                 "trackingCodes": ["00340434161094000001"], "shippingOrderAddress": address}
            ],
            "transactions": [
                {"id": f"f{order.place:031x}", "paymentMethodId": CASH, "createdAt": "2026-11-01T00:00:00.000+00:00",
                 "updatedAt": None, "stateMachineState": _state("cancelled"), "customFields": None,
                 "paymentMethod": {"id": CASH, "technicalName": "payment_cashpayment", "name": "Nachnahme"}},
                {"id": f"e{order.place:031x}", "paymentMethodId": order.method, "createdAt": _when(order.ordered_at),
                 "updatedAt": _when(order.changed_at), "stateMachineState": _state(order.states["payment"]),
                 "customFields": order.notes or None,
                 "paymentMethod": {"id": order.method, "technicalName": code, "name": name}},
            ],
            "lineItems": [{"id": "99" * 16, "type": "product", "payload": {"productNumber": "WOLLE-1"}}],
            "documents": [
                {"id": "cc" * 16, "deepLinkCode": "abc", "config": {"documentNumber": f"R{order.number}"},
                 "createdAt": _when(order.ordered_at), "documentType": {"technicalName": "invoice"}}
            ],
        }  # fmt: skip

    def _item(self, wish: Wish) -> dict[str, Any]:
        order = self._shown(wish.order)
        order["documents"].append({"id": "dd" * 16, "documentType": {"technicalName": "credit_note"}})
        return {
            "id": wish.key,
            "type": "credit",
            "createdAt": _when(wish.order.changed_at),
            "customFields": {"zahlmeister_refund": wish.answer} if wish.answer else None,
            "price": {"totalPrice": -_number(wish.amount), "calculatedTaxes": []},
            "order": order,
        }

    # --- the state machines

    def _ways(self, asked: Asked, machine: str, id_: str) -> Said:
        del asked
        state = self._by_part(machine, id_).states[FACETS[machine]]
        ways = [
            {"name": there.title(), "technicalName": there, "actionName": action, "fromStateName": state,
             "toStateName": there, "url": f"/api/_action/state-machine/{machine}/{id_}/state/{action}"}
            for action, there in MACHINES[machine][state].items()
        ]  # fmt: skip
        return said({"transitions": ways})

    def _transit(self, asked: Asked, machine: str, id_: str, action: str) -> Said:
        del asked
        order = self._by_part(machine, id_)
        state, ways = order.states[FACETS[machine]], MACHINES[machine][order.states[FACETS[machine]]]
        if action not in ways:
            return _refused(
                400,
                "SYSTEM__ILLEGAL_STATE_TRANSITION",
                f'Illegal transition "{action}" from state "{state}". Possible transitions are: {", ".join(ways)}',
            )
        order.states[FACETS[machine]] = ways[action]
        order.effects += ways[action] in {"paid", "cancelled"}
        self.touch(order)
        return said({"id": f"{machine}-{ways[action]}", "technicalName": ways[action]})

    def _by_part(self, machine: str, id_: str) -> Placed:
        """Orders, payments and deliveries have ids that differ in their first digit."""
        return self.orders[int(id_[1:], 16) - 1] if machine != "order" else self.orders[int(id_, 16) - 1]

    def _note(self, asked: Asked, id_: str) -> Said:
        self._by_part("order_transaction", id_).notes.update(asked.json()["customFields"])
        return Said(204)

    def _note_order(self, asked: Asked, id_: str) -> Said:
        self._by_part("order", id_).sent_back.update(asked.json()["customFields"])
        return Said(204)

    def _answer_wish(self, asked: Asked, id_: str) -> Said:
        wish = next(wish for wish in self.wishes if wish.key == id_)
        wish.answer = asked.json()["customFields"]["zahlmeister_refund"]
        return Said(204)


def _refused(status: int, code: str, detail: str) -> Said:
    return said({"errors": [{"code": code, "status": str(status), "title": detail, "detail": detail}]}, status)


def _state(name: str) -> dict[str, str]:
    return {"technicalName": name, "name": name.title()}


def _when(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%S.000+00:00"))


def _number(amount: Amount) -> Decimal:
    """As PHP writes a sum: with the noise of its binary fractions now and then."""
    return Decimal(amount.text()) + (Decimal("1e-14") if amount.minor % 7 == 0 else 0)


def _first(field: str, entity: Any) -> Any:
    return _values(entity, field)[0]


def _values(entity: Any, field: str) -> list[Any]:
    """All values of a field, over lists of associated entities."""
    found = [entity]
    for step in field.split("."):
        inner = [one.get(step) for one in found if isinstance(one, dict)]
        found = [value for one in inner for value in (one if isinstance(one, list) else [one])]
    return found


def _fits(entity: dict[str, Any], criterion: dict[str, Any]) -> bool:
    match criterion["type"]:
        case "multi":
            return any(_fits(entity, each) for each in criterion["queries"])
        case "equals":
            return criterion["value"] in _values(entity, criterion["field"])
        case "equalsAny":
            return bool(set(criterion["value"].split("|")) & set(_values(entity, criterion["field"])))
        case _:
            return any(
                _lies_in(value, criterion["parameters"]) for value in _values(entity, criterion["field"]) if value
            )


def _lies_in(value: Any, limits: Mapping[str, Any]) -> bool:
    if isinstance(value, str):  # instants with and without their zone
        value, limits = value[:19], {name: str(limit)[:19] for name, limit in limits.items()}
    return all(value > limit if name == "gt" else value >= limit for name, limit in limits.items())


#: Which fields of an entity are there only when they were asked for.
_ASSOCIATED = {
    "stateMachineState", "currency", "language", "locale", "orderCustomer", "customer", "group", "addresses", "country",
    "billingAddress",
    "deliveries", "shippingOrderAddress", "transactions", "paymentMethod", "lineItems", "documents", "documentType",
    "order", "stateMachine",
}  # fmt: skip


def _loaded(entity: Any, associations: Mapping[str, Any]) -> Any:
    """An entity with only the associations asked for: since Shopware 6.6 none comes by itself."""
    if isinstance(entity, list):
        return [_loaded(one, associations) for one in entity]
    if not isinstance(entity, dict):
        return entity
    return {
        name: _loaded(value, (associations.get(name) or {}).get("associations", {})) if name in _ASSOCIATED else value
        for name, value in entity.items()
        if name not in _ASSOCIATED or name in associations
    }
