"""The account an order is paid to, asked of the database."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from tests.stage import Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import AccountUse
from zahlmeister.receivables.pay_to import account_for

GERMAN, AUSTRIAN = "DE02120300000000202051", "AT611904300234573201"


@pytest.fixture
def german(merchant: Merchant) -> BankAccount:
    return BankAccount.objects.create(merchant=merchant, number=GERMAN, currency="EUR")


@pytest.fixture
def austrian(merchant: Merchant) -> BankAccount:
    return BankAccount.objects.create(merchant=merchant, number=AUSTRIAN, currency="EUR")


def use(account: BankAccount, **what: object) -> AccountUse:
    now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    return AccountUse.objects.create(
        merchant=account.merchant, account=account, currency=account.currency, created_at=now, **what
    )


def test_annas_order_from_graz_is_paid_to_the_austrian_account(
    stage: Stage, german: BankAccount, austrian: BankAccount
) -> None:
    stage.orders(order("1001", "24.98", country="AT"), order("1002", "24.98", country="DE"))
    assert account_for(stage.item("1001").order) == austrian
    assert account_for(stage.item("1002").order) == german


def test_what_was_said_of_the_shop_goes_first(stage: Stage, german: BankAccount, austrian: BankAccount) -> None:
    stage.orders(order("1001", "24.98", country="AT"))
    placed = stage.item("1001").order
    use(german, shop=placed.shop)
    assert account_for(placed) == german


def test_without_an_account_there_is_nothing_to_pay_to(stage: Stage) -> None:
    stage.orders(order("1001", "24.98", country="AT"))
    assert account_for(stage.item("1001").order) is None


def test_an_account_without_an_iban_is_never_asked_for(stage: Stage, merchant: Merchant) -> None:
    BankAccount.objects.create(merchant=merchant, number="PayPal", currency="EUR")
    stage.orders(order("1001", "24.98", country="DE"))
    assert account_for(stage.item("1001").order) is None


def test_two_accounts_cannot_be_for_the_same_orders(stage: Stage, german: BankAccount, austrian: BankAccount) -> None:
    use(german, country="AT")
    with pytest.raises(IntegrityError), transaction.atomic():
        use(austrian, country="AT")
    stage.orders(order("1001", "24.98"))
    shop = stage.item("1001").order.shop
    use(german, shop=shop, country="AT")
    with pytest.raises(IntegrityError), transaction.atomic():
        use(austrian, shop=shop, country="AT")


def test_another_merchants_accounts_are_not_paid_to(stage: Stage) -> None:
    other = Merchant.objects.create(name="Bernds Tee", slug="bernd")
    BankAccount.objects.create(merchant=other, number=GERMAN, currency="EUR")
    stage.orders(order("1001", "24.98", country="DE"))
    assert account_for(stage.item("1001").order) is None
