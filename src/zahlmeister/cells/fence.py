"""The fence around a merchant that moves: his database takes nothing of his any more, whoever brings it.

It is made of triggers, so that no flow can forget it. On PostgreSQL laying it needs every table for a moment: it waits
for no one longer than `_PATIENCE`, gives everything back, and tries again, so that nobody waits for it in a circle.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, transaction

from zahlmeister.cells.tables import quoted
from zahlmeister.merchants.cells import MOVING
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

_PATIENCE = "250ms"
_TRIES = 120
_WRITES = (("insert", "INSERT", "NEW"), ("update", "UPDATE", "NEW"), ("delete", "DELETE", "OLD"))
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION zahlmeister_moving() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' AND current_setting('zahlmeister.leaving', true) = TG_ARGV[0] THEN RETURN OLD; END IF;
  RAISE EXCEPTION '{MOVING}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
"""Nothing passes but the deletion of a merchant who has left, in the transaction that says so."""


def tables_of_merchants() -> list[tuple[Any, str]]:
    """Every table that holds rows of merchants, with the column that says whose."""
    found: list[tuple[Any, str]] = [(Merchant, "id")]
    for model in apps.get_models(include_auto_created=True):
        columns = [field.column for field in model._meta.local_concrete_fields]  # noqa: SLF001 - nothing else tells it
        if "merchant_id" in columns:
            found.append((model, "merchant_id"))
    return found


def lay(merchant_id: int, to: str) -> None:
    """Let nobody write for a merchant any more, in this cell; doing it twice is doing it once.

    A fence that stands already gets what it lacks: tables that came with a new version in the middle of a move.

    Raises:
        Refused: the tables are never free, or the merchant is on another way.
    """
    _when_free(partial(_lay, merchant_id, to))


def take_down(merchant_id: int) -> None:
    """Let everybody write again, in this cell; doing it twice is doing it once.

    Raises:
        Refused: the tables are never free.
    """
    _when_free(partial(_take_down, merchant_id))


def let_leave(merchant_id: int, cursor: Any) -> None:
    """Let the caller's transaction delete the merchant's rows; nobody else writes, before and after.

    Whoever waited meanwhile still meets the fence, and not the merchant's missing rows.
    """
    if connection.vendor == "postgresql":
        cursor.execute("SELECT set_config('zahlmeister.leaving', %s, true)", [str(merchant_id)])
    else:  # the file has one writer
        _drop(merchant_id, cursor, only="DELETE")


def _when_free(work: Callable[[], None]) -> None:
    for _try in range(_TRIES):
        try:
            with transaction.atomic(durable=True):
                work()
        except OperationalError:  # somebody holds a table
            time.sleep(0.2)
        else:
            return
    raise Refused("The tables were in use all the time; nothing was changed. Try again later.")


def _take_down(merchant_id: int) -> None:
    with connection.cursor() as cursor:
        _in_no_circle(cursor)
        _drop(merchant_id, cursor)
    Merchant.objects.filter(pk=merchant_id).update(moving_to="")


def _drop(merchant_id: int, cursor: Any, *, only: str = "") -> None:
    for table, _column, name, kind, _row in _triggers(merchant_id):
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        if only in ("", kind):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _lay(merchant_id: int, to: str) -> None:
    with connection.cursor() as cursor:
        _in_no_circle(cursor)
        here = Merchant.objects.filter(pk=merchant_id)
        stands = here.filter(moving_to=to).exists()
        if not stands and not here.filter(moving_to="").update(moving_to=to):
            raise Refused("The merchant is not here, or moves somewhere else.")
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table, column, name, kind, row in _triggers(merchant_id):
            cursor.execute(_trigger(name, kind, table, row, (column, merchant_id)))


def _in_no_circle(cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")


def _trigger(name: str, kind: str, table: str, row: str, of: tuple[str, int]) -> str:
    column, merchant_id = of
    when = f"{row}.{quoted(column)} = {merchant_id:d}"
    if connection.vendor == "postgresql":
        begin = f"CREATE OR REPLACE TRIGGER {name} BEFORE {kind} ON {table}"
        return f"{begin} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION zahlmeister_moving('{merchant_id:d}')"
    begin = f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {kind} ON {table}"
    return f"{begin} WHEN {when} BEGIN SELECT RAISE(ABORT, '{MOVING}'); END"


def _triggers(merchant_id: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Table, column that says whose, name of the trigger, what is written, and which row is looked at."""
    for model, column in tables_of_merchants():
        bare = model._meta.db_table  # noqa: SLF001 - nothing else tells it
        for short, kind, row in _WRITES:
            yield quoted(bare), column, quoted(f"moving_{merchant_id:d}_{short}_{bare}"), kind, row
