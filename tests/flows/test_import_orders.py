"""Orders in: new, the same, changed before and after payment, and refused in a sentence."""

from datetime import date

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import MatchKey
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Unreadable


def test_the_same_report_again_changes_nothing(stage: Stage) -> None:
    rows = [order("1001", "24.98"), order("1002", "10.00")]
    assert stage.orders(*rows).new == 2
    again = stage.orders(*rows)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 3498


def test_an_amount_of_zero_is_paid_at_once(stage: Stage) -> None:
    stage.orders(order("1001", "0.00"), order("1002", "-5.00"))
    assert stage.item("1001").state == stage.item("1002").state == ItemState.PAID
    assert stage.books() == []


def test_raised_after_payment_it_is_partly_paid(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    assert stage.orders(order("100012345", "30.00")).changed == 1
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 502)
    assert stage.books() == []


def test_lowered_after_payment_there_is_a_surplus(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    stage.orders(order("100012345", "20.00"))
    item = stage.item("100012345")
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 498)
    assert stage.books() == []


def test_a_changed_order_is_found_under_its_new_name_and_not_under_its_old(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    before = set(MatchKey.objects.values_list("digest", flat=True))
    stage.orders(order("100012345", "24.98", "Berta Sommer", email="anna@post.example"))
    after = set(MatchKey.objects.values_list("digest", flat=True))
    assert before - after
    assert after - before


def test_another_currency_is_refused_in_a_sentence(stage: Stage) -> None:
    stage.orders(order("1001", "24.98"))
    done = stage.orders(OrderRow(line=2, number="1001", amount=Amount(2498, "CHF")))
    assert "CHF" in done.refused[0]
    assert stage.item("1001").currency == "EUR"


def test_money_that_came_before_its_order_finds_it(stage: Stage) -> None:
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert stage.payment().state != PaymentState.ASSIGNED
    stage.orders(order("100012345", "24.98"))
    assert settle_waiting(stage.merchant, at=stage.now)["settled"] == 1
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_what_was_read_before_a_bad_row_stays(stage: Stage) -> None:
    def rows() -> object:
        yield order("1001", "24.98")
        raise Unreadable("orders.csv, line 3, column amount: “abc” is no amount.")

    with pytest.raises(Unreadable):
        _import(stage, rows())
    assert stage.item("1001").open_minor == 2498


def _import(stage: Stage, rows: object) -> None:
    from zahlmeister.flows.import_orders import import_orders
    from zahlmeister.orders.record import shop_called

    import_orders(shop_called(stage.merchant.pk, "Wollstube"), rows, by="shop", clock=stage.clock)  # type: ignore[arg-type]


def test_two_amounts_for_one_number_are_not_guessed(stage: Stage) -> None:
    done = stage.orders(order("1001", "10.00"), order("1001", "7.00"))
    assert (done.new, len(done.refused)) == (1, 1)
    assert stage.item("1001").total_minor == 1000


def test_a_refused_change_leaves_the_order_findable(stage: Stage) -> None:
    stage.orders(order("1001", "10.00"))
    cancel_item(stage.merchant, stage.item("1001").pk, by="brigitte", at=stage.now)
    before = MatchKey.objects.count()
    assert stage.orders(order("1001", "12.00")).refused
    assert MatchKey.objects.count() == before > 0


def test_a_due_date_and_a_customer_are_followed(stage: Stage) -> None:
    stage.orders(order("1001", "10.00", customer_number="K1", due_on=date(2026, 12, 1)))
    stage.orders(order("1001", "10.00", customer_number="K2", due_on=date(2027, 1, 15)))
    item = stage.item("1001")
    assert item.due_on == date(2027, 1, 15)
    assert item.order.customer.number == "K2"


def test_a_number_no_shop_gives_is_refused(stage: Stage) -> None:
    done = stage.orders(order("9" * 65, "10.00"), order("1001", "7.00", "Anna\0Weber"))
    assert (done.new, len(done.refused)) == (1, 1)
