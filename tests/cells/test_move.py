"""A merchant moves to another database and works on there: all of it or nothing, also when somebody dies on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from tests.dying import Killed
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.cells.fence import lay, tables_of_merchants, take_down
from zahlmeister.cells.move import Moved, call_back, move_merchant
from zahlmeister.cli.house import the_merchant
from zahlmeister.cli.worker import _taken
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.history.models import Step
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.cells import HOME, at_rest, at_work, here, in_cell, is_fenced, one_move
from zahlmeister.merchants.models import Membership, Merchant, Person, Residence
from zahlmeister.orders.models import Shop
from zahlmeister.programs.keys import caller_of, make_key
from zahlmeister.programs.limits import allowance
from zahlmeister.programs.models import ProgramKey
from zahlmeister.refusals import Refused

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def pair(two: str, tmp_path: Path) -> tuple[Stage, Stage]:
    """Brigitte, who will move, and Emil, who stays; Berta works for both, and Vera for Brigitte alone."""
    stages = []
    for slug in ("brigitte", "emil"):
        merchant = Merchant.objects.create(name=slug.title(), slug=slug)
        stage = Stage(merchant, tmp_path, NOW)
        stage.orders(order("100012345", "24.98", "Anna Weber"), order("100012346", "50.00", "Bernd Blau"))
        stage.pays(Paid(2498, "100012345"), Paid(1000, "was ist das", "Bernd Blau", BERND))
        stages.append(stage)
    berta = Person.objects.create_user("berta@buch.example", "sehr-geheim-2026", name="Berta")
    vera = Person.objects.create_user("vera@wollstube.example", "sehr-geheim-2027", name="Vera")
    for stage in stages:
        Membership.objects.create(merchant=stage.merchant, person=berta)
    Membership.objects.create(merchant=stages[0].merchant, person=vera)
    return stages[0], stages[1]


def rows_of(merchant: Merchant) -> dict[str, int]:
    """How many rows each table has of a merchant, where there are any."""
    counted = {
        model._meta.db_table: model._base_manager.filter(**{column: merchant.pk}).count()
        for model, column in tables_of_merchants()
    }
    return {table: count for table, count in counted.items() if count}


def move(to: str = "two") -> Moved:
    return move_merchant("brigitte", to, at=NOW, by="operator")


def test_everything_moves_and_nobody_else_does(pair: tuple[Stage, Stage]) -> None:
    brigitte, emil = pair
    before, others, books = rows_of(brigitte.merchant), rows_of(emil.merchant), balances(brigitte.merchant.pk)

    moved = move()

    assert moved.rows == sum(before.values())
    assert rows_of(brigitte.merchant) == {}
    assert rows_of(emil.merchant) == others
    assert not Person.objects.filter(name="Vera").exists()
    assert Person.objects.get(name="Berta").check_password("sehr-geheim-2026")
    with in_cell("two"):
        there = rows_of(brigitte.merchant)
        assert there.pop("history_step") == before.pop("history_step") + 1
        assert there == before
        assert balances(brigitte.merchant.pk) == books
        assert check_books(brigitte.merchant) == []
        assert Person.objects.get(name="Vera").check_password("sehr-geheim-2027")
        assert Step.objects.get(verb="moved").actor == "operator"
    assert Residence.objects.get().cell == "two"
    assert here() == HOME


def test_he_works_on_where_he_is_and_can_come_back(pair: tuple[Stage, Stage]) -> None:
    brigitte, emil = pair
    move()
    with in_cell("two"):
        brigitte.orders(order("100012399", "7.00", "Cora Lindner"))
        brigitte.pays(Paid(700, "100012399", "Cora Lindner"))
        assert brigitte.item("100012399").state == "paid"
    emil.orders(order("100012399", "9.00", "Cora Lindner"))
    with pytest.raises(Refused, match="a merchant “brigitte” already"):
        new_merchant("Brigitte", email="b@b.example", password="sehr-geheim-2026", person_name="B")
    assert the_merchant("brigitte").pk == brigitte.merchant.pk
    assert here() == "two", "the rest of a command works where he lives"
    assert the_merchant("emil").pk == emil.merchant.pk

    move(HOME)

    assert brigitte.books() == emil.books() == []
    with in_cell("two"):
        assert rows_of(brigitte.merchant) == {}
        assert not Person.objects.exists()
    brigitte.pays(Paid(5000, "100012346", "Bernd Blau", BERND))
    assert brigitte.item("100012346").state == "paid"
    with pytest.raises(Refused, match="lives in home already"):
        move(HOME)


@contextmanager
def dying_before(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """Die before the n-th commit, whichever database it is in; what was not committed is gone."""
    leave, commits = transaction.Atomic.__exit__, 0

    def leave_or_die(self: Any, kind: Any, value: Any, trace: Any) -> None:
        nonlocal commits
        is_commit = kind is None and len(connections["default"].atomic_blocks) <= 1
        commits += is_commit
        if not is_commit or commits != number:
            return leave(self, kind, value, trace)
        leave(self, Killed, Killed(), None)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(transaction.Atomic, "__exit__", leave_or_die)
        yield


#: set out, lay, carry, delete, take down, arrive: to die before the next is to die after the one before it
COMMITS = 6


def test_whoever_dies_on_the_way_loses_and_doubles_nothing(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, emil = pair
    others, books = rows_of(emil.merchant), balances(brigitte.merchant.pk)
    here_and_there = [HOME, "two"]
    for steps, number in enumerate(range(1, COMMITS + 1), start=1):
        source, target = here_and_there
        with dying_before(monkeypatch, number), pytest.raises(Killed):
            move(target)
        assert here() == HOME
        moved = move(target)
        assert (moved.rows > 0) == (number <= 3), "only what has arrived is not carried again"
        with in_cell(target):
            assert balances(brigitte.merchant.pk) == books
            assert check_books(brigitte.merchant) == []
            assert Step.objects.filter(verb="moved").count() == steps
            assert not Merchant.objects.exclude(moving_to="").exists()
        with in_cell(source):
            assert rows_of(brigitte.merchant) == {}
        here_and_there.reverse()
    with dying_before(monkeypatch, COMMITS + 1):  # there is none after these
        move(here_and_there[1])
    assert rows_of(emil.merchant) == others


def test_on_the_way_nobody_writes_for_him_and_he_can_be_called_back(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, emil = pair
    before = rows_of(brigitte.merchant)
    with dying_before(monkeypatch, 3), pytest.raises(Killed):
        move()

    with pytest.raises(DatabaseError) as kept:
        brigitte.orders(order("100012377", "7.00", "Cora Lindner"))
    assert is_fenced(kept.value)
    for model, column in tables_of_merchants():
        rows = model._base_manager.filter(**{column: brigitte.merchant.pk})
        if rows.exists():
            with pytest.raises(DatabaseError) as kept, transaction.atomic():
                rows.update(**{column: brigitte.merchant.pk})
            assert is_fenced(kept.value), model
    emil.orders(order("100012377", "7.00", "Cora Lindner"))

    call_back("brigitte")

    assert rows_of(brigitte.merchant) == before
    brigitte.orders(order("100012377", "7.00", "Cora Lindner"))
    with in_cell("two"):
        assert rows_of(brigitte.merchant) == {}
    with pytest.raises(Refused, match="is not moving"):
        call_back("brigitte")


def test_on_the_way_programs_read_with_their_keys_and_files_are_sent_away(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, _emil = pair
    shop = Shop.objects.get(merchant=brigitte.merchant)
    key = make_key(shop, by="brigitte", at=NOW)
    with dying_before(monkeypatch, 3), pytest.raises(Killed):
        move()

    tomorrow = NOW + timedelta(days=1)
    called = caller_of(key, at=tomorrow)
    assert called is not None
    assert allowance(called.key, most=10).left == 9
    assert ProgramKey.objects.get().used_on is None
    with pytest.raises(DatabaseError) as kept:
        hand_in_statement(brigitte.merchant, BytesIO(b"another"), "auszug.xml", by="brigitte", at=NOW)
    assert is_fenced(kept.value)

    call_back("brigitte")
    assert caller_of(key, at=tomorrow) is not None
    assert ProgramKey.objects.get().used_on == tomorrow.date()


def test_who_has_arrived_is_not_called_back(pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    with dying_before(monkeypatch, 4), pytest.raises(Killed):
        move()
    with pytest.raises(Refused, match="has arrived"):
        call_back("brigitte")
    assert move() == Moved()


def test_who_waited_while_he_was_deleted_is_told_that_he_moves(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, emil = pair
    with dying_before(monkeypatch, 5), pytest.raises(Killed):  # he is deleted here, and the fence stands
        move()
    assert rows_of(brigitte.merchant) == {}
    with pytest.raises(DatabaseError) as kept:
        Shop.objects.create(merchant=brigitte.merchant, name="Wolle")
    assert is_fenced(kept.value)
    Shop.objects.create(merchant=emil.merchant, name="Wolle")
    assert move() == Moved()
    with pytest.raises(DatabaseError) as kept, transaction.atomic():
        Shop.objects.create(merchant=brigitte.merchant, name="Wolle")
    assert not is_fenced(kept.value), "once he is gone there is no fence, and no merchant"


def test_what_arrives_otherwise_than_it_left_does_not_arrive(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, _ = pair
    before = rows_of(brigitte.merchant)
    from zahlmeister.cells import tables

    put = tables._put
    monkeypatch.setattr(tables, "_put", lambda cursor, vendor, where, rows: put(cursor, vendor, where, rows[:1]))
    with pytest.raises(Refused, match="What arrived in"):
        move()

    assert rows_of(brigitte.merchant) == before
    brigitte.orders(order("100012377", "7.00", "Cora Lindner"))
    with in_cell("two"):
        assert not Merchant.objects.exists()


@pytest.mark.usefixtures("pair")
def test_who_cannot_move_is_told_why() -> None:
    with pytest.raises(Refused, match="no cell “three”"):
        move("three")
    Merchant.objects.filter(slug="emil").update(is_operator=True)
    with pytest.raises(Refused, match="runs the installation"):
        move_merchant("emil", "two", at=NOW, by="operator")
    Merchant.objects.filter(slug="emil").update(is_operator=False)
    with one_move(), pytest.raises(Refused, match="in the middle of something"):
        move()
    with at_work(HOME), pytest.raises(Refused, match="in the middle of something"), at_rest(HOME, patience=0):
        pass
    with in_cell("two"):
        Person.objects.create_user("vera@wollstube.example", "ganz-anders-2026", name="Vera")
    with pytest.raises(Refused, match="has an access of its own"):
        move()
    assert not Merchant.objects.exclude(moving_to="").exists()


def test_whoever_is_billed_and_verified_stays_with_his_operator_and_can_come_home(pair: tuple[Stage, Stage]) -> None:
    brigitte, emil = pair
    move()
    with pytest.raises(Refused, match="“brigitte” lives in another database"):
        name_operator(emil.merchant, by="root", at=NOW)
    Merchant.objects.filter(slug="emil").update(is_operator=True)  # as an earlier version let him be named

    move(HOME)

    with pytest.raises(Refused, match="cannot move to two: “Emil” runs this installation"):
        move()
    assert not Merchant.objects.exclude(moving_to="").exists()
    assert Residence.objects.get().going_to == ""
    brigitte.orders(order("100012377", "7.00", "Cora Lindner"))
    name_operator(emil.merchant, by="root", at=NOW)


def test_a_move_from_before_the_operator_is_called_back_unless_he_has_arrived(
    pair: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    brigitte, emil = pair
    with dying_before(monkeypatch, 3), pytest.raises(Killed):
        move()
    with pytest.raises(Refused, match="or is on the way"):
        name_operator(emil.merchant, by="root", at=NOW)
    Merchant.objects.filter(slug="emil").update(is_operator=True)
    with pytest.raises(Refused, match="at home only"):
        move()
    brigitte.orders(order("100012377", "7.00", "Cora Lindner"))  # the fence is down again

    Merchant.objects.filter(slug="emil").update(is_operator=False)
    with dying_before(monkeypatch, 4), pytest.raises(Killed):
        move()
    Merchant.objects.filter(slug="emil").update(is_operator=True)
    assert move() == Moved()
    assert rows_of(brigitte.merchant) == {}


@pytest.mark.django_db(transaction=True)
def test_a_turn_keeps_a_fence_away_though_the_worker_knows_of_one_cell(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path  # nobody has added a cell here, as far as this process knows

    def take(clock: object) -> str:
        del clock
        with pytest.raises(Refused, match="in the middle of something"), at_rest(HOME, patience=0):
            pass
        return "done"

    assert _taken(HOME, take) == "done"
    with at_rest(HOME, patience=0):
        pass  # once the turn is over


@pytest.mark.usefixtures("pair")
def test_a_fence_that_stands_is_mended_where_tables_have_come(pair: tuple[Stage, Stage]) -> None:
    merchant = pair[0].merchant
    lay(merchant.pk, "two")
    with connection.cursor() as cursor:  # as if this table had come with a version after the fence
        on = ' ON "orders_shop"' if connection.vendor == "postgresql" else ""
        cursor.execute(f'DROP TRIGGER "moving_{merchant.pk}_update_orders_shop"{on}')
    assert Shop.objects.filter(merchant=merchant).update(name="Wolle") > 0
    lay(merchant.pk, "two")
    with pytest.raises(DatabaseError) as kept_out:
        Shop.objects.filter(merchant=merchant).update(name="Seide")
    assert is_fenced(kept_out.value)
    take_down(merchant.pk)
    assert Shop.objects.filter(merchant=merchant).update(name="Seide") > 0
