"""One click ends notices of a kind to one person: by a person on the page, or by the mail program itself."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import deliver, set_up
from tests.stage import Paid, Stage, order

from zahlmeister.flows.tell_of_money import save_rules
from zahlmeister.merchants.models import Event, Membership, Person, Role

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = (True, True)


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def office(stage: Stage, post: Post, brigitte: Person) -> Stage:
    set_up(stage, post.port)
    paula = Person.objects.create_user("paula@wollstube.example", "sehr-geheim-2026", name="Paula")
    Membership.objects.create(merchant=stage.merchant, person=paula, role=Role.OWNER)
    save_rules(stage.merchant, {Event.PAID: BOTH, Event.UNDERPAID: BOTH}, by=brigitte.email, at=stage.now)
    return stage


def is_paid(office: Stage, post: Post, number: str, minor: int = 2498) -> dict[str, str]:
    """An order is paid; who has been written to since, and by which address each stops it."""
    before = len(post.mails)
    office.orders(order(number, "24.98", ordered_on=date(2026, 10, 1)))
    office.pays(Paid(minor, f"Bestellung {number}"))
    office.later(minutes=11)
    deliver(office)
    mails = post.mails[before:]
    return {str(mail["To"].addresses[0].addr_spec): str(mail["List-Unsubscribe"] or "").strip("<>") for mail in mails}


def path(address: str) -> str:
    return urlsplit(address).path


def test_notices_to_the_merchant_say_how_to_end_them_and_letters_to_buyers_do_not(office: Stage, post: Post):
    stops = is_paid(office, post, "100012345")

    assert (stops["anna@post.example"], set(stops)) == (
        "", {"anna@post.example", "brigitte@wollstube.example", "paula@wollstube.example"},
    )  # fmt: skip
    mail = next(mail for mail in post.mails if "brigitte" in str(mail["To"]))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = mail.get_body(("plain",))
    assert body is not None
    assert stops["brigitte@wollstube.example"] in body.get_content()


def test_one_click_of_the_mail_program_ends_this_kind_for_this_person(office: Stage, post: Post):
    stops = is_paid(office, post, "100012345")
    program = Client(enforce_csrf_checks=True)
    address = path(stops["brigitte@wollstube.example"])
    for _ in range(2):
        assert program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert set(is_paid(office, post, "100012346")) == {"anna@post.example", "paula@wollstube.example"}
    assert "brigitte@wollstube.example" in is_paid(office, post, "100012347", minor=1000)  # another kind


def test_looking_ends_nothing_and_a_person_can_take_it_back(office: Stage, post: Post, client: Client):
    address = path(is_paid(office, post, "100012345")["brigitte@wollstube.example"])
    assert "Get no more notices of this kind?" in client.get(address).content.decode()
    assert "brigitte@wollstube.example" in is_paid(office, post, "100012346")

    assert "You get no more notices" in client.post(address, {"stop": "1"}).content.decode()
    assert "brigitte@wollstube.example" not in is_paid(office, post, "100012347")
    client.post(address, {"again": "1"})
    assert "brigitte@wollstube.example" in is_paid(office, post, "100012348")


def test_in_the_office_they_are_brought_back(office: Stage, post: Post, brigitte: Person, client: Client):
    client.post(path(is_paid(office, post, "100012345")["brigitte@wollstube.example"]))
    client.force_login(brigitte)
    assert "What you get no more" in client.get("/letters/notices").content.decode()
    client.post("/letters/notices/again")

    assert "What you get no more" not in client.get("/letters/notices").content.decode()
    assert "brigitte@wollstube.example" in is_paid(office, post, "100012346")


@pytest.mark.parametrize("text", ["nothing", "1-2-order_paid-0", "1-2-order_paid-ä", "-", "1-2-3-4-5"])
def test_an_address_that_is_not_ours_ends_nothing(db: None, client: Client, text: str):
    for answer in (client.get(f"/unsubscribe/{text}"), client.post(f"/unsubscribe/{text}")):
        assert answer.status_code == 404
