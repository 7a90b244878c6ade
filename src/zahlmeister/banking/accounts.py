"""Find the bank account a statement is about, whatever way the file writes its number.

A statement of an account that nobody has named may be somebody else's: it was put into the wrong folder, or a colleague
exported the wrong account. Nothing of it is read until a person says that it is ours.
"""

import re
from collections.abc import Callable
from datetime import date

from zahlmeister.banking.models import BankAccount, Connection, Statement, StatementImport, TableMapping
from zahlmeister.money.accounts import tidy

#: German and Austrian files before SEPA write bank code and account number with a slash between.
_NATIONAL = re.compile(r"(?P<bank>\d{8}|\d{5})/(?P<account>\d{1,11})")
_COUNTRY = {8: ("DE", 10), 5: ("AT", 11)}


def account_for(
    merchant_id: int,
    number: str | None,
    currency: str,
    *,
    starts_on: date | None = None,
    is_ours: Callable[[], bool | None] = lambda: True,
) -> BankAccount:
    """The merchant's account of this number and currency; one seen for the first time is noted.

    Args:
        merchant_id: whose.
        number: as the file writes it; None when it names none.
        currency: of the account.
        starts_on: from which day on an account that is new is settled by itself; None from the beginning.
        is_ours: whether an account that is new is the merchant's; None when a person has to say.
    """
    rows, kept = BankAccount.objects.select_related("same_as"), account_number(number)
    account = rows.filter(merchant_id=merchant_id, number=kept, currency=currency).first()
    if account is None:
        made = {"starts_on": starts_on, "is_ours": is_ours()}
        account, _ = rows.get_or_create(merchant_id=merchant_id, number=kept, currency=currency, defaults=made)
    return account.same_as or account


def is_ours_by_itself(work: StatementImport, number: str | None) -> bool | None:
    """Whether an account that a file names for the first time is the merchant's without anybody being asked.

    It is when the file is the merchant's first, when a person or a connection has named the account, or when it is a
    known account in another currency. Otherwise None: somebody has to say.
    """
    merchant_id, kept = work.merchant_id, account_number(number)
    if kept != "-":
        others = BankAccount.objects.filter(merchant_id=merchant_id, number=kept, same_as=None)
        said = others.exclude(is_ours=None).values_list("is_ours", flat=True).first()
        if said is not None:
            return said
        if kept in _named(merchant_id):
            return True
    is_first = not Statement.objects.filter(merchant_id=merchant_id).exclude(statement_import=work).exists()
    return True if is_first and not _named(merchant_id) else None


def _named(merchant_id: int) -> set[str]:
    """The accounts that persons have named: when they connected a bank, or said of which account an export is."""
    settings = Connection.objects.filter(merchant_id=merchant_id).values_list("settings", flat=True)
    numbers = {each["iban"] for said in settings for each in said.get("accounts", ())}
    told = TableMapping.objects.filter(merchant_id=merchant_id).values_list("said", flat=True)
    return {account_number(number) for number in (*numbers, *(said.get("account") for said in told)) if number}


def account_number(number: str | None) -> str:
    """An account number in the one form we keep: the IBAN where it can be made, else as written, “-” when absent.

    Bank code and account number become the IBAN by the general rule; the few banks with rules of their own give
    their IBAN in statements.
    """
    if not number:
        return "-"
    tidied = tidy(number)
    national = _NATIONAL.fullmatch(tidied)
    if national is None:
        return tidied[:40]
    country, length = _COUNTRY[len(national["bank"])]
    bban = national["bank"] + national["account"].zfill(length)
    digits = bban + "".join(str(ord(letter) - 55) for letter in country) + "00"
    return f"{country}{98 - int(digits) % 97:02d}{bban}"
