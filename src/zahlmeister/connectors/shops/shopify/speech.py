"""Asking Shopify: the token, the bucket of points, and what it calls errors."""

import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import ceil
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.refusals import Unreachable

VERSION = "2026-10"
#: A bucket is full again after half a minute at most; longer than this is no matter of points.
LONGEST_WAIT = 40


class Speech:
    """A shop that answers in GraphQL."""

    def __init__(self, site: web.Site, secret: Mapping[str, str], sleep: Callable[[int], None] = time.sleep) -> None:
        self._site = site
        self._secret = secret
        self._token = secret.get("access_token", "")
        self._sleep = sleep

    def ask(self, question: str, **variables: Any) -> Any:
        """The data that is asked for.

        Raises:
            Unreachable: no answer, no access, or errors; of what a mutation refuses, see `refused`.
        """
        waited = 0
        while True:
            reply = self._said({"query": question, "variables": variables})
            wait = _missing_points(reply)
            if wait is None:
                return self._data(reply)
            if waited + wait > LONGEST_WAIT:
                raise Unreachable(f"{self._site.host} wants fewer questions.", after=wait)
            self._sleep(wait)
            waited += wait

    def pages(self, question: str, **variables: Any) -> Iterator[Any]:
        """The orders of a long list, page by page; a page begins behind an order, not at a number."""
        after = None
        while True:
            orders = at(self.ask(question, after=after, **variables), "orders")
            yield from told.needed_rows(orders, "nodes")
            if at(orders, "pageInfo", "hasNextPage") is not True:
                return
            after = told.needed(orders, "pageInfo", "endCursor")

    def _data(self, reply: Any) -> Any:
        errors = told.rows(reply, "errors")
        if errors or not isinstance(at(reply, "data"), dict):
            why = "; ".join(text(error, "message") for error in errors).rstrip(".") or "without a reason"
            codes = {text(error, "extensions", "code") for error in errors}
            raise Unreachable(f"{self._site.host} says no: {why}.", permanent=bool(codes & _LASTING))
        return reply["data"]

    def _said(self, body: Mapping[str, Any]) -> Any:
        path = f"/admin/api/{VERSION}/graphql.json"
        for _ in range(2):
            headers = {"X-Shopify-Access-Token": self._token or self._new_token()}
            reply = self._site.ask(web.Question("POST", path, json=body, headers=headers), accepted=_HEARD)
            if reply.status != 401 or not self._secret.get("client_secret"):
                break
            self._token = ""
        if reply.status == 401:
            raise Unreachable(f"{self._site.host} does not accept the access token (401).", permanent=True)
        return reply.json()

    def _new_token(self) -> str:
        who = {name: self._secret.get(name, "") for name in ("client_id", "client_secret")}
        question = web.Question("POST", "/admin/oauth/access_token", form={"grant_type": "client_credentials", **who})
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400, 401})
        if reply.status not in web.SUCCESS:
            raise Unreachable(
                f"{self._site.host} does not accept the client id and secret of the app ({reply.status}).",
                permanent=True,
            )
        self._token = told.needed(reply.json(), "access_token")
        return self._token


def refused(answer: Any, *path: str) -> str:
    """What a mutation says against what was wanted; empty when it was done."""
    return "; ".join(text(error, "message") for error in told.needed_rows(answer, *path))


_HEARD = {*web.SUCCESS, 401}
_LASTING = {"ACCESS_DENIED", "SHOP_INACTIVE", "undefinedField", "argumentNotAccepted"}


def _missing_points(reply: Any) -> int | None:
    """How many seconds until the bucket holds enough for the question; None when it was answered."""
    if not any(text(error, "extensions", "code") == "THROTTLED" for error in told.rows(reply, "errors")):
        return None
    cost = at(reply, "extensions", "cost")
    missing = _number(cost, "requestedQueryCost") - _number(cost, "throttleStatus", "currentlyAvailable")
    rate = _number(cost, "throttleStatus", "restoreRate")
    return max(ceil(missing / rate), 1) if rate else 2


def _number(data: Any, *path: str) -> Decimal:
    found = at(data, *path)
    return Decimal(found) if isinstance(found, int | Decimal) else Decimal(0)
