"""Find the bank account a statement is about, whatever way the file writes its number."""

import re
from datetime import date

from zahlmeister.banking.models import BankAccount
from zahlmeister.money.accounts import tidy

#: German and Austrian files before SEPA write bank code and account number with a slash between.
_NATIONAL = re.compile(r"(?P<bank>\d{8}|\d{5})/(?P<account>\d{1,11})")
_COUNTRY = {8: ("DE", 10), 5: ("AT", 11)}


def account_for(merchant_id: int, number: str | None, currency: str, *, starts_on: date | None = None) -> BankAccount:
    """The merchant's account of this number and currency; one seen for the first time is taken in.

    Args:
        merchant_id: whose.
        number: as the file writes it; None when it names none.
        currency: of the account.
        starts_on: from which day on an account that is new is settled by itself; None from the beginning.
    """
    account, _ = BankAccount.objects.get_or_create(
        merchant_id=merchant_id, number=account_number(number), currency=currency, defaults={"starts_on": starts_on}
    )
    return account


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
