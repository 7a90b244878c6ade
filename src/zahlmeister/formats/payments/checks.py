"""What banks take and what they reject: each check is a sentence that says what is wrong and what to do."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from stdnum.eu import at_02

from zahlmeister.formats.payments.letters import BASIC
from zahlmeister.money.accounts import is_iban, tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar, banking_day
from zahlmeister.refusals import Refused

LONGEST_NAME = 70
LONGEST_TEXT = 140
LONGEST_ID = 35
MOST_MINOR = 99_999_999_999  # 999,999,999.99, the largest amount of the SEPA schemes and of SPS

#: Countries and territories of the European Economic Area by their IBANs.
EEA = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE"),
        *("IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
#: The other countries that take part in SEPA, as the EPC lists them; Crown dependencies use IBANs with GB.
SEPA = EEA | {"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"}
#: Where bank and account always name the same country: French, Finnish and Liechtenstein accounts may be at banks of
#: Réunion, Åland or Switzerland.
_ONE_COUNTRY = EEA - {"FR", "FI", "LI"}

_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CODE = re.compile(r"[A-Z]{4}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def check_id(text: str, what: str) -> None:
    """At most 35 characters of the basic set, no slash at either end and no two together (EPC).

    Args:
        text: a message, group, end-to-end or mandate id.
        what: how the sentence calls it.

    Raises:
        Refused: the sentence says which rule it breaks.
    """
    why = _fault_of_id(text)
    if why:
        raise Refused(f"“{text[:40]}” cannot be a {what}: {why}.")


def _fault_of_id(text: str) -> str | None:
    if not text or text != " ".join(text.split()):
        return "it is empty, begins or ends with a blank, or has two together"
    if len(text) > LONGEST_ID:
        return f"it has {len(text)} characters and {LONGEST_ID} are the most"
    if not BASIC.issuperset(text):
        return "only letters without accents, digits and / - ? : ( ) . , ' + are allowed"
    if text.startswith("/") or text.endswith("/") or "//" in text:
        return "a slash may neither begin nor end it, and two may not stand together"
    if text == "NOTPROVIDED":
        return "the word means that there is none"
    return None


def check_unique(ids: Iterable[str], what: str) -> None:
    """No id twice: the bank would pay twice, or refuse the second."""
    twice = [each for each, times in Counter(ids).items() if times > 1]
    if twice:
        raise Refused(f"“{twice[0]}” stands in the file twice as {what}; each order needs its own.")


def check_iban(number: str, what: str) -> None:
    """An IBAN whose length, structure and check digits are right, without blanks and in capitals."""
    if not _is_tidy_iban(number):
        raise Refused(f"“{number[:40]}” is no IBAN ({what}): a digit is missing, too many or mistyped.")


@lru_cache(maxsize=20_000)  # an order is checked when it is made, spelled and read back
def _is_tidy_iban(number: str) -> bool:
    return number == tidy(number) and is_iban(number)


def check_bic(bic: str | None, iban: str, what: str) -> None:
    """Eight or eleven characters, of the country of the account; absent is fine."""
    if bic is None:
        return
    if not _BIC.fullmatch(bic):
        raise Refused(f"“{bic[:20]}” is no BIC ({what}): eight or eleven characters such as COBADEFFXXX are expected.")
    if bic[4:6] != iban[:2] and iban[:2] in _ONE_COUNTRY:
        raise Refused(f"The BIC {bic} and the IBAN {iban} are of different countries ({what}); leave the BIC out.")


def check_amount(amount: Amount, what: str) -> None:
    """From 0.01 to 999,999,999.99."""
    if not 1 <= amount.minor <= MOST_MINOR:
        raise Refused(f"{amount} cannot be ordered ({what}): banks take from 0.01 to 999,999,999.99.")


def check_code(code: str | None, what: str) -> None:
    """A purpose or category of ISO 20022's external lists: four capital letters such as RFND; absent is fine."""
    if code is not None and not _CODE.fullmatch(code):
        raise Refused(f"“{code[:20]}” cannot be a {what}: four capital letters such as SUPP are expected.")


def check_country(code: str, what: str) -> None:
    """Two capital letters (ISO 3166-1)."""
    if not _COUNTRY.fullmatch(code):
        raise Refused(f"“{code[:20]}” is no country ({what}): two capital letters such as DE are expected.")


def check_creditor_id(text: str, what: str) -> None:
    """A SEPA creditor id with right check digits (mod 97 over the national part, business code left out)."""
    if text != tidy(text) or not at_02.is_valid(text):
        raise Refused(f"“{text[:40]}” is no creditor id ({what}): a character is missing, too many or mistyped.")


def check_day(day: date, calendar: Calendar, what: str) -> None:
    """A day on which banks book."""
    better = banking_day(day, calendar=calendar)
    if better != day:
        raise Refused(f"Banks are closed on {day} ({what}); the next day they work is {better}.")
