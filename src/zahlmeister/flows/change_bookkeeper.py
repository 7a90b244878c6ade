"""An owner says which program the bookkeeper uses, and which of his accounts is which of our books."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from zahlmeister.accounting.models import DATEV_FORMATS, BookAccount, BookFormat, BookkeeperSettings
from zahlmeister.accounting.plan import plan_of
from zahlmeister.accounting.rules import DEBTOR, Plan
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Which program the bookkeeper uses and how the accounts are numbered; see `BookkeeperSettings`."""

    begins_on: date
    program: str = BookFormat.DATEV
    consultant: int = 0
    client: int = 0
    chart: str = "03"
    account_length: int = 4
    year_begins: int = 1
    has_debtors: bool = False
    debtor: str = "10000"
    locks: bool = False
    links_documents: bool = False
    prepayments: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An account, and the key of the tax rate where the account does not know its own."""

    number: str
    tax_key: str = ""


def change_bookkeeper(merchant: Merchant, told: Bookkeeper, *, by: Person, at: datetime) -> None:
    """Keep it; the same again changes nothing. Batches that were exported stay as they are.

    Raises:
        Refused: this person is no owner, or a number is none that DATEV takes.
    """
    _check(merchant, told, by)
    wanted = asdict(told)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        before = BookkeeperSettings.objects.filter(merchant=merchant).values(*wanted).first()
        if before == wanted:
            return
        BookkeeperSettings.objects.update_or_create(merchant=merchant, defaults=wanted)
        facts = {name: str(value) for name, value in wanted.items() if not before or before[name] != value}
        record(merchant.pk, [Happened("merchant", merchant.pk, "bookkeeper_changed", by.email, facts=facts)], at=at)


def change_accounts(merchant: Merchant, numbers: Mapping[tuple[Book, int], Said], *, by: Person, at: datetime) -> None:
    """Keep the accounts that differ from the plan; one that is empty leaves its book to others.

    Args:
        merchant: whose.
        numbers: an account, or nothing, by book and what it is about (a bank account, or 0).
        by: an owner.
        at: now.

    Raises:
        Refused: this person is no owner, nobody has said which program it is for, or a number is no account.
    """
    _check_owner(merchant, by)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        settings = BookkeeperSettings.objects.filter(merchant=merchant).first()
        if settings is None:
            raise Refused("Say first which program the bookkeeper uses.")
        plan = plan_of(settings)
        changed = {key: said for key, said in numbers.items() if _differs(plan, key, said)}
        for (book, about), said in changed.items():
            if said.number != DEBTOR:
                _check_account(said.number, settings.account_length)
            _check_tax_key(said.tax_key)
            BookAccount.objects.update_or_create(merchant=merchant, book=book, about=about, defaults=asdict(said))
        if changed:
            facts = {
                f"{book}:{about}": f"{said.number} {said.tax_key}".strip() for (book, about), said in changed.items()
            }
            told = Happened("merchant", merchant.pk, "accounts_changed", by.email, facts=facts)
            record(merchant.pk, [told], at=at)


def _differs(plan: Plan, key: tuple[Book, int], said: Said) -> bool:
    return (plan.accounts.get(key, ""), plan.tax_keys.get(key, "")) != (said.number, said.tax_key)


def _check_tax_key(key: str) -> None:
    if not (len(key) <= 8 and key.isascii() and (key.isalnum() or not key)):
        raise Refused(f"“{key}” is no tax key: up to eight letters and digits are expected.")


def _check(merchant: Merchant, told: Bookkeeper, by: Person) -> None:
    _check_owner(merchant, by)
    is_datev = told.program in DATEV_FORMATS
    rules = (
        (told.program in BookFormat.values, f"“{told.program}” is no program that files can be written for."),
        (
            not is_datev or 1001 <= told.consultant <= 9_999_999,
            "The consultant's number is between 1001 and 9999999.",
        ),
        (not is_datev or 1 <= told.client <= 99_999, "The client's number is between 1 and 99999."),
        (4 <= told.account_length <= 8, "Accounts of the general ledger have 4 to 8 digits."),
        (1 <= told.year_begins <= 12, "A month is a number from 1 to 12."),
    )
    for is_kept, sentence in rules:
        if not is_kept:
            raise Refused(sentence)
    if len(told.debtor) != told.account_length + 1:
        raise Refused(f"A debtor's account has {told.account_length + 1} digits, one more than the others.")
    _check_account(told.debtor, told.account_length)
    _check_account(told.prepayments, told.account_length)


def _check_owner(merchant: Merchant, by: Person) -> None:
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may change the bookkeeper's accounts.")


def _check_account(number: str, length: int) -> None:
    if number and not (number.isascii() and number.isdigit() and number[0] != "0" and len(number) <= length + 1):
        raise Refused(f"“{number}” is no account of these books: up to {length + 1} digits are expected.")
