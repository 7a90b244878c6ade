"""A collective entry told whole by one file and in its parts by another is the same money.

A camt.053 often books the sum of a day's payments as one entry, and a camt.054 tells the payments in it. Whichever
comes first: the sum after the parts is known; the parts after the sum divide it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import F, Min, Sum

from zahlmeister.banking.models import BankTransaction, Sighting, StatementImport

#: Account, day and amount of the whole entry.
Whole = tuple[int, date, int]


def told_in_parts(statement_import: StatementImport, wholes: Iterable[Whole]) -> dict[Whole, list[BankTransaction]]:
    """For sums: the first part of each entry that another file told in parts and that makes this sum."""
    wanted = set(wholes)
    found: dict[Whole, list[BankTransaction]] = defaultdict(list)
    rows = (
        Sighting.objects.filter(
            statement_import=F("transaction__first_import"),
            transaction__account_id__in={account for account, _, _ in wanted},
            transaction__booked_on__in={day for _, day, _ in wanted},
            transaction__entry_minor__in={minor for _, _, minor in wanted},
        )
        .exclude(statement_import=statement_import)
        .exclude(transaction__amount_minor=F("transaction__entry_minor"))
        .values(
            "statement_import", "entry", "transaction__account", "transaction__booked_on", "transaction__entry_minor"
        )
        .annotate(sum=Sum("transaction__amount_minor"), first=Min("transaction"))
        .order_by("first")
    )
    firsts = {row["first"]: row for row in rows if row["sum"] == row["transaction__entry_minor"]}
    parts = BankTransaction.objects.filter(pk__in=firsts).exclude(sightings__statement_import=statement_import)
    for part in parts.order_by("pk"):
        found[part.account_id, part.booked_on, part.entry_minor].append(part)
    return found


def told_whole(statement_import: StatementImport, wholes: Iterable[Whole]) -> dict[Whole, list[BankTransaction]]:
    """For parts: the lines of this sum that another file told as one, and that nothing has divided yet."""
    wanted = set(wholes)
    found: dict[Whole, list[BankTransaction]] = defaultdict(list)
    rows = (
        BankTransaction.objects.filter(
            account_id__in={account for account, _, _ in wanted},
            booked_on__in={day for _, day, _ in wanted},
            entry_minor__in={minor for _, _, minor in wanted},
            amount_minor=F("entry_minor"),
        )
        .exclude(first_import=statement_import)
        .exclude(sightings__statement_import=statement_import)
        .exclude(parts__isnull=False)
    )
    for row in rows.order_by("pk"):
        found[row.account_id, row.booked_on, row.entry_minor].append(row)
    return found
