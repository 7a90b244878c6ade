"""One far side spoken to over HTTP: everything that can go wrong on the way becomes one sentence.

Only HTTPS is spoken, with the certificate checked; plain HTTP and private addresses only where the operator allows
them (`ZAHLMEISTER_PRIVATE`), because whoever types an address must not make this machine ask its own network. A reply
has a time limit and a size limit, and a far side that sends us to another host is not followed.
"""

import json
import os
import re
import ssl
import time
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx

from zahlmeister.connectors.names import PRIVATE, check_allowed, check_public, is_public
from zahlmeister.refusals import Refused, Unreachable

#: Seconds for a connection, and between two parts of a reply.
TO_CONNECT, TO_ANSWER = 10, 30
#: Seconds for a whole reply, however slowly it trickles.
FOR_A_REPLY = 300
#: No shop says more than this in one reply.
MOST_BYTES = 64 << 20
#: A far side that asks us to wait is waited for this long in all; after that the work is put off.
LONGEST_WAIT = 20
MOST_REDIRECTS = 5
#: Characters of an address that a program is called at.
LONGEST_CALLED = 500

SUCCESS = range(200, 300)
#: Statuses behind which a person has to act; the others pass by themselves.
LASTING = {401: "does not accept the key or password", 403: "does not allow this", 404: "has nothing at this address"}

Query = Mapping[str, str | int] | list[tuple[str, str]]


