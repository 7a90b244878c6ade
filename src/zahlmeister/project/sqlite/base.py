"""Django's backend for SQLite; every transaction, and every single write outside of one, waits for its turn.

What was committed stands in a log beside the file until it is copied into it. SQLite does that at the end of whichever
commit fills the log, for 20 to 40 ms, in which nobody else would get the pen. Here whoever has written much copies it
after having laid the pen down; SQLite's own way is left for those who never write much.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base

from zahlmeister.project.sqlite.line import Line
from zahlmeister.project.sqlite.schema import DatabaseSchemaEditor

_WRITES = ("INSERT", "UPDATE", "DELETE")
#: After so many rows the log is copied: about 4,000 pages, 16 MB, of what an import writes.
_ROWS_TO_COPY = 14_000


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection with its place in the line. A database in memory has no line."""

    #: A key of this type is the row's own number, where any other would be a second index over the table.
    data_types = {**base.DatabaseWrapper.data_types, "BigIntegerField": "integer"}

    SchemaEditorClass = DatabaseSchemaEditor

    line: Line | None = None
    _rows_copied = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_in_memory_db():
            self.line = Line(str(self.settings_dict["NAME"]))
            self.execute_wrappers.append(self._in_turn)

    def _start_transaction_under_autocommit(self) -> None:
        if self.line is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs forget it
            return
        self.line.take_pen()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs forget it
        except BaseException:
            self.line.lay_pen_down()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # the stubs forget it
        self._written()  # one that fails is rolled back
        self._copy_log()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs forget it
        finally:
            self._written()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs forget it
        finally:
            self._rows_copied = 0
            if self.line is not None:
                self.line.go_away()

    def _written(self) -> None:
        if self.line is not None:
            self.line.lay_pen_down()

    def _copy_log(self) -> None:
        """Copy the log into the file when this connection has written much, while others may write already."""
        if self.line is None or abs(self.connection.total_changes - self._rows_copied) < _ROWS_TO_COPY:
            return
        self._rows_copied = self.connection.total_changes
        with suppress(sqlite3.OperationalError):  # who is reading at this moment, or has no room, leaves it to the next
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
        """A write outside of a transaction is a turn of its own."""
        if self.line is None or self.in_atomic_block or not sql.startswith(_WRITES):
            return execute(sql, params, many, context)
        self.line.take_pen()
        try:
            return execute(sql, params, many, context)
        finally:
            self.line.lay_pen_down()
