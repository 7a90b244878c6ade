"""Payouts as Brigitte sees them: what can be paid out, when, where to, and each statement."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from tests.flows.test_pay_out import Desk
from tests.office.conftest import signed_in

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.check_nightly import check_today
from zahlmeister.merchants.models import Merchant
from zahlmeister.payouts.accounts import token
from zahlmeister.payouts.models import Payout, PayoutAccount, PayoutPlan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    desk = Desk(merchant, tmp_path)
    desk.buyers_pay()
    desk.stranger_pays()
    desk.next_day()
    return desk


@pytest.fixture
def brigittes(desk: Desk, time_machine_at_stage: None) -> Client:
    return signed_in(desk.brigitte)


@pytest.fixture
def time_machine_at_stage(desk: Desk) -> object:
    import time_machine

    with time_machine.travel(desk.stage.now, tick=False):
        yield


def page(client: Client, name: str, *of: object) -> str:
    answer = client.get(reverse(f"office:{name}", args=of))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_says_what_can_be_paid_out_and_why_not_all(brigittes: Client) -> None:
    shown = page(brigittes, "payouts")
    for words in ("163.23", "33.33", "129.90", "payments that are for nothing known yet", "Nobody has said yet when"):
        assert words in shown


def test_without_a_pooled_account_it_says_so(brigittes: Client) -> None:
    BankAccount.objects.update(kind=AccountKind.OWN)
    assert "You have no pooled account" in page(brigittes, "payouts")


def test_a_plan_is_typed_and_shown_again(desk: Desk, brigittes: Client) -> None:
    address = reverse("office:payout-plan", args=[desk.account.pk])
    said = {"rhythm": "weekly", "day": "2", "minimum": "10.00", "reserve": "5.00", "is_approved": "on"}
    assert brigittes.post(address, said).status_code == 302
    plan = PayoutPlan.objects.get()
    assert (plan.rhythm, plan.day, plan.minimum_minor, plan.reserve_minor, plan.is_approved) == (
        "weekly", 2, 1000, 500, True,
    )  # fmt: skip
    assert plan.due_on == date(2026, 12, 1)
    assert "next on Tuesday, 1 December 2026" in page(brigittes, "payouts")
    assert 'value="10.00"' in page(brigittes, "payout-plan", desk.account.pk)
    assert brigittes.post(address, {**said, "minimum": "ten"}).status_code == 422
    assert brigittes.post(address, {**said, "day": "9"}).status_code == 422


def test_an_account_is_entered_confirmed_and_approved_on_pages(desk: Desk, brigittes: Client) -> None:
    entered = {"currency": "EUR", "name": "Wollstube", "number": "DE75 5121 0800 1245 1261 99"}
    assert brigittes.post(reverse("office:payout-account"), entered).status_code == 302
    account = PayoutAccount.objects.get()
    link = reverse("office:payout-account-confirm", args=[account.pk, token(account)])
    assert brigittes.get(link.replace(token(account), "0" * 40)).status_code == 404
    assert brigittes.get(link).status_code == 200
    assert PayoutAccount.objects.get().state == "asked"  # a mail scanner only looks
    brigittes.post(link)
    approve = reverse("office:payout-account-approve", args=[account.pk])
    assert "Somebody else has to approve" in brigittes.post(approve, follow=True).content.decode()
    signed_in(desk.karl).post(approve)
    assert PayoutAccount.objects.get().state == "active"
    assert "in use" in page(brigittes, "payout-account")


def test_paid_out_by_hand_the_statement_adds_up_on_page_csv_and_pdf(desk: Desk, brigittes: Client) -> None:
    desk.pays_to()
    desk.plan(rhythm="by_hand")
    now = reverse("office:payout-now", args=[desk.account.pk])
    for _ in range(2):
        assert brigittes.post(now).status_code == 302
    payout = Payout.objects.get()
    shown = page(brigittes, "payout", payout.pk)
    for words in ("129.90", "−33.33", "Anna Weber", "Payments in"):
        assert words in shown

    csv = b"".join(brigittes.get(reverse("office:payout-csv", args=[payout.pk])).streaming_content).decode()
    amounts = [int(line.split(";")[4].replace(".", "")) for line in csv.splitlines()[1:]]
    assert sum(amounts) == 0
    assert "-129.90" in csv

    answer = brigittes.get(reverse("office:payout-pdf", args=[payout.pk]))
    path = desk.stage.folder / "statement.pdf"
    path.write_bytes(answer.content)
    text = "\n".join(each.extract_text() for each in PdfReader(path).pages)
    for words in ("129.90", "−33.33", "Anna Weber", payout.order.end_to_end_id):
        assert words in text


def test_refused_it_says_why(desk: Desk, brigittes: Client) -> None:
    now = reverse("office:payout-now", args=[desk.account.pk])
    assert "Say first when" in brigittes.post(now, follow=True).content.decode()
    desk.plan(rhythm="by_hand")
    assert "No account is known" in brigittes.post(now, follow=True).content.decode()
    desk.pays_to()
    PayoutPlan.objects.update(minimum_minor=99_999_999)
    assert "less than the minimum" in brigittes.post(now, follow=True).content.decode()
    assert not Payout.objects.exists()


def test_books_that_differ_are_told_on_the_page(desk: Desk, brigittes: Client) -> None:
    from zahlmeister.ledger.models import Account

    Account.objects.filter(book="orders").update(balance_minor=1)
    check_today(desk.merchant, at=desk.stage.now)
    assert "did not add up today" in page(brigittes, "payouts")


def test_in_german(desk: Desk, time_machine_at_stage: None) -> None:
    shown = page(signed_in(desk.brigitte, "de"), "payouts")
    assert "Kann ausgezahlt werden" in shown
    assert "129,90" in shown


@pytest.mark.parametrize("is_approved", [True, False])
def test_the_transfer_says_whether_it_was_approved_in_advance(desk: Desk, brigittes: Client, is_approved: bool) -> None:
    desk.pays_to()
    desk.plan(rhythm="by_hand", is_approved=is_approved)
    brigittes.post(reverse("office:payout-now", args=[desk.account.pk]))
    payout = Payout.objects.get()
    shown = page(brigittes, "transfer", payout.order_id)
    approved_by = shown.split("<dt>Approved by</dt>")[1].split("</dd>")[0]
    assert ("Approved in advance" in approved_by, "nobody yet" in approved_by) == (is_approved, not is_approved)


def test_the_time_a_payout_is_of_is_said_as_people_say_it(desk: Desk, brigittes: Client) -> None:
    desk.pays_to()
    desk.plan(rhythm="by_hand")
    brigittes.post(reverse("office:payout-now", args=[desk.account.pk]))
    payout = Payout.objects.get()
    assert payout.period.endswith("-by-hand")
    for shown in (page(brigittes, "payouts"), page(brigittes, "payout", payout.pk)):
        assert "2026, by hand" in shown
        assert payout.period not in shown


def test_a_payout_is_found_by_its_time_in_words_and_as_it_is_kept(desk: Desk, brigittes: Client) -> None:
    desk.pays_to()
    desk.plan(rhythm="by_hand")
    brigittes.post(reverse("office:payout-now", args=[desk.account.pk]))
    payout = Payout.objects.get()
    Payout.objects.filter(pk=payout.pk).update(period="2026-W46")
    asked = {"Week 46": True, "2026-W46": True, "9 Nov": True, "week 46 of 2026": True, "Week 47": False, "W45": False}
    for text, is_found in asked.items():
        shown = brigittes.get(reverse("office:payouts"), {"q": text}).content.decode()
        assert (f"/payouts/{payout.pk}" in shown) is is_found, text
    german = signed_in(desk.brigitte, "de").get(reverse("office:payouts"), {"q": "Woche 46"}).content.decode()
    assert f"/payouts/{payout.pk}" in german
