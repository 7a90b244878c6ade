import re

import pytest
from django.test import Client, RequestFactory
from tests.letters.asked import printed, read_page
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.pages import item_of, payment_page, token
from zahlmeister.programs import limits

AT_HOME = {"street": "Hauptstr. 5", "postcode": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def shop(stage: Stage) -> Stage:
    BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR", holder="Brigitte Berger")
    Sender.objects.create(
        merchant=stage.merchant, name="Wollstube", address="zahlung@wolle.example", colour="#7a1f5c", imprint="HRB 1"
    )
    stage.orders(order("1001", "49.90", reference="KACDEFGH", **AT_HOME))
    return stage


def address(shop: Stage, number: str = "1001", more: str = "", language: str = "de") -> str:
    return f"/pay/{token(shop.item(number).pk)}{more}?language={language}"


def words(client: Client, where: str) -> str:
    """What the page says, without its tags."""
    answer = client.get(where)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL).split())


def test_the_buyer_sees_what_to_pay_to_whom_and_how(shop: Stage, client: Client):
    said = words(client, address(shop))

    for each in (
        "Bestellung 1001",
        "Noch offen: 49,90 EUR",
        "Brigitte Berger",
        "DE02 1203 0000 0000 2020 51",
        "KACDEFGH",
    ):
        assert each in said
    assert "Anna" not in said  # nothing about the buyer
    assert "Hauptstr" not in said


def test_what_is_copied_is_what_a_banking_app_wants_typed(shop: Stage, client: Client):
    html = client.get(address(shop)).content.decode()

    assert re.findall(r'data-copy="([^"]*)"', html) == [
        "Brigitte Berger", "DE02120300000000202051", "BYLADEM1001", "49,90", "KACDEFGH",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "says"),
    [("de", "Noch offen"), ("en", "Still open"), ("fr", "Montant ouvert"), ("it", "Importo aperto")],
)
def test_the_page_speaks_four_languages(shop: Stage, client: Client, language: str, says: str):
    assert says in words(client, address(shop, language=language))
    assert (
        says
        in client.get(
            f"/pay/{token(shop.item('1001').pk)}", headers={"Accept-Language": f"{language}-CH,de"}
        ).content.decode()
    )


def test_an_unknown_language_is_answered_in_the_senders(shop: Stage, client: Client):
    answer = client.get(address(shop, language="xx"), headers={"Accept-Language": "pl, ja;q=0.5"})

    assert "Noch offen" in answer.content.decode()


def test_the_page_says_how_the_order_stands(shop: Stage, client: Client):
    shop.pays(Paid(3000, "KACDEFGH"))
    assert "30,00 EUR von 49,90 EUR sind angekommen, es fehlen 19,90 EUR" in words(client, address(shop))
    assert "19,90" in words(client, address(shop))

    shop.pays(Paid(1990, "KACDEFGH", on=shop.now.date()))
    said = words(client, address(shop))
    assert "Ihre Zahlung ist angekommen" in said
    assert "DE02" not in said
    assert client.get(address(shop, more="/slip.pdf")).status_code == 404


def test_the_slip_is_the_one_of_the_buyers_country(shop: Stage, client: Client):
    pdf = client.get(address(shop, more="/slip.pdf")).content

    assert "SEPA-Überweisung/Zahlschein" in printed(pdf)
    assert read_page(pdf)[0].endswith("EUR49.90\n\n\nKACDEFGH")


def test_who_pays_the_carrier_is_asked_for_nothing(shop: Stage, client: Client):
    shop.orders(order("1002", "20.00", payment_kind="cod"))
    said = words(client, address(shop, "1002"))

    assert "beim Zusteller" in said
    assert "DE02" not in said


def test_without_an_account_the_page_says_whom_to_ask(shop: Stage, client: Client):
    BankAccount.objects.all().delete()

    assert "wenden Sie sich an Wollstube" in words(client, address(shop))


@pytest.mark.parametrize("more", ["", "/state", "/slip.pdf", "/look.css"])
def test_no_other_page_can_be_guessed(shop: Stage, client: Client, more: str):
    good = token(shop.item("1001").pk)
    number, _, signature = good.partition("-")
    other = f"{int(number, 36) + 1:x}"
    guesses = (f"{number}-{signature[:-1]}x", f"{other}-{signature}", number, f"{number}-", "-", f"Ä-{signature}")
    answers = {client.get(f"/pay/{guess}{more}").content for guess in guesses}

    assert len(answers) == 1  # a wrong one says nothing about which are right
    assert client.get(f"/pay/x-y{more}").status_code == 404


def test_nobody_else_is_told_of_the_page(shop: Stage, client: Client):
    answer = client.get(address(shop))

    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert client.post(address(shop)).status_code == 405


def test_the_address_in_letters_leads_to_the_page(shop: Stage, settings):
    settings.PUBLIC_ADDRESS = "https://pay.wolle.example"
    item = shop.item("1001").pk

    assert payment_page(item) == f"https://pay.wolle.example/pay/{token(item)}"
    assert item_of(token(item)) == item


def test_the_page_wears_the_merchants_colour(shop: Stage, client: Client):
    assert "--accent: #7a1f5c; --accent-ink: #ffffff" in client.get(address(shop, more="/look.css")).content.decode()


def test_strangers_who_guess_wait_and_buyers_of_the_same_address_do_not(shop: Stage, client: Client, settings):
    settings.MOST_VISITS = 3
    limits._knocks.clear()
    guessed = [client.get(f"/pay/guess-{number}") for number in range(4)]
    assert [answer.status_code for answer in guessed] == [404, 404, 404, 429]
    assert 1 <= int(guessed[-1]["Retry-After"]) <= 60
    assert "Bitte warten Sie eine Minute" in guessed[-1].content.decode()
    assert "Noch offen" in words(client, address(shop))


def test_one_page_is_not_shown_without_end(shop: Stage, client: Client, settings):
    settings.MOST_VISITS = 0
    limits._knocks.clear()
    assert client.get(address(shop, more="/slip.pdf", language="fr")).status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::8", True),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("unix:", "", False),
    ],
)
def test_a_line_is_counted_as_one_whatever_its_addresses(one: str, other: str, *, is_same: bool):
    assert (limits.caller_behind(one) == limits.caller_behind(other)) is is_same


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:ffff::8", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix:", "0.0.0.0"),
    ],
)
def test_wrong_passwords_are_counted_under_an_address(where: str, told: str):
    assert limits.counted_as(RequestFactory(REMOTE_ADDR=where).get("/")) == told
