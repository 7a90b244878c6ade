"""Indexes in which words are found anywhere in a text."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Index, Model


class TextIndex(Index):
    """An index for `icontains` in several texts of a table; its first field says whose rows they are.

    SQLite reads the texts of 100,000 rows in some hundredths of a second when they stand together, which is what an
    ordinary index over them does. PostgreSQL finds a million by three letters at a time (`pg_trgm`, of its contrib
    package); where that extension may not be had, there is no index, and every row is looked at.
    """

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Any:
        """The statement that makes the index; on PostgreSQL one that goes on without it where it cannot be had."""
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        quoted = schema_editor.quote_name
        parts = ", ".join(f"upper({quoted(text)}::text) gin_trgm_ops" for text in self.fields[1:])  # as icontains asks
        table = model._meta.db_table  # noqa: SLF001 - as Django's own does
        return _TRIED.format(name=quoted(self.name), table=quoted(table), parts=parts)


#: Without the extension's files, without the right to install it, or with it in a schema that is not looked through.
_TRIED = """DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({parts});
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege OR undefined_object THEN
  RAISE NOTICE 'no index {name}: %', SQLERRM;
END $$"""


def make_text_indexes() -> None:
    """Make those that could not be made before, because the extension was not there yet."""
    if connection.vendor != "postgresql" or not missing_text_indexes():
        return
    with connection.schema_editor() as editor:
        for model, index in _text_indexes():
            editor.execute(index.create_sql(model, editor), params=None)


def missing_text_indexes() -> list[str]:
    """The names of those that are not there; on SQLite they always are."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))")
        there = {name for (name,) in cursor.fetchall()}
    return [index.name for _model, index in _text_indexes() if index.name not in there]


def _text_indexes() -> Iterator[tuple[type[Model], TextIndex]]:
    for model in apps.get_models():
        for index in model._meta.indexes:  # noqa: SLF001 - nothing else tells them
            if isinstance(index, TextIndex):
                yield model, index
