"""Whoever asks is led to where the merchant lives whom it is about, and the whole answer comes from there."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from tests.stage import Stage, order

from zahlmeister.cells.door import KNOWN_BY, Door
from zahlmeister.correspondence.pages import payment_page
from zahlmeister.merchants.cells import HOME, MOVING, here, in_cell
from zahlmeister.merchants.models import Membership, Merchant, Person
from zahlmeister.office.middleware import Moving
from zahlmeister.orders.record import shop_called
from zahlmeister.programs.keys import make_key
from zahlmeister.programs.models import ProgramKey

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
#: What is about nobody, or about nobody yet: answered at home.
NOBODYS = {"health", "ready", "metrics", "i18n/", "api/v1/openapi.json"}


@pytest.fixture
def emil(two: str, tmp_path: Path) -> Stage:
    """Emil lives in the second cell, Brigitte at home."""
    Stage(Merchant.objects.create(name="Brigitte", slug="brigitte"), tmp_path, NOW)
    with in_cell(two):
        stage = Stage(Merchant.objects.create(name="Emil", slug="emil"), tmp_path, NOW)
        stage.orders(order("100012345", "24.98", "Anna Weber"))
        person = Person.objects.create_user("emil@holz.example", "sehr-geheim-2026", name="Emil")
        Membership.objects.create(merchant=stage.merchant, person=person)
    return stage


def asked(path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[str, dict[str, str]]:
    """In which cell a request is answered, and the headers of the answer."""
    told: dict[str, str] = {}

    def application(environment: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        assert form is None or environment["wsgi.input"].read() != b"", "it can be read again"
        yield here().encode()  # when it is sent, and not before

    make = RequestFactory()
    urlencoded = "application/x-www-form-urlencoded"
    body = "&".join(f"{name}={value}" for name, value in (form or {}).items())
    request = make.get(path, headers=headers) if form is None else make.post(path, body, urlencoded, headers=headers)
    answer = Door(application)(request.environ, lambda _status, headers: told.update(headers))
    try:
        return b"".join(answer).decode(), told
    finally:
        getattr(answer, "close", lambda: None)()
        assert here() == HOME


def test_where_there_is_one_cell_nobody_is_asked(transactional_db: None) -> None:
    assert asked("/centre/emil/", cookie="cell=two")[0] == HOME


def test_what_is_asked_leads_to_where_the_merchant_lives(emil: Stage) -> None:
    with in_cell("two"):
        link = payment_page(emil.item("100012345").pk).split("localhost:8000")[-1]
        key = make_key(emil.item("100012345").order.shop, by="emil", at=NOW)

    assert asked(link)[0] == "two"
    assert asked(f"{link}/state")[0] == "two"
    assert asked("/centre/emil/")[0] == "two"
    assert asked("/centre/brigitte/")[0] == HOME
    assert asked("/api/v1/orders", authorization=f"Bearer {key}")[0] == "two"
    assert asked("/api/v2/orders", **{"x-komfortkasse-api-key": key})[0] == "two"
    assert asked("/api/v1/orders", authorization="Bearer nobodys")[0] == HOME
    assert asked("/pay/1-nonsense")[0] == asked("/refund/nonsense")[0] == asked("/unsubscribe/nonsense")[0] == HOME
    assert asked("/review/nonsense")[0] == asked("/invited/nonsense")[0] == asked("/new-address/nonsense")[0] == HOME
    assert asked("/api/providers/17")[0] == asked("/api/shop/hook/17")[0] == asked("/api/mail/mailgun/17")[0] == HOME
    assert asked("/api/books/batches", authorization="Bearer x")[0] == asked("/new-password/17/x")[0] == HOME
    assert asked("/api/shop/neworder.jsf", {"key": "nobodys"})[0] == HOME


def test_asking_whose_a_key_is_keeps_nothing(emil: Stage) -> None:
    with in_cell("two"):
        key = make_key(emil.item("100012345").order.shop, by="emil", at=NOW)
    assert asked("/api/v1/orders", authorization=f"Bearer {key}")[0] == "two"
    with in_cell("two"):
        assert ProgramKey.objects.get().used_on is None


def test_whoever_signs_in_is_remembered_where_he_works(emil: Stage) -> None:
    where, headers = asked("/sign-in/", {"username": "Emil@holz.example", "password": "sehr-geheim-2026"})
    assert where == "two"
    assert headers["Set-Cookie"].startswith("cell=two; Path=/; HttpOnly; SameSite=Lax")
    assert asked("/orders/", cookie="cell=two") == ("two", {})
    assert asked("/orders/", cookie="cell=nowhere")[0] == asked("/orders/")[0] == HOME
    assert asked("/sign-in/", {"username": "nobody@holz.example"})[0] == HOME
    assert asked("/register/", cookie="cell=two")[0] == HOME
    assert asked("/sign-in/?cell=two")[1]["Set-Cookie"].startswith("cell=two")


def test_the_page_of_a_buyer_comes_from_there(emil: Stage) -> None:
    with in_cell("two"):
        link = payment_page(emil.item("100012345").pk).split("localhost:8000")[-1]
    said: list[str] = []

    answer = Door(get_wsgi_application())(
        RequestFactory().get(link).environ, lambda status, _headers: said.append(status)
    )
    page = b"".join(answer).decode()
    answer.close()  # type: ignore[attr-defined] - servers do

    assert said == ["200 OK"]
    assert "Emil" in page
    assert here() == HOME


def test_every_address_outside_of_the_office_says_whose_it_is() -> None:
    outside = {
        path
        for path in _addresses(get_resolver())
        if path.startswith(("pay/", "refund/<", "review/", "unsubscribe/", "centre/", "api/"))
    }
    silent = {path for path in outside if not any(pattern.match(_example(path)) for pattern, _ in KNOWN_BY)}

    assert len(outside) > 50
    assert silent <= NOBODYS


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield before + str(each.pattern)
        else:
            yield from _addresses(each, before + str(each.pattern))


def _example(path: str) -> str:
    """An address as somebody may ask for it."""
    said = ["17" if part.startswith("<int") else "x" if part.startswith("<") else part for part in path.split("/")]
    return "/" + "/".join(said).replace("^", "")


def test_who_writes_while_the_merchant_moves_is_told_to_come_back() -> None:
    from django.db import IntegrityError

    tell = Moving(lambda request: None)  # type: ignore[arg-type, return-value]
    api = tell.process_exception(RequestFactory().post("/api/v1/orders"), IntegrityError(MOVING))
    assert api is not None
    assert (api.status_code, api["Retry-After"]) == (503, "60")
    assert tell.process_exception(RequestFactory().post("/orders/"), IntegrityError("something else")) is None


@pytest.fixture
def leaving(emil: Stage) -> str:
    """The key of a program of Emil's, behind the fence."""
    with in_cell("two"):
        key = make_key(emil.item("100012345").order.shop, by="emil", at=NOW)
        Merchant.objects.update(moving_to=HOME)
    return key


