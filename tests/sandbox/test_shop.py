import csv
from collections import Counter
from datetime import date, timedelta

from zahlmeister.money.accounts import is_iban
from zahlmeister.sandbox.cast import KNOWN
from zahlmeister.sandbox.shop import COLUMNS, orders, write_orders_csv

TODAY = date(2026, 11, 20)


def test_the_same_seed_brings_the_same_orders():
    assert orders(5, 80, TODAY) == orders(5, 80, TODAY)
    assert orders(5, 80, TODAY) != orders(6, 80, TODAY)


def test_numbers_are_dense_and_unique_and_the_days_run_forward():
    placed = orders(5, 300, TODAY)
    numbers = [int(order.number) for order in placed if order.number.isdigit()]

    assert numbers == list(range(100012001, 100012001 + len(numbers)))
    assert len({order.number for order in placed}) == 300
    assert any(order.number.startswith("WS-") for order in placed)
    assert [order.date for order in placed] == sorted(order.date for order in placed)
    assert all(TODAY - timedelta(days=45) < order.date < TODAY for order in placed)


def test_the_five_everybody_knows_order_once_each_when_there_are_enough_orders():
    names = Counter(order.name for order in orders(5, 300, TODAY) if order.email.count(".") == 1)

    assert names == {person.name: 1 for person in KNOWN}


def test_amounts_collide_and_customers_return():
    placed = orders(5, 300, TODAY)

    assert Counter(order.amount for order in placed).most_common(1)[0][1] >= 10
    assert len({order.customer_number for order in placed}) < 270


def test_all_payment_kinds_and_both_currencies_occur():
    placed = orders(5, 400, TODAY)

    assert {order.payment_kind for order in placed} == {"prepayment", "invoice", "cod"}
    assert {order.currency for order in placed} == {"EUR", "CHF"}
    assert all(order.amount > order.shipping_cost for order in placed)


def test_the_csv_has_the_agreed_columns_and_every_order(tmp_path):
    placed = orders(5, 120, TODAY)
    path = tmp_path / "orders.csv"

    write_orders_csv(placed, path)

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["number"] for row in rows] == [order.number for order in placed]
    assert [row["amount"] for row in rows] == [order.amount.text() for order in placed]
    assert all(is_iban(row["iban"]) for row in rows if row["iban"])
    assert "None" not in path.read_text(encoding="utf-8")
