"""The operator's terms: agreed at registration, asked again when there is a new version, and nothing without texts."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.office.conftest import PASSWORD, signed_in
from tests.office.test_register import ENGLISH, FORM, asked
from tests.office.test_rights import works

from zahlmeister.desk.models import Agreement, HouseText, TextKind
from zahlmeister.flows.agree_texts import agree, in_force, not_agreed, publish
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused


@pytest.fixture
def house(db: None, settings: Any) -> Merchant:
    settings.REGISTRATION = True
    return Merchant.objects.create(name="Zahlstelle", slug="zahlstelle", is_operator=True)


@pytest.fixture
def olaf(house: Merchant) -> Person:
    """An owner of who runs the house."""
    person = Person.objects.create_user("olaf@zahlstelle.example", PASSWORD, name="Olaf")
    Membership.objects.create(merchant=house, person=person, role=Role.OWNER)
    return person


def put(olaf: Person, words: str = "Erstens", kind: TextKind = TextKind.TERMS, days: int = 14) -> HouseText:
    """A version in force, to be agreed in so many days."""
    until = timezone.localdate() + timedelta(days=days)
    return publish(kind, words, f"{words.strip()} in English".strip(), until, by=olaf, at=timezone.now())


def test_karl_agrees_to_both_texts_when_he_registers(olaf: Person) -> None:
    put(olaf)
    put(olaf, "Auftrag", TextKind.PROCESSING)
    client = Client(headers=ENGLISH)
    path = asked(client)
    page = client.get(path).content.decode()
    links = re.findall(r'href="(/terms/[^"]+)"', page)
    assert links == ["/terms/terms/1/", "/terms/processing/1/"]
    text = client.get(links[0]).content.decode()
    assert "Erstens in English" in text
    assert '<main class="wide">' in text
    refused = client.post(path, {**FORM, "agrees_terms_1": "on"})
    assert refused.status_code == 422
    assert not Person.objects.filter(email="karl@kaffee.example").exists()
    assert client.post(path, {**FORM, "agrees_terms_1": "on", "agrees_processing_1": "on"}).status_code == 302
    karl = Person.objects.get(email="karl@kaffee.example")
    kept = Agreement.objects.filter(merchant__name="Kaffeehaus Karl").values_list("kind", "version", "person", "email")
    assert sorted(kept) == [("processing", 1, karl.pk, karl.email), ("terms", 1, karl.pk, karl.email)]
    assert "an owner agrees by" not in client.get("/").content.decode()


def test_a_version_that_came_meanwhile_is_asked_for_anew(olaf: Person) -> None:
    put(olaf)
    client = Client(headers=ENGLISH)
    path = asked(client)
    put(olaf, "Zweitens")
    assert client.post(path, {**FORM, "agrees_terms_1": "on"}).status_code == 422
    assert client.post(path, {**FORM, "agrees_terms_2": "on"}).status_code == 302
    assert [row.version for row in Agreement.objects.all()] == [2]


def test_without_texts_nothing_is_asked(house: Merchant) -> None:
    client = Client(headers=ENGLISH)
    path = asked(client)
    assert "/terms/" not in client.get(path).content.decode()
    assert client.post(path, FORM).status_code == 302
    assert "Nothing was agreed to yet" in client.get("/agreements/").content.decode()
    assert not Agreement.objects.exists()


def test_an_owner_is_told_of_a_new_version_and_works_on_until_its_day(olaf: Person, brigitte: Person) -> None:
    put(olaf, days=14)
    office = signed_in(brigitte)
    page = office.get("/", headers=ENGLISH)
    assert page.status_code == 200
    assert "General terms, version 1: an owner agrees by" in page.content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=12)):
        assert signed_in(brigitte).get("/payments/").status_code == 200


def test_after_the_day_an_owner_agrees_first_and_others_only_read(
    olaf: Person, brigitte: Person, merchant: Merchant
) -> None:
    put(olaf, days=14)
    clara = works(merchant, Role.CLERK)
    with time_machine.travel(timezone.now() + timedelta(days=16)):
        owner, clerk = signed_in(brigitte), signed_in(clara)
        assert owner.get("/payments/").headers["Location"] == "/agreements/"
        assert owner.post("/people/new", {"email": "x@post.example"}).headers["Location"] == "/agreements/"
        assert owner.get("/me/").status_code == 200
        assert clerk.get("/payments/").status_code == 200
        assert clerk.post("/payments/1/ignore").status_code == 403
        refused = clerk.post("/agreements/", {"agrees_terms_1": "on"}, headers=ENGLISH)
        assert "Only an owner may agree for the merchant" in refused.content.decode()
        assert not Agreement.objects.exists()
        assert owner.post("/agreements/", {}).status_code == 422
        assert owner.post("/agreements/", {"agrees_terms_1": "on"}).headers["Location"] == "/agreements/"
        assert owner.get("/payments/").status_code == 200
        assert clerk.post("/payments/1/ignore").status_code == 404
        assert brigitte.email in owner.get("/agreements/").content.decode()
    row = Agreement.objects.get()
    assert (row.merchant_id, row.kind, row.version, row.person_id) == (merchant.pk, "terms", 1, brigitte.pk)


def test_agreeing_twice_is_once_and_an_old_version_is_refused(
    olaf: Person, brigitte: Person, merchant: Merchant
) -> None:
    put(olaf)
    for _ in range(2):
        agree(merchant, [("terms", 1)], by=brigitte, at=timezone.now())
    assert Agreement.objects.count() == 1
    put(olaf, "Zweitens")
    with pytest.raises(Refused, match="may have changed"):
        agree(merchant, [("terms", 1)], by=brigitte, at=timezone.now())
    assert [row.version for row in not_agreed(merchant)] == [2]


def test_the_operator_agrees_to_nothing_and_sees_who_has(olaf: Person, brigitte: Person, merchant: Merchant) -> None:
    put(olaf, days=0)
    put(olaf, "Auftrag", TextKind.PROCESSING, days=0)
    agree(merchant, [("terms", 1)], by=brigitte, at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        desk = signed_in(olaf)
        assert desk.get("/").status_code == 200
        page = desk.get(f"/operator/merchants/{merchant.pk}/", headers=ENGLISH).content.decode()
    assert brigitte.email in page
    assert "Not agreed to yet" in page


def test_only_an_owner_of_the_operators_publishes_and_a_version_never_changes(
    olaf: Person, brigitte: Person, house: Merchant
) -> None:
    assert signed_in(brigitte).get("/operator/texts/").status_code == 404
    with pytest.raises(Refused, match="Only an owner of who runs"):
        put(brigitte)
    with pytest.raises(Refused, match="Only an owner of who runs"):
        put(works(house, Role.CLERK))
    assert put(olaf).pk == put(olaf, "Erstens  \n").pk
    with pytest.raises(Refused, match="German and in English"):
        publish(TextKind.TERMS, " \n ", "First", timezone.localdate(), by=olaf, at=timezone.now())
    with pytest.raises(Refused, match="is over"):
        publish(TextKind.TERMS, "a", "b", date(2020, 1, 1), by=olaf, at=timezone.now())
    assert [(row.kind, row.version) for row in in_force()] == [("terms", 1)]


def test_a_version_is_put_in_force_on_the_page(olaf: Person) -> None:
    given = {"kind": "terms", "german": "§ 1 <b>", "english": "1. <b>", "agree_by": str(timezone.localdate())}
    assert signed_in(olaf).post("/operator/texts/", given).headers["Location"] == "/operator/texts/"
    page = Client().get("/terms/terms/1/", headers={"accept-language": "de"}).content.decode()
    assert "§ 1 &lt;b&gt;" in page
    assert Client().get("/terms/terms/2/").status_code == 404
