"""What goes back is noted in the shop, whoever asked for it; once, and again when it came back."""

from datetime import timedelta

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.connectors.shops.contract import Answer, Heard, SentBack
from zahlmeister.connectors.web import Declined
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.note_refunds import note_refunds
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.orders.record import shop_called
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Unreachable

NUMBER = "100012345"


class Port:
    """A shop that has a place for notes, and can be away."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, bool]] = []
        self.is_away = False
        self.declines: dict[str, Unreachable] = {}

    def note_refund(self, refund: SentBack) -> Answer:
        if self.is_away:
            raise Unreachable("The shop is away.")
        if refund.key in self.declines:
            raise self.declines[refund.key]
        self.notes.append((refund.key, str(refund.amount), refund.has_left))
        return Answer(Heard.WRITTEN)


@pytest.fixture
def refund(stage: Stage) -> Refund:
    """20.00 of Anna's order were paid back, which a person had asked for."""
    stage.orders(order(NUMBER, "49.90"))
    stage.pays(Paid(4990, NUMBER))
    Merchant.objects.update(verification=Verification.VERIFIED)
    Order.objects.update(key="17")
    asked = Asked("office:1", Amount(2000, "EUR"))
    ask_refund(stage.merchant, stage.item(NUMBER).pk, asked, by="brigitte@wollstube.example", at=stage.now)
    return Refund.objects.get()


def is_paid(refund: Refund, stage: Stage) -> None:
    Refund.objects.filter(pk=refund.pk).update(state=RefundState.PAID, paid_on=stage.now.date())


def tell(stage: Stage, port: object) -> int:
    shop = shop_called(stage.merchant.pk, "Wollstube")
    return note_refunds(shop, port, at=stage.now)  # type: ignore[arg-type] # it says what is needed of a shop


def test_a_refund_is_noted_when_it_was_paid_and_once(stage: Stage, refund: Refund) -> None:
    port = Port()
    assert tell(stage, port) == 0
    is_paid(refund, stage)
    assert [tell(stage, port) for _ in range(2)] == [1, 0]
    assert port.notes == [("17", "20.00 EUR", True)]
    assert "shop_told" in [step.verb for step in steps_of(stage.merchant.pk, "refund", refund.pk)]


def test_a_refund_that_comes_back_is_noted_too(stage: Stage, refund: Refund) -> None:
    port = Port()
    is_paid(refund, stage)
    tell(stage, port)
    Refund.objects.update(state=RefundState.ACCOUNT_MISSING, paid_on=None)
    assert [tell(stage, port) for _ in range(2)] == [1, 0]
    is_paid(refund, stage)
    assert tell(stage, port) == 1
    assert [has_left for _key, _amount, has_left in port.notes] == [True, False, True]


def test_a_shop_that_is_away_hears_it_later(stage: Stage, refund: Refund) -> None:
    port = Port()
    port.is_away = True
    is_paid(refund, stage)
    with pytest.raises(Unreachable):
        tell(stage, port)
    port.is_away = False
    assert tell(stage, port) == 1


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (Declined("The shop does not take the question (404).", permanent=True), [2, 0]),
        (Declined("The shop reports an error of its own (500)."), [1, 0]),
    ],
)
def test_a_note_that_the_shop_declines_keeps_no_other_waiting(
    stage: Stage, refund: Refund, says: Unreachable, told: list[int]
) -> None:
    """Refused for good it is not told again; stumbled over, it is tried again with each reading."""
    stage.orders(order("100012346", "30.00"))
    stage.pays(Paid(3000, "100012346"))
    Order.objects.filter(number="100012346").update(key="18")
    asked = Asked("office:2", Amount(1000, "EUR"))
    ask_refund(stage.merchant, stage.item("100012346").pk, asked, by="brigitte@wollstube.example", at=stage.now)
    for each in Refund.objects.all():
        is_paid(each, stage)
    port = Port()
    port.declines["17"] = says
    assert [tell(stage, port) for _ in range(2)] == told
    assert [key for key, _amount, _left in port.notes] == ["18"]
    steps = [step for step in steps_of(stage.merchant.pk, "refund", refund.pk) if step.verb == "shop_told"]
    assert [step.facts["heard"] for step in steps] == (["refused"] if says.permanent else [])


def test_credit_notes_old_refunds_and_shops_without_a_place_are_left_out(stage: Stage, refund: Refund) -> None:
    is_paid(refund, stage)
    assert tell(stage, object()) == 0
    Refund.objects.update(origin=Origin.SHOP)
    assert tell(stage, Port()) == 0
    Refund.objects.update(origin=Origin.OFFICE, paid_on=stage.now.date() - timedelta(days=61))
    assert tell(stage, Port()) == 0
