"""A batch is thought out before its turn: whatever somebody else writes meanwhile is seen before it is written."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import Paid, Stage, order

from zahlmeister.banking import batches
from zahlmeister.banking.lines import Said, Told
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.banking.record import Twins
from zahlmeister.flows import receive_statement as flow
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.flows.plan_statement import Plan
from zahlmeister.flows.prepare_batch import Prepared
from zahlmeister.receivables.states import ItemState, PaymentState

LINES = [Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(8)]


def orders(stage: Stage) -> None:
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(8)))


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen between thinking the second part of a file out and writing it."""

    def happens(event: Callable[[], object]) -> None:
        really, left = flow._Reading._thought_out, [event]

        def thought_out(self: flow._Reading, batch: Prepared, seen: int, given: dict[Twins, int]) -> Plan | None:
            plan = really(self, batch, seen, given)
            if plan is not None and left:
                left.pop()()
            return plan

        monkeypatch.setattr(flow, "AT_ONCE", 4)
        monkeypatch.setattr(flow._Reading, "_thought_out", thought_out)

    return happens


def test_a_file_is_written_in_parts(
    transactional_db: None, stage: Stage, between: Callable[[Callable[[], object]], None]
) -> None:
    orders(stage)
    done: list[int] = []
    between(lambda: done.append(BankTransaction.objects.count()))
    assert stage.pays(*LINES).settled == 8
    assert done == [4]
    assert stage.books() == []


def test_the_same_money_told_by_another_file_meanwhile_is_recorded_once(
    transactional_db: None, stage: Stage, between: Callable[[Callable[[], object]], None]
) -> None:
    orders(stage)
    other = stage.statement(*LINES[5:])
    between(lambda: stage.receive(other, "other.xml"))
    done = stage.pays(*LINES)
    assert (done.error, done.recorded, done.known) == ("", 5, 3)
    assert BankTransaction.objects.count() == 8
    assert stage.books() == []


def test_an_order_paid_elsewhere_meanwhile_is_not_paid_twice(
    transactional_db: None, stage: Stage, between: Callable[[Callable[[], object]], None]
) -> None:
    orders(stage)
    item = stage.item("100012306")
    between(lambda: mark_paid(stage.merchant, item.pk, by="brigitte", at=stage.now, source="form"))
    done = stage.pays(*LINES)
    assert (done.error, done.recorded, done.settled) == ("", 8, 7)
    assert stage.item("100012306").state == ItemState.PAID
    assert stage.item("100012306").surplus_minor == 0
    left = [payment for payment in stage.payments() if payment.state != PaymentState.ASSIGNED]
    assert [payment.transaction.remittance for payment in left] == ["Bestellung 100012306"]
    assert stage.books() == []


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Parts of two entries while nobody else writes; here stands how far the file was at the beginning of each turn."""
    seen: list[int] = []
    really = flow.hold

    def hold(work: StatementImport) -> None:
        seen.append(work.entries_done)
        really(work)

    monkeypatch.setattr(flow, "hold", hold)
    monkeypatch.setattr(flow, "AT_ONCE", 2)
    monkeypatch.setattr(flow, "somebody_waits", lambda: False)
    return seen


def test_parts_are_written_together_while_nobody_waits(transactional_db: None, stage: Stage, turns: list[int]) -> None:
    orders(stage)
    assert stage.pays(*LINES).settled == 8
    assert turns == [0, 2]  # the first part begins the statement, which cannot be thought out ahead
    assert stage.books() == []


def test_whoever_waits_is_next_after_one_part(
    transactional_db: None, stage: Stage, turns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders(stage)
    monkeypatch.setattr(flow, "somebody_waits", lambda: True)
    assert stage.pays(*LINES).settled == 8
    assert turns == [0, 2, 4, 6]
    assert stage.books() == []


def test_parts_are_smaller_while_others_come(
    transactional_db: None, stage: Stage, turns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders(stage)
    monkeypatch.setattr(batches, "BATCH", 4)
    monkeypatch.setattr(flow, "WHILE_OTHERS_COME", 1)
    monkeypatch.setattr(flow, "somebody_waits", lambda: True)
    assert stage.pays(*LINES).settled == 8
    assert turns == [0, 2, 4, 5, 6, 7, 8]  # the last one only ends the statement
    assert stage.books() == []


def test_equal_lines_in_two_parts_are_recorded_both(transactional_db: None, stage: Stage, turns: list[int]) -> None:
    """Thought out side by side: the second is told that the first of their kind is about to be written."""
    twin = Paid(500, "Spende", "Anna Weber")
    done = stage.pays(*LINES[:4], twin, LINES[4], twin, LINES[5])
    assert (done.error, done.recorded, done.entries_done) == ("", 8, 8)
    assert turns == [0, 2]
    assert sorted(BankTransaction.objects.filter(remittance="Spende").values_list("ordinal", flat=True)) == [1, 2]
    assert stage.books() == []


@given(
    entries=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    first=st.integers(1, 1000),
    most=st.integers(1, 12),
)
def test_the_parts_of_a_batch_are_the_batch(entries: list[int], first: int, most: int) -> None:
    """Each entry has some lines, or none when the bank only announces it."""
    said = Said(date(2026, 11, 19), None, 1, "EUR", *[""] * 5, [], *[""] * 6, False, "", None, None, "", 1)  # type: ignore[arg-type]
    lines = [Told(1, first + n, k, "camt.053", said) for n, count in enumerate(entries) for k in range(count)]
    pending = [first + n for n, count in enumerate(entries) if not count]
    batch = Prepared(lines, [None] * len(lines), first, len(entries), pending, "camt", [], [], ["w"], 7)
    parts = list(batch.parts(most))
    assert [line for part in parts for line in part.lines] == lines
    assert [entry for part in parts for entry in part.pending] == pending
    assert sum(part.entries for part in parts) == len(entries)
    assert all(part.entries <= most and len(part.decided) == len(part.lines) for part in parts)
    assert [warning for part in parts for warning in part.warnings] == ["w"]
    for part in parts:
        assert all(part.first <= line.entry < part.first + part.entries for line in part.lines)
