from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from zahlmeister.money.accounts import is_iban
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import is_banking_day
from zahlmeister.sandbox.bank import payments_of, statements
from zahlmeister.sandbox.cast import EVA, KNOWN
from zahlmeister.sandbox.movements import Disturbance, as_banks_write
from zahlmeister.sandbox.payers import HABITS
from zahlmeister.sandbox.shop import orders

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def placed():
    return orders(7, 3000, TODAY)


@pytest.fixture(scope="module")
def delivered(placed):
    return statements(7, placed, TODAY)


def test_the_same_seed_brings_the_same_statements(placed):
    few = placed[:60]

    assert statements(7, few, TODAY) == statements(7, few, TODAY)
    assert statements(7, few, TODAY) != statements(8, few, TODAY)


def test_without_orders_there_is_no_statement():
    assert statements(7, [], TODAY) == []


def test_balances_chain_per_account_and_every_statement_adds_up(delivered):
    for before, after in pairwise(delivered):
        if before.account == after.account:
            assert after.opening == before.closing
            assert after.opened_on == before.on < after.on
            assert after.number == before.number + 1
    for statement in delivered:
        total = sum(movement.amount.minor for movement in statement.movements)
        assert statement.closing.minor - statement.opening.minor == total
        assert all(movement.booked_on == statement.on for movement in statement.movements)


def test_banks_book_on_banking_days_before_today_only(delivered):
    assert all(is_banking_day(statement.on) and statement.on < TODAY for statement in delivered)


def test_every_movement_has_a_bank_reference_of_its_own_that_fits_into_mt940(delivered):
    references = [movement.bank_reference for statement in delivered for movement in statement.movements]

    assert len(set(references)) == len(references)
    assert all(len(reference) == 16 for reference in references)


def test_the_sum_of_an_exact_payment_is_the_order(placed, delivered):
    amounts = {order.number: order.amount for order in placed}
    exact = [payment for payment in payments_of(delivered) if payment.disturbance is Disturbance.EXACT]

    assert len(exact) > 500
    assert all(payment.amount == amounts[payment.pays[0]] for payment in exact)


def test_nobody_pays_before_ordering(placed, delivered):
    days = {order.number: order.date for order in placed}

    assert all(payment.booked_on >= days[number] for payment in payments_of(delivered) for number in payment.pays)


def test_about_half_pay_exactly_and_every_habit_occurs(delivered):
    kinds = Counter(payment.disturbance for payment in payments_of(delivered))

    assert set(HABITS) | {Disturbance.SEVERAL_ORDERS, Disturbance.CARRIER} == set(kinds)
    assert 44 <= 100 * kinds[Disturbance.EXACT] // kinds.total() <= 56


def test_the_five_everybody_knows_pay_as_everybody_knows(placed, delivered):
    numbers = {order.number: order.name for order in placed if order.email in {known.email for known in KNOWN}}
    fates = {
        (numbers[payment.pays[0]], payment.disturbance.value)
        for payment in payments_of(delivered)
        if payment.pays[0] in numbers
    }

    assert fates == {
        ("Anna Berger", "exact"),
        ("Bernd Krüger", "underpaid"),
        ("Cora Weiß", "exact"),
        ("Cora Weiß", "paid twice"),
        ("Dirk Hofmann", "parent pays"),
    }
    assert EVA.name in numbers.values()


def test_some_orders_stay_unpaid_and_some_money_is_for_no_order(placed, delivered):
    paid = {number for payment in payments_of(delivered) for number in payment.pays}
    movements = [movement for statement in delivered for movement in statement.movements]

    assert 0 < len(placed) - len(paid) < len(placed) // 2
    kinds = {movement.disturbance for movement in movements if not movement.pays}
    assert kinds == {Disturbance.UNRELATED, Disturbance.OUTGOING, Disturbance.RETURNED}
    assert any(movement.counterparty and "PayPal" in movement.counterparty for movement in movements)


def test_a_bounced_debit_costs_its_amount_and_the_charges(delivered):
    bounced = [
        movement
        for statement in delivered
        for movement in statement.movements
        if movement.is_return and movement.charges is not None
    ]

    assert [movement.amount for movement in bounced] == [Amount(-2290, "EUR")]
    assert bounced[0].original_amount == Amount(1990, "EUR")


def test_money_is_incoming_for_customers_and_accounts_are_valid(delivered):
    movements = [movement for statement in delivered for movement in statement.movements]

    assert all(movement.amount.minor > 0 for movement in movements if movement.pays)
    assert all(is_iban(movement.iban) for movement in movements if movement.iban)


def test_banks_write_only_what_they_must_accept():
    assert as_banks_write("Małgorzata Şahin-Çelik & Söhne!", 70) == "Malgorzata Sahin-Celik & Söhne."
    assert as_banks_write("Bestellung 100012345", 12) == "Bestellung 1"
    assert as_banks_write("Wolle 🧶 rot", 70) == "Wolle   rot"
