"""PayPal: Orders v2. The buyer approves an order at PayPal, and we take (capture) what he approved.

PayPal's own library for Python speaks to PayPal's two addresses only, has no types, and knows neither disputes nor the
report that shows payouts; so the house's own web client asks. A call is verified as PayPal does it offline: RSA with
SHA-256 over `transmission id|time|webhook id|crc32 of the body`, by a certificate that is fetched from PayPal only.
"""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from zahlmeister.connectors.providers.contract import (
    Call,
    Charged,
    Found,
    Kind,
    Move,
    Payout,
    Seen,
    Standing,
    Started,
    Stored,
    Wanted,
    Why,
)
from zahlmeister.connectors.providers.paypal_moves import (
    as_told,
    captured,
    disputed,
    payout_of,
    refunded,
    stored_by,
)
from zahlmeister.connectors.web import SUCCESS, Question, Reply, Site, private_is_allowed, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable

#: Certificates are taken from hosts below this one only.
HOST = "paypal.com"
#: Statuses with which PayPal declines what is asked, and says why.
_SAYS_NO = frozenset({400, 404, 409, 422})
#: Declines that say: this was asked before, and may have been charged.
_KNOWN = frozenset({"DUPLICATE_INVOICE_ID", "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"})
_LOCALES = {"de": "de-DE", "en": "en-GB", "fr": "fr-FR", "it": "it-IT"}
_KINDS = {
    "CHECKOUT.ORDER.APPROVED": Kind.PROCESSING,
    "CHECKOUT.ORDER.COMPLETED": Kind.SUCCEEDED,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": Kind.CANCELLED,
    "PAYMENT.CAPTURE.COMPLETED": Kind.SUCCEEDED,
    "PAYMENT.CAPTURE.PENDING": Kind.PROCESSING,
    "PAYMENT.CAPTURE.DENIED": Kind.FAILED,
    "PAYMENT.CAPTURE.DECLINED": Kind.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": Kind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": Kind.CHARGED_BACK,
    "CUSTOMER.DISPUTE.CREATED": Kind.DISPUTED,
    "CUSTOMER.DISPUTE.UPDATED": Kind.DISPUTED,
    "CUSTOMER.DISPUTE.RESOLVED": Kind.CHARGED_BACK,
}
_STANDINGS = {
    "COMPLETED": Standing.SUCCEEDED,
    "PARTIALLY_REFUNDED": Standing.SUCCEEDED,
    "REFUNDED": Standing.SUCCEEDED,
    "PENDING": Standing.PROCESSING,
    "DECLINED": Standing.FAILED,
    "FAILED": Standing.FAILED,
}
#: Declines of a charge without the buyer that say surely that it was not made.
_WHYS = {
    "INSTRUMENT_DECLINED": Why.DECLINED,
    "TRANSACTION_REFUSED": Why.DECLINED,
    "PAYER_ACTION_REQUIRED": Why.ASK,
    "PAYER_CANNOT_PAY": Why.ASK,
    "PAYER_ACCOUNT_RESTRICTED": Why.GONE,
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": Why.GONE,
    "TOKEN_ID_NOT_FOUND": Why.GONE,
    "TOKEN_EXPIRED": Why.GONE,
}
#: Money that leaves for the merchant's bank account: by his wish, and by itself (T04, bank withdrawals).
_PAYOUT = "T04"
#: The report shows so many days at a time (developer.paypal.com/docs/api/transaction-search/v1).
_DAYS = 31
#: A time is halved no more when it is shorter; at most 10,000 transactions are shown of one.
_SHORTEST = timedelta(hours=1)

_certificates: dict[str, Certificate] = {}


@contextmanager
def opened(address: str, keys: Mapping[str, str]) -> Iterator["PayPal"]:
    """PayPal at an address, with the merchant's keys."""
    with site(address) as far_side:
        yield PayPal(far_side, address, keys)


