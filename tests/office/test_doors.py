"""What every answer carries, and what no door lets in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from tests.installation import surroundings

from zahlmeister.merchants.models import Merchant
from zahlmeister.office.bodies import OF_PEOPLE, OF_STATEMENTS, OF_STRANGERS
from zahlmeister.programs import limits

SCRIPT = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
names = ("SESSION", "CSRF", "LANGUAGE")
said = {
    "cookies": [[getattr(settings, f"{name}_COOKIE_{what}") for what in ("NAME", "SECURE", "SAMESITE", "HTTPONLY")]
                for name in names],
    "answers": [dict(Client(SERVER_NAME="localhost").get(path).headers) for path in ("/health", "/static/office/office.js")],
    "ages": [settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH],
}
print(json.dumps(said))
"""  # noqa: E501 - a program of its own


def test_served_encrypted_cookies_are_guarded_by_their_names_and_browsers_stay_encrypted(tmp_path: Path) -> None:
    told = surroundings(tmp_path, ZAHLMEISTER_SECURE="1")
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=told, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["cookies"] == [[f"__Host-{name}", True, "Lax", True] for name in ("sessionid", "csrftoken", "language")]
    assert said["ages"] == [None, None, "/"]  # such a name wants no other host and every path
    for headers in said["answers"]:
        assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_no_other_cookie_is_set(office: Client) -> None:
    office.post("/i18n/setlang/", {"language": "en", "next": "/"})
    office.post("/statements/", {})  # says something on the next page
    ours = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
    assert set(office.cookies) <= ours
    assert office.cookies[settings.LANGUAGE_COOKIE_NAME]["samesite"] == "Lax"


@pytest.mark.parametrize("path", ["/static/office/office.js", "/health", "/nowhere", "/pay/nothing", "/sign-in/", "/"])
def test_nothing_is_framed_or_guessed(office: Client, path: str) -> None:
    answer = office.get(path)
    answer.close()
    headers = answer.headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_nobody_on_the_way_keeps_a_page_and_everybody_a_file_of_the_house(office: Client) -> None:
    for path in ("/", "/payments/", "/orders/", "/search/?q=anna", "/me/", "/nowhere"):
        assert "no-store" in office.get(path).headers["Cache-Control"]
    kept = office.get("/static/office/office.js")
    kept.close()
    assert "max-age" in kept.headers["Cache-Control"]


def test_signing_out_empties_the_browser(office: Client) -> None:
    assert office.post("/sign-out/").headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("path", ["/", "/health", "/static/office/office.js", "/api/v1/orders", "/pay/nothing"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG"])
def test_nothing_sends_a_request_back(office: Client, method: str, path: str) -> None:
    answer = office.generic(method, path)
    assert (answer.status_code, answer.content) == (405, b"")


def test_what_is_too_large_is_refused_unread(office: Client, merchant: Merchant) -> None:
    class Unread:
        def read(self, *_: object) -> bytes:
            pytest.fail("it was read")

        readline = read

    def sent(client: Client, path: str, size: int, **more: str) -> Any:
        told = {"CONTENT_LENGTH": str(size), "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
        return client.generic("POST", path, **told, **more)

    for path in ("/sign-in/", "/pay/nothing", "/centre/wollstube/", "/api/shop/x"):
        assert sent(Client(), path, 2 << 20).status_code == 413
    assert sent(office, "/orders/files/", OF_PEOPLE + 1).status_code == 413
    assert sent(office, "/pay/nothing", OF_STRANGERS + 1).status_code == 413
    page = sent(office, "/orders/files/", OF_PEOPLE + 1, HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert "Das ist zu groß" in page
    assert "<main" in page
    came_from = "http://testserver/statements/?account=1"
    late = sent(Client(), "/statements/", OF_STATEMENTS, HTTP_REFERER=came_from)
    assert (late.status_code, late.headers["Location"]) == (303, "/sign-in/?next=%2Fstatements%2F%3Faccount%3D1")
    assert sent(Client(), "/statements/", OF_STATEMENTS + 1, HTTP_REFERER=came_from).status_code == 413
    elsewhere = sent(Client(), "/statements/", OF_STATEMENTS, HTTP_REFERER="https://elsewhere.example/there")
    assert elsewhere.headers["Location"] == "/sign-in/?next=%2Fstatements%2F"


def test_who_asks_for_more_than_anybody_reads_waits_a_minute(
    office: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits._knocks.clear()
    monkeypatch.setattr(limits, "_minute", -1)
    monkeypatch.setattr(limits, "monotonic", lambda: 6000.0)  # all in one minute
    settings.MOST_PAGES = 12
    assert [office.get("/me/").status_code for _ in range(12)] == [200] * 12
    assert office.get("/me/").status_code == 429
    monkeypatch.setattr(limits, "monotonic", lambda: 6060.0)
    assert [office.get(path).status_code for path in ("/search/?q=a", "/me/", "/orders/?as=csv")] == [200, 200, 429]


def test_a_payment_page_is_not_tried_without_end(db: None, settings: Any) -> None:
    settings.MOST_VISITS = 0
    for path in ("/pay/nothing", "/pay/nothing/state", "/pay/nothing/slip.pdf"):
        assert Client().get(path).status_code == 429
