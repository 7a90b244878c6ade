"""Mollie: a page of Mollie's for each payment, through Mollie's own library and our own web client.

A call of Mollie's proves nothing and says nothing but the number of a payment; how it stands is always asked. What
Mollie keeps is told with the settlement only, and settlements are shown to an organisation access token only.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs

from mollie.api.client import Client
from mollie.api.error import Error, ResponseError

from zahlmeister.connectors.providers.contract import (
    Call,
    Charged,
    Found,
    Kind,
    Method,
    Move,
    Payout,
    Seen,
    Standing,
    Started,
    Stored,
    Wanted,
    Why,
)
from zahlmeister.connectors.web import Question, Reply, Site, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable

#: What the merchant's profile offers of these is shown to the buyer, who chooses the bank's own way.
_METHODS = {
    Method.PAYPAL: ["paypal"],
    Method.CARD: ["creditcard"],
    Method.INSTANT: ["paybybank", "trustly", "eps", "twint", "ideal"],
}
_LOCALES = {"de": "de_DE", "en": "en_US", "fr": "fr_FR", "it": "it_IT"}
_STANDINGS = {
    "open": Standing.WAITING,
    "pending": Standing.PROCESSING,
    "authorized": Standing.PROCESSING,
    "paid": Standing.SUCCEEDED,
    "canceled": Standing.CANCELLED,
    "expired": Standing.EXPIRED,
    "failed": Standing.FAILED,
}
#: A settlement is paid out at most so long after it was made.
_SETTLED_LATE = timedelta(days=31)
#: A refund that did not leave, or came back.
_NOT_REFUNDED = frozenset({"failed", "canceled"})


#: Declines that are more than a no to this one charge (the failureReason of a card).
_WHYS = {
    "authentication_failed": Why.ASK,
    "authentication_required": Why.ASK,
    "card_expired": Why.GONE,
    "card_declined": Why.DECLINED,
    "inactive_card": Why.GONE,
    "invalid_card_number": Why.GONE,
}


@contextmanager
def opened(address: str, keys: Mapping[str, str]) -> Iterator["Mollie"]:
    """Mollie at an address, with the merchant's keys."""
    with site(address) as far_side:
        yield Mollie(far_side, address, keys)


class _Conflict(Refused):
    """Mollie is busy with the same question, or has answered it before."""


class _Answer:
    """A reply as the library reads it."""

    def __init__(self, reply: Reply) -> None:
        self.status_code, self.headers, self.text = reply.status, _Headers(reply.headers), reply.text
        self._reply = reply

    def json(self) -> Any:
        return self._reply.json()


class _Headers(dict[str, str]):
    """Headers whose names may be written in any way."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


class _Client(Client):
    """The library's questions, asked by the house's own web client; nothing about this machine is told."""

    def __init__(self, far_side: Site, address: str, key: str) -> None:
        super().__init__(api_endpoint=address)
        self._site = far_side
        self.api_key = key

    def perform_http_call(
        self,
        http_method: str,
        path: str,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        idempotency_key: str = "",
    ) -> Any:
        """One question; every status but an error of Mollie's own is an answer that the library reads."""
        url, content, _ = self._format_request_data(path, data, params, http_method)
        headers = {"Accept": "application/hal+json", "Authorization": f"Bearer {self.api_key}"}
        if content:
            headers["Content-Type"] = "application/json"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        question = Question(http_method, url, content=content.encode() or None, headers=headers)
        return _Answer(self._site.ask(question, accepted=range(500)))


