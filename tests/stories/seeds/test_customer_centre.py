"""Customer centre: customers fill their account and settle their invoices themselves."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone
from tests.flows.test_centre import anna, centre, comes, mail, top_up  # noqa: F401 - fixtures
from tests.flows.test_providers import SYSTEMS, Paying
from tests.portal.test_centre import HOME, come_in, form_of, words
from tests.stage import Stage

from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance
from zahlmeister.flows.centre.release import release
from zahlmeister.ledger.queries import lines
from zahlmeister.prepaid.models import Account, AnnouncedTransfer
from zahlmeister.prepaid.queries import balance_of, to_release
from zahlmeister.prepaid.rules import Balance, NotEnough
from zahlmeister.prepaid.states import Purpose, TransferState
from zahlmeister.programs import limits
from zahlmeister.receivables.models import Allocation
from zahlmeister.receivables.states import ItemState, PaymentState

WAYS = {"paypal": "paypal", "stripe": "card", "mollie": "instant"}


At = Callable[[str], "Customer"]


class Customer:
    """Anna in her browser, and a merchant who takes one provider's payments."""

    def __init__(self, stage: Stage, system: str) -> None:
        self.stage, self.browser = stage, Client()
        self.paying = Paying(stage, system)
        self.way = f"provider-{WAYS[system]}"
        self.account = come_in(self.browser, stage)

    def wants(self, what: str, amount: str) -> str:
        """Fill the form in; where it leads."""
        where = f"{HOME}accounts/{self.account.pk}/{what}/"
        told = {**form_of(self.browser, where), "amount": amount, "way": self.way}
        return str(self.browser.post(where, told).headers["Location"])

    def approves(self) -> None:
        intent = self.paying.intent()
        self.paying.till.approve(intent.provider_id)
        self.paying.calls()
        self.paying.work()


