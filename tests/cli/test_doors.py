"""The server refuses what is larger than its door allows before it takes it in."""

import pytest
from django.test import Client
from waitress.adjustments import Adjustments
from waitress.utilities import RequestEntityTooLarge

from zahlmeister.cli.doors import Request
from zahlmeister.merchants.models import Person
from zahlmeister.office.bodies import OF_PEOPLE, OF_STATEMENTS, OF_STRANGERS


def begun(path: str, size: int, cookie: str = "") -> Request:
    """A request of which the server has read what stands above the body."""
    request = Request(Adjustments())
    request.received(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    return request


def is_refused(request: Request) -> bool:
    """Nothing of the body is taken in: programs get an error, people a page that is asked for without it."""
    is_without = request.completed and request.body_rcv is None and request.headers["CONNECTION"] == "close"
    return isinstance(request.error, RequestEntityTooLarge) or is_without


@pytest.fixture
def cookie(db: None) -> str:
    client = Client()
    client.force_login(Person.objects.create(email="b@wollstube.example"), "django.contrib.auth.backends.ModelBackend")
    return f"language=de; sessionid={client.cookies['sessionid'].value}"


@pytest.mark.parametrize("path", ["/", "/statements/", "/sign-in/", "/pay/abc", "/centre/wollstube/", "/api/shop/x"])
def test_a_stranger_brings_little(db: None, path: str) -> None:
    assert not is_refused(begun(path, OF_STRANGERS))
    assert is_refused(begun(path, 2 << 20, "sessionid=made-up"))


def test_who_is_signed_in_brings_documents_and_statements(cookie: str) -> None:
    assert not is_refused(begun("/verification/documents/new", OF_PEOPLE, cookie))
    assert is_refused(begun("/verification/documents/new", OF_PEOPLE + 1, cookie))
    assert not is_refused(begun("/statements/", OF_STATEMENTS, cookie))
    assert is_refused(begun("/statements/", OF_STATEMENTS + 1, cookie))
    assert is_refused(begun("/sign-in/", 2 << 30, cookie))
    assert is_refused(begun("/pay/abc", OF_STRANGERS + 1, cookie))


def test_what_does_not_say_how_large_it_is_is_counted_while_it_comes(db: None) -> None:
    request = Request(Adjustments())
    request.received(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    for _ in range(OF_STRANGERS // 0x4000 - 1):
        request.received(piece)
    assert request.error is None
    request.received(piece * 2)
    assert is_refused(request)
    assert request.completed