class Answers:
    """An application that says where it is asked, and during whose first answer something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens
        self.cells: list[str] = []

    def __call__(self, environment: dict[str, Any], start: Any) -> list[bytes]:
        if not self.cells:
            self.happens()
        self.cells.append(here())
        start(f"200 from {here()}", [])
        return [here().encode()]


def told(application: Answers, method: str, key: str) -> tuple[list[str], bytes]:
    """The heads and the body that a program hears."""
    heads: list[str] = []
    request = RequestFactory().generic(method, "/api/v1/orders", headers={"authorization": f"Bearer {key}"})
    answer = Door(application)(request.environ, lambda status, _headers: heads.append(status))
    try:
        return heads, b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
        assert here() == HOME


def arrives() -> None:
    """The key is found at home from now on, and in the second cell no more."""
    with in_cell("two"):
        row = ProgramKey.objects.get()
        hashed = row.hashed
        row.delete()
    with in_cell(HOME):
        make_key(shop_called(Merchant.objects.get().pk, "Shop"), by="emil", at=NOW)
        ProgramKey.objects.update(hashed=hashed)


def test_who_reads_while_he_leaves_is_answered_from_where_he_arrived(leaving: str) -> None:
    application = Answers(arrives)
    assert told(application, "GET", leaving) == (["200 from home"], b"home")
    assert application.cells == ["two", HOME]


def test_who_writes_while_he_leaves_is_told_to_try_again(leaving: str) -> None:
    application = Answers(arrives)
    heads, body = told(application, "POST", leaving)
    assert (heads, json.loads(body)) == (["503 Service Unavailable"], {"error": MOVING})
    assert application.cells == ["two"]


def test_as_long_as_he_is_there_everything_is_answered_once(leaving: str) -> None:
    for method in ("GET", "POST"):
        application = Answers(lambda: None)
        assert told(application, method, leaving) == (["200 from two"], b"two")
        assert application.cells == ["two"]


def test_while_an_answer_begins_late_its_head_is_sent_when_it_comes(leaving: str) -> None:
    assert asked("/api/v1/orders", authorization=f"Bearer {leaving}")[0] == "two"
