"""The page on which a merchant says which account buyers pay to, and sees beforehand what that changes."""

import pytest
from django.test import Client
from tests.stage import Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import AccountUse
from zahlmeister.receivables.pay_to import account_for

PAGE = "/accounts/pay-to/"


@pytest.fixture
def german(merchant: Merchant) -> BankAccount:
    return BankAccount.objects.create(
        merchant=merchant, number="DE02120300000000202051", currency="EUR", name="Sparkasse"
    )


@pytest.fixture
def austrian(merchant: Merchant) -> BankAccount:
    return BankAccount.objects.create(merchant=merchant, number="AT611904300234573201", currency="EUR", name="Erste")


@pytest.fixture
def orders(stage: Stage, german: BankAccount, austrian: BankAccount) -> Stage:
    stage.orders(order("1001", "24.98", country="AT"), order("1002", "49.90", "Bernd Krause", country="DE"))
    return stage


def test_what_would_change_is_shown_before_it_does(orders: Stage, office: Client, german: BankAccount) -> None:
    said = {"account": german.pk, "shop": "", "country": "at"}
    page = office.post(PAGE, {**said, "do": "look"}).content.decode()
    assert "This would change" in page
    assert "An order of Wollstube from AT in EUR" in page.split("What was said")[0]
    assert "from DE" not in page.split("What was said")[0]
    assert not AccountUse.objects.exists()


def test_a_word_is_kept_once_and_taken_back(
    orders: Stage, office: Client, german: BankAccount, austrian: BankAccount
) -> None:
    placed = orders.item("1001").order
    assert account_for(placed) == austrian
    for _ in range(2):
        office.post(PAGE, {"account": german.pk, "shop": "", "country": "AT", "do": "keep"})
    use = AccountUse.objects.get()
    assert account_for(placed) == german
    page = office.get(PAGE).content.decode()
    assert "Orders of every shop" in page

    office.post(f"{PAGE}{use.pk}/forget")
    assert account_for(placed) == austrian
    verbs = [step.verb for step in steps_of(orders.merchant.pk, "account", german.pk)]
    assert verbs.count("use_forgotten") == 1


def test_a_word_about_the_same_orders_replaces_the_one_before(
    orders: Stage, office: Client, german: BankAccount, austrian: BankAccount
) -> None:
    for account in (german, austrian):
        office.post(PAGE, {"account": account.pk, "shop": "", "country": "AT", "do": "keep"})
    assert AccountUse.objects.get().account == austrian


def test_an_order_that_may_come_is_tried(orders: Stage, office: Client) -> None:
    shop = orders.item("1001").order.shop_id
    page = office.get(f"{PAGE}?shop={shop}&country=at&currency=EUR").content.decode().split("Try an order")[1]
    assert "An order of Wollstube from AT in EUR" in page
    assert "Erste" in page
    page = office.get(f"{PAGE}?shop={shop}&country=AT&currency=CHF").content.decode().split("Try an order")[1]
    assert "no account" in page


def test_what_is_no_country_or_account_is_refused(orders: Stage, office: Client, german: BankAccount) -> None:
    answer = office.post(PAGE, {"account": german.pk, "shop": "", "country": "A1", "do": "keep"})
    assert answer.status_code == 422
    assert "two letters" in answer.content.decode()
    assert office.post(PAGE, {"account": "1", "shop": "", "country": "", "do": "keep"}).status_code == 422
    assert not AccountUse.objects.exists()


def test_without_an_account_the_page_says_what_to_do(office: Client) -> None:
    assert "Hand in a statement" in office.get(PAGE).content.decode()
