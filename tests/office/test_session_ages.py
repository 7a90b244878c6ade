"""How long somebody stays signed in, how often, and under which number."""

from time import time
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from tests.office.conftest import signed_in

from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.office.session_ages import MOST_SESSIONS, Sessions

PASSWORD = "correct-horse-battery"


def aged(client: Client, **said: int) -> Client:
    """The same session, as if it had begun, or had been seen, so many seconds ago."""
    session = client.session
    for name, ago in said.items():
        session[name] = int(time()) - ago
    session.save()
    return client


def is_in(client: Client, path: str = "/me/") -> bool:
    answer = client.get(path)
    return answer.status_code == 200


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ({"began": settings.SIGNED_IN - 600, "seen": settings.IDLE - 600}, True),
        ({"began": settings.SIGNED_IN - 600, "seen": settings.IDLE + 1}, False),
        ({"began": settings.SIGNED_IN + 1, "seen": 0}, False),
        ({"began": settings.IDLE + 1, "seen": 10 * settings.SIGNED_IN}, False),
    ],
    ids=["used", "idle", "old", "never used"],
)
def test_a_session_ends_when_nobody_uses_it_and_when_it_is_old(
    merchant: Merchant, brigitte: Person, said: dict[str, int], stays: bool
) -> None:
    client = aged(signed_in(brigitte), **said)
    key = client.session.session_key
    assert is_in(client) is stays
    assert is_in(client, "/me/second-factor/") is stays  # the library's own pages, too
    assert client.session.exists(key) is stays


def test_a_page_that_asks_again_by_itself_is_no_use(merchant: Merchant, brigitte: Person) -> None:
    client = aged(signed_in(brigitte), seen=settings.IDLE - 600)
    before = client.session["seen"]
    client.get("/statements/1/progress")
    assert client.session["seen"] == before
    client.get("/me/")
    assert client.session["seen"] > before


@pytest.mark.parametrize(("path", "takes"), [("/statements/1/progress", False), ("/me/", True)], ids=["poll", "page"])
def test_a_poll_under_a_number_of_before_takes_no_session_from_the_browser(
    merchant: Merchant, brigitte: Person, path: str, takes: bool
) -> None:
    client = signed_in(brigitte)
    Session.objects.all().delete()  # another answer has given the browser another number
    answer = client.get(path)
    kept = answer.cookies.get(settings.SESSION_COOKIE_NAME)
    assert (kept is not None and not kept.value) is takes


def test_with_one_more_session_the_one_seen_longest_ago_ends(merchant: Merchant, brigitte: Person) -> None:
    clients = [signed_in(brigitte) for _ in range(MOST_SESSIONS)]
    fresh = Client()
    fresh.force_login(brigitte, "django.contrib.auth.backends.ModelBackend")
    assert is_in(fresh)
    assert [is_in(client) for client in clients] == [False] + [True] * (MOST_SESSIONS - 1)
    assert UserSession.objects.filter(user=brigitte).count() == MOST_SESSIONS


def test_showing_who_one_is_gives_the_session_another_number(merchant: Merchant, brigitte: Person) -> None:
    brigitte.set_password(PASSWORD)
    brigitte.save()
    client = signed_in(brigitte)
    old = client.session.session_key
    client.post("/sign-in/again/", {"password": "wrong"})
    assert client.session.session_key == old
    client.post("/sign-in/again/", {"password": PASSWORD})
    assert client.session.session_key != old
    assert not client.session.exists(old)
    assert is_in(client)
    assert UserSession.objects.get(user=brigitte).session_key == client.session.session_key


@pytest.mark.parametrize("path", ["/me/sessions/others/end", "/me/sessions/1/end"])
def test_other_sessions_are_ended_by_who_has_just_shown_who_they_are(
    merchant: Merchant, brigitte: Person, path: str
) -> None:
    client = Client()
    client.force_login(brigitte, "django.contrib.auth.backends.ModelBackend")
    assert client.post(path).headers["Location"].startswith("/sign-in/again/")


def test_changing_the_password_asks_for_the_one_of_now(merchant: Merchant, brigitte: Person) -> None:
    brigitte.set_password(PASSWORD)
    brigitte.save()
    client = signed_in(brigitte)

    def asked(**said: Any) -> bool:
        client.post("/me/password", said)
        return Person.objects.get(pk=brigitte.pk).check_password("quite-another-horse")

    assert not asked(password="quite-another-horse")
    assert not asked(current="wrong", password="quite-another-horse")
    assert asked(current=PASSWORD, password="quite-another-horse")


@pytest.mark.parametrize(
    ("method", "came_from", "leads_to"),
    [
        ("GET", "http://testserver/orders/", "/me/?tab=1"),
        ("POST", "http://testserver/orders/", "http://testserver/orders/"),
        ("POST", "https://elsewhere.example/", "/me/?tab=1"),
        ("POST", "", "/me/?tab=1"),
    ],
    ids=["read", "written", "from elsewhere", "from nowhere"],
)
def test_a_session_that_ends_while_a_page_is_made_leads_back_to_the_page(
    merchant: Merchant, brigitte: Person, method: str, came_from: str, leads_to: str
) -> None:
    client = signed_in(brigitte)
    key = client.session.session_key

    def page(request: HttpRequest) -> HttpResponse:
        request.session["anything"] = 1
        Session.objects.filter(session_key=key).delete()  # another tab signs out in this moment
        return HttpResponse("made")

    request = RequestFactory().generic(method, "/me/?tab=1", headers={"Referer": came_from})
    request.COOKIES[settings.SESSION_COOKIE_NAME] = key
    answer = Sessions(page)(request)
    assert (answer.status_code, answer["Location"]) == (302, leads_to)
    assert client.get("/me/?tab=1")["Location"] == "/sign-in/?next=/me/%3Ftab%3D1"
