"""Orders that come together leave a record: who brought them, what came of them, and why rows were refused."""

from io import BytesIO

import pytest
from tests.dying import Killed, dying
from tests.shops import ConnectedShop, connected
from tests.stage import Stage, order

from zahlmeister.flows import import_orders as flow
from zahlmeister.flows.hand_in_orders import hand_in_orders
from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.note_import import Noting
from zahlmeister.flows.receive_program_orders import submit, submit_each
from zahlmeister.flows.unpack import Handed
from zahlmeister.orders.imports import made_by, order_imports, refused_rows
from zahlmeister.orders.models import Order, OrderImport, RefusedRow
from zahlmeister.orders.record import shop_called
from zahlmeister.orders.reported import ShopRow
from zahlmeister.orders.states import ImportKind
from zahlmeister.refusals import Unreachable

HEAD = "number;amount\n"


def handed(stage: Stage, *files: tuple[str, str]) -> list[OrderImport]:
    some = [Handed(name, BytesIO(text.encode())) for name, text in files]
    hand_in_orders(stage.merchant, some, by="brigitte", clock=stage.clock)
    return list(order_imports(stage.merchant.pk))


def made(row: OrderImport) -> list[str]:
    return sorted(Order.objects.filter(made_by(row)).values_list("number", flat=True))


def test_a_file_is_kept_with_its_rows_and_with_line_and_reason_of_those_refused(stage: Stage) -> None:
    text = f"{HEAD}A-1;10,00\nA-2;\nA-3;30,00\nA-4;viel\n"
    [row] = handed(stage, ("juli.csv", text))
    assert (row.kind, row.name, row.created_by, row.created_at) == (ImportKind.FILE, "juli.csv", "brigitte", stage.now)
    assert (row.new, row.changed, row.same, row.refused, row.error) == (2, 0, 0, 2, "")
    assert row.ended_at == stage.now
    assert [each.line for each in refused_rows(row)] == [3, 5]
    assert "the amount is missing" in refused_rows(row)[0].why
    assert made(row) == ["A-1", "A-3"]


def test_the_same_file_again_has_a_record_of_its_own_and_brings_no_order(stage: Stage) -> None:
    text = f"{HEAD}A-1;10,00\n"
    again, first = handed(stage, ("a.csv", text), ("a.csv", text))
    assert (first.new, again.new, again.same) == (1, 0, 1)
    assert (made(first), made(again)) == (["A-1"], [])


def test_each_file_counts_for_itself(stage: Stage) -> None:
    rows = handed(stage, ("a.csv", f"{HEAD}A-1;10,00\nA-2;\n"), ("b.csv", f"{HEAD}B-1;10,00\n"))
    assert {row.name: (row.new, row.refused, made(row)) for row in rows} == {
        "a.csv": (1, 1, ["A-1"]),
        "b.csv": (1, 0, ["B-1"]),
    }


def test_a_file_that_cannot_be_read_at_all_is_kept_with_the_reason(stage: Stage) -> None:
    [row] = handed(stage, ("leer.csv", ""))
    assert "is empty" in row.error
    assert (row.new, row.refused, row.ended_at) == (0, 0, stage.now)
    assert not RefusedRow.objects.exists()


def test_orders_that_somebody_else_brought_in_between_are_not_of_the_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker reads a shop while a long file is read, batch by batch."""
    monkeypatch.setattr(flow, "BATCH", 2)
    shop, figures = shop_called(stage.merchant.pk, "File"), OrdersImported()
    noting = Noting(shop, ImportKind.FILE, "lang.csv", "brigitte", figures)

    def rows() -> object:
        for number in range(6):
            if number == 4:
                stage.orders(order("between", "1.00"))
            yield order(f"L-{number}", "10.00")

    import_orders(shop, rows(), noting, by="brigitte", clock=stage.clock)  # type: ignore[arg-type]
    noting.end(stage.now)
    row = OrderImport.objects.get()
    assert made(row) == [f"L-{number}" for number in range(6)]
    assert len(row.made) == 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_dies_in_the_middle_has_noted_just_the_orders_that_are_there(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(flow, "BATCH", 2)
    text = HEAD + "".join(f"A-{number};10,00\n" for number in range(5))
    for place in range(1, 5):
        with pytest.raises(Killed), dying(monkeypatch, at=place, moment=moment):
            handed(stage, (f"{moment}{place}.csv", text.replace("A-", f"{moment[0]}{place}-")))
        there = sorted(Order.objects.filter(number__startswith=f"{moment[0]}{place}-").values_list("number", flat=True))
        row = order_imports(stage.merchant.pk).filter(name=f"{moment}{place}.csv").first()
        assert (made(row) if row else []) == there, place
        assert (row.new if row else 0) == len(there), place
        again = handed(stage, (f"{moment}{place}-again.csv", text.replace("A-", f"{moment[0]}{place}-")))[0]
        assert (again.new, again.same) == (5 - len(there), len(there))


# --- shops


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    return connected(stage, monkeypatch)


def test_a_reading_of_a_shop_is_kept_when_it_brought_something_and_not_when_it_was_quiet(shop: ConnectedShop) -> None:
    shop.shop.place("100", "49.90")
    shop.read()
    shop.read()
    row = OrderImport.objects.get()
    assert (row.kind, row.name, row.new) == (ImportKind.SHOP, str(shop.connection), 1)
    assert made(row) == ["100"]


def test_a_shop_that_is_away_is_kept_once(shop: ConnectedShop) -> None:
    shop.shop.trouble = Unreachable("The shop is closed for works.")
    shop.read()
    shop.read()
    row = OrderImport.objects.get()
    assert (row.kind, row.error, row.new) == (ImportKind.SHOP, "The shop is closed for works.", 0)
    shop.shop.trouble = Unreachable("The shop has moved.")
    shop.read()
    assert [row.error for row in order_imports(shop.stage.merchant.pk)] == [
        "The shop has moved.",
        "The shop is closed for works.",
    ]


def test_what_a_shop_names_and_we_refuse_is_kept_once_until_it_changes(shop: ConnectedShop) -> None:
    shop.shop.place("x" * 70, "49.90")
    shop.read()
    shop.read()
    row = OrderImport.objects.get()
    assert (row.new, row.refused) == (0, 1)
    shop.shop.place("101", "10.00")
    shop.read()
    assert [row.new for row in order_imports(shop.stage.merchant.pk)] == [1, 0]


# --- programs


def row_of(number: str, amount: str, line: int) -> ShopRow:
    plain = order(number, amount)
    return ShopRow(line=line, number=number, amount=plain.amount, name=plain.name, key=number)


def test_a_call_with_many_orders_is_kept_once_with_what_was_refused(stage: Stage) -> None:
    shop = shop_called(stage.merchant.pk, "ERP")
    rows = [row_of("P-1", "10.00", 1), row_of("x" * 70, "10.00", 2), row_of("P-3", "10.00", 3)]
    refused = submit_each(shop, rows, by="program", clock=stage.clock)
    assert set(refused) == {2}
    row = OrderImport.objects.get()
    assert (row.kind, row.new, row.refused) == (ImportKind.PROGRAM, 2, 1)
    assert made(row) == ["P-1", "P-3"]


def test_a_single_order_of_a_program_leaves_no_record_of_its_own(stage: Stage) -> None:
    submit(shop_called(stage.merchant.pk, "ERP"), [row_of("P-1", "10.00", 1)], by="program", clock=stage.clock)
    assert Order.objects.count() == 1
    assert not OrderImport.objects.exists()
