"""A merchant moves from one cell to another while everybody works; he himself can only read for a moment.

    set out     the directory says where he goes                                        (one transaction at home)
    lay         the fence: nobody writes for him any more; turns of workers end first   (one where he is)
    carry       every row, compared with what left, and his books looked at             (one where he goes)
    leave       what is left of him is deleted, the fence is taken down                 (two where he was)
    arrive      the directory says where he is                                          (one at home)

Each step can be done again. The commit of *carry* is the switch: before it he is where he was and can be called back,
after it he is where he went and the rest is tidying. Whoever dies in between is followed by the same command.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from zahlmeister.cells.fence import lay, let_leave, tables_of_merchants, take_down
from zahlmeister.cells.people import bring, named_by, see_off
from zahlmeister.cells.tables import Sum, Table, quoted, table_of
from zahlmeister.cells.ties import ties
from zahlmeister.flows.check_books import check_books
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.cells import HOME, at_rest, cell_names, in_cell, one_move
from zahlmeister.merchants.models import Merchant, Residence
from zahlmeister.merchants.operator import operator
from zahlmeister.refusals import Refused

Bar = Callable[[int, int], None]
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Moved:
    """What has moved, and for how many seconds the merchant could only read; none when it was done before."""

    rows: int = 0
    tables: int = 0
    seconds: float = 0


def move_merchant(slug: str, to: str, *, at: datetime, by: str, watch: Bar = lambda _done, _of: None) -> Moved:
    """Move a merchant into another cell, or go on with a move that was broken off.

    Args:
        slug: the merchant's short name.
        to: the cell's name; `home` for back.
        at: now.
        by: who says so.
        watch: is told how many tables have moved, and of how many.

    Raises:
        Refused: the merchant cannot move, and why; he is where he was, and writes.
    """
    with one_move():
        way = _set_out(slug, to, at)
        moved = Moved()
        if not _is_in(to, way.number):
            with _called_back_when_refused(way):
                _look(way)
                moved = _carry(way, Happened("merchant", way.number, "moved", by, f"{way.cell} → {to}"), at, watch)
        _leave(way)
        _arrive(way, at)
    return moved


def call_back(slug: str) -> None:
    """Let a merchant whose move was broken off stay where he is.

    Raises:
        Refused: he is on no way, or has arrived.
    """
    with one_move():
        way = _residence(slug)
        if way is None or not way.going_to:
            raise Refused(f"“{slug}” is not moving.")
        if _is_in(way.going_to, way.number):
            raise Refused(f"“{slug}” has arrived in {way.going_to}; `zahlmeister move-merchant` tidies up behind.")
        _stay(way)


def _set_out(slug: str, to: str, at: datetime) -> Residence:
    if to not in cell_names(fresh=True):
        raise Refused(f"There is no cell “{to}”; `zahlmeister cells` lists those there are.")
    with in_cell(HOME), transaction.atomic(durable=True):
        way = Residence.objects.filter(slug=slug).first() or _first_residence(slug, at)
        if way.cell == to:
            raise Refused(f"“{slug}” lives in {to} already.")
        if not Residence.objects.filter(pk=way.pk, cell=way.cell, going_to__in=("", to)).update(going_to=to):
            raise Refused(f"“{slug}” is on the way to {way.going_to}; call that move back first.")
    way.going_to = to
    return way


def _first_residence(slug: str, at: datetime) -> Residence:
    merchant = Merchant.objects.filter(slug=slug).first()
    if merchant is None:
        raise Refused(f"There is no merchant “{slug}” at home.")
    if merchant.is_operator:
        raise Refused(f"“{slug}” runs the installation and stays at home.")
    return Residence.objects.create(number=merchant.pk, slug=slug, cell=HOME, since=at)


def _residence(slug: str) -> Residence | None:
    with in_cell(HOME):
        return Residence.objects.filter(slug=slug).first()


def _is_in(cell: str, merchant_id: int) -> bool:
    with in_cell(cell):
        return Merchant.objects.filter(pk=merchant_id).exists()


@contextmanager
def _called_back_when_refused(way: Residence) -> Iterator[None]:
    try:
        yield
    except Refused:
        _stay(way)
        raise


def _stay(way: Residence) -> None:
    with in_cell(way.cell):
        take_down(way.number)
    with in_cell(HOME), transaction.atomic(durable=True):
        Residence.objects.filter(pk=way.pk).update(going_to="")


def _look(way: Residence) -> None:
    """What keeps him from moving is found before anybody is kept from writing."""
    with in_cell(HOME):
        runs = operator()
    if runs is not None and way.going_to != HOME:
        raise Refused(
            f"“{way.slug}” cannot move to {way.going_to}: “{runs.name}” runs this installation, and bills and verifies "
            "merchants at home only."
        )
    steps = []
    for cell in (way.cell, way.going_to):
        with in_cell(cell):
            steps.append(set(MigrationRecorder(connection).applied_migrations()))
    if steps[0] != steps[1]:
        raise Refused(f"The tables of {way.going_to} are of another version; run `zahlmeister cells migrate`.")
    with in_cell(way.cell):
        tied = ties(way.number)
    if tied:
        raise Refused(f"“{way.slug}” is tied to another merchant ({', '.join(tied)}); both would have to move at once.")
    with in_cell(way.going_to):
        if Merchant.objects.filter(slug=way.slug).exists():
            raise Refused(f"There is another merchant “{way.slug}” in {way.going_to}.")


def _carry(way: Residence, step: Happened, at: datetime, watch: Bar) -> Moved:
    with at_rest(way.cell), in_cell(way.cell):
        lay(way.number, way.going_to)
    begun = monotonic()
    with in_cell(way.cell):
        books = balances(way.number)
    try:
        with in_cell(way.going_to), transaction.atomic(durable=True):
            sums = _copy(way, watch)
            _compare(way, sums, books)
            record(way.number, [step], at=at)
    except IntegrityError as trouble:
        raise Refused(f"What left does not fit in {way.going_to}: {trouble}") from trouble
    filled = [each for each in sums.values() if each.rows]
    return Moved(sum(each.rows for each in filled), len(filled), monotonic() - begun)


def _copy(way: Residence, watch: Bar) -> dict[str, Sum]:
    sums, people, tables = {}, set[int](), _tables(way.number)
    for done, table in enumerate(tables, start=1):
        places = named_by(table)
        sums[table.name] = table.write(_read_there(way.cell, table, places, people))
        watch(done, len(tables))
    bring(people, way.number, way.cell)
    return sums


def _read_there(cell: str, table: Table, places: list[int], people: set[int]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table of another cell, some at a time, because this one is written to in between."""
    rows = table.read()
    while True:
        with in_cell(cell, is_reading_on=True):
            some = list(islice(rows, _AT_ONCE))
        if not some:
            return
        people.update(row[place] for row in some for place in places if row[place] is not None)
        yield from some


