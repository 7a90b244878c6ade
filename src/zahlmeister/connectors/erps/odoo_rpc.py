"""Odoo's JSON-RPC: signing in, calling a method of a model, and the ways in which it says no."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from zahlmeister.connectors.web import Question, Site, checked_address, site
from zahlmeister.refusals import Unreachable

Row = Mapping[str, Any]
_INSTANT = "%Y-%m-%d %H:%M:%S"
#: Numbers asked for at once; every one of them stands in the question.
_AT_ONCE = 500


class Rpc:
    """One user of one database of an Odoo server. Relations come as `[number, name]`, and as False where there is none.

    Names are in the user's language, and days in the user's time zone.
    """

    def __init__(self, far_side: Site, database: str, password: str) -> None:
        self._site, self._database, self._password = far_side, database, password
        self._user = 0
        self._context: dict[str, Any] = {}
        self._zone = ZoneInfo("UTC")
        self.version = ""

    def sign_in(self, user: str) -> None:
        """Find out who the user is.

        Raises:
            Unreachable: the user or the password is not accepted (permanent), or nobody answers.
        """
        self.version = str(self._ask("common", "version")["server_version"])
        number = self._ask("common", "authenticate", self._database, user, self._password, {})
        if not isinstance(number, int) or isinstance(number, bool):
            raise Unreachable(f"{self._site.host} does not accept the user “{user}” or the password.", permanent=True)
        self._user = number
        self._context = dict(self.call("res.users", "context_get"))
        self._zone = ZoneInfo(str(self._context.get("tz") or "UTC"))

    def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method of a model.

        Raises:
            Unreachable: the server does not answer, or refuses what was asked.
        """
        named["context"] = {**self._context, **named.get("context", {})}
        who = (self._database, self._user, self._password)
        return self._ask("object", "execute_kw", *who, model, method, list(arguments), named)

    def rows(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, most: int = 0, order: str = "id"
    ) -> list[Row]:
        """The rows of a model that fit a domain, ordered by a field; all of them without a `most`."""
        found: list[Row] = self.call(model, "search_read", list(domain), list(fields), limit=most, order=order)
        return found

    def of(self, model: str, field: str, numbers: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """The rows whose relation `field` is one of these numbers, by their ids."""
        wanted = sorted(set(numbers))
        parts = [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
        return [row for part in parts for row in self.rows(model, [[field, "in", part]], fields)]

    def read(self, model: str, numbers: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Rows by their numbers."""
        return {int(row["id"]): row for row in self.of(model, "id", numbers, fields)}

    def day(self, instant: str) -> date:
        """The day of an instant, where the user is."""
        return read_instant(instant).replace(tzinfo=UTC).astimezone(self._zone).date()

    def _ask(self, service: str, method: str, *arguments: Any) -> Any:
        told = {"service": service, "method": method, "args": list(arguments)}
        question = Question("POST", "/jsonrpc", json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": told})
        answer = self._site.ask(question, accepted=(200,)).json()
        if not isinstance(answer, Mapping) or ("result" not in answer and "error" not in answer):
            raise Unreachable(f"{self._site.host} does not answer as Odoo does.")
        if "error" in answer:
            told_why = answer["error"].get("data", {}).get("message") or answer["error"].get("message", "")
            raise Unreachable(f"Odoo refuses: {' '.join(str(told_why).split())[:300]}")
        return answer["result"]


@contextmanager
def signed_in(address: str, database: str, user: str, password: str) -> Iterator[Rpc]:
    """A user of a database; the password may be an API key, which is better.

    Raises:
        Unreachable: see `Rpc.sign_in`.
    """
    url = urlsplit(checked_address(address))
    with site(f"{url.scheme}://{url.netloc}") as far_side:
        rpc = Rpc(far_side, database, password)
        rpc.sign_in(user)
        yield rpc


def read_instant(told: str) -> datetime:
    """An instant as Odoo writes it: UTC, without saying so."""
    return datetime.strptime(told[:19], _INSTANT)  # noqa: DTZ007 - see above


def write_instant(at: datetime) -> str:
    """An instant as Odoo reads it."""
    return at.strftime(_INSTANT)


def number_of(relation: Any) -> int:
    """The number of the row that a relation leads to; 0 where there is none."""
    return int(relation[0]) if relation else 0


def name_of(relation: Any) -> str:
    """The name of the row that a relation leads to."""
    return str(relation[1]) if relation else ""


def exact(told: Any) -> Decimal:
    """A number as it was meant: Odoo sends fractions in binary, which are off by less than a millionth."""
    return Decimal(str(told or 0)).quantize(Decimal("0.000001")).normalize()
