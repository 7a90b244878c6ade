"""What is to be written is thought out by another process, ahead of the writing: it comes to the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.flows.planned import planned_ahead
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.banking import batches
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.banking.record import Twins
from zahlmeister.banking.states import ImportState
from zahlmeister.flows import plan_statement
from zahlmeister.flows import receive_statement as flow
from zahlmeister.flows.plan_statement import Part, Plan
from zahlmeister.flows.prepare_batch import Prepared
from zahlmeister.flows.read_ahead import Clock
from zahlmeister.history.queries import broken_chains
from zahlmeister.receivables.states import ItemState


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of six entries in parts of three, and nobody else who wants to write."""
    monkeypatch.setattr(flow, "somebody_waits", lambda: False)  # SQLite in memory has no line to look at
    monkeypatch.setattr(batches, "BATCH", 6)
    monkeypatch.setattr(plan_statement, "AT_ONCE", 3)
    monkeypatch.setattr(flow, "AT_ONCE", 3)
    monkeypatch.setattr(flow, "batches", planned_ahead)


@pytest.fixture
def thought(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first entry of each part that whoever writes has thought out himself."""
    told: list[int] = []
    before, inside = flow._Reading._thought_out, flow._Reading._thought_out_now

    def noted(self: flow._Reading, batch: Prepared, seen: int, given: dict[Twins, int]) -> Plan | None:
        plan = before(self, batch, seen, given)
        if plan:
            told.append(batch.first)
        return plan

    def noted_inside(self: flow._Reading, batch: Prepared, seen: int) -> Plan:
        told.append(batch.first)
        return inside(self, batch, seen)

    monkeypatch.setattr(flow._Reading, "_thought_out", noted)
    monkeypatch.setattr(flow._Reading, "_thought_out_now", noted_inside)
    return told


def lines(count: int) -> list[Paid]:
    return [Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(count)]


def orders(stage: Stage, count: int) -> None:
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(count)))


def test_what_was_thought_out_ahead_is_written_as_it_came(stage: Stage, thought: list[int]) -> None:
    orders(stage, 20)
    done = stage.pays(*lines(20))
    assert (done.state, done.recorded, done.settled, done.entries_done) == (ImportState.DONE, 20, 20, 20)
    assert thought == [1]  # the part that opens the statement has to be written in turn
    assert {stage.item(f"1000123{n:02d}").state for n in range(20)} == {ItemState.PAID}
    assert stage.books() == []
    assert broken_chains(stage.merchant.pk) == []


def test_equal_payments_in_parts_that_are_not_written_yet_are_all_kept(stage: Stage, thought: list[int]) -> None:
    orders(stage, 1)
    stage.pays(*[Paid(700, "danke", "Xaver Unbekannt", BERND)] * 14)
    assert sorted(BankTransaction.objects.values_list("ordinal", flat=True)) == list(range(1, 15))
    assert thought == [1]
    assert stage.books() == []


def test_two_payments_of_one_order_in_different_parts_are_chained(stage: Stage, thought: list[int]) -> None:
    orders(stage, 20)
    paid = lines(20)
    paid[4] = Paid(1000, "Bestellung 100012304", "Name4 Weber")
    paid[17] = Paid(1498, "Rest Bestellung 100012304", "Name4 Weber")
    stage.pays(*paid)
    assert stage.item("100012304").state == ItemState.PAID
    assert stage.books() == []
    assert broken_chains(stage.merchant.pk) == []


def test_orders_that_change_meanwhile_are_looked_at_again(
    stage: Stage, thought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders(stage, 20)

    def changed(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
        for number, parts in enumerate(planned_ahead(work, clock)):
            if number == 1:
                stage.orders(order("100012308", "40.00", "Name8 Weber"))
            yield parts

    monkeypatch.setattr(flow, "batches", changed)
    stage.pays(*lines(20))
    item = stage.item("100012308")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 1502)
    assert thought[:2] == [1, 7]
    assert stage.books() == []


def test_a_line_that_another_file_told_meanwhile_is_recorded_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders(stage, 20)
    other = stage.statement(*lines(20)[8:11])

    def overtaken(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
        for number, parts in enumerate(planned_ahead(work, clock)):
            if number == 1:
                monkeypatch.setattr(flow, "batches", planned_ahead)
                stage.receive(other, "the other.xml")
            yield parts

    monkeypatch.setattr(flow, "batches", overtaken)
    done = stage.pays(*lines(20))
    assert (done.recorded, done.known) == (17, 3)
    assert BankTransaction.objects.count() == 20
    assert stage.books() == []


def test_what_was_thought_out_long_ago_is_thought_out_again(
    stage: Stage, thought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row numbers are of that time, and whoever follows a table by them does not look back for ever."""
    orders(stage, 20)

    def held_up(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
        for parts in planned_ahead(work, clock):
            stage.later(seconds=21)
            yield parts

    monkeypatch.setattr(flow, "batches", held_up)
    stage.pays(*lines(20))
    assert thought == [1, 4, 7, 10, 13, 16, 19]
    written = list(BankTransaction.objects.order_by("recorded_at").values_list("recorded_at", flat=True))
    assert written[-1] - written[0] >= timedelta(seconds=60)
    assert stage.books() == []
