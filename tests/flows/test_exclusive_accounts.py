"""Money on an account that is kept to some orders pays no others without a person."""

import pytest
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.change_account import Said, change_account
from zahlmeister.flows.settle_payments import propose_again, settle_waiting
from zahlmeister.flows.use_account import use_account
from zahlmeister.receivables.destination import Use


@pytest.fixture
def austrian(stage: Stage) -> BankAccount:
    """The account is for bills to Austria."""
    account = BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR")
    use_account(account, Use(country="AT"), by="brigitte", at=stage.now)
    stage.orders(order("100012345", "24.98", country="DE"), order("100012346", "49.90", "Bernd Krause", country="AT"))
    return account


def keep_to_its_orders(account: BankAccount, stage: Stage) -> None:
    change_account(account, Said(is_exclusive=True), by="brigitte", at=stage.now)


def pay_both(stage: Stage) -> None:
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(4990, "Bestellung 100012346", "Bernd Krause"))


def test_money_for_another_country_is_only_suggested(stage: Stage, austrian: BankAccount) -> None:
    keep_to_its_orders(austrian, stage)
    pay_both(stage)
    anna, bernd = stage.payments()
    assert (anna.state, anna.reason) == ("suggested", "other_account")
    assert bernd.state == "assigned"
    assert anna.candidates[0]["shares"][0]["number"] == "100012345"
    assert stage.books() == []


def test_looking_again_does_not_forget_it(stage: Stage, austrian: BankAccount) -> None:
    keep_to_its_orders(austrian, stage)
    pay_both(stage)
    settle_waiting(stage.merchant, at=stage.now)
    propose_again(stage.merchant, stage.payments()[0].pk, at=stage.now)
    assert stage.payments()[0].state == "suggested"


def test_unless_the_merchant_says_so_money_pays_whatever_it_names(stage: Stage, austrian: BankAccount) -> None:
    pay_both(stage)
    assert [payment.state for payment in stage.payments()] == ["assigned", "assigned"]


def test_an_account_without_a_use_is_kept_to_nothing(stage: Stage) -> None:
    account = BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR")
    keep_to_its_orders(account, stage)
    stage.orders(order("100012345", "24.98", country="DE"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert stage.payment().state == "assigned"
