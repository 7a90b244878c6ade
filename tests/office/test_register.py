"""A business that nobody has taken in opens its own account."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.office.conftest import PASSWORD
from tests.office.test_people import mails
from tests.stage import Stage

from zahlmeister.correspondence.models import Sender
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.people.ask_key import send_key_next
from zahlmeister.flows.people.register import Business, register
from zahlmeister.history.queries import steps_of
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import AskedKey, Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused

ENGLISH = {"accept-language": "en"}
FORM = {"business": "Kaffeehaus Karl", "country": "AT", "name": "Karl Kaiser", "password": PASSWORD}


@pytest.fixture
def house(db: None, settings: Any) -> Merchant:
    """An installation whose operator lets strangers register."""
    settings.REGISTRATION = True
    return Merchant.objects.create(name="Zahlstelle", slug="zahlstelle", is_operator=True)


def asked(client: Client, email: str = "karl@kaffee.example") -> str:
    """The address of the link that was sent."""
    assert "on its way" in client.post("/register/", {"email": email}).content.decode()
    send_key_next(clock=timezone.now)
    return str(mails(HouseKind.REGISTER)[-1].payload["page"])


def test_karl_registers_and_is_in(house: Merchant) -> None:
    client = Client(headers=ENGLISH)
    assert "/register/" in client.get("/sign-in/").content.decode()
    path = asked(client, "Karl@Kaffee.example")
    page = client.get(path)
    assert "karl@kaffee.example" in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert not Person.objects.filter(email="karl@kaffee.example").exists()  # looking makes nothing
    assert client.post(path, {**FORM, "password": "kurz"}).status_code == 422
    assert client.post(path, FORM).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    membership = Membership.objects.get(person__email="karl@kaffee.example")
    assert (membership.role, membership.merchant.name, membership.merchant.country) == (
        Role.OWNER,
        "Kaffeehaus Karl",
        "AT",
    )
    step = steps_of(membership.merchant_id, "merchant", membership.merchant_id).last()
    assert step is not None
    assert (step.verb, step.actor) == ("registered", "karl@kaffee.example")


def test_a_link_is_good_once_and_for_a_day(house: Merchant) -> None:
    client = Client(headers=ENGLISH)
    path = asked(client)
    other = asked(client, "lena@kaffee.example")
    Client().post(path, FORM)
    assert [client.get(path).status_code, client.post(path, FORM).status_code] == [404, 404]
    assert Merchant.objects.filter(name="Kaffeehaus Karl").count() == 1
    with pytest.raises(Refused, match="used up"):
        register(path.split("/")[-1], Business("Noch eins", "DE", "Karl", PASSWORD), at=timezone.now())
    assert client.get(f"{path[:-3]}abc").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert client.get(other).status_code == 404


def test_a_link_is_used_up_whatever_its_address_has_become(house: Merchant) -> None:
    client = Client(headers=ENGLISH)
    path = asked(client)
    client.post(path, FORM)
    Person.objects.filter(email="karl@kaffee.example").update(email="neu@kaffee.example")
    assert [Client().get(path).status_code, Client().post(path, FORM).status_code] == [404, 404]
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert Client().get(asked(Client(headers=ENGLISH))).status_code == 200  # and another link is another thing


def test_whoever_is_known_gets_another_mail_and_the_same_page(house: Merchant, brigitte: Person) -> None:
    client = Client(headers=ENGLISH)
    pages = [client.post("/register/", {"email": email}) for email in (brigitte.email, "karl@kaffee.example")]
    said = {re.sub(r'"\S{64}"|[\w.]+@[\w.]+', "", page.content.decode()) for page in pages}
    assert len(said) == 1
    while send_key_next(clock=timezone.now):
        pass
    (known,) = mails(HouseKind.REGISTERED_BEFORE)
    assert (known.payload["reader"], known.payload["page"]) == (brigitte.email, "/sign-in/")
    assert [mail.payload["reader"] for mail in mails(HouseKind.REGISTER)] == ["karl@kaffee.example"]


def test_two_businesses_of_one_name_learn_nothing_of_each_other(house: Merchant) -> None:
    for email in ("karl@kaffee.example", "karla@kaffee.example", "kunz@kaffee.example"):
        client = Client(headers=ENGLISH)
        assert client.post(asked(client, email), FORM).headers["Location"] == "/"
    slugs = Merchant.objects.filter(name="Kaffeehaus Karl").order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["kaffeehaus-karl", "kaffeehaus-karl-2", "kaffeehaus-karl-3"]


def test_nobody_registers_unless_the_operator_wants_it(house: Merchant, settings: Any) -> None:
    client = Client(headers=ENGLISH)
    path = asked(client)
    settings.REGISTRATION = False
    assert [client.get("/register/").status_code, client.get(path).status_code] == [404, 404]
    assert "/register/" not in client.get("/sign-in/").content.decode()
    settings.REGISTRATION = True
    Merchant.objects.filter(pk=house.pk).update(is_operator=False)  # nobody would look at documents
    assert [client.get("/register/").status_code, client.post(path, FORM).status_code] == [404, 404]


def test_the_mail_holds_nothing_that_a_stranger_typed_and_speaks_his_language(
    house: Merchant, settings: Any, tmp_path: Any
) -> None:
    settings.MAIL_WAY = f"maildir:{tmp_path / 'post'}"
    Sender.objects.create(merchant=house, name="Zahlstelle", address="haus@zahlstelle.example", language="de")
    asked(Client(headers=ENGLISH))
    deliver_next(clock=timezone.now)
    (mail,) = [file for file in (tmp_path / "post").rglob("*") if file.is_file()]
    text = mail.read_text()
    assert "Subject: Open your account at Zahlmeister" in text
    assert "http://localhost:8000/register/" in text.replace("=\n", "").replace("=3D", "=")


def test_an_address_that_is_none_is_asked_again(house: Merchant) -> None:
    assert Client().post("/register/", {"email": "karl"}).status_code == 422
    assert not AskedKey.objects.exists()


def test_who_is_signed_in_is_led_home(house: Merchant, stage: Stage, office: Client) -> None:
    assert office.get("/register/").headers["Location"] == "/"