class Mollie:
    """See `contract.Provider`."""

    def __init__(self, far_side: Site, address: str, keys: Mapping[str, str]) -> None:
        self._client = _Client(far_side, address, keys["api_key"])
        token = keys.get("access_token", "")
        self._owner = _Client(far_side, address, token) if token else None

    def check(self) -> str:
        with _answered():
            methods = self._client.methods.list()
            if self._owner is not None:
                self._owner.settlements.list(limit=1)
        offered = ", ".join(sorted(str(one["id"]) for one in methods))
        return f"Mollie ({offered})" if offered else "Mollie"

    def start(self, wanted: Wanted) -> Started:
        told = _as_payment(wanted)
        with _answered():
            if wanted.keeps:
                told |= {"sequenceType": "first", "customerId": self._customer(wanted)}
            payment = self._client.payments.create(told, idempotency_key=wanted.intent)
        page = payment.checkout_url
        if not page:
            raise Unreachable("Mollie has made a payment without a page to pay it on.")
        return Started(str(payment["id"]), str(page))

    def fetch(self, provider_id: str, *, takes: bool = True) -> Found:
        del takes  # a buyer who has paid here has paid
        with _answered():
            payment = self._client.payments.get(provider_id, embed="refunds,chargebacks")
        embedded = payment.get("_embedded") or {}
        moves = [
            *_paid(payment),
            *(move for row in embedded.get("refunds") or [] for move in _refunded(row)),
            *(move for row in embedded.get("chargebacks") or [] for move in _charged_back(row)),
        ]
        moves.sort(key=lambda move: move.at)
        reason = (payment.get("statusReason") or {}).get("message", "")
        return Found(provider_id, _STANDINGS[payment["status"]], moves, reason=reason, stored=_stored(payment))

    def cancel(self, provider_id: str) -> None:
        try:
            with _answered():
                self._client.payments.delete(provider_id)
        except Refused:
            return  # it is over already, or Mollie closes it by itself: `fetch` says how it stands

    def refund(self, provider_id: str, amount: Amount, key: str) -> Move:
        with _answered():
            payment = self._client.payments.get(provider_id)
            told = {"amount": _told(amount), "description": key, "metadata": {"key": key}}
            refund = payment.refunds.create(told, idempotency_key=key)
        return _as_move(refund, Kind.REFUNDED, key)

    def charge(self, wanted: Wanted, stored: Stored) -> Charged:
        """Mollie keeps its keys for an hour; a charge that was made is looked for before another one could be."""
        known = self.charged(wanted, stored)
        if known is not None:
            return known
        told = _as_payment(wanted, is_shown=False)
        told |= {"sequenceType": "recurring", "customerId": stored.owner, "mandateId": stored.number}
        try:
            with _answered():
                return _charged(self._client.payments.create(told, idempotency_key=wanted.intent))
        except _Conflict as known_already:
            raise Unreachable(str(known_already)) from known_already
        except Refused as declined:
            if self._is_valid(stored):
                return Charged("", Why.DECLINED, str(declined))
            return Charged("", Why.GONE, str(declined))

    def charged(self, wanted: Wanted, stored: Stored) -> Charged | None:
        with _answered():
            customer = self._client.customers.get(stored.owner)
            rows = (row for row in customer.payments.list(limit=250) if row["sequenceType"] == "recurring")
            known = next((row for row in rows if (row.get("metadata") or {}).get("intent") == wanted.intent), None)
        return None if known is None else _charged(known)

    def forget(self, stored: Stored) -> None:
        try:
            with _answered():
                self._client.customers.get(stored.owner).mandates.delete(stored.number)
        except Refused:
            return  # it was revoked already

    def payouts(self, since: date) -> Sequence[Payout]:
        if self._owner is None:
            return []
        with _answered():
            rows = list(_settlements(self._owner, since))
        paid = [row for row in rows if row["status"] == "paidout" and row.get("settledAt")]
        return [payout for payout in map(_payout, paid) if payout.on >= since]

    def read_event(self, call: Call) -> Seen | None:
        number = parse_qs(call.body.decode("ascii", "replace")).get("id", [""])[0]
        if not re.fullmatch(r"tr_\w{6,60}", number, re.ASCII):
            raise Refused("This call names no payment of Mollie's.")
        return Seen(f"{number}:{call.at:%Y%m%d%H%M}", number, Kind.OTHER, call.at)

    def _customer(self, wanted: Wanted) -> str:
        """The buyer as Mollie numbers him, who is made only once for a payment."""
        told = {"email": wanted.email, "metadata": {"intent": wanted.intent}}
        return str(self._client.customers.create(told, idempotency_key=f"{wanted.intent}-customer")["id"])

    def _is_valid(self, stored: Stored) -> bool:
        try:
            with _answered():
                mandate = self._client.customers.get(stored.owner).mandates.get(stored.number)
        except Refused:
            return False
        return bool(mandate["status"] != "invalid")


def _settlements(owner: _Client, since: date) -> Iterator[Mapping[str, Any]]:
    """The settlements, newest first, page by page until one page holds only such as were made before that day."""
    page: Any = owner.settlements.list(limit=100)
    while page is not None:
        rows = [dict(row) for row in page]
        yield from rows
        is_older = rows and all(_is_before(row, since - _SETTLED_LATE) for row in rows)
        page = page.get_next() if not is_older else None


def _is_before(settlement: Mapping[str, Any], day: date) -> bool:
    return bool(settlement.get("createdAt")) and _instant(settlement["createdAt"]).date() < day


