from dataclasses import replace
from datetime import date

import pytest

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.cast import household
from zahlmeister.sandbox.chance import dice
from zahlmeister.sandbox.movements import CASH_IN, FOREIGN_IN, REFERENCED_IN, Disturbance, stripped
from zahlmeister.sandbox.payers import HABITS, pay, pay_together
from zahlmeister.sandbox.shop import orders

TODAY = date(2026, 11, 20)
DAY = date(2026, 11, 4)


@pytest.fixture(scope="module")
def placed():
    return [order for order in orders(3, 200, TODAY) if order.payment_kind != "cod" and order.currency == "EUR"]


def paid(placed, habit):
    return [(order, pay(dice(habit, order.number), order, DAY, "100019999", habit)) for order in placed]


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_brings_money_for_its_order_in_a_text_banks_can_carry(placed, habit):
    for order, movements in paid(placed, habit):
        for movement in movements:
            assert movement.pays == (order.number,)
            assert movement.amount.minor > 0
            assert movement.booked_on >= DAY
            assert len(movement.remittance or "") <= 140
            assert movement.counterparty


def test_an_exact_payer_pays_the_amount_from_the_own_account_with_the_number_or_the_reference(placed):
    for order, (movement,) in paid(placed, Disturbance.EXACT):
        assert movement.amount == order.amount
        assert movement.iban == household(order.email, order.name, order.country).own.iban
        assert order.number in (movement.remittance or "") or movement.creditor_reference == order.reference
        assert (movement.booking is REFERENCED_IN) == (movement.creditor_reference is not None)


def test_too_little_is_less_and_too_much_is_more(placed):
    assert all(movement.amount < order.amount for order, (movement,) in paid(placed, Disturbance.UNDERPAID))
    assert all(movement.amount > order.amount for order, (movement,) in paid(placed, Disturbance.OVERPAID))


def test_instalments_make_the_order_and_a_duplicate_makes_it_twice(placed):
    for order, (first, second) in paid(placed, Disturbance.INSTALMENT):
        assert first.amount + second.amount == order.amount
        assert second.booked_on > first.booked_on
    for order, (first, second) in paid(placed, Disturbance.DUPLICATE):
        assert first.amount == second.amount == order.amount
        assert [first.disturbance, second.disturbance] == [Disturbance.EXACT, Disturbance.DUPLICATE]


@pytest.mark.parametrize("habit", [Disturbance.SPOUSE, Disturbance.PARENT, Disturbance.COMPANY])
def test_somebody_else_pays_from_another_account(placed, habit):
    for order, (movement,) in paid(placed, habit):
        assert movement.iban != household(order.email, order.name, order.country).own.iban
        assert movement.amount == order.amount


def test_a_payment_with_the_number_of_another_order_is_still_for_its_own(placed):
    for order, (movement,) in paid(placed, Disturbance.WRONG_NUMBER):
        assert "100019999" in movement.remittance
        assert movement.pays == (order.number,)


def test_without_an_invoice_the_customer_number_is_written(placed):
    without = [replace(order, invoice_number=None) for order in placed[:20]]

    assert {
        movement.disturbance for _, movements in paid(without, Disturbance.INVOICE_NUMBER) for movement in movements
    } == {Disturbance.CUSTOMER_NUMBER}


def test_without_umlauts_means_none_are_left(placed):
    for _, (movement,) in paid(placed, Disturbance.NO_UMLAUTS):
        assert stripped(movement.counterparty + movement.remittance) == movement.counterparty + movement.remittance


def test_a_foreign_transfer_arrives_without_the_charges(placed):
    for order, (movement,) in paid(placed, Disturbance.FOREIGN):
        assert movement.booking is FOREIGN_IN
        assert movement.amount + movement.charges == movement.original_amount == order.amount


def test_cash_comes_without_an_account_and_under_the_banks_own_code(placed):
    for _, (movement,) in paid(placed, Disturbance.CASH):
        assert movement.booking is CASH_IN
        assert movement.iban is None
        assert len(movement.counterparty) == 11


def test_two_orders_are_paid_in_one_sum():
    first, second = orders(3, 200, TODAY)[:2]
    second = replace(second, amount=Amount(1500, "EUR"))
    movement = pay_together(dice("both"), first, second, DAY)

    assert movement.amount == first.amount + second.amount
    assert movement.pays == (first.number, second.number)
