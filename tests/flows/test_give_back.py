"""A merchant could not be verified: after the term everything on the pooled account goes back to who sent it."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.flows.test_pay_out import Desk
from tests.stage import ANNA, BERND, CORA

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows.approve_payment import approve_payment
from zahlmeister.flows.give_back import deadline, give_back_next
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    desk = Desk(merchant, tmp_path)
    desk.pays_to()
    desk.plan()
    desk.buyers_pay()
    desk.stranger_pays()
    return desk


def fails(desk: Desk) -> None:
    verify_merchant(desk.merchant, Verification.FAILED, why="no such company", by="operator", at=desk.stage.now)


def gives_back(desk: Desk) -> int:
    count = 0
    while give_back_next(clock=desk.stage.clock):
        count += 1
    return count


def test_within_the_term_nothing_moves_and_after_it_everything_goes_back(desk: Desk) -> None:
    fails(desk)
    assert deadline(desk.merchant) == date(2026, 12, 7)
    desk.next_day()
    desk.stage.later(days=12)
    assert gives_back(desk) == 0
    desk.stage.later(days=1)
    assert gives_back(desk) == 3
    assert gives_back(desk) == 0

    sent = {order.creditor_number: order.amount_minor for order in PaymentOrder.objects.all()}
    assert sent == {ANNA: 4990, BERND: 8000, CORA: 3333}
    assert desk.stage.item("100012345").state == "open"
    assert desk.stage.books() == []


def test_payments_are_looked_through_only_where_a_verification_failed_long_enough_ago(desk: Desk) -> None:
    fails(desk)
    desk.stage.later(days=13)
    assert not _looks_at_payments(desk)
    desk.stage.later(days=1)
    assert _looks_at_payments(desk)


def _looks_at_payments(desk: Desk) -> bool:
    with CaptureQueriesContext(connection) as asked:
        give_back_next(clock=desk.stage.clock)
    return any("receivables_payment" in query["sql"] for query in asked)


def test_the_bank_sends_it_all_and_nothing_is_left(desk: Desk) -> None:
    fails(desk)
    desk.next_day()
    desk.stage.later(days=14)
    gives_back(desk)
    for order in PaymentOrder.objects.all():
        approve_payment(order, by=desk.karl, at=desk.stage.now)
    desk.sends()
    desk.next_day()
    assert desk.bank.balance(desk.account.number).minor == 0
    assert desk.stage.books() == []


def test_who_is_verified_in_time_after_all_keeps_it(desk: Desk) -> None:
    fails(desk)
    desk.next_day()
    verify_merchant(desk.merchant, Verification.VERIFIED, why="register extract", by="operator", at=desk.stage.now)
    desk.stage.later(days=30)
    assert gives_back(desk) == 0
    assert deadline(Merchant.objects.get()) is None


def test_what_was_paid_out_already_does_not_go_back_a_second_time(desk: Desk) -> None:
    desk.next_day()
    desk.works()
    desk.sends()
    fails(desk)
    desk.next_day()
    desk.stage.later(days=14)
    assert gives_back(desk) == 1
    assert PaymentOrder.objects.get(source__startswith="return:").creditor_number == CORA
