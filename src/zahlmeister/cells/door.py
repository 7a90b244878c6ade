"""The door of an installation with several cells: who asks is led into the cell of the merchant it is about.

Whose it is stands in what is asked: a signed link, a key, a number of ours, a mail address at the sign-in page. The
cells are asked one after another, whether they know it, each by an index; numbers are unique over all of them. Somebody
who has signed in brings the name of the cell in a cookie, which opens nothing: his session is known there or not.

The whole request is answered in that cell, until the last byte of the answer is sent. Only who asked just when the
merchant left it is answered anew from where he arrived, and nobody gets an answer that was made of what was left.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.http import QueryDict
from django.utils import timezone

from zahlmeister.connectors.shops.module.push import mark
from zahlmeister.correspondence.models import MailReturns
from zahlmeister.correspondence.pages import item_of
from zahlmeister.correspondence.stops import meant_by
from zahlmeister.credit.links import decision_behind
from zahlmeister.flows.deliver_books import opens_books
from zahlmeister.flows.people.invite import invitation_behind
from zahlmeister.flows.people.own_access import change_behind, person_behind
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.merchants.cells import HOME, MOVING, cell_names, here, in_cell
from zahlmeister.merchants.models import Membership, Merchant
from zahlmeister.orders.models import ShopConnection
from zahlmeister.programs.keys import is_known
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.links import refund_behind

#: A form that is longer is not looked into.
_LONGEST = 1 << 16

Environment = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environment, Start], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of whom it is about: parts of its path, the key it brings, its query and its form."""

    parts: tuple[str, ...]
    key: str
    query: QueryDict
    form: QueryDict


Knows = Callable[[Asked], object]


def _item(asked: Asked) -> bool:
    number = item_of(asked.parts[0])
    return number is not None and OpenItem.objects.filter(pk=number).exists()


def _email(asked: Asked) -> bool:
    email = asked.form.get("username") or asked.form.get("email") or ""
    return bool(email) and Membership.objects.filter(person__email=email.strip().lower()).exists()


def _reset(asked: Asked) -> object:
    number, token = asked.parts
    return person_behind(int(number), token)


def _unsubscribed(asked: Asked) -> bool:
    meant = meant_by(asked.parts[0])
    return meant is not None and Merchant.objects.filter(pk=meant[0]).exists()


def _row(model: Any) -> Knows:
    return lambda asked: model.objects.filter(pk=int(asked.parts[0])).exists()


def _module(asked: Asked) -> bool:
    key = asked.form.get("key", "")
    return bool(key) and ShopConnection.objects.filter(system="module", settings__mark=mark(key)).exists()


_NUMBER = r"(\d{1,18})"
#: Which address is known to a cell by what. Any other is about whoever has signed in.
KNOWN_BY: tuple[tuple[re.Pattern[str], Knows], ...] = tuple(
    (re.compile(pattern), knows)
    for pattern, knows in (
        (r"/pay/([^/]+)", _item),
        (r"/refund/([^/]+)", lambda asked: refund_behind(asked.parts[0])),
        (r"/review/([^/]+)", lambda asked: decision_behind(asked.parts[0])),
        (r"/unsubscribe/([^/]+)", _unsubscribed),
        (r"/centre/([^/]+)/", lambda asked: Merchant.objects.filter(slug=asked.parts[0]).exists()),
        (r"/api/shop/\w+\.jsf$", _module),
        (rf"/api/shop/hook/{_NUMBER}$", _row(ShopConnection)),
        (rf"/api/mail/mailgun/{_NUMBER}$", _row(MailReturns)),
        (rf"/api/providers/{_NUMBER}$", _row(ProviderConnection)),
        (r"/api/books/", lambda asked: opens_books(asked.key)),
        (r"/api/v\d+/", lambda asked: is_known(asked.key, at=timezone.now())),
        (r"/sign-in/$", _email),
        (r"/forgotten/$", _email),
        (r"/register/", lambda _asked: here() == HOME),  # whoever is new begins there
        (r"/invited/([^/]+)$", lambda asked: invitation_behind(asked.parts[0], at=timezone.now())),
        (rf"/new-password/{_NUMBER}/([^/]+)$", _reset),
        (r"/new-address/([^/]+)$", lambda asked: change_behind(asked.parts[0])),
    )
)
#: Behind these somebody may be signed in, and is known in that cell from then on.
_SIGNS_IN = re.compile(r"/(sign-in/$|invited/|new-password/|new-address/)")


