"""One's own access: a forgotten password, another address, a second factor, and where one is signed in."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.connectors.mail_server import mail_server
from tests.flows.test_payment_information import deliver, set_up
from tests.office.conftest import PASSWORD, fill, signed_in
from tests.office.test_access import addresses
from tests.office.test_people import mails
from tests.office.test_rights import works
from tests.stage import Stage

from zahlmeister.correspondence.models import MailAccount, Sender
from zahlmeister.flows.people.ask_key import LEASE, ask_key, send_key_next
from zahlmeister.flows.people.own_access import ask_address, change_behind, confirm_address, send_password_link
from zahlmeister.flows.tell_people import said
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import AskedKey, KeyKind, Merchant, Person
from zahlmeister.office.areas import AGAIN
from zahlmeister.office.urls import urlpatterns
from zahlmeister.outbox.write import tell
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.refusals import Refused

ENGLISH = {"accept-language": "en"}
BRIGITTE = {"username": "brigitte@wollstube.example", "password": "sehr-geheim-2026"}
NEW = "anderes-geheim-2027"


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06d}"


def with_app(person: Person) -> str:
    """Somebody switched codes of an app on; the secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def test_a_forgotten_password_is_replaced_by_a_link_that_is_good_once(stage: Stage, brigitte: Person) -> None:
    elsewhere, client = signed_in(brigitte), Client(headers=ENGLISH)
    for _ in range(3):
        assert "on its way" in client.post("/forgotten/", {"email": "Brigitte@wollstube.example"}).content.decode()
        assert send_key_next(clock=timezone.now) is not None
    (mail,) = mails(HouseKind.FORGOTTEN)  # asked often, it is one mail
    path = mail.payload["page"]
    assert client.get(path).status_code == 200
    assert client.post(path, {"password": "short"}).status_code == 422
    assert client.post(path, {"password": NEW}).headers["Location"] == "/sign-in/"
    assert client.get(path).status_code == 404
    assert client.post("/sign-in/", {**BRIGITTE, "password": NEW}).headers["Location"] == "/"
    assert elsewhere.get("/").status_code == 302  # whoever was in with the old password is out


def test_a_mail_with_a_key_never_leaves_by_the_merchants_own_server(
    stage: Stage, client: Client, brigitte: Person, settings: Any
) -> None:
    """A clerk who sets the mail server would read the owner's link."""
    client.post("/forgotten/", {"email": brigitte.email})
    send_key_next(clock=timezone.now)
    stage.now = timezone.now()
    with mail_server() as theirs, mail_server() as house:
        set_up(stage, theirs.port)
        other = said(HouseKind.BOOKS_TRIAL, "trial", "buch@kanzlei.example", {"merchant": "W", "day": "1"})
        tell(stage.merchant.pk, [other], at=stage.now)
        deliver(stage)
        assert theirs.readers == ["buch@kanzlei.example"]
        (mail,) = mails(HouseKind.FORGOTTEN)
        assert mail.state == "waiting"
        assert "ZAHLMEISTER_MAIL" in mail.error

        settings.MAIL_WAY = f"smtp+plain://127.0.0.1:{house.port}"
        stage.later(hours=1)
        deliver(stage)
        assert (theirs.readers, house.readers) == (["buch@kanzlei.example"], [brigitte.email])


def test_keys_leave_by_the_operators_server(stage: Stage, brigitte: Person) -> None:
    runs = Merchant.objects.create(name="Zahlstelle", slug="zahlstelle", is_operator=True)
    send_password_link(brigitte.email, at=stage.now)
    with mail_server() as theirs, mail_server() as house:
        set_up(stage, theirs.port)
        Sender.objects.create(merchant=runs, name="Zahlstelle", address="haus@zahlstelle.example")
        MailAccount.objects.create(merchant=runs, host="127.0.0.1", port=house.port, security="none")
        deliver(stage)
        assert (theirs.readers, house.readers, house.senders) == ([], [brigitte.email], ["haus@zahlstelle.example"])


def test_nobody_learns_whether_an_address_is_known(stage: Stage, client: Client) -> None:
    page = client.post("/forgotten/", {"email": "nobody@nowhere.example"}, headers=ENGLISH)
    assert "on its way" in page.content.decode()
    assert send_key_next(clock=timezone.now) is not None
    assert (mails(HouseKind.FORGOTTEN), send_key_next(clock=timezone.now)) == ([], None)


