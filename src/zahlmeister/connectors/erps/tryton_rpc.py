"""Tryton's JSON-RPC: signing in, calling a method of a model, and the ways in which it says no."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from zahlmeister.connectors.web import Question, Reply, Site, checked_address, site
from zahlmeister.refusals import Unreachable

Row = Mapping[str, Any]


class Rpc:
    """A session with one database of a Tryton server. Days and amounts come and go as Python's own."""

    def __init__(self, far_side: Site, database: str) -> None:
        self._site, self._path = far_side, f"/{quote(database)}/rpc/"
        self._authorization = ""
        self._context: dict[str, Any] = {}

    def sign_in(self, user: str, password: str) -> None:
        """Begin a session.

        Raises:
            Unreachable: the user or the password is not accepted (permanent), or nobody answers.
        """
        reply = self._ask("common.db.login", [user, {"password": password}], also=(401, 403))
        if reply.status != 200:
            raise Unreachable(f"{self._site.host} does not accept the user “{user}” or the password.", permanent=True)
        number, session, *_ = self._result(reply)
        token = base64.b64encode(f"{user}:{number}:{session}".encode()).decode()
        self._authorization = f"Session {token}"
        self._context = self.call("res.user", "get_preferences", True)  # noqa: FBT003 - Tryton's own argument

    def sign_out(self) -> None:
        """End the session; one that cannot be ended runs out by itself."""
        self._ask("common.db.logout", [])

    def call(self, model: str, method: str, *arguments: Any) -> Any:
        """Call a method of a model.

        Raises:
            Unreachable: the server does not answer, or refuses what was asked.
        """
        return self.do(f"model.{model}.{method}", *arguments)

    def do(self, method: str, *arguments: Any, context: Mapping[str, Any] | None = None) -> Any:
        """Call anything by its whole name, likewise; a wizard finds what it is about in its context."""
        parameters = [*[_encoded(argument) for argument in arguments], {**self._context, **(context or {})}]
        return self._result(self._ask(method, parameters))

    def rows(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, most: int = 1000, order: str = "id"
    ) -> list[Row]:
        """The rows of a model that fit a domain, ordered by a field; `currency.code` names a field of another row."""
        found: list[Row] = self.call(model, "search_read", list(domain), 0, most, [[order, "ASC"]], list(fields))
        return found

    def read(self, model: str, numbers: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Rows by their numbers."""
        wanted = sorted(set(numbers))
        rows: list[Row] = self.call(model, "read", wanted, list(fields)) if wanted else []
        return {int(row["id"]): row for row in rows}

    def _ask(self, method: str, parameters: Sequence[Any], *, also: tuple[int, ...] = ()) -> Reply:
        headers = {"Authorization": self._authorization} if self._authorization else {}
        body = {"id": 1, "method": method, "params": list(parameters)}
        return self._site.ask(Question("POST", self._path, json=body, headers=headers), accepted=(200, *also))

    def _result(self, reply: Reply) -> Any:
        answer = reply.json()
        if not isinstance(answer, Mapping) or ("result" not in answer and "error" not in answer):
            raise Unreachable(f"{self._site.host} does not answer as Tryton does.")
        if "error" in answer:
            told = " ".join(str(part) for part in _flat(answer["error"]) if part)
            raise Unreachable(f"Tryton refuses: {' '.join(told.split())[:300]}")
        return _decoded(answer["result"])


@contextmanager
def signed_in(address: str, user: str, password: str) -> Iterator[Rpc]:
    """A session at `https://erp.example/database`.

    Raises:
        Unreachable: see `Rpc.sign_in`; also when the address names no database.
    """
    url = urlsplit(checked_address(address))
    database = url.path.strip("/")
    if not database or "/" in database:
        raise Unreachable("The address ends with the name of Tryton's database, as in https://erp.example/company.")
    with site(f"{url.scheme}://{url.netloc}") as far_side:
        rpc = Rpc(far_side, database)
        rpc.sign_in(user, password)
        yield rpc
        rpc.sign_out()


def _encoded(value: Any) -> Any:
    match value:
        case datetime():
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return {"__class__": "datetime", **{part: getattr(value, part) for part in parts}}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case list() | tuple():
            return [_encoded(one) for one in value]
        case dict():
            return {name: _encoded(one) for name, one in value.items()}
        case _:
            return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: _decoded(one) for name, one in value.items()}
    match told.pop("__class__", None):
        case "Decimal":
            return Decimal(told["decimal"])
        case "date":
            return date(**told)
        case "datetime":
            return datetime(**told)  # noqa: DTZ001 - Tryton's instants are UTC without saying so
        case _:
            return told


def _flat(told: Any) -> list[Any]:
    return [one for part in told for one in _flat(part)] if isinstance(told, list) else [told]