@pytest.fixture
def at(centre: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:  # noqa: F811
    """Anna, with whichever provider a story names; the story ends with books that agree to the cent."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    limits._knocks.clear()
    centre.now = timezone.now()
    made: list[Customer] = []

    def with_provider(system: str) -> Customer:
        made.append(Customer(centre, system))
        return made[-1]

    yield with_provider
    for each in made:
        each.paying.check()
        each.paying.till.close()


def test_a_customer_pays_after_the_order(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C1: Customers can send payments also after the order, in the customer centre."""
    comes(centre, announce(anna, Wanted(Purpose.ITEMS, 4990, "f"), by="anna", at=centre.now))
    assert centre.item("1001").state == ItemState.PAID
    assert centre.books() == []


def test_an_account_is_filled(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C2: They can fill a prepaid account."""
    release(centre.merchant, comes(centre, top_up(centre, anna)).pk, by="brigitte", at=centre.now)
    assert balance_of(anna) == Balance(paid=10_000)
    assert centre.books() == []


def test_open_invoices_are_settled_together(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C3: They can settle open invoices."""
    comes(centre, announce(anna, Wanted(Purpose.ITEMS, 6990, "f"), by="anna", at=centre.now))
    assert {centre.item(number).state for number in ("1001", "1002")} == {ItemState.PAID}
    assert centre.books() == []


def test_nothing_is_spent_that_was_not_paid_before(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C4: With a prepaid account the customer pays before the service is given."""
    with pytest.raises(NotEnough):
        pay_from_balance(anna, FromBalance(1, "f"), by="anna", at=centre.now)
    assert balance_of(anna) == Balance()


def test_a_mail_asks_for_the_transfer(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C5: To fill it by transfer, the customer is sent a request to pay by e-mail."""
    transfer = top_up(centre, anna)
    assert mail().startswith(f"Bitte überweisen Sie 100,00 EUR, Referenz {transfer.reference}")


def test_a_reference_of_its_own_finds_the_transfer(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C6: A transfer is recognised by a unique reference number in its text."""
    one, other = top_up(centre, anna, key="one"), top_up(centre, anna, key="other")
    assert one.reference != other.reference
    comes(centre, other, name="Unbekannt Verzogen")
    assert [row.state for row in AnnouncedTransfer.objects.order_by("id")] == [TransferState.SENT, TransferState.SEEN]


def test_the_merchant_releases_by_hand(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C7: An incoming transfer is released by hand by the merchant."""
    transfer = comes(centre, top_up(centre, anna))
    assert (list(to_release(centre.merchant.pk)), balance_of(anna)) == ([transfer], Balance())
    release(centre.merchant, transfer.pk, by="brigitte", at=centre.now)
    assert (centre.payment().state, balance_of(anna)) == (PaymentState.TOPPED_UP, Balance(paid=10_000))
    assert centre.books() == []


@pytest.mark.django_db(transaction=True)
def test_paypal_is_led_to(at: At) -> None:
    """C8: By PayPal: the customer is led straight into PayPal's payment and releases it there."""
    customer = at("paypal")
    there = customer.wants("top-up", "25")
    assert there == customer.paying.till.page(customer.paying.till.sale(customer.paying.intent().provider_id))


@pytest.mark.django_db(transaction=True)
def test_paypal_credits_at_once(at: At) -> None:
    """C9: After a successful PayPal payment the credit is on the customer's account in real time."""
    customer = at("paypal")
    customer.wants("top-up", "25")
    customer.approves()
    assert balance_of(customer.account) == Balance(paid=2500)


@pytest.mark.django_db(transaction=True)
def test_a_payment_at_once_from_the_bank_credits_too(at: At) -> None:
    """C10: By Sofortüberweisung in the same way, in real time too."""
    customer = at("mollie")
    customer.wants("top-up", "25")
    customer.approves()
    assert balance_of(customer.account) == Balance(paid=2500)


@pytest.mark.django_db(transaction=True)
def test_a_card_credits_too(at: At) -> None:
    """C11: By credit card: Mastercard, VISA and others."""
    customer = at("stripe")
    customer.wants("top-up", "25")
    customer.approves()
    assert balance_of(customer.account) == Balance(paid=2500)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", list(SYSTEMS))
def test_invoices_are_settled_at_each_provider(at: At, system: str) -> None:
    """C12: Open invoices can be settled at any time by PayPal, Sofortüberweisung or credit card."""
    customer = at(system)
    customer.wants("pay", "69,90")
    customer.approves()
    assert {customer.stage.item(number).state for number in ("1001", "1002")} == {ItemState.PAID}


@pytest.mark.django_db
def test_the_open_amount_is_shown(centre: Stage, client: Client) -> None:  # noqa: F811
    """C13: The customer chooses a customer account and sees the open amount."""
    centre.now = timezone.now()
    account = come_in(client, centre)
    seen = words(client.get(f"{HOME}accounts/{account.pk}/"))
    assert "KK-00001" in seen
    assert "69,90 EUR" in seen


def test_the_customer_says_how_much(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C14: The customer says how much of it to pay."""
    comes(centre, announce(anna, Wanted(Purpose.ITEMS, 1000, "f"), by="anna", at=centre.now))
    assert [centre.item(number).open_minor for number in ("1001", "1002")] == [3990, 2000]
    assert centre.books() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("amount", "left", "balance"), [("10", 3990, 0), ("100", 0, 3010)])
def test_less_and_more_are_possible(at: At, amount: str, left: int, balance: int) -> None:
    """C15: Underpayments and overpayments are possible."""
    customer = at("stripe")
    customer.wants("pay", amount)
    customer.approves()
    assert (customer.stage.item("1001").open_minor, balance_of(customer.account).paid) == (left, balance)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", list(SYSTEMS))
def test_the_provider_carries_it_out(at: At, system: str) -> None:
    """C16: The customer is led to the provider, who carries out the payment."""
    customer = at(system)
    assert customer.wants("pay", "69,90").startswith(customer.paying.till.address)


def test_the_payment_is_booked_to_the_invoice(centre: Stage, anna: Account) -> None:  # noqa: F811
    """C17: An incoming payment is booked for the invoice."""
    comes(centre, announce(anna, Wanted(Purpose.ITEMS, 4990, "f"), by="anna", at=centre.now))
    [allocation] = Allocation.objects.filter(item=centre.item("1001"))
    [line] = lines(centre.merchant.pk, [f"allocation:{allocation.pk}"])
    assert (line.debit, line.credit, line.amount.minor) == ("unclear", "receivables", 4990)
    assert centre.payment().state == PaymentState.ASSIGNED
    assert centre.books() == []
