"""What is looked for in lists: words stand in addresses, account numbers do not, and both find the same as ever."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import BERND, CORA, Paid, Stage, order

from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.accounts import grouped
from zahlmeister.office.looked_for import as_typed, in_address


@pytest.fixture
def paid(stage: Stage) -> Stage:
    """Bernd and Cora have paid, and nobody knows for what."""
    stage.orders(order("B-1", "24.98"))
    stage.pays(Paid(999, "etwas", "Bernd Baum", BERND), Paid(998, "anderes", "Cora Clausen", CORA))
    return stage


def led(client: Client, at: str, **told: str) -> str:
    answer = client.post("/look-for/", {"at": at, **told})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


@pytest.mark.parametrize("typed", [BERND, grouped(BERND), BERND.lower(), f" {BERND}"])
def test_an_account_number_finds_its_payments_and_stands_in_no_address(paid: Stage, office: Client, typed: str):
    address = led(office, "/payments/", q=typed)
    assert urlsplit(address).path == "/payments/"
    assert BERND[4:] not in address.upper().replace("+", "").replace("%20", "")
    page = office.get(address).content.decode()
    assert "Bernd Baum" in page
    assert "Cora Clausen" not in page
    links = [part for part in page.split('"') if part.startswith(("?", "/")) and "q=" in part]
    assert links  # the chips carry on what is looked for
    assert [link for link in links if BERND[4:] in link.replace("+", "").upper()] == []


def test_words_stand_in_the_address_as_they_are(paid: Stage, office: Client):
    assert led(office, "/payments/", q="Cora", state="open", other="") == "/payments/?state=open&q=Cora"
    assert led(office, "/orders/", q=" ") == "/orders/"
    assert "Cora Clausen" in office.get("/payments/?q=Cora").content.decode()


def test_an_address_with_an_account_number_becomes_one_without(paid: Stage, office: Client):
    answer = office.get("/payments/", {"q": BERND, "min": "1"})
    assert answer.status_code == 302
    told = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert told["min"] == ["1"]
    assert told["q"] == [in_address(BERND, paid.merchant)]
    assert "Bernd Baum" in office.get(answer.headers["Location"]).content.decode()
    assert office.get("/payments/?q=Bernd").status_code == 200


def test_the_beginning_of_a_number_is_hidden_too_and_said_to_be_too_short(paid: Stage, office: Client):
    address = led(office, "/search/", q=BERND[:14])
    assert BERND[4:14] not in address
    assert BERND[:14] in office.get(address).content.decode()


def test_the_same_number_gives_the_same_address_and_no_other_merchant_opens_it(paid: Stage):
    neighbour = Merchant.objects.create(name="Nachbar")
    mine = in_address(BERND, paid.merchant)
    assert mine == in_address(BERND, paid.merchant) == in_address(mine, paid.merchant)
    assert mine != in_address(BERND, neighbour)
    assert as_typed(mine, paid.merchant) == BERND
    assert as_typed(mine, neighbour) == mine
    assert as_typed("~1f0c93ab.qYk1", paid.merchant) == "~1f0c93ab.qYk1"


@pytest.mark.parametrize("at", ["https://elsewhere.example/", "//elsewhere.example/payments/", "/nowhere/at/all/", ""])
def test_nobody_is_led_out_of_the_house(paid: Stage, office: Client, at: str):
    answer = office.post("/look-for/", {"at": at, "q": BERND})
    assert answer.status_code == 404 or urlsplit(answer.headers["Location"]).netloc == ""


def test_who_sees_no_account_numbers_looks_for_words_and_opens_no_sealed_one(paid: Stage):
    person = Person.objects.create(email="cleo@wollstube.example", name="Cleo Klar")
    rights = {"orders": 1, "money_out": 1}
    Membership.objects.create(merchant=paid.merchant, person=person, role=Role.CLERK, rights=rights)
    cleo = signed_in(person)
    assert led(cleo, "/payments/", q="Cora") == "/payments/?q=Cora"
    shown = f"{BERND[:2]}…{BERND[-4:]}"
    assert led(cleo, "/payments/", q=shown) == f"/payments/?{urlencode({'q': shown})}"
    page = cleo.get(f"/payments/?{urlencode({'q': in_address(BERND, paid.merchant)})}").content.decode()
    assert shown in page
    assert BERND not in page


def test_who_had_to_sign_in_on_the_way_begins_anew(office: Client):
    assert office.get("/look-for/").headers["Location"] == "/"
