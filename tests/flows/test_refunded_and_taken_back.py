"""A payment of an order that was refunded is taken back: by a person, or by the bank. No money leaves twice."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from tests.flows.test_debits import DUE, LATER, Desk
from tests.flows.test_refunds import NUMBER, Till
from tests.flows.test_two_at_once import at_once
from tests.stage import BERND, Paid

from zahlmeister.flows.ask_refund import Asked, ask_refund, limit_of
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.change_refund import cancel_refund
from zahlmeister.flows.mark_paid import mark_paid, unmark_paid
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.rules import AboveLimit
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate

pytestmark = pytest.mark.django_db(transaction=True)


def two_at_once(test: object) -> object:
    """SQLite lets one writer at a time into the file."""
    skipped = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time into the file")
    return pytest.mark.postgres(skipped(test))


@pytest.fixture
def till(merchant: Merchant, tmp_path: Path) -> Till:
    return Till(merchant, tmp_path)


@pytest.fixture
def overpaid(till: Till) -> Till:
    """Anna has paid ten euros too much, and they were promised back."""
    till.sells()
    till.is_paid(5990)
    till.asks(1000)
    return till


def payment_of(till: Till) -> Payment:
    return Payment.objects.get(merchant=till.merchant, amount_minor__gt=0)


def takes_back(till: Till, payment: Payment) -> None:
    unassign(till.merchant, payment.pk, by="brigitte", at=till.stage.now)


def test_a_person_cannot_take_back_what_was_refunded(overpaid: Till) -> None:
    with pytest.raises(Refused, match=rf"{NUMBER} has gone back or is promised \(ZMR00000001\)"):
        takes_back(overpaid, payment_of(overpaid))
    assert payment_of(overpaid).state == PaymentState.ASSIGNED
    assert overpaid.adds_up()
    cancel_refund(Refund.objects.get(), by="brigitte", at=overpaid.stage.now)
    takes_back(overpaid, payment_of(overpaid))
    assert overpaid.stage.item(NUMBER).open_minor == 4990
    assert overpaid.adds_up()


def test_nor_when_the_refund_has_left(till: Till) -> None:
    till.sells()
    till.is_paid()
    till.asks(2000, due_on=date(2026, 11, 24))
    till.sends()
    till.days(1)
    assert Refund.objects.get().state == RefundState.PAID
    with pytest.raises(Refused, match="has gone back or is promised"):
        takes_back(till, Payment.objects.get(amount_minor=4990))
    assert till.adds_up()


def test_a_payment_that_was_assigned_wrongly_can_be_taken_back_when_another_covers_the_refund(till: Till) -> None:
    till.sells()
    till.is_paid()
    till.stage.pays(Paid(1500, "danke", "Bernd Krause", BERND))
    wrong = Payment.objects.get(amount_minor=1500)
    item = till.stage.item(NUMBER)
    assign(till.merchant, wrong.pk, [(item.pk, 1500)], by="b", at=till.stage.now, source="x")
    till.asks(2000)
    takes_back(till, wrong)
    wrong.refresh_from_db()
    assert wrong.state == PaymentState.UNCLEAR
    assert till.stage.item(NUMBER).open_minor == 1500  # what went back as too much was not too much
    assert till.stage.books() == []
    with pytest.raises(Refused, match="has gone back or is promised"):
        takes_back(till, Payment.objects.get(amount_minor=4990))


def test_nor_can_a_person_say_that_a_refunded_order_was_not_paid_elsewhere(till: Till) -> None:
    till.sells()
    item = till.stage.item(NUMBER)
    mark_paid(till.merchant, item.pk, by="b", at=till.stage.now, source="cash")
    till.asks(2000)
    with pytest.raises(Refused, match="has gone back or is promised"):
        unmark_paid(till.merchant, item.pk, by="b", at=till.stage.now)
    assert till.stage.item(NUMBER).state == ItemState.PAID


def test_what_was_sent_back_counts_when_its_order_is_refunded_later(till: Till) -> None:
    till.sells()
    till.is_paid()
    takes_back(till, payment_of(till))
    return_payment(till.merchant, payment_of(till).pk, by=till.brigitte, at=till.stage.now)
    assert limit_of(till.stage.item(NUMBER)).left == 4990  # twice the order, less what has gone back
    with pytest.raises(AboveLimit, match=r"At most 49\.90 EUR"):
        till.asks(4991)
    assert till.stage.books() == []


def test_a_payment_is_not_sent_back_while_its_order_is_refunded_without_it(till: Till) -> None:
    till.sells()
    till.is_paid()
    takes_back(till, payment_of(till))
    refund = till.asks(2000)  # out of kindness: nothing is paid on it
    with pytest.raises(Refused, match=rf"was for order {NUMBER}"):
        return_payment(till.merchant, payment_of(till).pk, by=till.brigitte, at=till.stage.now)
    assert payment_of(till).state == PaymentState.UNCLEAR
    cancel_refund(refund, by="b", at=till.stage.now)
    return_payment(till.merchant, payment_of(till).pk, by=till.brigitte, at=till.stage.now)
    assert payment_of(till).state == PaymentState.GOING_BACK
    assert till.stage.books() == []


@two_at_once
@pytest.mark.parametrize("attempt", range(3))
def test_one_refunds_the_order_while_another_sends_its_payment_back(till: Till, attempt: int) -> None:
    till.sells()
    till.is_paid()
    item, payment, now = till.stage.item(NUMBER), payment_of(till), till.stage.now
    takes_back(till, payment)
    asked = Asked("office:1", Amount(9980, "EUR"))

    def refused(action: object) -> bool:
        try:
            action()  # type: ignore[operator]
        except Refused:
            return True
        return False

    answers = at_once(
        lambda: refused(lambda: ask_refund(till.merchant, item.pk, asked, by="b", at=now)),
        lambda: refused(lambda: return_payment(till.merchant, payment.pk, by=till.brigitte, at=now)),
    )
    assert sorted(answers) == [False, True]
    assert Refund.objects.count() == 1
    assert till.stage.books() == []


@two_at_once
@pytest.mark.parametrize("attempt", range(3))
def test_one_refunds_the_order_while_another_takes_its_payment_back(till: Till, attempt: int) -> None:
    till.sells()
    till.is_paid(5990)
    item, payment, now = till.stage.item(NUMBER), payment_of(till), till.stage.now
    asked = Asked("office:1", Amount(1000, "EUR"))

    def taken() -> bool:
        try:
            takes_back(till, payment)
        except Refused:
            return False
        return True

    _, was_taken = at_once(lambda: ask_refund(till.merchant, item.pk, asked, by="b", at=now), taken)
    refund, item = Refund.objects.get(), till.stage.item(NUMBER)
    assert item.open_minor == (4990 if was_taken else 0)
    assert refund.of_order_minor == (1000 if was_taken else 0)
    assert till.stage.books() == []


@pytest.fixture
def debited(merchant: Merchant, tmp_path: Path) -> Desk:
    """Ten euros too much are collected by direct debit; the bank takes them back three days later."""
    Merchant.objects.filter(pk=merchant.pk).update(verification=Verification.VERIFIED)
    merchant.refresh_from_db()
    desk = Desk(merchant, tmp_path)
    mandate = desk.mandate()
    desk.bank.expect(mandate.debtor_number, Fate(returns="MD06", after_days=3))
    desk.approved(mandate, amount=Amount(5990, "EUR"))
    desk.on(date(2026, 12, 4))
    desk.hears(desk.handed_in(desk.file()))
    desk.on(DUE + timedelta(days=1))
    desk.reads()
    assert desk.stage.item(NUMBER).surplus_minor == 1000
    return desk


def asks(desk: Desk, minor: int, source: str = "office:1") -> Refund:
    asked = Asked(source, Amount(minor, "EUR"))
    item = desk.stage.item(NUMBER)
    return ask_refund(desk.merchant, item.pk, asked, by="brigitte", at=desk.stage.now)


@pytest.mark.parametrize(("minor", "of_order"), [(1000, 1000), (600, 600), (1500, 1500)])
def test_what_the_bank_takes_back_of_a_refunded_order_is_recorded_and_the_refund_stops(
    debited: Desk, minor: int, of_order: int
) -> None:
    refund = asks(debited, minor)
    debited.on(LATER)
    debited.reads()
    item = debited.stage.item(NUMBER)
    refund.refresh_from_db()
    assert (item.open_minor, item.surplus_minor, item.state) == (4990, 0, ItemState.OPEN)
    assert (refund.of_surplus_minor, refund.of_order_minor) == (0, of_order)
    assert (refund.state, refund.reason) == (RefundState.STOPPED, "payment_gone")
    assert (debited.book(Book.REFUNDS), debited.book(Book.ORDERS)) == (-minor, minor - 4990)
    assert debited.stage.books() == []
    for _ in range(2):
        cancel_refund(refund, by="brigitte", at=debited.stage.now)
    assert (debited.book(Book.REFUNDS), debited.book(Book.ORDERS)) == (0, -4990)
    assert debited.stage.item(NUMBER).open_minor == 4990
    assert debited.stage.books() == []


@pytest.mark.parametrize("state", [RefundState.SHORT, RefundState.ACCOUNT_MISSING])
def test_a_refund_that_waits_stops_as_well(debited: Desk, state: RefundState) -> None:
    refund = asks(debited, 1000)
    Refund.objects.update(state=state, **({"iban": ""} if state == RefundState.ACCOUNT_MISSING else {}))
    debited.on(LATER)
    debited.reads()
    refund.refresh_from_db()
    assert refund.state == RefundState.STOPPED


def test_what_has_left_stays_paid_back_and_is_taken_off_the_order(debited: Desk) -> None:
    refund = asks(debited, 1000)
    Refund.objects.update(state=RefundState.ORDERED)
    debited.on(LATER)
    debited.reads()
    refund.refresh_from_db()
    assert (refund.state, refund.of_order_minor) == (RefundState.ORDERED, 1000)
    assert debited.stage.item(NUMBER).open_minor == 4990
    assert debited.stage.books() == []


def test_a_return_that_is_read_again_changes_nothing_more(debited: Desk) -> None:
    asks(debited, 1000)
    debited.on(LATER)
    debited.reads()
    debited.reads()
    assert debited.stage.item(NUMBER).open_minor == 4990
    assert debited.book(Book.ORDERS) == -3990
    assert debited.stage.books() == []
