"""What a connection, or the first file of an account, brings of the past is only recorded until somebody starts it."""

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.stage import ACCOUNT, BERND, Paid, Stage, order

from zahlmeister.banking import batches
from zahlmeister.banking.claim import claim
from zahlmeister.banking.connections import Wanted, connect
from zahlmeister.banking.models import BankAccount, Connection, ConnectionKind, StatementImport
from zahlmeister.flows import start_account as flow
from zahlmeister.flows.confirm_account import confirm_account, line_up_left_out
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.hand_in_statement import Way, hand_in_statement
from zahlmeister.flows.receive_statement import receive_next, receive_statement
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.flows.start_account import settle_started, start_account
from zahlmeister.merchants.models import Merchant
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


def first_file(stage: Stage, *lines: Paid) -> StatementImport:
    """Brigitte drops a file on the page, as she does for the first time; the worker reads it."""
    way = Way(only_records_first=True)
    made = hand_in_statement(
        stage.merchant, BytesIO(stage.statement(*lines)), "november.xml", by="brigitte", at=stage.now, way=way
    )
    receive_next(clock=stage.clock)
    return StatementImport.objects.get(pk=made.statement_import.pk)


def test_the_first_file_of_a_new_account_is_only_recorded(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    done = first_file(stage, OLD, NEW, Paid(-500, "fee"))

    assert states(stage) == [PaymentState.EARLY, PaymentState.EARLY]
    assert (done.state, done.recorded, done.settled) == ("done", 3, 0)
    assert stage.item("4712").open_minor == 2498
    assert not work(stage)
    assert stage.books() == []


def test_until_it_is_started_all_of_the_account_waits_even_what_is_booked_tomorrow(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    first_file(stage, OLD)
    first_file(stage, Paid(2498, "4712", on=date(2026, 11, 30)))

    assert states(stage) == [PaymentState.EARLY, PaymentState.EARLY]


def test_one_action_assigns_the_first_file_and_what_comes_later_is_assigned_by_itself(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    first = first_file(stage, OLD)
    for _ in range(2):
        start_account(BankAccount.objects.get(), None, by="brigitte", at=stage.now)
        work(stage)
    assert states(stage) == [PaymentState.ASSIGNED]
    first.refresh_from_db()
    assert (first.settled, first.unclear) == (1, 0)

    first_file(stage, NEW)
    assert states(stage) == [PaymentState.ASSIGNED, PaymentState.ASSIGNED]
    assert stage.books() == []


def test_the_first_file_of_a_second_account_waits_too(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"))
    stage.pays(Paid(-500, "fee"))
    content = stage.statement(OLD).replace(ACCOUNT.encode(), b"DE68210501700012345678")
    hand_in_statement(
        stage.merchant, BytesIO(content), "second.xml", by="brigitte", at=stage.now, way=Way(only_records_first=True)
    )
    receive_next(clock=stage.clock)
    confirm_account(BankAccount.objects.get(is_ours=None), by="brigitte", at=stage.now)
    line_up_left_out(clock=stage.clock)
    receive_next(clock=stage.clock)

    assert states(stage) == [PaymentState.EARLY]


def test_an_account_that_is_started_while_its_file_is_read_leaves_nothing_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 1)
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    turns = []

    def brigitte_is_quick(work_: StatementImport) -> None:
        start_account(BankAccount.objects.get(), None, by="brigitte", at=stage.now)
        turns.append(settle_started(clock=stage.clock))

    way = Way(only_records_first=True)
    content = BytesIO(stage.statement(OLD, NEW))
    made = hand_in_statement(stage.merchant, content, "november.xml", by="brigitte", at=stage.now, way=way)
    claimed = claim(stage.now, only=made.statement_import.pk)
    assert claimed is not None
    receive_statement(claimed, clock=stage.clock, watch=brigitte_is_quick)
    assert turns[0] is None  # it waits for the file's end
    work(stage)

    assert states(stage) == [PaymentState.ASSIGNED, PaymentState.ASSIGNED]
    assert not BankAccount.objects.get().is_starting


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_at_any_commit_of_a_start_leaves_the_same(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(flow, "BATCH", 1)
    deaths = 0
    while True:
        merchant = Merchant.objects.create(name=f"{deaths}", slug=f"{deaths}")
        stage = Stage(merchant, tmp_path, datetime(2026, 11, 20, 8, tzinfo=UTC))
        stage.orders(order("4711", "49.90"), order("4712", "24.98"))
        first = first_file(stage, OLD, NEW, Paid(777, "thanks", "Nobody Known", BERND))
        start_account(BankAccount.objects.get(merchant=merchant), None, by="brigitte", at=stage.now)
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                work(stage)
            except Killed:
                fate.append("died")
        work(stage)

        first.refresh_from_db()
        assert states(stage) == [PaymentState.ASSIGNED, PaymentState.ASSIGNED, PaymentState.UNCLEAR]
        assert [stage.item(number).open_minor for number in ("4711", "4712")] == [0, 0]
        assert (first.settled, first.unclear) == (2, 1)
        assert stage.books() == []
        if not fate:
            break
        deaths += 1
    assert deaths >= 4