class _Declined(Refused):
    """PayPal says no; the issue of the first detail says to what."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"PayPal declines: {_why(reply)}")
        self.issue, self.status = _issue(reply), reply.status


class PayPal:
    """See `contract.Provider`."""

    def __init__(self, far_side: Site, address: str, keys: Mapping[str, str]) -> None:
        self._site, self._address, self._keys = far_side, address, keys
        self._token = ""

    def check(self) -> str:
        self._signed_in()
        may_see = self._asked("GET", "/v1/customer/disputes", query={"page_size": 1}, also={403}).status != 403
        return "PayPal" if may_see else "PayPal (without disputes: allow them in the app's settings)"

    def start(self, wanted: Wanted) -> Started:
        reply = self._asked("POST", "/v2/checkout/orders", _as_order(wanted), key=wanted.intent)
        order = reply.json()
        links = {link["rel"]: link["href"] for link in order["links"]}
        page = links.get("payer-action") or links.get("approve")
        if not page:
            raise Unreachable("PayPal has made an order without a page to approve it on.")
        return Started(order["id"], page)

    def fetch(self, provider_id: str, *, takes: bool = True) -> Found:
        order = self._order(provider_id)
        if order is None:
            return Found(provider_id, Standing.EXPIRED)
        if order["status"] == "APPROVED" and takes:
            order = self._taken(order)
        payments = order["purchase_units"][0].get("payments") or {}
        captures = payments.get("captures") or []
        if not captures:
            return Found(provider_id, Standing.CANCELLED if order["status"] == "VOIDED" else Standing.WAITING)
        capture = captures[0]
        standing = _STANDINGS[capture["status"]]
        reason = (capture.get("status_details") or {}).get("reason", "")
        moves = []
        if standing is Standing.SUCCEEDED:
            refunds = [move for row in payments.get("refunds") or [] for move in refunded(row)]
            moves = [captured(capture), *refunds, *self._disputes(capture["id"])]
        moves.sort(key=lambda move: move.at)
        return Found(provider_id, standing, moves, capture["id"], reason, stored_by(order))

    def cancel(self, provider_id: str) -> None:
        """PayPal closes orders by itself; what is not taken is not paid."""

    def refund(self, provider_id: str, amount: Amount, key: str) -> Move:
        order = self._order(provider_id)
        captures = ((order or {}).get("purchase_units") or [{}])[0].get("payments", {}).get("captures") or []
        if not captures:
            raise Refused("Nothing was paid by this payment, so that nothing can go back.")
        path = f"/v2/payments/captures/{captures[0]['id']}/refund"
        row = self._asked("POST", path, {"amount": as_told(amount), "custom_id": key}, key=key).json()
        return refunded({**row, "custom_id": row.get("custom_id") or key})[0]

    def charge(self, wanted: Wanted, stored: Stored) -> Charged:
        """PayPal keeps its keys for six hours; afterwards the invoice number keeps it from being paid twice."""
        try:
            order = self._asked("POST", "/v2/checkout/orders", _as_charge(wanted, stored), key=wanted.intent).json()
        except _Declined as stop:
            if stop.status == 409 or stop.issue in _KNOWN:
                raise Unreachable(f"PayPal knows this charge already: {stop}") from stop
            if stop.issue not in _WHYS:
                raise
            return Charged("", _WHYS[stop.issue], str(stop))
        captures = (order["purchase_units"][0].get("payments") or {}).get("captures") or []
        is_declined = any(_STANDINGS[capture["status"]] is Standing.FAILED for capture in captures)
        if captures:
            return Charged(order["id"], Why.DECLINED if is_declined else None)
        return Charged(order["id"], Why.ASK, "PayPal wants the buyer to agree.")

    def charged(self, wanted: Wanted, stored: Stored) -> Charged | None:
        """PayPal finds no order by our number; the call that it makes of a charge names it."""
        del stored
        raise Unreachable(f"PayPal cannot be asked for a payment by its invoice number {wanted.intent}.")

    def forget(self, stored: Stored) -> None:
        with suppress(Refused):  # it was deleted already
            self._asked("DELETE", f"/v3/vault/payment-tokens/{stored.number}")

    def payouts(self, since: date) -> Sequence[Payout]:
        begin = datetime.combine(since, time(), UTC)
        rows = self._report(begin, begin + timedelta(days=_DAYS))
        return [payout_of(row) for row in rows if row["transaction_event_code"].startswith(_PAYOUT)]

    def read_event(self, call: Call) -> Seen | None:
        self._verify(call)
        event = json.loads(call.body)
        kind = _KINDS.get(event["event_type"])
        if kind is None:
            return None
        about = event["resource"]
        at = datetime.fromisoformat(event["create_time"])
        if event["event_type"].startswith("CUSTOMER."):
            [*_, paid] = about.get("disputed_transactions") or [{}]
            return Seen(event["id"], paid.get("seller_transaction_id", ""), kind, at, paid.get("custom", ""))
        units = about.get("purchase_units") or [about]
        return Seen(event["id"], _order_of(about), kind, at, units[0].get("custom_id", ""))

    # ---- asking ---------------------------------------------------------------------------------------------------

    def _asked(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        query: Mapping[str, str | int] | None = None,
        also: frozenset[int] | set[int] = frozenset(),
    ) -> Reply:
        headers = {"Authorization": f"Bearer {self._signed_in()}", "Prefer": "return=representation"}
        if key:
            headers["PayPal-Request-Id"] = key
        question = Question(method, path, query or {}, json=body, headers=headers)
        reply = self._site.ask(question, accepted={*SUCCESS, *_SAYS_NO, *also})
        if reply.status in _SAYS_NO and reply.status not in also:
            raise _Declined(reply)
        return reply

    def _signed_in(self) -> str:
        if not self._token:
            form = {"grant_type": "client_credentials"}
            both = httpx.BasicAuth(self._keys["client_id"], self._keys["client_secret"])
            request = next(both.auth_flow(httpx.Request("POST", "http://localhost")))
            headers = {"Authorization": request.headers["Authorization"]}
            reply = self._site.ask(Question("POST", "/v1/oauth2/token", form=form, headers=headers))
            self._token = str(reply.json()["access_token"])
        return self._token

    def _order(self, number: str) -> Any:
        """None when PayPal has forgotten it, as it does with orders that nobody approved."""
        reply = self._asked("GET", f"/v2/checkout/orders/{number}", also={404})
        return None if reply.status == 404 else reply.json()

    def _taken(self, order: Any) -> Any:
        """Take what the buyer approved; when it cannot be taken the order says how it stands."""
        path = f"/v2/checkout/orders/{order['id']}/capture"
        key = f"{order['id']}:{order.get('update_time', 'capture')}"  # another approval may be taken again
        reply = self._asked("POST", path, {}, key=key, also={422})
        return self._order(order["id"]) if reply.status == 422 else reply.json()

    def _disputes(self, capture: str) -> list[Move]:
        """None where the keys may not see disputes; the office says so when they are tried."""
        query = {"disputed_transaction_id": capture}
        reply = self._asked("GET", "/v1/customer/disputes", query=query, also={403})
        if reply.status == 403:
            return []
        moves = []
        for one in reply.json().get("items", []):
            dispute = self._asked("GET", f"/v1/customer/disputes/{one['dispute_id']}").json()
            moves += disputed(dispute)
        return moves

    def _report(self, begin: datetime, end: datetime) -> Iterator[Any]:
        """Every transaction of a time, page by page; a time with too many of them is asked for in halves."""
        page, pages = 1, 1
        while page <= pages:
            query: dict[str, str | int] = {
                "start_date": begin.isoformat(),
                "end_date": end.isoformat(),
                "fields": "transaction_info",
                "transaction_status": "S",
                "page_size": 500,
                "page": page,
            }
            reply = self._asked("GET", "/v1/reporting/transactions", query=query, also={400, 403})
            if reply.status == 403:
                return
            if reply.status == 400:
                if not _is_too_large(reply) or end - begin < _SHORTEST:
                    raise Refused(f"PayPal declines: {_why(reply)}")
                half = begin + timedelta(seconds=(end - begin) // timedelta(seconds=2))
                yield from self._report(begin, half)
                yield from self._report(half + timedelta(seconds=1), end)
                return
            told = reply.json()
            yield from (row["transaction_info"] for row in told.get("transaction_details", []))
            page, pages = page + 1, int(told.get("total_pages", 1))

    # ---- who calls ------------------------------------------------------------------------------------------------

    def _verify(self, call: Call) -> None:
        told = {name: call.headers.get(f"paypal-{name}", "") for name in _SIGNED}
        if told["auth-algo"] != "SHA256withRSA":
            raise Refused("This call is not signed by PayPal.")
        certificate = self._certificate(told["cert-url"], call.at)
        key = certificate.public_key()
        signed = f"{told['transmission-id']}|{told['transmission-time']}|{self._keys['webhook_id']}|{crc32(call.body)}"
        try:
            assert isinstance(key, RSAPublicKey)
            key.verify(b64decode(told["transmission-sig"], validate=True), signed.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, NotBase64, AssertionError) as error:
            raise Refused("This call is not signed by PayPal for the webhook ID that was given here.") from error

    def _certificate(self, url: str, at: datetime) -> Certificate:
        if not self._is_paypals(url):
            raise Refused("This call names a certificate that is not PayPal's.")
        certificate = _certificates.get(url)
        if certificate is None:
            with site(url.rpartition("/")[0]) as far_side:
                reply = far_side.get(url)
            try:
                certificate = load_pem_x509_certificate(reply.content)
            except ValueError as error:
                raise Unreachable("PayPal's certificate could not be read.") from error
            if len(_certificates) > 16:
                _certificates.clear()
            _certificates[url] = certificate
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise Refused("This call is signed with a certificate that is not valid now.")
        return certificate

    def _is_paypals(self, url: str) -> bool:
        """Below paypal.com, encrypted; a stand-in's own where the operator allows private addresses."""
        told = urlsplit(url)
        host = told.hostname or ""
        if told.scheme == "https" and told.username is None and (host == HOST or host.endswith(f".{HOST}")):
            return True
        ours = urlsplit(self._address)
        is_stand_in = not (ours.hostname or "").endswith(HOST)
        return is_stand_in and private_is_allowed() and (told.scheme, told.netloc) == (ours.scheme, ours.netloc)


