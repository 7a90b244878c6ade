"""Customer centre: customers fill their account and settle their invoices themselves."""

from contextlib import suppress

import httpx
import pytest
from tests.flows.test_providers import paying_at
from tests.stage import BERND, CORA, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign
from zahlmeister.ledger.queries import lines
from zahlmeister.money.references import payment_reference
from zahlmeister.receivables.models import Allocation
from zahlmeister.receivables.states import ItemState, PaymentState

WAITING = {
    "C1: Customers can send payments also after the order, in the customer centre.": "customer centre",
    "C2: They can fill a prepaid account.": "prepaid accounts",
    "C3: They can settle open invoices.": "customer centre",
    "C4: With a prepaid account the customer pays before the service is given.": "prepaid accounts",
    "C5: To fill it by transfer, the customer is sent a request to pay by e-mail.": "prepaid accounts",
    "C8: By PayPal: the customer is led straight into PayPal's payment and releases it there.": "payment providers",
    "C9: After a successful PayPal payment the credit is on the customer's account in real time.": "payment providers",
    "C10: By Sofortüberweisung in the same way, in real time too.": "payment providers",
    "C11: By credit card: Mastercard, VISA and others.": "payment providers",
    "C13: The customer chooses a customer account and sees the open amount.": "customer centre",
    "C14: The customer says how much of it to pay.": "customer centre",
}


def references(count: int) -> list[str]:
    """The first payment references that can be given out."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        with suppress(ValueError):  # doubled characters; the next number is taken
            found.append(payment_reference(number))
        number += 1
    return found


def test_a_reference_number_of_its_own_is_enough(stage: Stage) -> None:
    """C6: A transfer is recognised by a unique reference number in its text; for now one that the shop gave out."""
    given = references(500)
    assert len(set(given)) == 500
    one, other = given[0], given[1]
    stage.orders(
        order("100012345", "50.00", "Cora Lindner", reference=one),
        order("100012346", "50.00", "Bernd Krause", reference=other),
    )
    stage.pays(Paid(5000, other.lower(), "Unbekannt Verzogen", CORA))
    assert stage.item("100012346").state == ItemState.PAID
    assert stage.item("100012345").state == ItemState.OPEN


def test_a_person_releases_what_is_not_certain(stage: Stage) -> None:
    """C7: An incoming transfer is released by hand by the merchant; for now to an order, not to a prepaid account."""
    stage.orders(order("100012345", "50.00", "Cora Lindner"))
    stage.pays(Paid(5000, "Guthaben", "Unbekannt Verzogen", BERND))
    payment, item = stage.payment(), stage.item("100012345")
    assert (payment.open_minor, item.state) == (5000, ItemState.OPEN)
    assign(stage.merchant, payment.pk, [(item.pk, 5000)], by="brigitte", at=stage.now, source="form-1")
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.payment().decided_by == "brigitte"
    assert stage.books() == []


@pytest.mark.parametrize(
    ("minor", "state", "left", "surplus"),
    [(2000, ItemState.PART_PAID, 2990, 0), (4990, ItemState.PAID, 0, 0), (5000, ItemState.PAID, 0, 10)],
)
def test_less_and_more_are_possible(stage: Stage, minor: int, state: ItemState, left: int, surplus: int) -> None:
    """C15: Underpayments and overpayments are possible; for now by transfer."""
    stage.orders(order("100012345", "49.90", payment_kind="invoice", invoice_number="RE-2026-04711"))
    stage.pays(Paid(minor, "Bestellung 100012345"))
    item = stage.item("100012345")
    assert (item.state, item.open_minor, item.surplus_minor) == (state, left, surplus)
    assert stage.books() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", ["paypal", "mollie", "stripe"])
def test_open_invoices_are_settled_at_once(stage: Stage, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C12: Open invoices can be settled at any time by PayPal, Sofortüberweisung or credit card."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, system) as paying:
        stage.later(days=20)
        paying.pays(8990, "100012345")
        assert paying.state() == ItemState.PAID
        paying.check()


@pytest.mark.django_db(transaction=True)
def test_the_buyer_is_led_to_the_provider(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """C16: The customer is led to the provider, who carries out the payment."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, "stripe") as paying:
        intent = paying.wants(8990, "100012345")
        page = httpx.get(intent.redirect_url, trust_env=False)
        assert "Bestellung 12345: 89.90 EUR" in page.text
        back = httpx.post(intent.redirect_url, data={"what": "approve"}, trust_env=False)
        assert back.headers["location"] == f"https://shop.example/back?payment={intent.reference}"
        paying.calls()
        paying.work()
        assert paying.state() == ItemState.PAID


def test_the_payment_is_booked_to_the_invoice(stage: Stage) -> None:
    """C17: An incoming payment is booked for the invoice; for now by transfer."""
    stage.orders(order("100012345", "49.90", payment_kind="invoice", invoice_number="RE-2026-04711"))
    stage.pays(Paid(4990, "RE-2026-04711"))
    [allocation] = Allocation.objects.filter(item=stage.item("100012345"))
    [line] = lines(stage.merchant.pk, [f"allocation:{allocation.pk}"])
    assert (line.debit, line.credit, line.amount.minor) == ("unclear", "receivables", 4990)
    assert stage.payment().state == PaymentState.ASSIGNED
    assert stage.books() == []
