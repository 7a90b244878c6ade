"""What a person decides: assigned, split, taken back, ignored; each twice gives it once."""

from datetime import date

import pytest
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.assign_payment import assign, ignore, unassign, unignore
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.receivables.models import Allocation, IgnoredPayer, PayerAccount
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Refused

BY = "brigitte@wollstube.example"


def unclear(stage: Stage, minor: int = 2498) -> int:
    """A payment nobody can place by itself."""
    stage.pays(Paid(minor, "danke", "Unbekannt Verzogen", BERND))
    payment = stage.payment()
    assert payment.state in {PaymentState.UNCLEAR, PaymentState.SUGGESTED}
    return payment.pk


def give(stage: Stage, payment: int, *shares: tuple[str, int], source: str = "form-1") -> None:
    items = [(stage.item(number).pk, minor) for number, minor in shares]
    assign(stage.merchant, payment, items, by=BY, at=stage.now, source=source)


def test_assigned_by_hand_the_order_is_paid_and_the_account_remembered(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    give(stage, unclear(stage), ("100012345", 2498))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.payment().decided_by == BY
    assert PayerAccount.objects.get().number == BERND
    assert stage.books() == []


def test_the_same_form_twice_assigns_once(stage: Stage) -> None:
    stage.orders(order("100012345", "49.96"))
    payment = unclear(stage)
    give(stage, payment, ("100012345", 1000))
    give(stage, payment, ("100012345", 1000))
    assert Allocation.objects.count() == 1
    assert stage.payment().open_minor == 1498
    assert stage.books() == []


def test_split_over_two_orders(stage: Stage) -> None:
    stage.orders(order("100012345", "14.98"), order("100012346", "10.00", "Bernd Krause"))
    give(stage, unclear(stage), ("100012345", 1498), ("100012346", 1000))
    assert stage.item("100012345").state == stage.item("100012346").state == ItemState.PAID
    assert stage.payment().state == PaymentState.ASSIGNED
    assert PayerAccount.objects.count() == 0  # two customers: the account belongs to neither for sure
    assert stage.books() == []


def test_more_than_the_payment_has_is_refused_and_changes_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "50.00"))
    payment = unclear(stage)
    with pytest.raises(Refused, match=r"24\.98"):
        give(stage, payment, ("100012345", 2499))
    assert Allocation.objects.count() == 0
    assert stage.books() == []


def test_taken_back_and_assigned_to_another(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98", "Bernd Krause"))
    payment = unclear(stage)
    give(stage, payment, ("100012345", 2498))
    unassign(stage.merchant, payment, by=BY, at=stage.now)
    assert stage.item("100012345").state == ItemState.OPEN
    give(stage, payment, ("100012346", 2498), source="form-2")
    assert stage.item("100012346").state == ItemState.PAID
    with pytest.raises(Refused):
        unassign(stage.merchant, payment, by=BY, at=stage.now) or unassign(stage.merchant, payment, by=BY, at=stage.now)
    assert stage.books() == []


def test_what_the_matcher_assigned_can_be_taken_back(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2500, "100012345"))
    unassign(stage.merchant, stage.payment().pk, by=BY, at=stage.now)
    item = stage.item("100012345")
    assert (item.state, item.open_minor, item.surplus_minor) == (ItemState.OPEN, 2498, 0)
    assert balance(stage.merchant.pk, Book.SURPLUS, "EUR").minor == 0
    assert stage.books() == []


def test_a_tolerated_difference_comes_back_when_the_payment_is_taken_back(stage: Stage) -> None:
    stage.merchant.tolerance_minor = 5
    stage.merchant.save()
    stage.orders(order("100012345", "25.00"))
    payment = unclear(stage)
    give(stage, payment, ("100012345", 2498))
    assert stage.item("100012345").state == ItemState.PAID
    unassign(stage.merchant, payment, by=BY, at=stage.now)
    assert stage.item("100012345").open_minor == 2500
    assert balance(stage.merchant.pk, Book.TOLERANCE, "EUR").minor == 0
    assert stage.books() == []


def test_ignored_once_is_out_of_the_unclear_money(stage: Stage) -> None:
    payment = unclear(stage)
    ignore(stage.merchant, payment, by=BY, at=stage.now)
    assert balance(stage.merchant.pk, Book.UNCLEAR, "EUR").minor == 0
    unignore(stage.merchant, payment, by=BY, at=stage.now)
    assert balance(stage.merchant.pk, Book.UNCLEAR, "EUR").minor == -2498
    ignore(stage.merchant, payment, by=BY, at=stage.now)
    with pytest.raises(Refused):
        ignore(stage.merchant, payment, by=BY, at=stage.now)
    assert stage.books() == []


def test_ignored_for_good_ignores_the_next_one_too(stage: Stage) -> None:
    ignore(stage.merchant, unclear(stage), by=BY, at=stage.now, always=True)
    assert IgnoredPayer.objects.get().number == BERND
    stage.pays(Paid(777, "wieder ich", "Unbekannt Verzogen", BERND))
    assert [payment.state for payment in stage.payments()] == [PaymentState.IGNORED] * 2
    assert stage.books() == []


