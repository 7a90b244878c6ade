"""How tables are made on SQLite."""

from typing import Any

from django.db.backends.sqlite3 import schema
from django.db.models import CompositePrimaryKey, Model


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """A table whose key has several columns is kept in the order of that key, instead of as a table and its index."""

    def table_sql(self, model: type[Model]) -> tuple[str, Any]:
        """The statement that makes a table."""
        sql, params = super().table_sql(model)
        is_clustered = isinstance(model._meta.pk, CompositePrimaryKey)  # noqa: SLF001 - nobody else tells
        return (f"{sql} WITHOUT ROWID" if is_clustered else sql), params
