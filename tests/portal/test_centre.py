"""The customer centre in a browser without scripts: who comes in sees what is theirs, and pays it."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from tests.flows.test_centre import anna, centre, comes  # noqa: F401 - fixtures
from tests.stage import Stage, order

from zahlmeister.flows.centre.let_in import ask_link, enter_by_link
from zahlmeister.flows.centre.release import release
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.orders.models import PaymentKind
from zahlmeister.portal.centre.words import words_of
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, CentreSettings, Customer
from zahlmeister.prepaid.second_factor import code_of
from zahlmeister.programs import limits
from zahlmeister.receivables.states import ItemState

HOME = "/centre/brigitte/"


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> None:
    limits._knocks.clear()


@pytest.fixture
def shop(centre: Stage) -> Stage:  # noqa: F811
    centre.now = timezone.now()
    return centre


def words(answer: object) -> str:
    page = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body")[2] or page).split())


def come_in(client: Client, stage: Stage, email: str = "anna@post.example") -> Account:
    """By the link in the mail, as a person does."""
    client.post(f"{HOME}sign-in/?language=de", {"email": email})
    link = f"{HOME}in/{token(Customer.objects.get(email=email))}"
    assert "Anmelden als" in words(client.get(link))
    assert client.post(link).headers["Location"] == HOME
    return Account.objects.select_related("merchant", "customer").get(customer__email=email)


def form_of(client: Client, where: str) -> dict[str, str]:
    """The hidden fields of a form as the page gives them."""
    page = client.get(where).content.decode()
    return dict(re.findall(r'type="hidden"\s+name="(key|item)"\s+value="([^"]*)"', page))


def test_the_whole_way_from_the_link_to_the_paid_invoice(shop: Stage, client: Client) -> None:
    account = come_in(client, shop)
    assert client.get(HOME).headers["Location"] == f"{HOME}accounts/{account.pk}/"
    seen = words(client.get(f"{HOME}accounts/{account.pk}/"))
    for each in ("69,90 EUR", "Rechnung R1001", "Guthaben 0,00 EUR"):
        assert each in seen
    assert "1003" not in seen

    where = f"{HOME}accounts/{account.pk}/top-up/"
    answer = client.post(where, {**form_of(client, where), "amount": "100", "way": "transfer"})
    transfer = AnnouncedTransfer.objects.get()
    assert answer.headers["Location"] == f"{HOME}transfers/{transfer.pk}/"
    page = client.get(answer.headers["Location"])
    assert transfer.reference in words(page)
    assert "<svg" in page.content.decode()
    assert client.get(f"{HOME}transfers/{transfer.pk}/slip.pdf").content.startswith(b"%PDF")

    comes(shop, transfer)
    assert "werden gleich gutgeschrieben" in words(client.get(f"{HOME}transfers/{transfer.pk}/"))
    release(shop.merchant, transfer.pk, by="brigitte", at=shop.now)
    assert "100,00 EUR sind gutgeschrieben" in words(client.get(f"{HOME}transfers/{transfer.pk}/state"))

    where = f"{HOME}accounts/{account.pk}/pay/?item={shop.item('1001').pk}"
    answer = client.post(where, {**form_of(client, where), "amount": "49,90", "way": "balance"})
    assert "49,90 EUR aus Ihrem Guthaben. Es bleiben 50,10 EUR." in words(client.get(answer.headers["Location"]))
    assert shop.item("1001").state == ItemState.PAID
    assert "50,10 EUR" in words(client.get(f"{HOME}accounts/{account.pk}/entries/"))
    assert client.get(f"{HOME}accounts/{account.pk}/statement.pdf").content.startswith(b"%PDF")
    assert shop.books() == []


def test_the_answer_to_asking_for_a_link_is_the_same_for_everybody(shop: Stage, client: Client) -> None:
    said = {
        re.sub(r"\S+@\S+|csrf\S*|value=\S*", "", client.post(f"{HOME}sign-in/", {"email": email}).content.decode())
        for email in ("anna@post.example", "eva@post.example")
    }
    assert len(said) == 1


def test_nobody_who_is_not_signed_in_sees_anything(shop: Stage, client: Client) -> None:
    account = come_in(Client(), shop)
    for path in ("", f"accounts/{account.pk}/", f"accounts/{account.pk}/pay/", f"accounts/{account.pk}/statement.pdf"):
        assert client.get(f"{HOME}{path}").headers["Location"] == f"{HOME}sign-in/"


def test_another_customers_pages_do_not_exist(shop: Stage, client: Client) -> None:
    bernds = come_in(Client(), shop, "bernd@post.example")
    annas = come_in(client, shop)
    where = f"{HOME}accounts/{annas.pk}/top-up/"
    theirs = Client()
    for path in (
        f"accounts/{bernds.pk}/",
        f"accounts/{bernds.pk}/pay/",
        f"accounts/{bernds.pk}/top-up/",
        "transfers/1/",
    ):
        assert client.get(f"{HOME}{path}").status_code == 404
    client.post(where, {**form_of(client, where), "amount": "10"})
    transfer = AnnouncedTransfer.objects.get()

    assert theirs.get(f"{HOME}transfers/{transfer.pk}/").status_code == 302


def test_a_centre_that_is_off_or_another_merchants_is_not_there(shop: Stage, client: Client) -> None:
    assert client.get("/centre/karl/").status_code == 404
    CentreSettings.objects.update(is_on=False)
    assert client.get(HOME).status_code == 404
    assert client.get(f"{HOME}sign-in/").status_code == 404


@pytest.mark.parametrize(
    ("amount", "says"),
    [("viel", "kein Betrag"), ("1", "mindestens 5,00 EUR"), ("-5", "mindestens"), ("5000", "höchstens")],
)
def test_a_wrong_amount_is_answered_in_words_and_keeps_what_was_typed(
    shop: Stage, client: Client, amount: str, says: str
) -> None:
    account = come_in(client, shop)
    where = f"{HOME}accounts/{account.pk}/top-up/"
    answer = client.post(where, {**form_of(client, where), "amount": amount})
    assert answer.status_code == 422
    assert says in words(answer)
    assert f'value="{amount}"' in answer.content.decode()


def test_an_invoice_paid_in_another_tab_is_not_replaced_by_the_next_one(shop: Stage, client: Client) -> None:
    account = come_in(client, shop)
    item = shop.item("1001")
    where = f"{HOME}accounts/{account.pk}/pay/?item={item.pk}"
    form = {**form_of(client, where), "amount": "49,90", "way": "transfer"}
    assert form["item"] == str(item.pk)
    mark_paid(shop.merchant, item.pk, by="b", at=shop.now, source="another tab")
    for way in ("transfer", "balance"):
        assert client.post(where, {**form, "way": way}).status_code == 422
    assert client.post(where, {**form, "item": "x"}).status_code == 422
    assert not AnnouncedTransfer.objects.exists()


def test_the_secret_of_a_second_factor_stays_with_who_was_shown_it(shop: Stage, client: Client) -> None:
    come_in(client, shop)
    client.get(f"{HOME}access/")
    first = client.session["centre-secret"]
    client.post(f"{HOME}sign-out")
    assert "centre-secret" not in client.session
    session = client.session
    session["centre-secret"] = first
    session.save()
    come_in(client, shop, "bernd@post.example")
    assert "centre-secret" not in client.session


def test_who_asks_too_often_waits(shop: Stage, client: Client) -> None:
    answers = [client.post(f"{HOME}sign-in/", {"email": "anna@post.example"}).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]


def test_signing_out_and_a_new_session_number_end_it(shop: Stage, client: Client) -> None:
    come_in(client, shop)
    client.post(f"{HOME}sign-out")
    assert client.get(HOME).headers["Location"].endswith("sign-in/")
    shop.later(minutes=2)
    ask_link(shop.merchant, "anna@post.example", language="de", at=shop.now)
    customer = Customer.objects.get()
    assert client.get(f"{HOME}in/{token(customer)}").status_code == 200
    client.post(f"{HOME}in/{token(customer)}")
    assert client.get(HOME).headers["Location"].startswith(f"{HOME}accounts/")
    Customer.objects.update(session=2)
    assert client.get(HOME).headers["Location"].endswith("sign-in/")
    assert enter_by_link(shop.merchant, token(customer), at=shop.now) is None


def test_several_accounts_are_chosen_from_with_what_is_open_on_each(shop: Stage, client: Client) -> None:
    more = {"payment_kind": PaymentKind.INVOICE, "customer_number": "4711", "email": "anna@post.example"}
    shop.orders(order("2001", "15.00", **more))
    client.post(f"{HOME}sign-in/?language=de", {"email": "anna@post.example"})
    client.post(f"{HOME}in/{token(Customer.objects.get())}")
    seen = words(client.get(HOME))
    assert "69,90 EUR" in seen
    assert "KK-00002 4711 Offen 15,00 EUR" in seen


def test_all_languages_say_everything_that_the_pages_name() -> None:
    german = words_of("de")
    named: set[str] = set()
    for template in Path("src/zahlmeister/portal/templates/centre").glob("*.html"):
        named |= set(re.findall(r"words\.(\w+)", template.read_text(encoding="utf-8")))
    assert named <= set(german)
    for language in ("en", "fr", "it"):
        told = words_of(language)
        assert list(told) == list(german)
        for name, said in german.items():
            assert set(re.findall(r"{\w+}", told[name])) == set(re.findall(r"{\w+}", said)), name


def test_a_password_needs_the_code_of_the_app_and_a_code_is_good_once(
    shop: Stage, client: Client, time_machine: object
) -> None:
    time_machine.move_to(shop.now, tick=False)
    come_in(client, shop)
    page = client.get(f"{HOME}access/").content.decode()
    secret = client.session["centre-secret"]
    assert secret in page
    wrong = client.post(f"{HOME}access/", {"password": "wolle-und-seide-9", "code": "000000"})
    assert wrong.status_code == 422
    told = {"password": "wolle-und-seide-9", "code": code_of(secret, at=shop.now)}
    assert client.post(f"{HOME}access/", told).status_code == 302
    assert client.get(HOME).headers["Location"].startswith(f"{HOME}accounts/")

    def tries(**more: str) -> int:
        given = {"email": "Anna@post.example", **told, **more}
        return Client().post(f"{HOME}sign-in/password", given).status_code

    assert tries() == 422  # that code was used to set the password
    shop.later(seconds=60)
    time_machine.move_to(shop.now, tick=False)
    code = code_of(secret, at=shop.now)
    assert [tries(code=code, password="falsch"), tries(code=code), tries(code=code)] == [422, 302, 422]
    for _ in range(4):
        tries(password="falsch")
    shop.later(seconds=60)
    time_machine.move_to(shop.now, tick=False)
    assert tries(code=code_of(secret, at=shop.now)) == 422  # too many tries; the link still works
    shop.later(minutes=16)
    time_machine.move_to(shop.now, tick=False)
    assert tries(code=code_of(secret, at=shop.now)) == 302