def _as_payment(wanted: Wanted, *, is_shown: bool = True) -> dict[str, Any]:
    """The payment as Mollie wants it, with a page that is shown to the buyer or without one.

    See docs.mollie.com/reference/create-payment.
    """
    payment: dict[str, Any] = {
        "amount": _told(wanted.amount),
        "description": wanted.purpose,
        "metadata": {"intent": wanted.intent},
    }
    if is_shown:
        payment["redirectUrl"], payment["cancelUrl"] = wanted.return_url, wanted.cancel_url
        payment["method"] = _METHODS[wanted.method]
    if is_shown and wanted.language in _LOCALES:
        payment["locale"] = _LOCALES[wanted.language]
    if wanted.webhook_url:
        payment["webhookUrl"] = wanted.webhook_url
    return payment


def _charged(payment: Mapping[str, Any]) -> Charged:
    """A card that is declined makes a payment that failed."""
    if payment["status"] not in {"failed", "canceled", "expired"}:
        return Charged(str(payment["id"]))
    code = (payment.get("details") or {}).get("failureReason", "")
    return Charged(str(payment["id"]), _WHYS.get(code, Why.DECLINED), code.replace("_", " "))


def _stored(payment: Mapping[str, Any]) -> Stored | None:
    """The mandate of a first payment, where the buyer has agreed to one."""
    if payment.get("sequenceType") != "first" or payment["status"] != "paid" or not payment.get("mandateId"):
        return None
    details = payment.get("details") or {}
    label = f"{details.get('cardLabel') or ''} … {details.get('cardNumber') or ''}".strip(" …")
    return Stored(str(payment["mandateId"]), str(payment["customerId"]), label)


def _paid(payment: Mapping[str, Any]) -> list[Move]:
    if payment["status"] != "paid":
        return []
    return [Move(payment["id"], Kind.SUCCEEDED, _amount(payment["amount"]), _instant(payment["paidAt"]))]


def _refunded(row: Mapping[str, Any]) -> list[Move]:
    """A refund counts as soon as it is there, though it waits in a queue; one that failed has come back."""
    ours = (row.get("metadata") or {}).get("key", "")
    moves = [_as_move(row, Kind.REFUNDED, ours)]
    if row["status"] in _NOT_REFUNDED:
        moves.append(_as_move(row, Kind.REFUND_FAILED, ours))
    return moves


def _charged_back(row: Mapping[str, Any]) -> list[Move]:
    amount, reason = _amount(row["amount"]), (row.get("reason") or {}).get("description", "")
    moves = [Move(row["id"], Kind.CHARGED_BACK, amount, _instant(row["createdAt"]), reason=reason)]
    if row.get("reversedAt"):
        moves.append(Move(row["id"], Kind.CHARGEBACK_WON, amount, _instant(row["reversedAt"]), reason=reason))
    return moves


def _as_move(row: Mapping[str, Any], kind: Kind, ours: str) -> Move:
    return Move(row["id"], kind, _amount(row["amount"]), _instant(row["createdAt"]), ours=ours)


def _payout(row: Mapping[str, Any]) -> Payout:
    """A settlement; its costs stand by year, month and method."""
    amount = _amount(row["amount"])
    kept = Amount(0, amount.currency)
    for months in (row.get("periods") or {}).values():
        for month in months.values():
            for cost in month.get("costs") or []:
                kept += _amount(cost["amountGross"])
    return Payout(row["id"], row.get("reference") or row["id"], amount, _instant(row["settledAt"]).date(), kept)


def _told(amount: Amount) -> dict[str, str]:
    return {"currency": amount.currency, "value": amount.text()}


def _amount(told: Mapping[str, Any]) -> Amount:
    return Amount.parse(str(told["value"]), str(told["currency"]))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextmanager
def _answered() -> Iterator[None]:
    """Turn what the library raises into the house's refusals."""
    try:
        yield
    except ResponseError as error:
        status = cast("int", getattr(error, "status", 0) or 0)
        if status in {401, 403}:
            raise Unreachable(f"Mollie does not accept the key: {error}", permanent=True) from error
        if 400 <= status < 500 and status != 429:
            raise (_Conflict if status == 409 else Refused)(f"Mollie declines: {error}") from error
        raise Unreachable(f"Mollie does not answer as it should: {error}") from error
    except Error as error:
        raise Unreachable(f"Mollie does not answer as it should: {error}") from error
