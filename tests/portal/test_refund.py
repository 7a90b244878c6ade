"""The buyer's page for a refund: who holds the link says where the money goes, and nobody else."""

import re
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from tests.stage import ANNA, BERND, CORA, Paid, Stage, order

from zahlmeister.correspondence.models import Sender
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.write_letter import NotNeeded, write
from zahlmeister.letters.as_text import as_text
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.outbox.models import Message
from zahlmeister.programs import limits
from zahlmeister.refunds.links import token
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.states import RefundState

NUMBER = "100012345"


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> None:
    limits._knocks.clear()


@pytest.fixture
def paid(stage: Stage) -> Stage:
    stage.now = timezone.now()
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wolle.example", language="de")
    stage.orders(order(NUMBER, "49.90"))
    stage.pays(Paid(4990, NUMBER))
    Merchant.objects.update(verification=Verification.VERIFIED)
    return stage


def promised(stage: Stage, minor: int = 2000) -> Refund:
    asked = Asked("1", Amount(minor, "EUR"))
    return ask_refund(stage.merchant, stage.item(NUMBER).pk, asked, by="brigitte", at=stage.now)


@pytest.fixture
def refund(paid: Stage) -> Refund:
    return promised(paid)


@pytest.fixture
def unknown(paid: Stage) -> Refund:
    """Nobody knows where Anna's money came from."""
    from zahlmeister.banking.models import BankTransaction

    BankTransaction.objects.update(counterparty_number="")
    return promised(paid)


def now(refund: Refund) -> Refund:
    return Refund.objects.get(pk=refund.pk)


def page(refund: Refund, language: str = "de") -> str:
    return f"/refund/{token(now(refund))}?language={language}"


def said(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def mails() -> list[tuple[str, str]]:
    return [(row.payload["kind"], row.payload["to"]) for row in Message.objects.filter(channel="mail").order_by("id")]


def test_the_mail_leads_to_a_page_that_shows_amount_and_the_ends_of_the_account(refund: Refund, client: Client) -> None:
    assert mails() == [("refund_announced", "anna@post.example")]
    letter = as_text(write(Message.objects.get()).letter, write(Message.objects.get()).look)
    assert token(refund) in letter
    assert "20,00 EUR" in letter
    assert ANNA not in letter.replace(" ", "")
    words = said(client, page(refund))
    for each in ("20,00 EUR werden am", "DE89 … 3000", "Ja, dorthin überweisen", "Commerzbank", NUMBER):
        assert each in words
    assert ANNA not in client.get(page(refund)).content.decode()
    assert "will be transferred" in said(client, page(refund, "en"))


def test_confirming_ends_the_wait_and_twice_is_once(refund: Refund, client: Client) -> None:
    assert refund.due_on > timezone.localdate()
    for _ in range(2):
        answer = client.post(page(refund), {"do": "confirm"})
        assert answer.status_code == 302
        assert answer.headers["Location"] == page(refund)
    confirmed = now(refund)
    assert (confirmed.state, confirmed.due_on) == (RefundState.PLANNED, timezone.localdate())
    assert confirmed.confirmed_at is not None
    assert "werden jetzt überwiesen" in said(client, page(refund))
    assert len(mails()) == 1


def test_another_account_is_taken_it_still_waits_and_the_old_contact_hears_of_it(
    refund: Refund, client: Client
) -> None:
    Order.objects.update(email="neu@post.example")
    where = page(refund)
    assert client.post(where, {"do": "change", "name": "Anna Krause", "iban": CORA}).status_code == 302
    changed = now(refund)
    assert (changed.name, changed.iban, changed.confirmed_at, changed.is_going_back) == (
        "Anna Krause",
        CORA,
        None,
        False,
    )
    assert changed.due_on >= refund.due_on
    assert mails()[1:] == [
        ("refund_account_changed", "anna@post.example"),
        ("refund_account_changed", "neu@post.example"),
    ]
    assert "DE68 … 5678" in as_text(write(Message.objects.last()).letter, write(Message.objects.last()).look)
    # the link of before only has a new one sent: whoever holds the old mail changes nothing any more
    client.post(where, {"do": "change", "name": "Eva", "iban": BERND})
    assert now(refund).iban == CORA


def test_where_no_account_is_known_naming_one_pays_at_once(unknown: Refund, client: Client) -> None:
    assert unknown.state == RefundState.ACCOUNT_MISSING
    assert mails() == [("refund_account_asked", "anna@post.example")]
    assert "Wohin dürfen wir 20,00 EUR überweisen?" in said(client, page(unknown))
    assert "Ja, dorthin" not in said(client, page(unknown))
    assert client.post(page(unknown), {"do": "confirm"}).status_code == 422
    assert client.post(page(unknown), {"do": "change", "name": "Anna Weber", "iban": ANNA}).status_code == 302
    assert (now(unknown).state, now(unknown).iban, now(unknown).due_on) == (
        RefundState.PLANNED, ANNA, timezone.localdate(),
    )  # fmt: skip
    with pytest.raises(NotNeeded):
        write(Message.objects.get())


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Anna", "iban": "DE89370400440532013001"},
        {"name": "Anna", "iban": "<script>"},
        {"name": "", "iban": BERND},
        {"name": "A" * 141, "iban": BERND},
        {},
    ],
)
def test_a_wrong_account_is_said_and_changes_nothing(refund: Refund, client: Client, given: dict[str, str]) -> None:
    answer = client.post(page(refund), {"do": "change", **given})
    assert answer.status_code == 422
    assert "Diese IBAN stimmt nicht" in answer.content.decode()
    assert "<script>" not in answer.content.decode()
    assert now(refund).iban == ANNA


