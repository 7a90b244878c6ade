"""Seal what a column holds that is not yet as it should be: for migrations, and while the secret changes.

Whoever dies in the middle does it again: what is sealed is left alone. So many rows are held at a time.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.operations import AlterField, RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

from zahlmeister.merchants.sealed_facts import SealedFacts, opened_text, sealed_text
from zahlmeister.merchants.sealed_number import SealedNumber, newest_sign, opened_number, sealed_number

#: So many numbers are read and written in one go; facts, which may be long, a tenth of them.
BATCH = 1000
_SEALED = re.compile(r"~[0-9a-f]{8}\.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of account numbers or of facts, as SQL names it."""

    table: str
    name: str
    purpose: str
    has_facts: bool = False

    def sealed(self, plain: str) -> str:
        """What is to stand there, under the newest secret."""
        return sealed_text(plain, self.purpose) if self.has_facts else sealed_number(plain, self.purpose)

    def opened(self, kept: str) -> str:
        """What was sealed.

        Raises:
            Unopened: no secret opens it.
        """
        return opened_text(kept, self.purpose) if self.has_facts else opened_number(kept, self.purpose)

    def rows(self, sign: str, *, alias: str = DEFAULT_DB_ALIAS) -> Iterator[list[tuple[int, str]]]:
        """The rows whose text does not begin with a sign, batch by batch: their ids, and what stands there."""
        most = max(BATCH // 10, 1) if self.has_facts else BATCH
        question = (
            f"SELECT id, {self.name} FROM {self.table} WHERE id > %s AND {self.name} <> '' "  # noqa: S608 - our own names
            f"AND substr({self.name}, 1, {len(sign)}) <> %s ORDER BY id LIMIT {most}"
        )
        last = -1
        while True:
            with connections[alias].cursor() as cursor:
                cursor.execute(question, [last, sign])
                found = cursor.fetchall()
            if not found:
                return
            yield found
            last = found[-1][0]

    def write(self, rows: list[tuple[str, int, str]], *, alias: str = DEFAULT_DB_ALIAS) -> None:
        """Write what is to stand there, the row's id, and what stood there; a row that has changed is left alone."""
        with connections[alias].cursor() as cursor:
            cursor.executemany(
                f"UPDATE {self.table} SET {self.name} = %s WHERE id = %s AND {self.name} = %s",  # noqa: S608 - likewise
                rows,
            )


def column_of(model: Any, field: SealedNumber | SealedFacts) -> Column:
    """Where what a field seals stands."""
    table = model._meta.db_table  # noqa: SLF001 - Django's documented model API
    return Column(table, str(field.column), field.purpose, isinstance(field, SealedFacts))


def sealing(app: str, model: str, name: str, field: SealedNumber) -> list[Operation]:
    """The steps of a migration after which a column of plain numbers is a sealed one; there is no way back.

    Args:
        app: of the model.
        model: its name in small letters.
        name: the column.
        field: what it is from now on.
    """
    column = Column(f"{app}_{model}", name, field.purpose)
    return [
        RunPython(partial(_seal, column)),
        SeparateDatabaseAndState(state_operations=[AlterField(model, name, field)]),
    ]


def sealing_facts(app: str, model: str, fields: Mapping[str, SealedFacts]) -> list[Operation]:
    """The steps of a migration after which columns of plain JSON are sealed ones; there is no way back.

    The columns become texts first, because PostgreSQL changes no table in which rows wait to be checked.

    Args:
        app: of the model.
        model: its name in small letters.
        fields: the columns by name, and what each is from now on.
    """
    texts: list[Operation] = [AlterField(model, name, field) for name, field in fields.items()]
    return texts + [
        RunPython(partial(_seal_facts, Column(f"{app}_{model}", name, field.purpose, has_facts=True), field))
        for name, field in fields.items()
    ]


def _seal_facts(column: Column, field: SealedFacts, apps: Any, schema_editor: Any) -> None:
    del apps
    alias = schema_editor.connection.alias
    for rows in column.rows(newest_sign(), alias=alias):
        plain = [(json.loads(text), pk, text) for pk, text in rows if not _SEALED.match(text)]
        column.write([(field.get_prep_value(facts), pk, text) for facts, pk, text in plain], alias=alias)


def _seal(column: Column, apps: Any, schema_editor: Any) -> None:
    """On SQLite the column may stay what it is, because lengths are not looked at there."""
    del apps
    alias = schema_editor.connection.alias
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {column.table} ALTER COLUMN {column.name} TYPE text")
    for rows in column.rows(newest_sign(), alias=alias):
        plain = [(number, pk) for pk, number in rows if not _SEALED.match(number)]
        column.write([(sealed_number(number, column.purpose), pk, number) for number, pk in plain], alias=alias)
