"""Where we hear of mails that came back, said on a page; and what a Swiss account lacks, where it is seen."""

from django.test import Client
from tests.stage import Stage

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import MailReturns, Sender
from zahlmeister.correspondence.returns import key_of, mailbox_of

FORM = {"host": "imap.wollstube.example", "port": "993", "security": "tls", "user": "zahlung", "folder": "INBOX"}


def test_a_mailbox_and_a_key_are_kept_sealed_and_an_empty_field_keeps_them(office: Client, stage: Stage) -> None:
    assert office.post("/letters/returns", {**FORM, "password": "geheim", "key": "schluessel"}).status_code == 302
    assert office.post("/letters/returns", FORM).status_code == 302

    returns = MailReturns.objects.get()
    assert (mailbox_of(returns).password, key_of(returns)) == ("geheim", "schluessel")
    assert b"geheim" not in bytes(returns.sealed)
    page = office.get("/letters/returns").content.decode()
    assert f"/api/mail/mailgun/{returns.pk}" in page
    assert "geheim" not in page
    assert "imap.wollstube.example" in office.get("/letters/").content.decode()


def test_another_mailbox_is_not_told_the_password_of_this_one(office: Client, stage: Stage) -> None:
    office.post("/letters/returns", {**FORM, "password": "geheim", "key": "schluessel"})
    for change in ({"host": "imap.thief.example"}, {"port": "1993"}, {"user": "x"}):
        answer = office.post("/letters/returns", {**FORM, **change}, headers={"Accept-Language": "en"})
        assert answer.status_code == 422
        assert "Enter the password again" in answer.content.decode()
    assert office.post("/letters/returns", {**FORM, "host": "imap.neu.example", "password": "neu"}).status_code == 302

    returns = MailReturns.objects.get()
    assert (returns.host, mailbox_of(returns).password, key_of(returns)) == ("imap.neu.example", "neu", "schluessel")


def test_a_line_that_is_not_private_is_refused_in_a_sentence(office: Client, stage: Stage) -> None:
    answer = office.post("/letters/returns", {**FORM, "security": "none"})

    assert answer.status_code == 422
    assert "unencrypted" in answer.content.decode()
    assert not MailReturns.objects.exists()


def test_a_swiss_account_without_the_payees_address_warns_where_it_is_seen(office: Client, stage: Stage) -> None:
    account = BankAccount.objects.create(merchant=stage.merchant, number="CH9300762011623852957", currency="CHF")
    sender = Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wollstube.example")
    pages = ("/letters/", "/accounts/pay-to/", f"/accounts/{account.pk}/")
    for page in pages:
        assert "No QR-bill can be printed" in office.get(page).content.decode(), page

    Sender.objects.filter(pk=sender.pk).update(street="Gasse 1", postcode="3000", city="Bern", country="CH")
    for page in pages:
        assert "No QR-bill" not in office.get(page).content.decode(), page
