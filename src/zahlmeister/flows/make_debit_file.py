"""Approved collections become a file for the bank, and somebody fetches it: as with transfers, once.

The bytes are in the file storage before the books know of the file. One transaction makes the row and puts each
collection into it by compare-and-swap, so that one can be in one file only; only a file that has a row is handed out.
Nothing is posted: a collection is no money until a statement shows it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate
from zahlmeister.banking.debit_rules import day_in_file, sequence
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.debits import as_written, check_mandate, move_debit, was_handed_in
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing import OrderChanged, move_file
from zahlmeister.banking.outgoing_queries import takes_one_group
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.flows.make_payment_file import stored
from zahlmeister.formats.payments import mandates
from zahlmeister.formats.payments.debits import DebitFile as Plan
from zahlmeister.formats.payments.debits import DebitGroup
from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.formats.payments.write_debits import write_direct_debits
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.refusals import Refused

#: What must be alike in a group: creditor id, scheme, sequence and day.
Sort = tuple[str, str, mandates.Sequence, date]
Groups = Mapping[Sort, Sequence[Debit]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file made now would hold by sort, and which approved collections stay out of it, with the reason."""

    groups: Groups
    stopped: Sequence[tuple[Debit, str]]

    @property
    def debits(self) -> list[Debit]:
        return [debit for debits in self.groups.values() for debit in debits]

    @property
    def total_minor(self) -> int:
        return sum(debit.amount_minor for debit in self.debits)


def preview(account: BankAccount, *, at: datetime) -> Preview:
    """The approved collections of an account that a bank would take now, by the day they would be collected."""
    rows = Debit.objects.filter(merchant_id=account.merchant_id, account=account, state=DebitState.APPROVED)
    groups: dict[Sort, list[Debit]] = defaultdict(list)
    stopped: list[tuple[Debit, str]] = []
    begun: set[int] = set()
    for debit in rows.select_related("mandate").order_by("collect_on", "id"):
        day = day_in_file(debit.collect_on, timezone.localtime(at))
        why = _objection(debit, day)
        if why:
            stopped.append((debit, why))
        elif day is not None:
            groups[_sort(debit, day, begun)].append(debit)
            begun.add(debit.mandate_id)
    return Preview(dict(sorted(groups.items())), stopped)


def make_debit_files(account: BankAccount, *, by: str, at: datetime) -> list[DebitFile]:
    """Put all collections of an account that can be handed in now into files for its bank: one, if it takes that.

    Raises:
        Refused: there is none, or somebody else has just changed one of them.
    """
    if not takes_one_group(account):
        return [make_debit_file(account, by=by, at=at)]
    groups = preview(account, at=at).groups
    parts: list[Groups] = [{sort: debits} for sort, debits in groups.items()]
    return [make_debit_file(account, by=by, at=at, only=part) for part in parts or [groups]]


def make_debit_file(account: BankAccount, *, by: str, at: datetime, only: Groups | None = None) -> DebitFile:
    """Put all collections of an account that can be handed in now, or only these, into one file for its bank.

    Raises:
        Refused: there is none, or somebody else has just changed one of them.
    """
    found = preview(account, at=at) if only is None else Preview(only, ())
    if not found.debits:
        raise Refused("No approved direct debit of this account can be handed in now.")
    message_id = f"ZM-{new_id()}"
    plan = file_of(account, found.groups, message_id, at)
    data = write_direct_debits(plan).data
    path = default_storage.save(f"payment-files/{account.merchant_id}/{message_id}.xml", ContentFile(data))
    file = DebitFile(
        merchant_id=account.merchant_id,
        account=account,
        message_id=message_id,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        count=len(found.debits),
        total_minor=found.total_minor,
        created_at=at,
        created_by=by,
    )
    try:
        with transaction.atomic(durable=True):
            lock(account.merchant_id)
            file.save(force_insert=True)
            _hand_over(file, plan, found.debits)
    except OrderChanged:
        default_storage.delete(path)
        raise
    return file


def export_debit_file(file: DebitFile, *, by: str, at: datetime) -> bytes:
    """The bytes for the bank, always the same.

    Raises:
        Refused: it was withdrawn, or the storage lost or changed it.
    """
    data = stored(file)
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        file.refresh_from_db()
        if file.state != FileState.EXPORTED:
            move_file(file, FileState.EXPORTED, exported_at=at, exported_by=by)
        record(file.merchant_id, [Happened(file.SUBJECT, file.pk, "exported", by)], at=at)
    return data


def withdraw_debit_file(file: DebitFile, *, by: str, at: datetime) -> None:
    """Take back a file that nobody has fetched; its collections wait for the next one.

    Raises:
        Refused: somebody has fetched it and may hand it in at any time.
    """
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        file.refresh_from_db()
        move_file(file, FileState.WITHDRAWN)
        steps = [Happened(file.SUBJECT, file.pk, "withdrawn", by)]
        for debit in file.debits.order_by("pk"):
            move_debit(debit, DebitState.APPROVED, file=None, group_id="", sequence="")
            steps.append(Happened("debit", debit.pk, "withdrawn", by, file.message_id))
        record(file.merchant_id, steps, at=at)


def _objection(debit: Debit, day: date | None) -> str:
    """Why an approved collection stays out of the file; empty when nothing speaks against it."""
    if debit.told_on is None:
        return "The debtor was not told yet."
    try:
        check_mandate(debit, day or debit.collect_on)
    except Refused as refusal:
        return str(refusal)
    return ""


def _sort(debit: Debit, day: date, begun: set[int]) -> Sort:
    mandate = debit.mandate
    is_begun = mandate.pk in begun or was_handed_in(mandate)
    order = sequence(mandate.leave, is_last=debit.is_last, was_handed_in=is_begun)
    return mandate.creditor_id, mandate.scheme, order, day


def file_of(account: BankAccount, groups: Groups, message_id: str, at: datetime) -> Plan:
    """The file that these collections make. Each is booked by itself, so that everybody can follow it.

    Raises:
        Refused: a bank would reject it; the sentence says why.
    """
    name = account.holder or account.merchant.name
    return Plan(
        message_id,
        timezone.localtime(at),
        name,
        tuple(
            DebitGroup(
                f"{message_id}-{number}",
                Party(name),
                OwnAccount(account.number, account.bic or None),
                creditor_id,
                day,
                tuple(as_written(debit) for debit in debits),
                scheme=mandates.Scheme(scheme),
                sequence=order,
                is_batch=False,
            )
            for number, ((creditor_id, scheme, order, day), debits) in enumerate(groups.items(), start=1)
        ),
    )


def _hand_over(file: DebitFile, plan: Plan, debits: Sequence[Debit]) -> None:
    group_of = {each: group for group in plan.groups for each in group.end_to_end_ids}
    steps = [Happened(file.SUBJECT, file.pk, "made", file.created_by)]
    for debit in debits:
        group = group_of[debit.end_to_end_id]
        told = {"file": file, "group_id": group.group_id, "sequence": group.sequence.value}
        move_debit(debit, DebitState.IN_FILE, collect_on=group.collect_on, **told)
        Mandate.objects.filter(pk=debit.mandate_id).update(last_used_on=group.collect_on)
        steps.append(Happened("debit", debit.pk, "in_file", file.created_by, file.message_id))
    record(file.merchant_id, steps, at=file.created_at)
