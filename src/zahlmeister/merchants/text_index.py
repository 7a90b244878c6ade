"""Words that are looked for anywhere in a text, and the indexes in which they are found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CharField, Index, Lookup, Model, TextField
from django.db.models.sql.compiler import SQLCompiler

_Said = tuple[str, tuple[Any, ...]]
if TYPE_CHECKING:
    _TextLookup = Lookup[str]
else:
    _TextLookup = Lookup


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


@CharField.register_lookup
@TextField.register_lookup
class Holds(_TextLookup):
    """`holds`: whether a text holds another anywhere, in small letters or capitals, umlauts too.

    SQLite folds case for ASCII only. Asked for each way to write an umlaut, it would look through all texts as many
    times; so it is asked once, with any sign for the umlaut, and the few texts that are like that are looked at again.
    PostgreSQL is asked as `icontains` asks, which its index answers, and in each way: it folds as its locale does.
    """

    lookup_name = "holds"
    may_begin_earlier = True

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Said:
        """Each way to write the text."""
        return self._in_each_way(compiler, connection, "UPPER({}::text) LIKE UPPER(%s)")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> _Said:
        """By `LIKE`, and what holds more than ASCII then by `GLOB`, which knows sets of signs."""
        text = str(self.rhs)
        if text.isascii() or not any(sign.isascii() and sign.isalnum() for sign in text):
            return self._in_each_way(compiler, connection, "{} LIKE %s ESCAPE '\\'")
        column, of = self.process_lhs(compiler, connection)
        like, glob = self._like(text, other="_"), self._glob(text)
        return f"({column} LIKE %s ESCAPE '\\' AND {column} GLOB %s)", (*of, like, *of, glob)

    def _in_each_way(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, how: str) -> _Said:
        column, of = self.process_lhs(compiler, connection)
        ways = _written(str(self.rhs))
        facts = [fact for text in ways for fact in (*of, self._like(text))]
        return f"({' OR '.join([how.format(column)] * len(ways))})", tuple(facts)

    def _like(self, text: str, other: str = "") -> str:
        """The pattern of `LIKE`; `other` stands for each sign that is not ASCII, empty for the sign itself."""
        signs = [f"\\{sign}" if sign in "%_\\" else sign if sign.isascii() else other or sign for sign in text]
        return f"{'%' if self.may_begin_earlier else ''}{''.join(signs)}%"

    def _glob(self, text: str) -> str:
        """The pattern of `GLOB`: for each letter the set of its shapes, for another sign the set of it alone."""
        return f"{'*' if self.may_begin_earlier else ''}{''.join(map(_shapes, text))}*"


@CharField.register_lookup
@TextField.register_lookup
class Opens(Holds):
    """`opens`: whether a text begins with another, in small letters or capitals."""

    lookup_name = "opens"
    may_begin_earlier = False


def _shapes(sign: str) -> str:
    shapes = sorted(shape for shape in {sign, sign.lower(), sign.upper()} if len(shape) == 1)
    return "^" if shapes == ["^"] else f"[{''.join(shapes)}]"  # in a set it would mean: none of these


def _written(text: str) -> list[str]:
    """The text and, where it has umlauts, also with those in capitals, all of them or the first."""
    small = text.lower()
    if small.isascii():
        return [small]
    shouted = "".join(sign if sign.isascii() else sign.upper() for sign in small)
    first = small if small[0].isascii() else small[0].upper() + small[1:]
    return list(dict.fromkeys((small, shouted, first)))


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