def _compare(way: Residence, sums: dict[str, Sum], books: list[Any]) -> None:
    """Read everything again where it has arrived, and look at the books there."""
    for table in _tables(way.number):
        if table.sum() != sums[table.name]:
            raise Refused(f"What arrived in {table.name} is not what left.")
    if balances(way.number) != books:
        raise Refused("The balances are not what they were.")
    wrong = check_books(Merchant.objects.get(pk=way.number))
    if wrong:
        raise Refused(f"The books do not add up: {wrong[0]}")
    with in_cell(way.cell):
        if not Merchant.objects.filter(pk=way.number, moving_to=way.going_to).exists():
            raise Refused("The fence was taken down meanwhile.")


def _leave(way: Residence) -> None:
    """Delete what is left where he was; done again, it deletes nothing."""
    with in_cell(way.cell):
        if Merchant.objects.filter(pk=way.number).exists():
            with transaction.atomic(durable=True):
                _delete(way.number)
        take_down(way.number)


def _delete(merchant_id: int) -> None:
    people = {number for table in _tables(merchant_id) for place in named_by(table) for number in table.numbers(place)}
    with connection.cursor() as cursor:
        let_leave(merchant_id, cursor)
        for model, column in reversed(tables_of_merchants()):
            table = quoted(model._meta.db_table)  # noqa: SLF001 - what a model says of its table
            cursor.execute(f"DELETE FROM {table} WHERE {quoted(column)} = %s", [merchant_id])  # noqa: S608 - our own names
    see_off(people)


def _arrive(way: Residence, at: datetime) -> None:
    with in_cell(HOME), transaction.atomic(durable=True):
        Residence.objects.filter(pk=way.pk).update(cell=way.going_to, going_to="", since=at)


def _tables(merchant_id: int) -> list[Table]:
    """His rows in every table; the fence stays behind."""
    return [
        table_of(model, Q(**{column: merchant_id}), without=("moving_to",) if model is Merchant else ())
        for model, column in tables_of_merchants()
    ]
