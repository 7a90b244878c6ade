"""Which lines of a file are money that another file has told already?

Lines are compared with what other files said of the same account, day and amount (see `rules.pair`), sums with their
parts and parts with their sum (see `groups`). Only read here; what is true stays true until somebody else writes for
the merchant.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from zahlmeister.banking.groups import Whole, told_in_parts, told_whole
from zahlmeister.banking.lines import Told, kind_of_message
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.banking.rules import NO_REFERENCE, Line, pair
from zahlmeister.merchants.lock import turn

_Bucket = tuple[int, date, int]  # account, day, minor units
#: After so many batches it is asked anew which days other files have told.
_REMEMBERED = 16


class Recogniser:
    """Recognises the lines of one file, batch after batch, and remembers what they have claimed.

    A transaction is claimed once per file. The batches before may not be written yet, so the claims are remembered
    here beside those in the database.
    """

    def __init__(self, work: StatementImport) -> None:
        self.turn = 0  # nobody has written for the merchant since, as far as it knows
        self._work = work
        self._claimed: set[int] = set()
        self._days: dict[tuple[int, date], bool] = {}
        self._batches = 0
        self._has_parts = False

    def recognise(self, lines: Sequence[Told]) -> list[Told]:
        """The same lines; those that are known, or divide a known sum, say so."""
        if not self._batches % _REMEMBERED:
            self.turn = turn(self._work.merchant_id)
            self._days.clear()
            self._has_parts = _has_parts(self._work.merchant_id)
        self._batches += 1
        told = list(lines)
        self._same_lines(told)
        self._groups(told)
        return told

    def _same_lines(self, lines: list[Told]) -> None:
        """Give each line that another file already told its transaction."""
        stored = self._stored(lines)
        if not stored:
            return
        buckets: dict[_Bucket, list[int]] = defaultdict(list)
        for place, line in enumerate(lines):
            buckets[line.account_id, line.said.booked_on, line.said.amount_minor].append(place)
        for bucket, places in buckets.items():
            rows = stored.get(bucket, [])
            if rows:
                partners = pair([lines[place].line for place in places], [_line_of(row) for row in rows])
                for place, partner in zip(places, partners, strict=True):
                    if partner is not None:
                        self._claim(lines, place, rows[partner])

    def _claim(self, lines: list[Told], place: int, row: BankTransaction) -> None:
        self._claimed.add(row.pk)
        lines[place] = lines[place]._replace(known=row.pk)

    def _stored(self, lines: Sequence[Told]) -> dict[_Bucket, list[BankTransaction]]:
        """What other files said of the same accounts, days and amounts and this file has not claimed yet."""
        found: dict[_Bucket, list[BankTransaction]] = defaultdict(list)
        days = {(line.account_id, line.said.booked_on) for line in lines}
        for account_id, day in days - self._days.keys():
            self._days[account_id, day] = self._others(account_id).filter(booked_on=day).exists()
        told = {key for key in days if self._days[key]}
        for account_id in {account for account, _ in told}:
            mine = [line for line in lines if (line.account_id, line.said.booked_on) in told]
            rows = self._others(account_id).filter(
                booked_on__in={day for account, day in told if account == account_id},
                amount_minor__in={line.said.amount_minor for line in mine if line.account_id == account_id},
            )
            unseen = rows.exclude(sightings__statement_import=self._work)
            for row in unseen.select_related("first_import").order_by("id"):
                if row.pk not in self._claimed:
                    found[account_id, row.booked_on, row.amount_minor].append(row)
        return found

    def _others(self, account_id: int) -> QuerySet[BankTransaction]:
        mine = BankTransaction.objects.filter(merchant_id=self._work.merchant_id, account_id=account_id)
        return mine.exclude(first_import=self._work)

    def _groups(self, lines: list[Told]) -> None:
        """Sums whose parts are known, and parts whose sum is known."""
        entries: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, line in enumerate(lines):
            entries[line.account_id, line.entry].append(place)
        groups = [places for places in entries.values() if not any(lines[place].known for place in places)]
        self._sums(lines, [places[0] for places in groups if len(places) == 1])
        self._parts(lines, [places for places in groups if len(places) > 1])

    def _sums(self, lines: list[Told], places: Sequence[int]) -> None:
        """A single line is the sum of known parts when the bank says so: by its reference, or in its words."""
        if not places or not self._has_parts:
            return
        known = told_in_parts(self._work, (_whole(lines[place]) for place in places))
        for place in places:
            line = lines[place]
            rows = known.get(_whole(line), [])
            match = next((row for row in rows if row.pk not in self._claimed and _is_sum_of(line, row)), None)
            if match is not None:
                self._claim(lines, place, match)

    def _parts(self, lines: list[Told], groups: Sequence[list[int]]) -> None:
        known = told_whole(self._work, (_whole(lines[places[0]]) for places in groups)) if groups else {}
        for places in groups:
            first = lines[places[0]]
            rows = [row for row in known.get(_whole(first), []) if row.pk not in self._claimed]
            parent = next((row for row in rows if _is_sum(row, first.said.bank_reference)), None)
            if parent is not None:
                self._claimed.add(parent.pk)
                for place in places:
                    lines[place] = lines[place]._replace(part_of=parent.pk)


def _is_sum_of(line: Told, part: BankTransaction) -> bool:
    said = line.said
    if _is_reference(part.bank_reference) and said.bank_reference == part.bank_reference:
        return True
    return not said.counterparty_number and _is_collective(said.bank_code, f"{said.booking_text} {said.remittance}")


def _is_sum(row: BankTransaction, reference: str) -> bool:
    if _is_reference(reference) and row.bank_reference == reference:
        return True
    return not row.counterparty_number and _is_collective(row.bank_code, f"{row.booking_text} {row.remittance}")


def _is_reference(text: str) -> bool:
    return text not in NO_REFERENCE


def _is_collective(code: str, words: str) -> bool:
    """Whether the bank calls it a collective booking: by its code (GVC), or in its words."""
    return code in _COLLECTIVE_CODES or any(word in words.upper() for word in _COLLECTIVE_WORDS)


_COLLECTIVE_CODES = frozenset({"189", "191", "192", "193", "194"})
_COLLECTIVE_WORDS = ("SAMMEL", "SAMMLER", "BATCH", "BULK", "COLLECTIVE", "LSV", "ESR", "QR-RECHNUNG", "PAKET")


def _whole(line: Told) -> Whole:
    return line.account_id, line.said.booked_on, line.said.entry_minor


def _has_parts(merchant_id: int) -> bool:
    """Whether any file ever told a collective entry in parts; most merchants have none."""
    with connection.cursor() as cursor:  # as the condition of its index says it, so that the index answers
        cursor.execute(
            "SELECT 1 FROM banking_banktransaction WHERE merchant_id = %s AND NOT amount_minor = (entry_minor) LIMIT 1",
            [merchant_id],
        )
        return cursor.fetchone() is not None


def _line_of(row: BankTransaction) -> Line:
    return Line(
        counterparty_number=row.counterparty_number,
        counterparty=row.counterparty,
        remittance=row.remittance,
        end_to_end_id=row.end_to_end_id,
        bank_reference=row.bank_reference,
        creditor_reference=row.creditor_reference,
        message=kind_of_message(row.first_import.format),
    )