def test_the_door_does_the_same_for_a_known_address_as_for_an_unknown_one(
    stage: Stage, client: Client, brigitte: Person
) -> None:
    """Who measures how long an answer takes learns nothing: the same statements are sent to the database."""
    told = []
    for email in (brigitte.email, "nobody@nowhere.example"):
        with CaptureQueriesContext(connection) as seen:
            assert client.post("/forgotten/", {"email": email}).status_code == 200
        told.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in seen])
    assert told[0] == told[1]
    assert any("askedkey" in query for query in told[0])


def test_nobody_is_flooded_with_mails_or_kept_from_one(
    stage: Stage, client: Client, brigitte: Person, settings: Any
) -> None:
    """Known or not, six an hour for an address and purpose; and where they are asked from, forty in all."""
    settings.REGISTRATION = True
    Merchant.objects.create(name="Zahlstelle", slug="zahlstelle", is_operator=True)

    def ask(door: str, email: str) -> tuple[int, int]:
        answer = client.post(door, {"email": email})
        return answer.status_code, AskedKey.objects.all().delete()[0]

    for email in (brigitte.email, "nobody@nowhere.example"):
        assert [ask("/register/", email) for _ in range(7)] == [(200, 1)] * 6 + [(200, 0)]
        assert [ask("/forgotten/", email) for _ in range(7)] == [(200, 1)] * 6 + [(200, 0)]
    for number in range(12):
        assert ask("/forgotten/", f"{number}@nowhere.example") == (200, 1)
    assert ask("/forgotten/", "last@nowhere.example") == (429, 0)