def test_nobody_finds_a_refund_by_trying(refund: Refund, client: Client) -> None:
    whole = token(refund)
    forged = (
        whole[:-1] + ("A" if whole[-1] != "A" else "B"),
        Signer(salt="another", sep=".").sign(f"{refund.pk}-1"),
        f"{refund.pk}-1",
        "1",
        "x" * 300,
        Signer(salt="zahlmeister.portal.refund-page", sep=".").sign("99-1"),
    )
    answers = {client.get(f"/refund/{each}?language=de").content for each in forged}
    assert len(answers) == 1
    assert client.get(f"/refund/{forged[0]}").status_code == 404
    for each in forged:
        assert client.post(f"/refund/{each}", {"do": "change", "name": "Eva", "iban": BERND}).status_code == 404
    assert now(refund).iban == ANNA


def test_an_old_link_only_sends_a_new_one_to_the_known_address_and_not_at_will(refund: Refund, client: Client) -> None:
    Refund.objects.update(link_until=timezone.now() - timedelta(minutes=1))
    old = page(refund)
    words = said(client, old)
    assert "gilt nicht mehr" in words
    assert "DE89" not in words
    for do in ("confirm", "change", "again", "again"):
        answer = client.post(old, {"do": do, "name": "Eva", "iban": BERND, "next": "https://evil.example"})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/refund/")
    assert now(refund).iban == ANNA
    assert now(refund).confirmed_at is None
    assert mails()[1:] == [("refund_announced", "anna@post.example")]
    assert "Ja, dorthin" in said(client, page(refund))
    assert "gilt nicht mehr" in said(client, old)


def test_whoever_knocks_too_often_waits(refund: Refund, client: Client) -> None:
    codes = [client.get(page(refund)).status_code for _ in range(31)]
    assert (codes[0], codes[-1]) == (200, 429)


def test_the_page_is_told_to_nobody(refund: Refund, client: Client) -> None:
    answer = client.get(page(refund))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_without_its_form_nothing_is_changed(refund: Refund) -> None:
    assert Client(enforce_csrf_checks=True).post(page(refund), {"do": "confirm"}).status_code == 403


def test_what_has_left_does_not_change_and_says_how_it_stands(refund: Refund, client: Client) -> None:
    Refund.objects.update(state=RefundState.STOPPED)
    assert "wird geprüft" in said(client, page(refund))
    assert client.post(page(refund), {"do": "confirm"}).status_code == 422
    Refund.objects.update(state=RefundState.PAID, paid_on=timezone.localdate())
    words = said(client, page(refund))
    assert "wurden am" in words
    assert "Anderes Konto" not in words


@pytest.mark.parametrize(("setting", "kind"), [("announces", "known"), ("asks_missing", "unknown")])
def test_who_does_not_want_it_sends_no_mail(paid: Stage, setting: str, kind: str) -> None:
    RefundSettings.objects.create(merchant=paid.merchant, **{setting: False})
    if kind == "unknown":
        from zahlmeister.banking.models import BankTransaction

        BankTransaction.objects.update(counterparty_number="")
    promised(paid)
    assert mails() == []