class Declined(Unreachable):
    """There was an answer, and it was an error about this question; another one may fare better."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `path` is relative to the site's address, or complete. At most one body is given."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole. Names of headers are in small letters."""

    status: int
    content: bytes
    headers: Mapping[str, str]
    host: str
    charset: str = "utf-8"

    @property
    def text(self) -> str:
        """The reply as text; bytes that are none are replaced."""
        try:
            return self.content.decode(self.charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The data of the reply, fractions exact as Decimal; warnings printed around it as HTML are passed over.

        Raises:
            Unreachable: the reply is no data: a web page, or half of an answer.
        """
        text = self.content.decode("utf-8-sig", "replace").strip()
        try:
            return json.loads(text, parse_float=Decimal)
        except ValueError:
            return _inside_html(text, self.host)


class Site:
    """A far side that is open for questions."""

    def __init__(self, client: httpx.Client, sleep: Callable[[int], None], seconds: float | None = None) -> None:
        self._client = client
        self._sleep = sleep
        self._seconds = seconds

    @property
    def host(self) -> str:
        return self._client.base_url.host

    def get(self, path: str, query: Query | None = None) -> Reply:
        """Ask for something; see `ask`."""
        return self.ask(Question("GET", path, query or {}))

    def ask(self, question: Question, *, accepted: Container[int] = SUCCESS) -> Reply:
        """Ask, and wait a little where the far side wants us to.

        Args:
            question: what is asked.
            accepted: statuses that are an answer; every other one is raised.

        Raises:
            Unreachable: there was no answer, not a whole one, or one with another status. `after` says how many
                seconds the far side wants to be left alone.
        """
        waited = 0
        while True:
            reply = self._once(question)
            if reply.status in accepted:
                return reply
            wait = _wanted_wait(reply)
            longest = LONGEST_WAIT if self._seconds is None else 0
            if reply.status not in {429, 503} or wait is None or waited + wait > longest:
                raise _refusal(reply)
            self._sleep(wait)
            waited += wait

    def _once(self, question: Question) -> Reply:
        request = self._client.build_request(
            question.method,
            question.path,
            params=_query(question.query),
            data=dict(question.form) if question.form is not None else None,
            json=question.json,
            content=question.content,
            headers=dict(question.headers),
        )
        request.extensions["trace"] = partial(_check_peer, request.url.scheme)
        for _ in range(MOST_REDIRECTS):
            reply, request_after = self._send(request)
            if request_after is None:
                return reply
            request = request_after
        raise Unreachable(f"{self.host} sends us round in circles.", permanent=True)

    def _send(self, request: httpx.Request) -> tuple[Reply, httpx.Request | None]:
        host = request.url.host
        until = time.monotonic() + (self._seconds or FOR_A_REPLY)
        asked = request.url.raw_host.decode("ascii")
        check_allowed(asked)
        if not private_is_allowed():
            check_public(asked, request.url.port or 443)
        try:
            with _streamed(self._client, request) as response:
                content = _whole(response, host, until)
                reply = Reply(
                    response.status_code, content, dict(response.headers), host, response.charset_encoding or "utf-8"
                )
                return reply, _followed(response, request)
        except httpx.HTTPError as error:
            raise _unreachable(host, error) from error


@contextmanager
def site(
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    sleep: Callable[[int], None] = time.sleep,
    seconds: float | None = None,
) -> Iterator[Site]:
    """A far side, by its address; `auth` is a name and a password sent with every question.

    `seconds` is how long an answer is waited for where somebody waits in front of it; a busy one is not waited for.

    Raises:
        Refused: the address is none that may be asked.
    """
    with httpx.Client(
        base_url=checked_address(address),
        headers={"User-Agent": "Zahlmeister", **(headers or {})},
        auth=auth,
        verify=ssl.create_default_context(),
        timeout=httpx.Timeout(seconds or TO_ANSWER, connect=min(seconds or TO_CONNECT, TO_CONNECT)),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        yield Site(client, sleep, seconds)


def checked_address(address: str) -> str:
    """The address of a far side as it was meant, `https://` in front where nothing stands.

    Raises:
        Refused: it cannot be an address, holds a password, or is not encrypted.
    """
    return str(_checked(address).copy_with(query=None, fragment=None)).rstrip("/")


def called_address(address: str) -> str:
    """The address that a program of the merchant's is called at, with all that belongs to it.

    Raises:
        Refused: as `checked_address`, or it is longer than 500 characters.
    """
    called = str(_checked(address).copy_with(fragment=None))
    if len(called) > LONGEST_CALLED:
        raise Refused("The address is longer than 500 characters.")
    return called


def _checked(address: str) -> httpx.URL:
    wanted = address.strip()
    if "://" not in wanted:
        wanted = f"https://{wanted}"
    try:
        url = httpx.URL(wanted)
    except httpx.InvalidURL as error:
        raise Refused(f"“{address}” is no address; it looks like https://shop.example.") from error
    if url.scheme not in {"https", "http"} or not url.host:
        raise Refused(f"“{address}” is no address; it looks like https://shop.example.")
    if url.userinfo:
        raise Refused("The address holds a user or a password; give them in their own fields.")
    if url.scheme == "http" and not private_is_allowed():
        raise Refused(f"{url.host} is to be reached without encryption. Use its address with https://.")
    return url


def origin(address: str) -> str:
    """Scheme, host and port of an address.

    Raises:
        Refused: it has none.
    """
    url = urlsplit(address)
    if not url.netloc:
        raise Refused(f"“{address}” is no address that can be called.")
    return f"{url.scheme}://{url.netloc}"


def private_is_allowed() -> bool:
    """Whether the operator lets merchants reach private networks, plain HTTP and folders of this machine."""
    return os.environ.get("ZAHLMEISTER_PRIVATE") == "1"


def _check_peer(scheme: str, event: str, told: Mapping[str, Any]) -> None:
    """Called by httpx on each step: before a word is said, look at whom the name led us to."""
    if event != "connection.connect_tcp.complete":
        return
    line = told["return_value"]
    peer = line.get_extra_info("server_addr")
    is_far = is_public(str(peer[0]))
    sentence = ""
    if is_far and scheme == "http":
        sentence = "The shop is to be reached without encryption. Use its address with https://."
    elif not is_far and not private_is_allowed():
        sentence = PRIVATE
    if sentence:
        line.close()
        raise Unreachable(sentence, permanent=True)


def _query(query: Query) -> httpx.QueryParams | None:
    """None leaves a query that stands in the path as it is."""
    pairs = query.items() if isinstance(query, Mapping) else query
    return httpx.QueryParams(tuple(pairs)) if pairs else None


@contextmanager
def _streamed(client: httpx.Client, request: httpx.Request) -> Iterator[httpx.Response]:
    response = client.send(request, stream=True)
    try:
        yield response
    finally:
        response.close()


def _whole(response: httpx.Response, host: str, until: float) -> bytes:
    kept = bytearray()
    for part in response.iter_bytes():
        kept += part
        if len(kept) > MOST_BYTES:
            raise Unreachable(f"{host} answers with more than {MOST_BYTES >> 20} MB.", permanent=True)
        if time.monotonic() > until:
            raise Unreachable(f"{host} had not finished its answer after {FOR_A_REPLY} seconds.")
    return bytes(kept)


def _followed(response: httpx.Response, request: httpx.Request) -> httpx.Request | None:
    """The next request where the same host has moved the page; None when this is the answer."""
    after = response.next_request
    if after is None:
        return None
    here, there = request.url, after.url
    if there.host != here.host or (here.scheme == "https" and there.scheme != "https"):
        raise Unreachable(
            f"{here.host} sends us to {there.scheme}://{there.host}, which is not followed. "
            "If the shop has moved, give its new address.",
            permanent=True,
        )
    if after.method != request.method:
        raise Unreachable(
            f"{here.host} has moved to {there.scheme}://{there.host}{there.path}; give that address.", permanent=True
        )
    return after


def _unreachable(host: str, error: httpx.HTTPError) -> Unreachable:
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable(f"{host} does not answer.")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{host} did not answer in time.")
    if isinstance(error, httpx.ConnectError):
        return Unreachable(f"{host} cannot be reached: {_why(error)}.")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return Unreachable(f"{host} broke off in the middle of its answer.")
    return Unreachable(f"{host} answers with something that is no reply: {_why(error)}.")


def _why(error: httpx.HTTPError) -> str:
    """What is behind a failed connection, in the words of a person who can mend it."""
    told = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in told:
        why = re.search(r"CERTIFICATE_VERIFY_FAILED\] certificate verify failed: ([^(]+)", told)
        return f"its certificate is not to be trusted ({why[1].strip() if why else 'unknown'})"
    if "[SSL" in told:
        return "it does not speak HTTPS as it should"
    if "Name or service not known" in told or "No address" in told or "name resolution" in told:
        return "there is no such name"
    return told.partition("] ")[2] or told or type(error).__name__


def _refusal(reply: Reply) -> Unreachable:
    """What a status means that is none of the accepted ones."""
    if reply.status in LASTING:
        return Declined(f"{reply.host} {LASTING[reply.status]} ({reply.status}{_said(reply)}).", permanent=True)
    if reply.status == 429:
        return Unreachable(f"{reply.host} wants fewer questions (429).", after=_wanted_wait(reply))
    if reply.status >= 500:
        sentence = f"{reply.host} reports an error of its own ({reply.status}{_said(reply)})."
        return Unreachable(sentence, after=_wanted_wait(reply)) if reply.status == 503 else Declined(sentence)
    return Declined(f"{reply.host} does not take the question ({reply.status}{_said(reply)}).", permanent=True)


def _said(reply: Reply) -> str:
    """A word of the far side's own, short and without markup; empty when it said nothing readable."""
    text = reply.text[:20_000]
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    told = title[1] if title else re.sub(r"<[^>]*>", " ", text)
    told = " ".join("".join(sign if sign.isprintable() else " " for sign in unescape(told)).split())
    return f": {told[:160]}" if told else ""


def _wanted_wait(reply: Reply) -> int | None:
    """How many seconds the far side wants to be left alone: a number, a date or an instant; None where it is silent."""
    told, reset = (reply.headers.get(name, "").strip() for name in ("retry-after", "x-rate-limit-reset"))
    try:
        if told.isdecimal():
            return max(int(told), 1)
        if told or not reset.isdecimal():
            return _until(parsedate_to_datetime(told), reply)
        return _until(datetime.fromtimestamp(int(reset), UTC), reply)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _until(then: datetime, reply: Reply) -> int:
    """Both instants are the far side's own, so that its clock may be wrong."""
    return max(round((then - parsedate_to_datetime(reply.headers["date"])).total_seconds()), 1)


def _inside_html(text: str, host: str) -> Any:
    """Data with markup before or behind it.

    Taken only where a line begins with it and it is whole: half of an answer has a beginning that cannot be read, and
    what could be read further inside is not the answer.
    """
    start = re.search(r"^[\[{]", text, re.MULTILINE) if text.startswith("<") else re.match(r"[\[{]", text)
    try:
        found, end = json.JSONDecoder(parse_float=Decimal).raw_decode(text, start.start()) if start else (None, 0)
    except ValueError:
        end = 0
    if end and text[end:].lstrip()[:1] in ("", "<"):
        return found
    if text.startswith(("{", "[")):
        raise Unreachable(f"{host} broke off in the middle of its answer, or printed something into it.")
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    says = f" (“{' '.join(unescape(title[1]).split())[:100]}”)" if title else ""
    raise Unreachable(f"{host} answers with a web page{says} instead of data." if text else f"{host} answers nothing.")
