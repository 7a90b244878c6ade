"""PostgreSQL plans by counts that it takes now and then; a table that fills within seconds it takes for empty.

Planned so, a question for one row reads all of them: the first statement of a young installation took three times as
long as a later one, and the server looks around by itself only once a minute. Whoever writes many rows into tables that
have few has them counted meanwhile; PostgreSQL then plans anew, for every connection.
"""

from django.db import connection, transaction

#: A table that was counted with so many rows is planned for well enough; the server counts it again by itself.
GROWN = 10_000
#: So many of the commonest values are kept of each column, and three hundred times as many rows are looked at. The
#: server's own 100 takes six times as long; it takes that count itself, a minute later.
ROUGHLY = 10


class YoungTables:
    """Tables that one process is about to fill."""

    def __init__(self, *tables: str) -> None:
        self._tables = tables
        self._written = 0
        self._count_at = 1 if _are_young(tables) else 0

    def grew(self, rows: int) -> None:
        """So many rows more were written and committed: have the tables counted, if it is time."""
        self._written += rows
        if not self._count_at or self._written < self._count_at:
            return
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL default_statistics_target = {ROUGHLY}")
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(map(connection.ops.quote_name, self._tables))}")
        self._count_at = 10 * self._written if self._written < GROWN else 0


def _are_young(tables: tuple[str, ...]) -> bool:
    if connection.vendor == "sqlite":  # plans by what the indexes are like
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(reltuples) FROM pg_class WHERE oid = ANY(%s::regclass[])", [list(tables)])
        [rows] = cursor.fetchone()
    return bool(rows < GROWN)
