"""Magento 2 and Adobe Commerce by their REST API, signed in as an integration.

Being paid is an invoice that is captured, being cancelled a word of its own; statuses belong to states and cannot be
set at will. A page behind the last one is the last one again, so lists are read by the growing id of the orders.

Source: the REST API of Magento 2.3 to 2.4 (developer.adobe.com/commerce/webapi/rest).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import oauth1, told
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
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.refusals import Unreachable

API = "/rest/all/V1"
PAGE = 100
CREDIT_DAYS = 30
#: What Magento knows without plug-ins; those that orders show are added.
_METHODS = {
    "banktransfer": "Bank Transfer Payment",
    "checkmo": "Check / Money order",
    "cashondelivery": "Cash On Delivery",
}
_STATUSES = ("pending", "pending_payment", "payment_review", "processing", "complete", "holded", "canceled", "closed")
#: How an open invoice says that it is.
_OPEN_INVOICE = "1"
_NOTE = "Zahlmeister"
Filter = tuple[str, str, str]  # field, condition, value


@contextmanager
def open_magento2(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Magento2"]:
    """A shop, by `address` in the settings, and in the secret the keys of an integration.

    All four of `consumer_key`, `consumer_secret`, `access_token` and `access_token_secret` sign each question;
    `access_token` alone is enough where the shop allows it.
    """
    with web.site(settings["address"]) as site:
        yield Magento2(site, web.checked_address(settings["address"]), secret)


class Magento2:
    """An open Magento 2."""

    def __init__(self, site: web.Site, address: str, secret: Mapping[str, str]) -> None:
        self._site = site
        self._address = address
        self._secret = secret

    # --- what it says of itself

    def about(self) -> About:
        stores = told.needed_rows(self._get("/store/storeViews"))
        configured = self._get("/store/storeConfigs")
        self._list("orders", [], size=1)
        version = self._site.ask(web.Question("GET", "/magento_version"), accepted=range(200, 500))
        return About(
            system="Magento 2",
            version=version.text.strip()[:40] if version.text.startswith("Magento") else "",
            encryption="HTTPS",
            currency=text(configured, 0, "base_currency_code"),
            subshops=tuple(Choice(told.needed(one, "id"), text(one, "name")) for one in stores),
        )

    def methods(self) -> Sequence[Choice]:
        """What Magento brings, and what the newest orders were to be paid by: there is no list to ask for."""
        names = dict(_METHODS)
        for order in self._newest():
            code = text(order, "payment", "method")
            if code:
                names[code] = text(order, "payment", "additional_information", 0) or names.get(code, code)
        return [Choice(code, name) for code, name in names.items()]

    def statuses(self) -> Sequence[Choice]:
        """Those of Magento, and those that the newest orders have: there is no list to ask for."""
        codes = dict.fromkeys((*_STATUSES, *(text(order, "status") for order in self._newest())))
        return [Choice(code, code.replace("_", " ").capitalize()) for code in codes if code]

    def _newest(self) -> list[Any]:
        return self._list("orders", [], size=PAGE, newest=True)

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        kinds = [(set(methods), set(statuses)) for methods, statuses in wanted.kinds.values() if methods and statuses]
        if not kinds:
            return []
        statuses = sorted(set().union(*(statuses for _, statuses in kinds)))
        filters = [("status", "in", ",".join(statuses)), *_limits(wanted)]
        return [
            told.needed(order, "entity_id")
            for order in self._all("orders", filters)
            if any(
                text(order, "payment", "method") in methods and text(order, "status") in statuses
                for methods, statuses in kinds
            )
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for some in told.parts((key for key in keys if key.isdecimal()), PAGE):
            orders = self._list("orders", [("entity_id", "in", ",".join(some))], size=PAGE)
            invoices = self._invoices([told.needed(order, "entity_id") for order in orders])
            yield from (_order(order, invoices.get(told.needed(order, "entity_id"), [])) for order in orders)

    def _invoices(self, keys: Sequence[str]) -> dict[str, list[Any]]:
        """The invoices of orders by the order's key; cancelled ones are left out."""
        found: dict[str, list[Any]] = {}
        if keys:
            for invoice in self._all("invoices", [("order_id", "in", ",".join(keys)), ("state", "neq", "3")]):
                found.setdefault(told.needed(invoice, "order_id"), []).append(invoice)
        return found

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        del wanted
        filters = [("updated_at", "gteq", told.utc(since, "%Y-%m-%d %H:%M:%S"))]
        return [told.needed(order, "entity_id") for order in self._all("orders", filters)]

    def find(self, number: str) -> ShopOrder | None:
        found = self._list("orders", [("increment_id", "eq", number)], size=2)
        return next(iter(self.orders([told.needed(found[0], "entity_id")])), None) if found else None

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        ours = _was_told(order, telling.callback)
        if ours and not telling.status and not _due(order):
            return Answer(Heard.ALREADY)
        known = told.known_already(telling, told.needed(order, "status"), telling.status)
        if known and not (ours and known.heard is Heard.LEFT):
            return known
        if telling.verdict is Verdict.PAID and text(order, "state") == "canceled":
            return Answer(Heard.LEFT, "The order is cancelled in Magento, which cannot be undone there.")
        why = "" if ours else self._note(telling, text(order, "status"))
        why = why or self._write(order, telling)
        return Answer(Heard.REFUSED, why) if why else Answer(Heard.WRITTEN)

    def _write(self, order: Any, telling: Telling) -> str:
        """Do it, and set the status where it does not follow by itself; why not, if not.

        A note was written before, so that what breaks off in the middle is known to be ours.
        """
        why = ""
        if telling.verdict is Verdict.PAID and _due(order):
            why = self._settle(telling.key)
        elif telling.verdict is Verdict.CANCELLED and text(order, "state") != "canceled":
            why = self._do(f"/orders/{telling.key}/cancel", {})
        if why or not telling.status or text(self._one(telling.key), "status") == telling.status:
            return why
        return self._note(telling, telling.status)

    def _settle(self, key: str) -> str:
        """Capture the invoices that are open, or make one; why not, if not."""
        waiting = [one for one in self._invoices([key]).get(key, []) if text(one, "state") == _OPEN_INVOICE]
        for invoice in waiting:
            why = self._do(f"/invoices/{told.needed(invoice, 'entity_id')}/capture", {})
            if why:
                return why
        return "" if waiting else self._do(f"/order/{key}/invoice", {"capture": True, "notify": False})

    def _note(self, telling: Telling, status: str) -> str:
        """A comment on the order, which carries its status; why not, if not."""
        return self._comment(telling.key, f"{_NOTE}: {telling.verdict.lower()} ({telling.callback})", status)

    def _comment(self, key: str, said: str, status: str) -> str:
        history = {
            "comment": said,
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
            "parent_id": int(key),
            "entity_name": "order",
            "status": status,
        }
        return self._do(f"/orders/{key}/comments", {"statusHistory": history})

    def _do(self, path: str, body: dict[str, Any]) -> str:
        """Do something; why it was not done, if it was not."""
        reply = self._ask("POST", path, body=body, accepted={*web.SUCCESS, 400, 404})
        if reply.status not in web.SUCCESS:
            return _message(reply)
        return "Magento did not do it, and did not say why." if reply.json() is False else ""

    def _one(self, key: str) -> Any:
        found = self._list("orders", [("entity_id", "eq", key)], size=1) if key.isdecimal() else []
        return found[0] if found else None

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """Credit memos of the last days; Magento notes them, and for a bank transfer somebody has to send the money."""
        since = told.utc(datetime.now(UTC) - timedelta(days=CREDIT_DAYS), "%Y-%m-%d %H:%M:%S")
        memos = self._all("creditmemos", [("created_at", "gteq", since), ("state", "neq", "3")])
        open_ = [memo for memo in memos if not self._answers(told.needed(memo, "entity_id"))]
        numbers = self._numbers([told.needed(memo, "order_id") for memo in open_])
        return [_credit(memo, numbers) for memo in open_ if text(memo, "order_id") in numbers]

    def _numbers(self, keys: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in told.parts(dict.fromkeys(keys), PAGE):
            for order in self._list("orders", [("entity_id", "in", ",".join(some))], size=PAGE):
                found[told.needed(order, "entity_id")] = told.needed(order, "increment_id")
        return found

    def _answers(self, memo: str) -> list[str]:
        comments = told.needed_rows(self._get(f"/creditmemo/{memo}/comments"), "items")
        return [said for said in (text(one, "comment") for one in comments) if said.startswith(f"{_NOTE}: ")]

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        if not key.isdecimal() or not self._list("creditmemos", [("entity_id", "eq", key)], size=1):
            return Answer(Heard.UNKNOWN)
        said = f"{_NOTE}: {status} {callback}".strip()
        if said in self._answers(key):
            return Answer(Heard.ALREADY)
        entity = {"comment": said, "parent_id": int(key), "is_customer_notified": 0, "is_visible_on_front": 0}
        why = self._do(f"/creditmemo/{key}/comments", {"entity": entity})
        return Answer(Heard.REFUSED, why) if why else Answer(Heard.WRITTEN)

    def note_refund(self, refund: SentBack) -> Answer:
        order = self._one(refund.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        said = f"{_NOTE}: {refund.words}"
        if said in [text(one, "comment") for one in told.rows(order, "status_histories")]:
            return Answer(Heard.ALREADY)
        why = self._comment(refund.key, said, told.needed(order, "status"))
        return Answer(Heard.REFUSED, why) if why else Answer(Heard.WRITTEN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """Magento makes its PDFs in the office only."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, what: str, filters: Sequence[Filter]) -> Iterator[Any]:
        last = "0"
        while True:
            page = self._list(what, [*filters, ("entity_id", "gt", last)], size=PAGE)
            yield from page
            if len(page) < PAGE:
                return
            last = told.needed(page[-1], "entity_id")

    def _list(self, what: str, filters: Sequence[Filter], *, size: int, newest: bool = False) -> list[Any]:
        query = [
            (f"searchCriteria[filterGroups][{place}][filters][0][{name}]", value)
            for place, (field, condition, wanted) in enumerate(filters)
            for name, value in (("field", field), ("conditionType", condition), ("value", wanted))
        ]
        query += [
            ("searchCriteria[sortOrders][0][field]", "entity_id"),
            ("searchCriteria[sortOrders][0][direction]", "DESC" if newest else "ASC"),
            ("searchCriteria[pageSize]", str(size)),
        ]
        found = self._get(f"/{what}", query)
        return [] if at(found, "total_count") == 0 else told.needed_rows(found, "items")

    def _get(self, path: str, query: list[tuple[str, str]] | None = None) -> Any:
        return self._ask("GET", path, query or []).json()

    def _ask(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        body: dict[str, Any] | None = None,
        accepted: Any = web.SUCCESS,
    ) -> web.Reply:
        who = {"Authorization": self._who(method, path, query)}
        question = web.Question(method, f"{API}{path}", list(query), json=body, headers=who)
        reply = self._site.ask(question, accepted={*accepted, 400, 401, 403})
        if reply.status in {400, 401, 403} and reply.status not in accepted:
            raise Unreachable(f"{self._site.host} says no ({reply.status}): {_message(reply)}", permanent=True)
        return reply

    def _who(self, method: str, path: str, query: Sequence[tuple[str, str]]) -> str:
        token, secret = self._secret["access_token"], self._secret.get("access_token_secret", "")
        if not secret:
            return f"Bearer {token}"
        keys = oauth1.Keys(self._secret["consumer_key"], self._secret["consumer_secret"], token, secret)
        return oauth1.authorization(method, f"{self._address}{API}{path}", query, keys)


def _limits(wanted: Reading) -> list[Filter]:
    found = [("store_id", "in", ",".join(wanted.subshops))] if wanted.subshops else []
    return [*found, ("created_at", "gteq", f"{wanted.since} 00:00:00")] if wanted.since else found


def _message(reply: web.Reply) -> str:
    """What Magento says in its own words, its parameters filled in."""
    try:
        said = reply.json()
    except Unreachable:
        return "without a reason."
    message, given = text(said, "message"), at(said, "parameters")
    pairs = given.items() if isinstance(given, dict) else enumerate(given or (), 1)
    for name, value in pairs:
        message = message.replace(f"%{name}", str(value))
    return (message or "without a reason").rstrip(".") + "."


def _was_told(order: Any, callback: str) -> bool:
    notes = (text(one, "comment") for one in told.rows(order, "status_histories"))
    return any(note.startswith(f"{_NOTE}: ") and f"({callback})" in note for note in notes)


def _due(order: Any) -> bool:
    return told.money(order, "total_due", currency=told.currency(order, "order_currency_code")).minor > 0


def _order(order: Any, invoices: Sequence[Any]) -> ShopOrder:
    currency = told.currency(order, "order_currency_code")
    money = partial(told.money, order, currency=currency)
    shipping = at(order, "extension_attributes", "shipping_assignments", 0, "shipping", "address")
    return ShopOrder(
        key=told.needed(order, "entity_id"),
        number=told.needed(order, "increment_id"),
        amount=money("grand_total"),
        ordered_on=told.day(text(order, "created_at")),
        status=told.needed(order, "status"),
        payment_method=text(order, "payment", "method"),
        payment_method_name=text(order, "payment", "additional_information", 0),
        subshop=text(order, "store_id"),
        email=text(order, "customer_email"),
        customer_number=text(order, "customer_id"),
        customer_group=text(order, "customer_group_id"),
        billing=_address(at(order, "billing_address")),
        delivery=_address(shipping),
        invoice_numbers=tuple(told.needed(one, "increment_id") for one in invoices),
        invoiced_on=max(filter(None, (_created(one) for one in invoices)), default=None),
        items=tuple(
            dict.fromkeys(text(item, "sku") for item in told.rows(order, "items") if not text(item, "parent_item_id"))
        ),
        paid=money("total_paid") if text(order, "total_paid") else None,
        shipping=money("shipping_incl_tax") if text(order, "shipping_incl_tax") else None,
        changed_at=told.instant(text(order, "updated_at")),
    )


def _created(invoice: Any) -> date | None:
    return told.day(text(invoice, "created_at"))


def _address(address: Any) -> Address:
    return Address(
        first_name=text(address, "firstname"),
        last_name=text(address, "lastname"),
        company=text(address, "company"),
        street=", ".join(str(line) for line in told.rows(address, "street") if line),
        postcode=text(address, "postcode"),
        city=text(address, "city"),
        country=text(address, "country_id"),
        phone=text(address, "telephone"),
    )


def _credit(memo: Any, numbers: Mapping[str, str]) -> Credit:
    currency = told.currency(memo, "order_currency_code")
    return Credit(
        key=told.needed(memo, "entity_id"),
        order_number=numbers[told.needed(memo, "order_id")],
        amount=told.money(memo, "grand_total", currency=currency),
        told=text(memo, "grand_total"),
        on=told.day(text(memo, "created_at")),
    )