def test_what_breaks_for_one_address_keeps_no_other_waiting(
    stage: Stage, brigitte: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    paula, now = works(stage.merchant), stage.now
    for person in (brigitte, paula):
        ask_key(KeyKind.PASSWORD, person.email, language="de", at=now)

    def broken(email: str, **more: object) -> None:
        if email == brigitte.email:
            raise RuntimeError(email)
        send_password_link(email, at=now)

    with monkeypatch.context() as patched:
        patched.setattr("zahlmeister.flows.people.ask_key.send_password_link", broken)
        with pytest.raises(RuntimeError):
            send_key_next(clock=lambda: now)
        send_key_next(clock=lambda: now)
        assert [mail.payload["reader"] for mail in mails(HouseKind.FORGOTTEN)] == [paula.email]
        assert send_key_next(clock=lambda: now) is None
    send_key_next(clock=lambda: now + LEASE)
    assert [mail.payload["reader"] for mail in mails(HouseKind.FORGOTTEN)] == [paula.email, brigitte.email]


def test_a_link_for_a_password_is_good_for_an_hour_and_for_nobody_else(stage: Stage, brigitte: Person) -> None:
    client, paula = Client(), works(stage.merchant)
    with time_machine.travel(stage.now, tick=False) as clock:
        send_password_link(brigitte.email, at=stage.now)
        path = mails(HouseKind.FORGOTTEN)[0].payload["page"]
        assert client.get(path.replace(str(brigitte.pk), str(paula.pk))).status_code == 404
        clock.shift(timedelta(hours=1, seconds=2))
        assert client.get(path).status_code == 404


def test_the_old_address_agrees_before_the_new_one_takes_over(stage: Stage, office: Client, brigitte: Person) -> None:
    assert office.post("/me/address", {"email": "Neu@wollstube.example"}).headers["Location"] == "/me/"
    (asked,) = mails(HouseKind.LEAVES_ADDRESS)
    assert asked.payload["reader"] == "brigitte@wollstube.example"
    client, first = Client(headers=ENGLISH), asked.payload["page"]
    assert client.get(first).status_code == 200
    assert mails(HouseKind.TAKES_ADDRESS) == []  # looking is not agreeing
    assert "last confirmation" in client.post(first).content.decode()
    (second,) = mails(HouseKind.TAKES_ADDRESS)
    assert second.payload["reader"] == "neu@wollstube.example"
    brigitte.refresh_from_db()
    assert brigitte.email == "brigitte@wollstube.example"
    assert "from now on" in client.post(second.payload["page"]).content.decode()
    brigitte.refresh_from_db()
    assert brigitte.email == "neu@wollstube.example"
    assert [client.post(path).status_code for path in (first, second.payload["page"])] == [404, 404]


def test_an_address_that_somebody_has_is_not_taken(stage: Stage, brigitte: Person) -> None:
    with time_machine.travel(stage.now, tick=False):
        ask_address(brigitte, "neu@wollstube.example", at=stage.now)
        confirm_address(mails(HouseKind.LEAVES_ADDRESS)[0].payload["page"].split("/")[-1], at=stage.now)
        last = mails(HouseKind.TAKES_ADDRESS)[0].payload["page"].split("/")[-1]
        Person.objects.create_user("neu@wollstube.example", PASSWORD, name="Quicker")
        with pytest.raises(Refused, match="cannot be used"):
            confirm_address(last, at=stage.now)


def test_nobody_learns_by_a_change_who_is_known(stage: Stage, office: Client) -> None:
    """Asked often enough, one is told to wait; whoever the address belongs to."""
    taken = works(stage.merchant).email
    pages = [office.post("/me/address", {"email": email}, follow=True) for email in (taken, "neu@wollstube.example")]
    assert [page.redirect_chain for page in pages] == [[("/me/", 302)]] * 2
    for _more in range(4):
        office.post("/me/address", {"email": taken})
    page = office.post("/me/address", {"email": taken}, headers=ENGLISH)
    assert "Wait an hour" in page.content.decode()


def test_another_password_ends_a_change_of_address(stage: Stage, brigitte: Person) -> None:
    ask_address(brigitte, "boese@elsewhere.example", at=stage.now)
    text = mails(HouseKind.LEAVES_ADDRESS)[0].payload["page"].split("/")[-1]
    assert change_behind(text) is not None
    brigitte.set_password(NEW)
    brigitte.save()
    assert change_behind(text) is None


def test_sessions_are_listed_and_ended(stage: Stage, brigitte: Person) -> None:
    here, there = signed_in(brigitte), Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/605"})
    there.post("/sign-in/", BRIGITTE)
    page = here.get("/me/").content.decode()
    assert "Safari · iPhone" in page
    assert "place unknown" in page
    other = UserSession.objects.get(user=brigitte, session_key=there.session.session_key)
    here.post(f"/me/sessions/{other.pk}/end")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    there.post("/sign-in/", BRIGITTE)
    here.post("/me/sessions/others/end")
    assert [there.get("/").status_code, here.get("/").status_code] == [302, 200]


def test_nobody_ends_the_session_of_somebody_else(stage: Stage, brigitte: Person) -> None:
    paula = signed_in(works(stage.merchant))
    signed_in(brigitte).get("/")
    row = UserSession.objects.filter(user=brigitte).first()
    assert row is not None
    assert paula.post(f"/me/sessions/{row.pk}/end").status_code == 404


def test_with_a_second_factor_the_password_alone_opens_nothing(
    stage: Stage, brigitte: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "zahlmeister.doors")
    secret, client = with_app(brigitte), Client(headers=ENGLISH)
    assert (
        client.post("/sign-in/?next=/orders/", {**BRIGITTE, "next": "/orders/"}).headers["Location"] == "/sign-in/code/"
    )
    assert client.get("/orders/").status_code == 302
    assert "does not fit" in client.post("/sign-in/code/", {"code": "000000"}).content.decode()
    assert client.post("/sign-in/code/", {"code": code_of(secret)}).headers["Location"] == "/orders/"
    assert client.get("/orders/").status_code == 200
    assert [each.getMessage() for each in caplog.records if each.name == "zahlmeister.doors"] == [
        f"A wrong code of person {brigitte.pk}.",
        f"Person {brigitte.pk} is signed in by password, totp.",
    ]
    again = Client()
    again.post("/sign-in/", BRIGITTE)
    assert again.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 200  # a code is good once


def test_guessing_codes_locks_the_door(
    stage: Stage, brigitte: Person, settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AXES_ENABLED = True
    secret, client = with_app(brigitte), Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/sign-in/code/", {"code": "000000"})
    assert answer.status_code == 429
    assert client.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 429
    assert client.post("/sign-in/", BRIGITTE).status_code == 429
    told = [each.getMessage() for each in caplog.records]
    assert told.count(f"A wrong code of person {brigitte.pk}.") == settings.AXES_FAILURE_LIMIT
    assert "Too Many Requests: /sign-in/" in told


def test_a_wrong_password_is_noted_and_what_was_typed_as_an_address_is_not(
    stage: Stage, brigitte: Person, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(headers=ENGLISH)
    client.post("/sign-in/", {**BRIGITTE, "password": "wrong"})
    client.post("/sign-in/", {"username": "my-password@typed.example", "password": "wrong"})
    told = [each.getMessage() for each in caplog.records if each.name == "zahlmeister.doors"]
    assert told == [f"A wrong password of person {brigitte.pk}.", "A wrong password of an address that nobody has."]


def test_secrets_of_apps_are_sealed(stage: Stage, brigitte: Person) -> None:
    secret = with_app(brigitte)
    assert secret not in str(Authenticator.objects.get(user=brigitte).data)


def test_switching_an_app_on_asks_who_it_is_and_gives_recovery_codes(stage: Stage, brigitte: Person) -> None:
    client = Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    answer = client.get("/me/second-factor/app/")
    assert answer.headers["Location"].startswith("/sign-in/again/?next=")
    assert "not your password" in client.post(answer.headers["Location"], {"password": "wrong"}).content.decode()
    back = client.post(answer.headers["Location"], {"password": BRIGITTE["password"], "next": "/me/second-factor/app/"})
    assert back.headers["Location"] == "/me/second-factor/app/"
    form = client.get("/me/second-factor/app/").context["form"]
    on = client.post("/me/second-factor/app/", {"code": code_of(form.secret)})
    assert on.headers["Location"] == "/me/second-factor/codes/"
    assert len(client.post("/me/second-factor/codes/").context["codes"]) == 10


def test_an_owner_may_demand_it_of_everybody(stage: Stage, office: Client, brigitte: Person) -> None:
    paula = works(stage.merchant)
    clerk = signed_in(paula)
    assert clerk.get("/payments/").status_code == 200
    with_app(brigitte)
    office.post("/people/second-factor", {"wanted": "1"})
    assert clerk.get("/payments/").headers["Location"] == "/me/second-factor/"
    assert clerk.get("/me/second-factor/").status_code == 200
    assert clerk.get("/me/").status_code == 200
    assert office.get("/payments/").status_code == 200
    with_app(paula)
    assert clerk.get("/payments/").status_code == 200
    office.post("/people/second-factor", {"wanted": "0"})
    assert not Merchant.objects.get(pk=stage.merchant.pk).wants_second_factor


def test_where_money_goes_is_asked_again_and_what_was_typed_is_not_lost(stage: Stage, brigitte: Person) -> None:
    client = Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    typed = {"name": "Wollstube", "number": "DE75512108001245126199", "currency": "EUR"}
    answer = client.post("/payouts/account/", typed)
    assert answer.headers["Location"].startswith("/sign-in/again/?next=%2Fpayouts%2Faccount%2F")
    assert not PayoutAccount.objects.exists()
    back = client.post(answer.headers["Location"], {"password": BRIGITTE["password"], "next": "/payouts/account/"})
    assert back.status_code in {200, 302}
    assert PayoutAccount.objects.get().number == typed["number"]


def test_a_session_that_was_left_open_changes_nothing_that_is_asked_again(stage: Stage, brigitte: Person) -> None:
    fill(stage)
    client = Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    pages = addresses(stage, [one for one in urlpatterns if one.name in AGAIN])
    asked = {name: client.post(address).headers.get("Location", "") for name, address in pages.items()}
    assert {name for name, where in asked.items() if not where.startswith("/sign-in/again/?next=")} == set()
    assert len(asked) == len(AGAIN)


def test_what_was_typed_before_being_asked_again_lies_sealed(stage: Stage, brigitte: Person) -> None:
    """A password that waits in a session is read by nobody who reads the database."""
    client = Client(headers=ENGLISH)
    client.post("/sign-in/", BRIGITTE)
    asked = client.post("/me/password", {"current": PASSWORD, "password": NEW}).headers["Location"]
    assert asked.startswith("/sign-in/again/")
    assert NEW in json.dumps(dict(client.session))
    kept = Session.objects.get(session_key=client.session.session_key).session_data
    assert kept.startswith("gAAAA")  # Fernet, and nothing of Django's own writing, which anybody can read
    client.post(asked, {"password": PASSWORD, "next": "/me/password"})
    assert Person.objects.get(pk=brigitte.pk).check_password(NEW)  # it went on as it was typed


def test_a_session_of_another_secret_is_an_empty_one(
    stage: Stage, brigitte: Person, settings: Any, tmp_path: Path
) -> None:
    client = signed_in(brigitte)
    assert client.get("/me/").status_code == 200
    settings.SECRET_FILE = tmp_path / "secret.key"
    settings.SECRET_FILE.write_text("another-one")
    assert client.get("/me/").status_code == 302
