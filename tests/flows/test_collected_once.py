"""What is collected for refunds and overdrawn accounts is collected once, whatever was changed or said meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.dying import Killed
from tests.flows.test_collect_refunds import OPERATORS, House, collection
from tests.flows.test_cover_balance import Trust
from tests.stage import ACCOUNT, order

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows import collect_refunds
from zahlmeister.flows.assign_payment import assign, ignore
from zahlmeister.flows.check_nightly import check_today
from zahlmeister.flows.collect_debit import Signed, keep_mandate
from zahlmeister.flows.cover_balance import cover_next
from zahlmeister.flows.settle_payments import propose_again, settle_waiting
from zahlmeister.ledger.post import post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.going_back import go_back
from zahlmeister.receivables.models import AccountUse, IgnoredPayer, Payment
from zahlmeister.refunds.models import Refund, RefundCollection, RefundSettings
from zahlmeister.refunds.queries import being_collected
from zahlmeister.refunds.rules import Rhythm
from zahlmeister.refunds.states import CollectionState, RefundState
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import Statement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(merchant: Merchant, tmp_path: Path) -> House:
    house = House(merchant, tmp_path)
    house.sells()
    house.is_paid()
    return house


@pytest.fixture
def owing(merchant: Merchant, tmp_path: Path) -> Trust:
    trust = Trust(merchant, tmp_path)
    trust.gives_mandate()
    trust.owes()
    check_today(merchant, at=trust.stage.now)
    return trust


def dies_before_the_debit_is_linked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_facts: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(collect_refunds, "announce", dies)
        with pytest.raises(Killed):
            house.work()


def test_another_rhythm_between_the_draft_and_its_collection_makes_no_second_debit(
    paid: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = paid.asks(2000)
    dies_before_the_debit_is_linked(paid, monkeypatch)
    RefundSettings.objects.update(rhythm=Rhythm.TWICE)
    paid.work()
    debit = Debit.objects.get()
    assert (debit.amount_minor, debit.source.split(":")[1]) == (2000, "weekly")  # as it was asked for
    assert (RefundCollection.objects.get().debit, paid.now(refund).state) == (debit, RefundState.COLLECTING)


def test_another_mandate_between_the_draft_and_its_collection_stops_no_refund(
    paid: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = paid.asks(2000)
    dies_before_the_debit_is_linked(paid, monkeypatch)
    signed = Signed("DE98ZZZ09999999999", "REFUNDS-2", date(2026, 11, 2), "Brigitte", ACCOUNT, notice_days=1)
    keep_mandate(paid.runs, signed, by="house", at=paid.stage.now, customer=paid.merchant)
    paid.work()
    assert RefundCollection.objects.get().debit == Debit.objects.get()
    assert paid.now(refund).state == RefundState.COLLECTING
    paid.days(12)
    assert paid.now(refund).state == RefundState.PAID
    paid.all_add_up()


def test_a_planned_refund_whose_debit_had_failed_is_collected_anew_and_once(paid: House) -> None:
    refund = paid.asks(2000)
    failed = collection(paid, CollectionState.FAILED, days=40)
    Refund.objects.filter(pk=refund.pk).update(collection=failed)
    assert collect_refunds.left_over(paid.merchant.pk) == 0
    paid.work()
    assert (paid.now(refund).state, Debit.objects.get().amount_minor) == (RefundState.COLLECTING, 2000)
    paid.days(12)
    assert paid.now(refund).state == RefundState.PAID
    paid.all_add_up()


def test_what_leaves_a_pooled_account_is_not_collected_from_the_merchants_own(paid: House) -> None:
    pooled = BankAccount.objects.create(
        merchant=paid.merchant, number="DE02500105170137075030", currency="EUR", kind=AccountKind.POOLED
    )
    mine, other = paid.asks(2000), paid.asks(1000, source="2")
    Refund.objects.filter(pk=other.pk).update(account=None)
    AccountUse.objects.create(
        merchant=paid.merchant, account=pooled, shop=other.item.order.shop, created_by="b", created_at=paid.stage.now
    )
    paid.work()
    assert Debit.objects.get().amount_minor == 2000
    assert [paid.now(each).state for each in (mine, other)] == [RefundState.COLLECTING, RefundState.SHORT]


def test_a_covering_that_may_have_been_paid_is_not_paid_again_until_somebody_has_looked(owing: Trust) -> None:
    owing.bank.expect(ACCOUNT, Fate(rejects="AC01"))
    transfer = owing.days_until(CollectionState.GOOD).transfer
    assert transfer is not None
    owing.hand_in()
    PaymentOrder.objects.filter(pk=transfer.pk).update(doubt="paid_anyway")
    owing.work()
    assert RefundCollection.objects.get().attempt == 1
    PaymentOrder.objects.filter(pk=transfer.pk).update(doubt="")
    owing.stage.later(seconds=1)
    cover_next(clock=owing.stage.clock)
    assert RefundCollection.objects.get().attempt == 2


# ---- what comes in on the operator's account ---------------------------------------------------------------------


def comes(house: House, told: Callable[[Statement], Statement] = lambda day: day) -> None:
    """The direct debit is on the operator's statement, as it is told there; no worker has looked at it since."""
    house.asks(2000)
    house.work()
    for _ in range(8):
        house.hand_in()
        house.bank.move_to(house.bank.today + timedelta(days=1))
        house.stage.now += timedelta(days=1)
        house.theirs.now = house.stage.now
        if days := house.bank.statements(OPERATORS):
            path = house.stage.folder / "holding"
            write_camt053(path, [told(day) for day in days])
            assert house.theirs.receive(path.read_bytes(), "holding.xml").error == ""
            return
    raise AssertionError("It never came.")


