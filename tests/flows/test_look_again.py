"""After a file, only those payments are looked at again that were torn between orders of which one has been paid."""

import pytest
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.settle_payments import Settler
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    really = Settler.propose

    def propose(self: Settler, payments: list[Payment]) -> object:
        texts.extend(payment.transaction.remittance for payment in payments)
        return really(self, payments)

    monkeypatch.setattr(Settler, "propose", propose)
    return texts


def test_one_of_two_orders_is_paid_and_the_payment_torn_between_them_finds_the_other(
    transactional_db: None, stage: Stage, looked_at: list[str]
) -> None:
    stage.orders(
        order("100012345", "24.98"), order("100012399", "24.98"), order("100017777", "17.00", "Bernd Kuhn"),
        order("100018888", "17.00", "Bernd Kuhn"), order("100013333", "99.00", "Cora Lindner"),
    )  # fmt: skip
    stage.pays(Paid(2498, "danke fuer die Ware"), Paid(1700, "danke von Bernd", "Bernd Kuhn", BERND))
    assert [payment.state for payment in stage.payments()] == [PaymentState.SUGGESTED] * 2
    stage.pays(Paid(9900, "Bestellung 100013333", "Cora Lindner"))
    assert looked_at == []
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert looked_at == ["danke fuer die Ware"]
    torn = next(payment for payment in stage.payments() if payment.transaction.remittance == "danke fuer die Ware")
    numbers = {share["number"] for candidate in torn.candidates for share in candidate["shares"]}
    assert torn.state == PaymentState.ASSIGNED or numbers == {"100012399"}
    assert stage.books() == []


def test_a_payment_that_nothing_was_found_for_is_left_alone(
    transactional_db: None, stage: Stage, looked_at: list[str]
) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(777, "Spende", "Dora Unbekannt", BERND))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert looked_at == []
