"""One writer of a merchant's money at a time, and how to tell that nobody wrote in between."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from zahlmeister.merchants.models import Merchant


def lock(merchant_id: int, items: int = 1) -> int:
    """Hold the merchant until the caller's transaction ends; every flow that moves money begins with this.

    The unclear money and the receivables of a merchant are one account each, so its writers take turns anyway. Taking
    the turn at the beginning means that what a flow reads is still so when it writes, and that no two of them wait for
    each other. On SQLite a writing transaction has the whole file to itself already.

    Args:
        merchant_id: whose money.
        items: how many open items may be changed in this turn, at least one.

    Returns:
        The number that this turn ends at: turns are counted by the items that they may change. Whoever has read
        something when the count stood at 7, and writes one item up to 8, knows that nobody else has written between.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE merchants_merchant SET turn = turn + %s WHERE id = %s RETURNING turn", [items, merchant_id]
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Read everything as it stood at one moment, and keep nobody from writing meanwhile; nothing is written here.

    Inside of a transaction that somebody has begun already, it is that one.
    """
    if connection.in_atomic_block or _reads_already():
        yield
    elif connection.vendor == "sqlite":  # a transaction that begins with reading sees the file as it was then
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _reads_already() -> bool:
    line = connection.connection
    return connection.vendor == "sqlite" and line is not None and bool(line.in_transaction)


def turn(merchant_id: int) -> int:
    """At what number the last turn ended whose writing is visible here."""
    with connection.cursor() as cursor:  # asked for every batch: putting the question together would cost more
        cursor.execute("SELECT turn FROM merchants_merchant WHERE id = %s", [merchant_id])
        found = cursor.fetchone()
    if found is None:
        raise Merchant.DoesNotExist
    return int(found[0])


@contextmanager
def going_first() -> Iterator[None]:
    """Let the writers of large files wait for a moment, while the caller deals with something small.

    On SQLite the caller stays at the head of the line between its transactions; PostgreSQL needs no such thing.
    """
    line = getattr(connection, "line", None)
    if line is None:
        yield
        return
    line.stay_in_front()
    try:
        yield
    finally:
        line.step_back()


def somebody_waits() -> bool:
    """Whether another writer waits until the caller has written: on SQLite the line tells, on PostgreSQL the locks."""
    if connection.vendor == "sqlite":
        line = getattr(connection, "line", None)
        return line is None or bool(line.has_company())
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        [waits] = cursor.fetchone()
    return bool(waits)


#: Who wants a row that the caller's transaction has changed waits for the transaction itself.
_WAITING = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE NOT granted AND locktype = 'transactionid' AND transactionid = pg_current_xact_id()::xid
    )
"""