def test_another_merchants_rows_do_not_exist(stage: Stage) -> None:
    from zahlmeister.merchants.models import Merchant

    stage.orders(order("100012345", "24.98"))
    payment = unclear(stage)
    stranger = Merchant.objects.create(name="Fremd", slug="fremd")
    with pytest.raises(Refused):
        assign(stranger, payment, [(stage.item("100012345").pk, 100)], by=BY, at=stage.now, source="x")
    with pytest.raises(Refused):
        ignore(stranger, payment, by=BY, at=stage.now)
    with pytest.raises(Refused):
        mark_paid(stranger, stage.item("100012345").pk, by=BY, at=stage.now, source="y")


def test_marked_as_paid_by_hand_and_back(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    item = stage.item("100012345").pk
    mark_paid(stage.merchant, item, by=BY, at=stage.now, source="form-1")
    mark_paid(stage.merchant, item, by=BY, at=stage.now, source="form-1")
    assert stage.item("100012345").state == ItemState.PAID
    assert balance(stage.merchant.pk, Book.PAID_ELSEWHERE, "EUR").minor == 2498
    unmark_paid(stage.merchant, item, by=BY, at=stage.now)
    assert stage.item("100012345").state == ItemState.OPEN
    mark_paid(stage.merchant, item, by=BY, at=stage.now, source="form-2")
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_late_money_revives_a_cancelled_order(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    item = stage.item("100012345").pk
    cancel_item(stage.merchant, item, by=BY, at=stage.now, reason="not paid for three weeks")
    assert stage.item("100012345").state == ItemState.CANCELLED
    with pytest.raises(Refused):
        cancel_item(stage.merchant, item, by=BY, at=stage.now)
    give(stage, unclear(stage), ("100012345", 2498))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_cancelled_reopened_and_cancelled_again(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    item = stage.item("100012345").pk
    for _ in range(2):
        cancel_item(stage.merchant, item, by=BY, at=stage.now)
        assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 0
        reopen_item(stage.merchant, item, by=BY, at=stage.now)
        assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 2498
    assert stage.books() == []


def paid_within_tolerance(stage: Stage) -> int:
    stage.merchant.tolerance_minor = 500
    stage.merchant.save()
    stage.orders(order("100012345", "100.00"))
    payment = unclear(stage, 9600)
    give(stage, payment, ("100012345", 9600))
    assert stage.item("100012345").state == ItemState.PAID
    return payment


def test_an_order_lowered_to_what_was_paid_has_no_surplus(stage: Stage) -> None:
    paid_within_tolerance(stage)
    stage.orders(order("100012345", "96.00"))
    item = stage.item("100012345")
    assert (item.state, item.open_minor, item.surplus_minor) == (ItemState.PAID, 0, 0)
    assert balance(stage.merchant.pk, Book.TOLERANCE, "EUR").minor == 0
    assert stage.books() == []


def test_the_tolerated_rest_paid_after_all_is_no_surplus(stage: Stage) -> None:
    paid_within_tolerance(stage)
    stage.pays(Paid(400, "der Rest", "Unbekannt Verzogen", BERND))
    rest = next(payment for payment in stage.payments() if payment.open_minor)
    give(stage, rest.pk, ("100012345", 400), source="form-2")
    item = stage.item("100012345")
    assert (item.state, item.open_minor, item.surplus_minor) == (ItemState.PAID, 0, 0)
    assert stage.books() == []
    unassign(stage.merchant, rest.pk, by=BY, at=stage.now)
    assert stage.item("100012345").open_minor == 400
    assert stage.books() == []


def test_an_undone_mistake_teaches_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98", "Dirk Vogel"))
    payment = unclear(stage)
    give(stage, payment, ("100012345", 2498))
    unassign(stage.merchant, payment, by=BY, at=stage.now)
    assert PayerAccount.objects.count() == 0
    give(stage, payment, ("100012346", 2498), source="form-2")
    assert PayerAccount.objects.get().customer.name == "Dirk Vogel"


def test_marked_as_paid_by_mistake_a_cancelled_order_is_cancelled_again(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    item = stage.item("100012345").pk
    cancel_item(stage.merchant, item, by=BY, at=stage.now)
    mark_paid(stage.merchant, item, by=BY, at=stage.now, source="form-1")
    unmark_paid(stage.merchant, item, by=BY, at=stage.now)
    assert stage.item("100012345").state == ItemState.CANCELLED
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 0
    assert stage.books() == []


def test_taken_back_the_suggestions_stand_as_before(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98"))
    stage.pays(Paid(2498, "danke"))
    payment = stage.payment()
    assert payment.state == PaymentState.SUGGESTED

    give(stage, payment.pk, ("100012345", 2498))
    unassign(stage.merchant, payment.pk, by="brigitte", at=stage.now)

    assert stage.payment().state == PaymentState.SUGGESTED


def test_paid_twice_the_order_is_settled_on_the_first_day(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345", on=date(2026, 11, 17)))
    stage.pays(Paid(2498, "100012345 again", on=date(2026, 11, 19)))
    [second] = [payment for payment in stage.payments() if payment.open_minor]

    give(stage, second.pk, ("100012345", 2498))

    assert stage.item("100012345").settled_on == date(2026, 11, 17)
    assert stage.item("100012345").surplus_minor == 2498
