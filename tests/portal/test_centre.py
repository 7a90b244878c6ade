"""The customer centre in a browser without scripts: who comes in sees what is theirs, and pays it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.flows.test_centre import anna, asks_link, centre, comes, with_balance  # noqa: F401 - fixtures
from tests.stage import Stage, order

from zahlmeister.flows.centre.by_itself import ask_next
from zahlmeister.flows.centre.let_in import ask_link, enter_by_link, send_link_next
from zahlmeister.flows.centre.manage import take_password
from zahlmeister.flows.centre.pay_back import reject_back
from zahlmeister.flows.centre.release import release
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.history.queries import steps_of
from zahlmeister.intents.models import PaymentIntent, ProviderConnection
from zahlmeister.intents.states import IntentState
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.models import PaymentKind
from zahlmeister.portal.centre.words import words_of
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, AutomaticTopUp, CentreSettings, Customer
from zahlmeister.prepaid.second_factor import code_of
from zahlmeister.prepaid.states import GivesBack
from zahlmeister.programs import limits
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

HOME = "/centre/brigitte/"
SILK = "wolle-und-seide-9"


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> None:
    limits._knocks.clear()


@pytest.fixture
def shop(centre: Stage) -> Iterator[Stage]:  # noqa: F811
    """Pages look at the clock of the house, which goes with the days of the statements here."""
    with time_machine.travel(centre.now):
        yield centre


def words(answer: object) -> str:
    page = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body")[2] or page).split())


def come_in(client: Client, stage: Stage, email: str = "anna@post.example") -> Account:
    """By the link in the mail, as a person does."""
    client.post(f"{HOME}sign-in/?language=de", {"email": email})
    send_link_next(clock=timezone.now)
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
    asks_link(shop, "anna@post.example")
    customer = Customer.objects.get()
    assert client.get(f"{HOME}in/{token(customer)}").status_code == 200
    client.post(f"{HOME}in/{token(customer)}")
    assert client.get(HOME).headers["Location"].startswith(f"{HOME}accounts/")
    Customer.objects.update(session=2)
    assert client.get(HOME).headers["Location"].endswith("sign-in/")
    assert enter_by_link(shop.merchant, token(customer), at=shop.now) is None


def test_a_balance_is_asked_for_and_shows_how_far_it_is(shop: Stage, client: Client) -> None:
    Merchant.objects.update(verification=Verification.VERIFIED)
    account = come_in(client, shop)
    where = f"{HOME}accounts/{account.pk}/pay-back/"
    assert "Es ist nichts da" in words(client.get(where))
    with_balance(shop, account, 5000)
    page = words(client.get(where))
    assert "50,00 EUR" in page
    assert "DE89 … 3000 Anna Weber" in page
    form = {**form_of(client, where), "amount": "60", "way": "account-DE89370400440532013000"}
    assert "höchstens 50,00 EUR" in words(client.post(where, form))
    wrong = client.post(where, {**form, "amount": "20", "way": "other", "name": "Anna", "iban": "DE1"})
    assert "IBAN und Name" in words(wrong)
    for _ in range(2):
        answer = client.post(where, {**form, "amount": "20"})
    shown = words(client.get(answer.headers["Location"]))
    for each in ("Die Auszahlung ist beantragt.", "Guthaben 30,00 EUR", "20,00 EUR wird geprüft"):
        assert each in shown
    reject_back(shop.merchant, Refund.objects.get().pk, by="b", at=shop.now, reason="nein")
    assert "steht wieder auf dem Guthaben" in words(client.get(f"{HOME}accounts/{account.pk}/"))
    CentreSettings.objects.update(gives_back=GivesBack.NEVER)
    assert client.get(where).status_code == 404
    assert shop.books() == []


def test_automatic_top_ups_are_switched_on_with_consent_and_off(shop: Stage, client: Client) -> None:
    account = come_in(client, shop)
    where = f"{HOME}accounts/{account.pk}/automatic/"
    assert "Ausgeschaltet." in words(client.get(where))
    form = {"every": "threshold", "below": "10", "amount": "20", "month_cap": "40", "do": "on"}
    assert "kreuzen Sie an" in words(client.post(where, form))
    low = client.post(where, {**form, "consent": "1", "month_cap": "10"})
    assert "mindestens eine Aufladung" in words(low)
    assert 'value="20"' in low.content.decode()
    assert not AutomaticTopUp.objects.exists()
    assert client.post(where, {**form, "consent": "1"}).status_code == 302
    assert "Eingeschaltet." in words(client.get(where))
    ask_next(clock=lambda: timezone.now() + timedelta(seconds=1))
    assert AnnouncedTransfer.objects.get().amount_minor == 2000
    [step] = [each for each in steps_of(shop.merchant.pk, "account", account.pk) if each.verb == "automatic_on"]
    assert "Ich bin einverstanden, dass Wollstube" in step.facts["consent"]
    client.post(where, {"do": "off"})
    kept = AutomaticTopUp.objects.get()
    assert (kept.is_on, kept.amount_minor) == (False, 2000)


def test_what_is_on_its_way_at_a_provider_is_paid_again_only_knowingly(shop: Stage, client: Client) -> None:
    account = come_in(client, shop)
    item = shop.item("1001")
    connection = ProviderConnection.objects.create(
        merchant=shop.merchant, system="stripe", name="Stripe", payouts_at=shop.now, payouts_since=shop.now.date(),
        created_at=shop.now,
    )  # fmt: skip
    PaymentIntent.objects.create(
        merchant=shop.merchant, connection=connection, reference="ZMP1", purpose="items", shares=[[item.pk, 4990]],
        amount_minor=4990, currency="EUR", method="card", state=IntentState.PROCESSING, created_at=shop.now,
        expires_at=shop.now, email="anna@post.example",
    )  # fmt: skip
    assert "Karte: wird gerade bestätigt 49,90 EUR" in words(client.get(f"{HOME}accounts/{account.pk}/"))
    where = f"{HOME}accounts/{account.pk}/pay/?item={item.pk}"
    assert "49,90 EUR dafür sind schon unterwegs" in words(client.get(where))
    form = {**form_of(client, where), "amount": "49,90", "way": "transfer"}
    assert client.post(where, form).status_code == 422
    assert not AnnouncedTransfer.objects.exists()
    assert client.post(where, {**form, "again": "1"}).status_code == 302
    other = f"{HOME}accounts/{account.pk}/pay/?item={shop.item('1002').pk}"
    assert client.post(other, {**form_of(client, other), "amount": "20", "way": "transfer"}).status_code == 302


def test_who_has_announced_a_transfer_for_an_invoice_is_reminded_of_it_before_paying_it_again(
    shop: Stage, client: Client
) -> None:
    account = come_in(client, shop)
    invoice, other = shop.item("1001"), shop.item("1002")
    home, pay = f"{HOME}accounts/{account.pk}/", f"{HOME}accounts/{account.pk}/pay/?item="
    client.post(f"{pay}{invoice.pk}", {**form_of(client, f"{pay}{invoice.pk}"), "amount": "10", "way": "transfer"})
    transfer = AnnouncedTransfer.objects.get()

    assert "10,00 EUR als Überweisung angekündigt" in words(client.get(home))
    again = words(client.get(f"{pay}{invoice.pk}"))
    assert f"schon eine Überweisung angekündigt: {transfer.reference} 10,00 EUR" in again
    assert "schon eine Überweisung angekündigt" not in words(client.get(f"{pay}{other.pk}"))

    client.post(f"{HOME}transfers/{transfer.pk}/withdraw")
    assert "angekündigt" not in words(client.get(home))
    assert "schon eine Überweisung angekündigt" not in words(client.get(f"{pay}{invoice.pk}"))


def test_several_accounts_are_chosen_from_with_what_is_open_on_each(shop: Stage, client: Client) -> None:
    more = {"payment_kind": PaymentKind.INVOICE, "customer_number": "4711", "email": "anna@post.example"}
    shop.orders(order("2001", "15.00", **more))
    client.post(f"{HOME}sign-in/?language=de", {"email": "anna@post.example"})
    send_link_next(clock=timezone.now)
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


@pytest.fixture
def guarded(shop: Stage, client: Client, time_machine: Any) -> str:
    """Anna is signed in, and has a password with an app; the secret of the app."""
    time_machine.move_to(shop.now, tick=False)
    come_in(client, shop)
    client.get(f"{HOME}access/")
    secret = client.session["centre-secret"]
    client.post(f"{HOME}access/", {"password": SILK, "code": code_of(secret, at=shop.now)})
    shop.later(minutes=2)
    time_machine.move_to(shop.now, tick=False)
    return str(secret)


def link_of(shop: Stage) -> str:
    """The address in the newest mail that Anna has asked for."""
    ask_link(shop.merchant, "anna@post.example", language="en", at=shop.now)
    send_link_next(clock=shop.clock)
    return f"{HOME}in/{token(Customer.objects.get())}"


def test_a_link_alone_opens_nothing_that_has_a_second_factor(shop: Stage, guarded: str) -> None:
    elsewhere, link = Client(headers={"accept-language": "en"}), link_of(shop)
    assert 'name="code"' in elsewhere.get(link).content.decode()
    assert elsewhere.post(link).status_code == 422
    wrong = elsewhere.post(link, {"code": "000000"})
    assert (wrong.status_code, "The code does not fit" in wrong.content.decode()) == (422, True)
    code = code_of(guarded, at=shop.now)
    assert elsewhere.post(link, {"code": code}).status_code == 302
    assert elsewhere.get(HOME).headers["Location"].startswith(f"{HOME}accounts/")


def test_codes_behind_a_link_are_not_guessed_without_end(shop: Stage, guarded: str) -> None:
    elsewhere, link = Client(), link_of(shop)
    for _ in range(5):
        assert elsewhere.post(link, {"code": "000000"}).status_code == 422
    assert elsewhere.post(link, {"code": code_of(guarded, at=shop.now)}).status_code == 422


def test_strangers_at_one_door_shut_no_other(shop: Stage, client: Client, guarded: str, time_machine: Any) -> None:
    told = {"email": "anna@post.example", "password": "falsch", "code": "000000"}
    link = link_of(shop)
    for _ in range(5):
        Client().post(f"{HOME}sign-in/password", told)
    right = {**told, "password": SILK, "code": code_of(guarded, at=shop.now)}
    assert Client().post(f"{HOME}sign-in/password", right).status_code == 422  # that door rests
    assert Client().post(link, {"code": code_of(guarded, at=shop.now)}).status_code == 302
    assert Client().post(f"{HOME}sign-in/password", right).status_code == 422  # and goes on resting
    shop.later(minutes=2)
    time_machine.move_to(shop.now, tick=False)
    client.get(f"{HOME}access/")
    fresh = client.session["centre-secret"]
    changed = {"password": "another-silken-thread", "code": code_of(fresh, at=shop.now)}
    shown = {"current": SILK, "current-code": code_of(guarded, at=shop.now)}
    assert client.post(f"{HOME}access/", {**changed, **shown}).status_code == 302


def test_who_is_signed_in_guesses_no_password_without_end(shop: Stage, client: Client, guarded: str) -> None:
    client.get(f"{HOME}access/")
    wanted = {"password": "another-silken-thread", "code": code_of(client.session["centre-secret"], at=shop.now)}
    for _ in range(5):
        wrong = {"current": "falsch", "current-code": code_of(guarded, at=shop.now)}
        assert client.post(f"{HOME}access/", {**wanted, **wrong}).status_code == 422
    right = {"current": SILK, "current-code": code_of(guarded, at=shop.now)}
    assert client.post(f"{HOME}access/", {**wanted, **right}).status_code == 422


@pytest.mark.parametrize("bad", [{"password": "wolle"}, {"code": "000000"}], ids=["weak", "wrong code"])
def test_what_is_refused_uses_up_no_code(shop: Stage, client: Client, guarded: str, bad: dict[str, str]) -> None:
    client.get(f"{HOME}access/")
    good = {"password": "another-silken-thread", "code": code_of(client.session["centre-secret"], at=shop.now)}
    shown = {"current": SILK, "current-code": code_of(guarded, at=shop.now)}
    assert client.post(f"{HOME}access/", {**good, **shown, **bad}).status_code == 422
    assert client.post(f"{HOME}access/", {**good, **shown}).status_code == 302


def test_password_and_app_are_changed_by_who_shows_those_of_now(shop: Stage, client: Client, guarded: str) -> None:
    page = client.get(f"{HOME}access/").content.decode()
    assert 'name="current"' in page
    fresh = client.session["centre-secret"]
    wanted = {"password": "another-silken-thread", "code": code_of(fresh, at=shop.now)}
    before = Customer.objects.get().password
    for shown in ({}, {"current": SILK}, {"current": "falsch", "current-code": code_of(guarded, at=shop.now)}):
        assert client.post(f"{HOME}access/", {**wanted, **shown}).status_code == 422
        assert Customer.objects.get().password == before
    right = {"current": SILK, "current-code": code_of(guarded, at=shop.now)}
    assert client.post(f"{HOME}access/", {**wanted, **right}).status_code == 302
    assert Customer.objects.get().password != before


def test_who_has_lost_them_asks_the_merchant_and_everybody_is_told(shop: Stage, client: Client, guarded: str) -> None:
    customer = Customer.objects.get()
    for _ in range(2):  # twice is once
        take_password(shop.merchant, customer.pk, by="brigitte", at=shop.now)
    assert client.get(HOME).headers["Location"] == f"{HOME}sign-in/"  # every session has ended
    assert Client().post(link_of(shop)).status_code == 302
    steps = [step.verb for step in steps_of(shop.merchant.pk, "customer", customer.pk)]
    assert steps.count("password_taken") == 1
    with pytest.raises(Refused, match="no such customer"):
        take_password(shop.merchant, customer.pk + 1, by="brigitte", at=shop.now)


def test_a_long_password_is_taken_to_its_last_sign(shop: Stage, client: Client, time_machine: Any) -> None:
    time_machine.move_to(shop.now, tick=False)
    come_in(client, shop)
    client.get(f"{HOME}access/")
    secret, long = client.session["centre-secret"], "wolle " * 60
    client.post(f"{HOME}access/", {"password": long, "code": code_of(secret, at=shop.now)})
    shop.later(minutes=2)
    time_machine.move_to(shop.now, tick=False)
    told = {"email": "anna@post.example", "code": code_of(secret, at=shop.now)}
    assert Client().post(f"{HOME}sign-in/password", {**told, "password": long[:254]}).status_code == 422
    assert Client().post(f"{HOME}sign-in/password", {**told, "password": long}).status_code == 302
