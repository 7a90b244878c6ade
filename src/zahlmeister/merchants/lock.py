"""One writer of a merchant's money at a time, and how to tell that nobody wrote in between."""

from django.db import connection

from zahlmeister.merchants.models import Merchant


def lock(merchant_id: int) -> int:
    """Hold the merchant until the caller's transaction ends; every flow that moves money begins with this.

    The unclear money and the receivables of a merchant are one account each, so its writers take turns anyway. Taking
    the turn at the beginning means that what a flow reads is still so when it writes, and that no two of them wait for
    each other. On SQLite a writing transaction has the whole file to itself already.

    Returns:
        The number of this turn. Turns are counted: whoever has read something in turn 7 and writes in turn 8 knows
        that nobody else has written between.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE merchants_merchant SET turn = turn + 1 WHERE id = %s RETURNING turn", [merchant_id])
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def turn(merchant_id: int) -> int:
    """The number of the last turn whose writing is visible here."""
    return Merchant.objects.values_list("turn", flat=True).get(pk=merchant_id)
