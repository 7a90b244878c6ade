"""Asking Shopware's Admin API: signing in, searching, and reading long lists to the end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.contract import Reading
from zahlmeister.connectors.shops.told import text
from zahlmeister.refusals import Unreachable

#: A shop may allow fewer per page than Shopware's 500, hardly any allows fewer than this.
PAGE = 100


class Admin:
    """A shop's Admin API."""

    def __init__(self, site: web.Site, client_id: str, client_secret: str) -> None:
        self._site = site
        self._who = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._token = ""

    def orders(self, criteria: dict[str, Any]) -> Iterator[Any]:
        last = 0
        while True:
            beyond = range_of("autoIncrement", {"gt": last})
            page = self.search(
                "order",
                {
                    **criteria,
                    "filter": [*criteria["filter"], beyond],
                    "sort": [{"field": "autoIncrement", "order": "ASC"}],
                    "limit": PAGE,
                },
            )
            yield from page
            if len(page) < PAGE:
                return
            last = int(told.needed(page[-1], "autoIncrement"))

    def search(self, entity: str, criteria: dict[str, Any]) -> list[Any]:
        reply = self.ask("POST", f"/api/search/{entity}", {"limit": PAGE, **criteria})
        return told.needed_rows(reply, "data")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self.said(method, path, body)
        return reply.json() if reply.content else None

    def said(self, method: str, path: str, body: dict[str, Any] | None = None) -> web.Reply:
        """An answer; when the token has run out, with a new one."""
        accepted = {*web.SUCCESS, 400, 401, 403}
        for attempt in range(2):
            if not self._token or attempt:
                self._token = self._new_token()
            headers = {"Authorization": f"Bearer {self._token}"}
            reply = self._site.ask(web.Question(method, path, json=body, headers=headers), accepted=accepted)
            if reply.status != 401:
                break
        if reply.status not in web.SUCCESS:
            raise Unreachable(f"{self._site.host} says no ({reply.status}): {_errors(reply)}", permanent=True)
        return reply

    def _new_token(self) -> str:
        question = web.Question("POST", "/api/oauth/token", json=self._who)
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400, 401})
        if reply.status not in web.SUCCESS:
            raise Unreachable(
                f"{self._site.host} does not accept the access key of the integration ({reply.status}).", permanent=True
            )
        return told.needed(reply.json(), "access_token")


def limits(wanted: Reading) -> list[dict[str, Any]]:
    """Criteria for the sales channels and the first day wanted."""
    found = [any_of("salesChannelId", wanted.subshops)] if wanted.subshops else []
    if wanted.since:
        begin = datetime.combine(wanted.since, time.min, UTC)
        found.append(range_of("orderDateTime", {"gte": told.utc(begin) + ".000"}))
    return found


def equals(field: str, value: str | int) -> dict[str, Any]:
    """The criterion that a field has this value."""
    return {"type": "equals", "field": field, "value": value}


def any_of(field: str, values: Sequence[str] | set[str] | Mapping[str, str]) -> dict[str, Any]:
    """The criterion that a field has one of these values."""
    return {"type": "equalsAny", "field": field, "value": "|".join(sorted(values))}


def range_of(field: str, limits: Mapping[str, str | int]) -> dict[str, Any]:
    """The criterion that a field lies in a range: gt, gte, lt, lte."""
    return {"type": "range", "field": field, "parameters": dict(limits)}


def is_id(key: str) -> bool:
    """Ids are 32 hexadecimal digits; anything else makes Shopware refuse the whole question."""
    return len(key) == 32 and all(sign in "0123456789abcdef" for sign in key)


def _errors(reply: web.Reply) -> str:
    """What Shopware says in its own words, ending with a dot."""
    try:
        errors = told.rows(reply.json(), "errors")
    except Unreachable:
        errors = []
    said = "; ".join(text(one, "detail") or text(one, "title") for one in errors)
    return (said or "without a reason").rstrip(".") + "."