def ends_well(house: House) -> None:
    house.work()
    assert (house.held(), RefundCollection.objects.get().came_on is None) == ((2000, 2000), False)
    house.days(9)
    assert Refund.objects.get().state == RefundState.PAID
    assert (house.held(), balance(house.runs.pk, Book.OTHER_INCOME, "EUR").minor) == ((0, 0), 0)
    house.all_add_up()


def test_what_the_house_has_collected_is_nobodys_to_assign_ignore_or_send_back(paid: House) -> None:
    """However well an order of the operator's would fit, and whatever rule would hide it."""
    paid.theirs.orders(order("R-1", "20.00", "Brigittes Wollstube"))
    IgnoredPayer.objects.create(merchant=paid.runs, number=ACCOUNT, created_by="h", created_at=paid.stage.now)
    comes(paid)
    payment = Payment.objects.get(merchant=paid.runs)
    assert (payment.state, payment.reason, payment.candidates) == ("unclear", "collected", [])
    at, item = paid.stage.now, paid.theirs.item("R-1")
    with pytest.raises(Refused, match="has collected this money"):
        assign(paid.runs, payment.pk, [(item.pk, 2000)], by="h", at=at, source="x")
    with pytest.raises(Refused, match="has collected this money"):
        ignore(paid.runs, payment.pk, by="h", at=at)
    with pytest.raises(Refused, match="has collected this money"):
        go_back(payment, "x", by="h", at=at)
    propose_again(paid.runs, payment.pk, at=at)
    settle_waiting(paid.runs, at=at)
    assert Payment.objects.get(pk=payment.pk).reason == "collected"
    ends_well(paid)


def twice(statement: Statement) -> Statement:
    """The day as a bank tells it that books a collection a second time."""
    [movement] = statement.movements
    return replace(statement, movements=(movement, replace(movement, bank_reference=f"{movement.bank_reference}2")))


def test_a_second_payment_of_its_number_is_a_persons_to_decide_once_the_first_is_booked(paid: House) -> None:
    comes(paid, twice)
    first, second = Payment.objects.filter(merchant=paid.runs).order_by("pk")
    with pytest.raises(Refused, match="has collected this money"):
        ignore(paid.runs, second.pk, by="h", at=paid.stage.now)
    paid.work()
    assert (paid.held(), RefundCollection.objects.get().came_on is None) == ((2000, 2000), False)
    first.refresh_from_db()
    second.refresh_from_db()
    assert {(first.state, first.reason), (second.state, second.reason)} == {("ignored", "set_apart"), ("unclear", "")}
    odd = first if first.state == "unclear" else second
    ignore(paid.runs, odd.pk, by="h", at=paid.stage.now)
    assert paid.theirs.books() == []


def test_what_a_failed_collection_has_brought_is_a_persons_to_decide(paid: House) -> None:
    """Its return was told before; the collection gets nothing any more."""
    comes(paid)
    payment = Payment.objects.get(merchant=paid.runs)
    Debit.objects.update(state=DebitState.RETURNED)
    assert being_collected(paid.runs.pk)
    paid.work()
    assert RefundCollection.objects.get().state == CollectionState.FAILED
    assert being_collected(paid.runs.pk) == {}
    ignore(paid.runs, payment.pk, by="h", at=paid.stage.now)
    assert Payment.objects.get(pk=payment.pk).state == "ignored"


@pytest.mark.parametrize("decision", ["ignored", "assigned"])
def test_a_decision_that_came_all_the_same_is_undone(paid: House, decision: str) -> None:
    """Such as one that an earlier version took."""
    comes(paid)
    payment = Payment.objects.get(merchant=paid.runs)
    Payment.objects.update(reason="")
    if decision == "ignored":
        ignore(paid.runs, payment.pk, by="h", at=paid.stage.now)
    else:
        paid.theirs.orders(order("R-1", "20.00"))
        share = [(paid.theirs.item("R-1").pk, 2000)]
        assign(paid.runs, payment.pk, share, by="h", at=paid.stage.now, source="x")
    ends_well(paid)
    if decision == "assigned":
        assert paid.theirs.item("R-1").open_minor == 2000


def test_money_that_was_sent_back_already_is_held_all_the_same(paid: House) -> None:
    comes(paid)
    payment = Payment.objects.get(merchant=paid.runs)
    Payment.objects.update(reason="")
    payment.refresh_from_db()
    booking, _step = go_back(payment, "sent", by="h", at=paid.stage.now)
    post(paid.runs.pk, [booking], at=paid.stage.now)
    paid.work()
    assert (paid.held(), RefundCollection.objects.get().came_on is None) == ((2000, 2000), False)
    assert collect_refunds.follow_next(clock=paid.stage.clock) is None
