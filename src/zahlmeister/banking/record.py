"""Record what a statement says: every transaction once, however often and in whatever format it arrives."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from zahlmeister.banking.groups import Whole, told_in_parts, told_whole
from zahlmeister.banking.models import BankAccount, BankTransaction, Sighting, StatementImport
from zahlmeister.banking.rules import NO_REFERENCE, Line, fingerprint, pair
from zahlmeister.formats.records import Entry, Status, Transaction
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import insert, insert_values
from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a file: the account it is about and its number counted through the file, from 1."""

    account: BankAccount
    position: int
    entry: Entry
    day: date  # of the entry, or of its statement when the entry has none


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch brought: the new transactions in file order, and how many were known or not yet booked."""

    new: list[BankTransaction]
    known: int
    pending: int


@dataclass(slots=True)
class _Incoming:
    """One line of the batch on its way to a row."""

    account: BankAccount
    position: int
    detail: int
    said: Transaction
    minor: int
    entry_minor: int
    booked_on: date
    line: Line
    row: BankTransaction | None = None
    part_of: BankTransaction | None = None


_Bucket = tuple[int, date, int]  # account, day, minor units


def record_entries(statement_import: StatementImport, places: Sequence[Place], *, at: datetime) -> Recorded:
    """Record a batch of entries of one file.

    Booked lines are compared with what other files said of the same account, day and amount; a line that is new is
    inserted, a known one only noted as seen. Pending lines are announcements and not recorded. The database refuses
    any line that would come twice.
    """
    booked_places = [place for place in places if place.entry.transactions[0].status is Status.BOOKED]
    booked = [line for place in booked_places for line in _lines(place)]
    _recognise(statement_import, booked)
    _recognise_groups(statement_import, booked)
    fresh = [line for line in booked if line.row is None]
    _make_rows(statement_import, fresh, at)
    insert([_row_of(line) for line in fresh])
    insert_values(Sighting, _SIGHTING, _sightings(statement_import, booked))
    return Recorded(
        new=[_row_of(line) for line in fresh],
        known=len(booked) - len(fresh),
        pending=len(places) - len(booked_places),
    )


def _lines(place: Place) -> Iterable[_Incoming]:
    """One line per detail where the details make up the entry, else one for the entry as a whole."""
    entry = place.entry
    details = _parts(entry) if entry.is_divisible else (_whole(entry),)
    for number, said in enumerate(details, start=1):
        amount = said.amount if said.amount is not None else entry.amount
        yield _Incoming(
            account=place.account,
            position=place.position,
            detail=number,
            said=said,
            minor=amount.minor,
            entry_minor=entry.amount.minor,
            booked_on=said.booked_on or said.value_on or place.day,
            line=_identity(said, place.entry.source.format),
        )


def _parts(entry: Entry) -> tuple[Transaction, ...]:
    """The details, and what the bank kept of the entry besides them, so that together they are what was booked."""
    kept = entry.amount.minor - sum(said.amount.minor for said in entry.transactions if said.amount is not None)
    if not kept or len(entry.transactions) == 1:
        return entry.transactions
    first = entry.transactions[0]
    charges = Transaction(
        source=first.source,
        account=first.account,
        booked_on=first.booked_on,
        value_on=first.value_on,
        amount=Amount(kept, entry.amount.currency),
        bank_reference=first.bank_reference,
        booking_text="Charges",
        is_return=kept > 0,  # money that is nobody's payment
        status=first.status,
    )
    return (*entry.transactions, charges)


def _whole(entry: Entry) -> Transaction:
    """A batch that cannot be divided, as one transaction with all its texts."""
    first = entry.transactions[0]
    texts = [said.remittance for said in entry.transactions if said.remittance]
    return Transaction(
        source=first.source,
        account=first.account,
        booked_on=first.booked_on,
        value_on=first.value_on,
        amount=entry.amount,
        remittance=" ".join(texts) or None,
        remittance_pieces=tuple(texts),
        bank_reference=first.bank_reference,
        bank_code=first.bank_code,
        booking_text=first.booking_text,
        is_return=any(said.is_return for said in entry.transactions),
        status=first.status,
    )


def _identity(said: Transaction, told_by: str) -> Line:
    return Line(
        counterparty_number=_cut(said.counterparty_iban, 64),
        counterparty=_cut(said.counterparty, 200),
        remittance=said.remittance or "",
        end_to_end_id=_cut(said.end_to_end_id, 64),
        bank_reference=_cut(said.bank_reference, 80),
        creditor_reference=_cut(said.creditor_reference, 64),
        message=_kind(told_by),
    )


def _kind(told_by: str) -> str:
    """The kind of message without its version: camt.053.001.08 and camt.053.001.02 use the same references."""
    return ".".join(told_by.split(".")[:2])


def _recognise(statement_import: StatementImport, lines: Sequence[_Incoming]) -> None:
    """Give each line that another file already told its row."""
    stored = _stored(statement_import, lines)
    if not stored:
        return
    buckets: dict[_Bucket, list[_Incoming]] = defaultdict(list)
    for line in lines:
        buckets[line.account.pk, line.booked_on, line.minor].append(line)
    for bucket, members in buckets.items():
        rows = stored.get(bucket, [])
        if rows:
            partners = pair([member.line for member in members], [_line_of(row) for row in rows])
            for member, partner in zip(members, partners, strict=True):
                member.row = None if partner is None else rows[partner]


def _recognise_groups(statement_import: StatementImport, lines: Sequence[_Incoming]) -> None:
    """Sums whose parts are known, and parts whose sum is known."""
    entries: dict[tuple[int, int], list[_Incoming]] = defaultdict(list)
    for line in lines:
        entries[line.account.pk, line.position].append(line)
    groups = [group for group in entries.values() if all(line.row is None for line in group)]
    taken = {line.row.pk for line in lines if line.row is not None}
    _recognise_sums(statement_import, [line for [line] in (group for group in groups if len(group) == 1)], taken)
    _recognise_parts(statement_import, [group for group in groups if len(group) > 1])


def _recognise_sums(statement_import: StatementImport, lines: Sequence[_Incoming], taken: set[int]) -> None:
    """A single line is the sum of known parts when the bank says so: by its reference, or in its words."""
    if not lines or not _has_parts(statement_import.merchant_id):
        return
    known = told_in_parts(statement_import, (_whole_key(line) for line in lines))
    for line in lines:
        rows = known.get(_whole_key(line), [])
        match = next((row for row in rows if row.pk not in taken and _is_sum_of(line, row)), None)
        if match is not None:
            line.row = match
            taken.add(match.pk)


def _is_sum_of(line: _Incoming, part: BankTransaction) -> bool:
    if _is_reference(part.bank_reference) and line.line.bank_reference == part.bank_reference:
        return True
    words = f"{line.said.booking_text or ''} {line.said.remittance or ''}"
    return not line.line.counterparty_number and _is_collective(line.said.bank_code, words)


def _is_sum(row: BankTransaction, reference: str) -> bool:
    if _is_reference(reference) and row.bank_reference == reference:
        return True
    return not row.counterparty_number and _is_collective(row.bank_code, f"{row.booking_text} {row.remittance}")


def _is_reference(text: str) -> bool:
    return text not in NO_REFERENCE


def _is_collective(code: str | None, words: str) -> bool:
    """Whether the bank calls it a collective booking: by its code (GVC), or in its words."""
    return code in _COLLECTIVE_CODES or any(word in words.upper() for word in _COLLECTIVE_WORDS)


_COLLECTIVE_CODES = frozenset({"189", "191", "192", "193", "194"})
_COLLECTIVE_WORDS = ("SAMMEL", "SAMMLER", "BATCH", "BULK", "COLLECTIVE", "LSV", "ESR", "QR-RECHNUNG", "PAKET")


def _recognise_parts(statement_import: StatementImport, groups: Sequence[list[_Incoming]]) -> None:
    known = told_whole(statement_import, (_whole_key(group[0]) for group in groups)) if groups else {}
    for group in groups:
        rows = known.get(_whole_key(group[0]), [])
        parent = next((row for row in rows if _is_sum(row, group[0].line.bank_reference)), None)
        if parent is not None:
            rows.remove(parent)
            for part in group:
                part.part_of = parent


def _whole_key(line: _Incoming) -> Whole:
    return line.account.pk, line.booked_on, line.entry_minor


def _has_parts(merchant_id: int) -> bool:
    """Whether any file ever told a collective entry in parts; most merchants have none."""
    return BankTransaction.objects.filter(merchant_id=merchant_id).exclude(amount_minor=F("entry_minor")).exists()


def _stored(statement_import: StatementImport, lines: Sequence[_Incoming]) -> dict[_Bucket, list[BankTransaction]]:
    """What other files said of the same accounts, days and amounts and this file has not claimed yet."""
    found: dict[_Bucket, list[BankTransaction]] = defaultdict(list)
    for account_id in {line.account.pk for line in lines}:
        mine = [line for line in lines if line.account.pk == account_id]
        days = {line.booked_on for line in mine}
        others = BankTransaction.objects.filter(
            merchant_id=statement_import.merchant_id, account_id=account_id, booked_on__in=days
        ).exclude(first_import=statement_import)
        if not others.exists():
            continue
        rows = others.filter(amount_minor__in={line.minor for line in mine}).exclude(
            sightings__statement_import=statement_import
        )
        for row in rows.select_related("first_import").order_by("id"):
            found[account_id, row.booked_on, row.amount_minor].append(row)
    return found


def _line_of(row: BankTransaction) -> Line:
    return Line(
        counterparty_number=row.counterparty_number,
        counterparty=row.counterparty,
        remittance=row.remittance,
        end_to_end_id=row.end_to_end_id,
        bank_reference=row.bank_reference,
        creditor_reference=row.creditor_reference,
        message=_kind(row.first_import.format),
    )


def _make_rows(statement_import: StatementImport, lines: Sequence[_Incoming], at: datetime) -> None:
    prints = [fingerprint(line.line) for line in lines]
    taken = _taken(statement_import.merchant_id, lines, prints)
    for line, mark in zip(lines, prints, strict=True):
        key = (line.account.pk, line.booked_on, line.minor, mark)
        taken[key] += 1
        line.row = _row(statement_import, line, mark, taken[key], at)


def _taken(merchant_id: int, lines: Sequence[_Incoming], prints: Sequence[str]) -> Counter[tuple[int, date, int, str]]:
    """How many rows there are already of each kind, so that the next twin gets the next ordinal."""
    rows = BankTransaction.objects.filter(
        merchant_id=merchant_id,
        account_id__in={line.account.pk for line in lines},
        booked_on__in={line.booked_on for line in lines},
        amount_minor__in={line.minor for line in lines},
        fingerprint__in=set(prints),
    ).values_list("account_id", "booked_on", "amount_minor", "fingerprint")
    return Counter(rows)


def _row(statement_import: StatementImport, line: _Incoming, mark: str, ordinal: int, at: datetime) -> BankTransaction:
    said = line.said
    original: Amount | None = said.original_amount
    return BankTransaction(
        merchant_id=statement_import.merchant_id,
        account=line.account,
        first_import=statement_import,
        booked_on=line.booked_on,
        value_on=said.value_on,
        amount_minor=line.minor,
        currency=(said.amount or Amount(0, line.account.currency)).currency,
        counterparty=_cut(said.counterparty, 200),
        counterparty_number=_cut(said.counterparty_iban, 64),
        counterparty_bic=_cut(said.counterparty_bic, 16),
        ultimate_party=_cut(said.ultimate_party, 200),
        remittance=(said.remittance or "").replace("\0", ""),
        pieces=[piece.replace("\0", "") for piece in said.remittance_pieces],
        creditor_reference=_cut(said.creditor_reference, 64),
        end_to_end_id=_cut(said.end_to_end_id, 64),
        mandate_id=_cut(said.mandate_id, 64),
        bank_reference=_cut(said.bank_reference, 80),
        bank_code=_cut(said.bank_code, 40),
        booking_text=_cut(said.booking_text, 200),
        is_return=said.is_return,
        return_reason=_cut(said.return_reason, 200),
        charges_minor=said.charges.minor if said.charges else None,
        original_minor=original.minor if original else None,
        original_currency=original.currency if original else "",
        fingerprint=mark,
        ordinal=ordinal,
        entry_minor=line.entry_minor,
        part_of=line.part_of,
        recorded_at=at,
    )


def _cut(text: str | None, length: int) -> str:
    return (text or "").replace("\0", "")[:length]


def _row_of(line: _Incoming) -> BankTransaction:
    if line.row is None:
        raise AssertionError("Every new line has its row by now.")
    return line.row


_SIGHTING = ("id", "merchant_id", "statement_import_id", "transaction_id", "entry", "detail")


def _sightings(statement_import: StatementImport, lines: Sequence[_Incoming]) -> list[tuple[int, ...]]:
    return [
        (number, statement_import.merchant_id, statement_import.pk, _row_of(line).pk, line.position, line.detail)
        for number, line in zip(new_ids(len(lines)), lines, strict=True)
    ]
