"""What a connection brings of the past is only recorded, until somebody lets the account start earlier."""

from datetime import date

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.banking.connections import Wanted, connect
from zahlmeister.banking.models import BankAccount, Connection, ConnectionKind
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.flows.start_account import settle_started, start_account
from zahlmeister.receivables.states import PaymentState

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = Paid(4990, "4711", on=date(2026, 11, 3)), Paid(2498, "4712", on=date(2026, 11, 20))


@pytest.fixture
def connection(stage: Stage) -> Connection:
    (stage.folder / "bank").mkdir()
    wanted = Wanted(ConnectionKind.FOLDER, "Bank program", {"path": str(stage.folder / "bank")})
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    return connect(stage.merchant.pk, wanted, at=stage.now)


def fetch(stage: Stage, *lines: Paid) -> None:
    """The bank program leaves a statement, and the worker finds it."""
    (stage.folder / "bank" / f"{len(lines)}-{stage.now:%H%M}.xml").write_bytes(stage.statement(*lines))
    for _ in range(2):
        fetch_next(clock=stage.clock)
        stage.later(minutes=16)
    receive_next(clock=stage.clock)


def work(stage: Stage) -> int:
    turns = 0
    while settle_started(clock=stage.clock):
        turns += 1
    return turns


def states(stage: Stage) -> list[str]:
    return [payment.state for payment in stage.payments()]


def test_the_past_is_recorded_and_not_settled(stage: Stage, connection: Connection) -> None:
    fetch(stage, OLD, NEW)

    assert states(stage) == [PaymentState.EARLY, PaymentState.ASSIGNED]
    assert stage.item("4711").open_minor == 4990
    assert stage.books() == []


def test_what_comes_later_of_the_past_is_not_settled_either(stage: Stage, connection: Connection) -> None:
    fetch(stage, NEW)
    fetch(stage, OLD, OLD)

    assert states(stage) == [PaymentState.ASSIGNED, PaymentState.EARLY, PaymentState.EARLY]


def test_new_orders_do_not_wake_the_past(stage: Stage, connection: Connection) -> None:
    fetch(stage, OLD)
    settle_waiting(stage.merchant, at=stage.now)
    stage.orders(order("4713", "49.90"))

    assert states(stage) == [PaymentState.EARLY]


def test_one_action_settles_the_past(stage: Stage, connection: Connection) -> None:
    fetch(stage, OLD, NEW)
    account = BankAccount.objects.get()

    start_account(account, None, by="brigitte", at=stage.now)
    assert states(stage) == [PaymentState.EARLY, PaymentState.ASSIGNED]  # the worker has not come yet
    assert work(stage) == 2

    assert states(stage) == [PaymentState.ASSIGNED, PaymentState.ASSIGNED]
    assert stage.item("4711").open_minor == 0
    assert not BankAccount.objects.get().is_starting
    assert stage.books() == []


def test_a_day_in_between_settles_from_there_on(stage: Stage, connection: Connection) -> None:
    fetch(stage, OLD, Paid(2498, "4712", on=date(2026, 11, 10)))
    start_account(BankAccount.objects.get(), date(2026, 11, 5), by="brigitte", at=stage.now)
    work(stage)

    assert states(stage) == [PaymentState.EARLY, PaymentState.ASSIGNED]


def test_starting_twice_settles_once(stage: Stage, connection: Connection) -> None:
    fetch(stage, OLD)
    for _ in range(2):
        start_account(BankAccount.objects.get(), None, by="brigitte", at=stage.now)
        work(stage)

    assert states(stage) == [PaymentState.ASSIGNED]
    assert stage.books() == []


def test_a_file_handed_in_by_a_person_is_settled_from_the_beginning(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"))
    stage.pays(OLD)

    assert states(stage) == [PaymentState.ASSIGNED]


def test_an_account_that_was_known_before_goes_on_as_it_was(stage: Stage, connection: Connection) -> None:
    stage.pays(NEW)
    fetch(stage, OLD)

    assert states(stage) == [PaymentState.ASSIGNED, PaymentState.ASSIGNED]