class Door:
    """The application, entered by way of the right cell; where there is only one it is not noticed."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        if len(cell_names()) == 1:
            return self._application(environment, start)
        close_old_connections()  # a line to home that broke; the framework looks only after the cell has been chosen
        cell = cell_of(environment)
        if not _somebody_leaves(cell):
            return self._answered(environment, start, cell)
        held = _Held(start)
        answer = self._answered(environment, held, cell)
        if cell_of(environment) == cell:
            held.let_go()
            return answer
        answer.close()
        if environment["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self(environment, start)
        return _told_to_try_again(start)

    def _answered(self, environment: Environment, start: Start, cell: str) -> "_Answer":
        stay = ExitStack()
        stay.enter_context(in_cell(cell))
        try:
            answer = self._application(environment, _remembered(environment, start, cell))
        except BaseException:
            stay.close()
            raise
        return _Answer(answer, stay)


class _Answer:
    """An answer that is sent piece by piece, inside the cell until it is closed."""

    def __init__(self, answer: Iterable[bytes], stay: ExitStack) -> None:
        self._answer = answer
        self._stay = stay

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        with self._stay:
            getattr(self._answer, "close", lambda: None)()


class _Held:
    """The head of an answer is held back until it is clear that the answer is sent."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._head: tuple[Any, ...] | None = None
        self._is_free = False

    def __call__(self, *head: Any) -> Any:
        if self._is_free:
            return self._start(*head)
        self._head = head
        return None

    def let_go(self) -> None:
        """Send what is held, and whatever comes later at once."""
        self._is_free = True
        if self._head is not None:
            self._start(*self._head)


def _somebody_leaves(cell: str) -> bool:
    """Whether a fence stands in a cell: until its merchant is gone whoever writes for him meets it."""
    with in_cell(cell):
        return Merchant.objects.exclude(moving_to="").exists()


def _told_to_try_again(start: Start) -> Iterable[bytes]:
    """The fence stood when this was asked, so that nothing can have been written."""
    start("503 Service Unavailable", [("Content-Type", "application/json"), ("Retry-After", "1")])
    return [json.dumps({"error": MOVING}).encode()]


def cell_of(environment: Environment) -> str:
    """The cell that a request is about: the first that knows it, beginning with the one its cookie names."""
    names, query = cell_names(), QueryDict(environment.get("QUERY_STRING", ""))
    path, known = _path(environment), _cookie(environment)
    if _SIGNS_IN.match(path) and query.get("cell") in names:
        return str(query["cell"])
    first = known if known in names else HOME
    for pattern, knows in KNOWN_BY:
        found = pattern.match(path)
        if found:
            asked = Asked(found.groups(), _key(environment), query, _form(environment))
            return next((name for name in (first, *names) if _is_known(name, knows, asked)), first)
    return first


def _is_known(name: str, knows: Knows, asked: Asked) -> bool:
    with in_cell(name):
        return bool(knows(asked))


def _path(environment: Environment) -> str:
    return str(environment.get("PATH_INFO", ""))


def _key(environment: Environment) -> str:
    kind, _blank, key = str(environment.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return key.strip() if kind == "Bearer" else str(environment.get("HTTP_X_KOMFORTKASSE_API_KEY", ""))


def _form(environment: Environment) -> QueryDict:
    """A short form; whoever answers the request can read it again."""
    length = str(environment.get("CONTENT_LENGTH") or "0")
    is_form = str(environment.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
    if not is_form or not length.isdecimal() or int(length) > _LONGEST:
        return QueryDict()
    body = environment["wsgi.input"].read(int(length))
    environment["wsgi.input"] = BytesIO(body)
    return QueryDict(body)


def _name() -> str:
    return "__Host-cell" if settings.SECURE else "cell"


def _cookie(environment: Environment) -> str:
    try:
        cookies = SimpleCookie(environment.get("HTTP_COOKIE", ""))
    except CookieError:
        return ""
    return cookies[_name()].value if _name() in cookies else ""


def _remembered(environment: Environment, start: Start, cell: str) -> Start:
    """Where somebody signs in, the answer says the cell to the browser."""
    if not _SIGNS_IN.match(_path(environment)) or _cookie(environment) == cell:
        return start
    secure = "; Secure" if settings.SECURE else ""
    said = ("Set-Cookie", f"{_name()}={cell}; Path=/; HttpOnly; SameSite=Lax{secure}")

    def with_cookie(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start(status, [*headers, said], *rest)

    return with_cookie