_SIGNED = ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")


def _as_order(wanted: Wanted) -> dict[str, Any]:
    """The order as PayPal wants it; see developer.paypal.com/docs/api/orders/v2."""
    context: dict[str, Any] = {
        "return_url": wanted.return_url,
        "cancel_url": wanted.cancel_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "landing_page": "NO_PREFERENCE",
    }
    if wanted.language in _LOCALES:
        context["locale"] = _LOCALES[wanted.language]
    paypal: dict[str, Any] = {"experience_context": context}
    if wanted.keeps:
        vault = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT", "usage_pattern": "THRESHOLD_PREPAID"}
        paypal["attributes"] = {"vault": vault}
    return {"intent": "CAPTURE", "purchase_units": [_unit(wanted)], "payment_source": {"paypal": paypal}}


def _as_charge(wanted: Wanted, stored: Stored) -> dict[str, Any]:
    """An order that is paid at once by what the buyer let PayPal store for us."""
    source = {"paypal": {"vault_id": stored.number}}
    return {"intent": "CAPTURE", "purchase_units": [_unit(wanted)], "payment_source": source}


def _unit(wanted: Wanted) -> dict[str, Any]:
    return {
        "custom_id": wanted.intent,
        "invoice_id": wanted.intent,
        "description": wanted.purpose[:127],
        "amount": as_told(wanted.amount),
    }


def _order_of(about: Mapping[str, Any]) -> str:
    """The order or capture that an event is about: a refund's is the one its link leads up to."""
    if "purchase_units" in about:
        return str(about["id"])
    related = (about.get("supplementary_data") or {}).get("related_ids") or {}
    if related.get("order_id"):
        return str(related["order_id"])
    up = next((link["href"] for link in about.get("links") or [] if link.get("rel") == "up"), "")
    is_refund = "/captures/" in up
    return up.rpartition("/")[2] if is_refund else str(about.get("id", ""))


def _is_too_large(reply: Reply) -> bool:
    return "RESULTSET_TOO_LARGE" in reply.text


def _issue(reply: Reply) -> str:
    """The issue of the first detail, which is more exact than the message."""
    return str((reply.json().get("details") or [{}])[0].get("issue", ""))


def _why(reply: Reply) -> str:
    """What PayPal says, and the issue."""
    told, issue = reply.json(), _issue(reply)
    sentence = (told.get("details") or [{}])[0].get("description") or told.get("message", "")
    return f"{sentence} ({issue})" if issue else str(sentence or told.get("name", reply.status))
