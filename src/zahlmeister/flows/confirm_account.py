"""A person says whether an account that a statement names is the merchant's; what was left out until then is read.

Nothing of such a statement is in the books before: neither recorded nor posted, only the file is kept. A yes lets a
worker read it as a file of its own, by the same way as every other one. A no leaves it where it is, and may become a
yes later; a yes is for good, because then there are postings.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef

from zahlmeister.banking.accounts import account_number
from zahlmeister.banking.models import BankAccount, Statement, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.banking.tables import described_tables
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Entry, Opening, Record, Transaction
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.money.accounts import is_iban
from zahlmeister.refusals import Refused, Unreadable

#: So many movements are shown to whoever is asked, looked for in so many records of the file.
SHOWN, LOOKED_AT = 5, 5000


def confirm_account(account: BankAccount, *, by: str, at: datetime, same_as: BankAccount | None = None) -> None:
    """The account is the merchant's; the same again changes nothing.

    Args:
        account: one that a statement named.
        by: who says so.
        at: now.
        same_as: it is this known account, which the file only calls by another name.

    Raises:
        Refused: the two cannot be one account.
    """
    if same_as is not None:
        _refuse(account, same_as)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        waiting = BankAccount.objects.filter(pk=account.pk).exclude(is_ours=True)
        if not waiting.update(is_ours=True, same_as=same_as):
            return
        if same_as is not None and is_iban(account.number) and not is_iban(same_as.number):
            _exchange(account, same_as)
        facts = {"number": account.number, "same_as": same_as.number if same_as else ""}
        record(account.merchant_id, [Happened("account", account.pk, "confirmed", by, facts=facts)], at=at)


def deny_account(account: BankAccount, *, by: str, at: datetime) -> None:
    """The account is not the merchant's: what files say of it is not read.

    Raises:
        Refused: somebody has said that it is, and its money is in the books.
    """
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        if BankAccount.objects.filter(pk=account.pk, is_ours=True).exists():
            raise Refused("Somebody has said already that this account is yours; its money is in the books.")
        if BankAccount.objects.filter(pk=account.pk, is_ours=None).update(is_ours=False):
            record(account.merchant_id, [Happened("account", account.pk, "denied", by)], at=at)


def line_up_left_out(*, clock: Callable[[], datetime]) -> StatementImport | None:
    """A worker's turn: line up what a file says of an account that has become ours; None when there is nothing."""
    read = StatementImport.objects.filter(rest_of=OuterRef("statement_import"), account=OuterRef("account"))
    unfinished = (ImportState.WAITING, ImportState.RUNNING)
    left = (
        Statement.objects.filter(is_left_out=True, account__is_ours=True)
        .exclude(Exists(read))
        .exclude(statement_import__state__in=unfinished)
        .select_related("statement_import", "account")
        .order_by("pk")
        .first()
    )
    return _line_up(left.statement_import, left.account, clock()) if left else None


def movements_left_out(account: BankAccount) -> list[Transaction]:
    """The first movements that a file tells of an account nobody has named yet, to recognise it by."""
    told = Statement.objects.filter(account=account, is_left_out=True).select_related("statement_import")
    newest = told.order_by("-pk").first()
    if newest is None or not default_storage.exists(newest.statement_import.path):
        return []
    name, known = newest.statement_import.name, described_tables(account.merchant_id)
    try:
        with default_storage.open(newest.statement_import.path) as file:
            records = read_stream(cast("BinaryIO", file), name=name, known=known)
            return list(islice(_movements_of(account, islice(records, LOOKED_AT)), SHOWN))
    except Unreadable:
        return []


def _movements_of(account: BankAccount, records: Iterator[Record]) -> Iterator[Transaction]:
    number: str | None = None
    for said in records:
        if isinstance(said, Opening):
            number = said.account
        elif isinstance(said, Entry):
            first = said.transactions[0]
            if account_number(number or first.account) == account.number:
                yield first


def _refuse(account: BankAccount, known: BankAccount) -> None:
    if known.merchant_id != account.merchant_id or not known.is_ours or known.same_as_id or known.pk == account.pk:
        raise Refused("Choose one of your accounts.")
    if known.currency != account.currency:
        raise Refused(f"This account is kept in {account.currency}, the other one in {known.currency}.")
    if is_iban(known.number) and is_iban(account.number):
        raise Refused("Two accounts with an IBAN each are not one account.")


def _exchange(account: BankAccount, known: BankAccount) -> None:
    """The known account gets the IBAN that only now has come, and its old name leads to it."""
    BankAccount.objects.filter(pk=account.pk).update(number=f"~{account.pk}")  # both are unique
    BankAccount.objects.filter(pk=known.pk).update(number=account.number)
    BankAccount.objects.filter(pk=account.pk).update(number=known.number)


def _line_up(first: StatementImport, account: BankAccount, at: datetime) -> StatementImport:
    """The same file once more, for what the first reading left out; who comes second finds it there."""
    mark = hashlib.sha256(f"{first.sha256}:{account.pk}".encode()).hexdigest()
    with transaction.atomic(durable=True):
        lock(first.merchant_id)
        rest, is_new = StatementImport.objects.get_or_create(
            merchant_id=first.merchant_id,
            sha256=mark,
            defaults={
                "name": first.name,
                "size": first.size,
                "path": first.path,
                "connection_id": first.connection_id,
                "only_records_first": first.only_records_first,
                "created_at": at,
                "created_by": first.created_by,
                "rest_of": first,
                "account": account,
            },
        )
        if is_new:
            step = Happened("import", rest.pk, "handed_in", first.created_by, facts={"name": rest.name})
            record(first.merchant_id, [step], at=at)
    return rest
