"""Easybill, where every invoice is an order that waits for its money.

A payment is written to its invoice with our callback as reference, by which it is found again. Cancelling an invoice
writes a document that cancels it, so it is done only where the merchant has switched it on. Credits that are not paid
out yet are money to be sent back. Easybill takes ten questions a minute of small accounts: a list tells documents in
full, and what was just listed is not asked for again.

Source: the OpenAPI description of the easybill REST API v1 (api.easybill.de/rest/v1).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.contract import (
    SENT_BACK,
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
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

API = "/rest/v1"
PAGE = 1000


@contextmanager
def open_easybill(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Easybill"]:
    """An account, by `address` in the settings and `api_key` in the secret; `cancels` lets invoices be cancelled."""
    with web.site(settings["address"], headers={"Authorization": f"Bearer {secret['api_key']}"}) as site:
        yield Easybill(site, cancels=bool(settings.get("cancels")))


class Easybill:
    """An open easybill account."""

    def __init__(self, site: web.Site, *, cancels: bool) -> None:
        self._site = site
        self._cancels = cancels
        self._listed: dict[str, Any] = {}

    def about(self) -> About:
        self._get("documents", {"type": "INVOICE", "limit": 1})
        return About("easybill", "1", encryption="HTTPS")

    def methods(self) -> Sequence[Choice]:
        return ()

    def statuses(self) -> Sequence[Choice]:
        return ()

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        query: dict[str, str | int] = {"type": "INVOICE", "is_draft": "false", "paid_at": "null", "cancel_id": "null"}
        if wanted.since:
            query["document_date"] = f"{wanted.since},2999-12-31"
        self._listed = {key: one for key, one in self._all(query).items() if _is_owed(one)}
        return list(self._listed)

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for key in keys:
            document = self._listed.pop(key, None) or self._one(key)
            if document and text(document, "type") == "INVOICE":
                yield _order(document)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """Easybill keeps the day of a change; the day itself is asked for again."""
        del wanted
        query = {"type": "INVOICE", "is_draft": "false", "edited_at": f"{since.astimezone(UTC).date()},2999-12-31"}
        return list(self._all(query))

    def find(self, number: str) -> ShopOrder | None:
        asked = number.replace(",", "")
        found = told.needed_rows(self._get("documents", {"type": "INVOICE", "number": asked, "limit": 20}), "items")
        return next((_order(one) for one in found if text(one, "number") == number), None)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return [self._tell(telling) for telling in tellings]

    def _tell(self, telling: Telling) -> Answer:
        document = self._one(telling.key)
        if document is None:
            return Answer(Heard.UNKNOWN)
        if telling.verdict is Verdict.CANCELLED:
            return self._cancel(document)
        if self._payments(telling.key, telling.callback):
            return Answer(Heard.ALREADY)
        if text(document, "cancel_id"):
            return Answer(Heard.LEFT, "The invoice is cancelled in easybill.")
        if not _is_owed(document):
            return Answer(Heard.LEFT, "The invoice was set to paid in easybill.")
        return self._pay(document, telling)

    def _pay(self, document: Any, telling: Telling) -> Answer:
        owed = _minor(document, "amount") - _minor(document, "paid_amount")
        day = telling.paid_on or datetime.now(UTC).date()
        payment = {
            "document_id": int(telling.key),
            "amount": owed,
            "payment_at": day.isoformat(),
            "type": "Zahlmeister",
            "reference": telling.callback,
        }
        return self._write(web.Question("POST", f"{API}/document-payments", {"paid": "true"}, json=payment))

    def _cancel(self, document: Any) -> Answer:
        if text(document, "cancel_id"):
            return Answer(Heard.ALREADY)
        if not self._cancels:
            return Answer(Heard.LEFT, "Invoices are not cancelled in easybill; the connection can be set to do so.")
        if not _is_owed(document):
            return Answer(Heard.LEFT, "The invoice was set to paid in easybill.")
        return self._write(web.Question("POST", f"{API}/documents/{text(document, 'id')}/cancel"))

    def _payments(self, key: str, reference: str) -> list[Any]:
        query: web.Query = {"document_id": key, "reference": reference, "limit": 10}
        found = told.needed_rows(self._get("document-payments", query), "items")
        return [one for one in found if text(one, "document_id") == key and text(one, "reference") == reference]

    def _write(self, question: web.Question) -> Answer:
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400, 422})
        if reply.status not in web.SUCCESS:
            return Answer(Heard.REFUSED, text(reply.json(), "message"))
        told.needed(reply.json(), "id")
        return Answer(Heard.WRITTEN)

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """Credits of an invoice that are not paid out."""
        query = {"type": "CREDIT", "is_draft": "false", "paid_at": "null"}
        open_ = [one for one in self._all(query).values() if text(one, "ref_id")]
        found = []
        for credit in open_:
            invoice = self._one(text(credit, "ref_id"))
            if invoice is not None:
                found.append(_credit(credit, told.needed(invoice, "number")))
        return found

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        """What was sent back is a payment of the credit. There is no place for what was not."""
        credit = self._one(key)
        if credit is None:
            return Answer(Heard.UNKNOWN)
        if status != SENT_BACK:
            return Answer(Heard.LEFT, "A credit whose money is not sent back stays open in easybill.")
        if self._payments(key, callback):
            return Answer(Heard.ALREADY)
        payment = {
            "document_id": int(key),
            "amount": _minor(credit, "amount") - _minor(credit, "paid_amount"),
            "payment_at": datetime.now(UTC).date().isoformat(),
            "type": "Zahlmeister",
            "notice": status,
            "reference": callback,
        }
        return self._write(web.Question("POST", f"{API}/document-payments", {"paid": "true"}, json=payment))

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        del invoice_number
        if not order_key.isdecimal():
            return None
        reply = self._site.ask(web.Question("GET", f"{API}/documents/{order_key}/pdf"), accepted={*web.SUCCESS, 404})
        return reply.content if reply.content.startswith(b"%PDF") else None

    # --- speaking

    def _all(self, query: Mapping[str, str | int]) -> dict[str, Any]:
        def page(number: int) -> told.Page:
            data = self._get("documents", {**query, "limit": PAGE, "page": number})
            pages, total = (int(told.needed(data, name)) for name in ("pages", "total"))
            return told.Page(told.needed_rows(data, "items"), pages, total)

        return told.numbered_list(page, lambda document: told.needed(document, "id"))

    def _one(self, key: str) -> Any:
        if not key.isdecimal():
            return None
        reply = self._site.ask(web.Question("GET", f"{API}/documents/{key}"), accepted={*web.SUCCESS, 404})
        data = reply.json()
        if reply.status == 404:
            told.needed(data, "message")  # a page that is not there says something else
            return None
        told.needed(data, "id")
        return data

    def _get(self, path: str, query: web.Query) -> Any:
        return self._site.get(f"{API}/{path}", query).json()


def _minor(document: Any, name: str) -> int:
    """Amounts are whole cents."""
    found = text(document, name) or "0"
    if not found.lstrip("-").isdecimal():
        raise Unreachable(f"easybill tells “{found[:40]}” where an amount in cents is expected.")
    return int(found)


def _is_owed(document: Any) -> bool:
    is_paid = bool(text(document, "paid_at"))
    return not is_paid and not text(document, "cancel_id") and _minor(document, "amount") > 0


def _order(document: Any) -> ShopOrder:
    currency = told.currency(document, "currency")
    buyer = at(document, "customer_snapshot")
    emails = told.rows(buyer, "emails")
    discount, until = _discount(document, currency)
    return ShopOrder(
        key=told.needed(document, "id"),
        number=told.needed(document, "number"),
        amount=Amount(_minor(document, "amount"), currency),
        ordered_on=told.day(text(document, "document_date")),
        due_on=told.day(text(document, "due_date")),
        status="paid" if text(document, "paid_at") else "open",
        kind="invoice",
        payment_method="invoice",
        email=str(emails[0]) if emails else "",
        customer_number=text(buyer, "number"),
        billing=_address(at(document, "address")),
        delivery=_address(at(document, "label_address")),
        invoice_numbers=(told.needed(document, "number"),),
        invoiced_on=told.day(text(document, "document_date")),
        items=tuple(filter(None, (text(item, "number") for item in told.rows(document, "items")))),
        marketplace_number=text(document, "order_number"),
        paid=Amount(_minor(document, "paid_amount"), currency),
        changed_at=told.instant(text(document, "edited_at")),
        iban=text(buyer, "bank_iban").replace(" ", ""),
        discount=discount,
        discount_until=until,
    )


def _discount(document: Any, currency: str) -> tuple[Amount | None, date | None]:
    """Cash discount, which easybill tells in percent and days, and until when it may be taken."""
    percent, days = text(document, "cash_allowance"), text(document, "cash_allowance_days")
    begun = told.day(text(document, "document_date"))
    if not percent or not days.isdecimal() or not int(days) or begun is None:
        return None, None
    minor = Decimal(_minor(document, "amount")) * told.decimal(percent) / 100
    taken = Amount(int(minor.to_integral_value(ROUND_HALF_UP)), currency)
    return (taken, begun + timedelta(days=int(days))) if taken.minor > 0 else (None, None)


def _address(address: Any) -> Address:
    return Address(
        first_name=text(address, "first_name"),
        last_name=text(address, "last_name"),
        company=text(address, "company_name"),
        street=text(address, "street"),
        postcode=text(address, "zip_code"),
        city=text(address, "city"),
        country=text(address, "country"),
    )


def _credit(document: Any, number: str) -> Credit:
    amount = Amount(abs(_minor(document, "amount")), told.currency(document, "currency"))
    return Credit(told.needed(document, "id"), number, amount, str(amount), told.day(text(document, "document_date")))
