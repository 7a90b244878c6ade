"""Which bank an account is at, from the lists that banks and central banks publish (through schwifty, MIT).

Right check digits say only that nothing was mistyped. Where the whole list of a country is known, an account at a bank
that is not on it is doubtful: invented, or the bank has closed. Lists age, so this is a doubt and no refusal.
"""

from dataclasses import dataclass

from schwifty import IBAN

from zahlmeister.money.accounts import is_iban, is_qr_iban, tidy

#: Their lists are complete: Bundesbank, Oesterreichische Nationalbank, SIX (also for Liechtenstein).
COMPLETE = {"DE": "Germany", "AT": "Austria", "CH": "Switzerland", "LI": "Liechtenstein"}


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank by its name; not every one has a BIC of its own."""

    name: str
    bic: str | None


def bank_of(iban: str) -> Bank | None:
    """The bank an account is at; None where the number is no IBAN or no list knows the bank."""
    if not is_iban(iban):
        return None
    found = IBAN(tidy(iban), allow_invalid=True).bank
    return Bank(found.name, found.bic or None) if found else None


def doubt_about(iban: str) -> str | None:
    """One sentence when no bank of the country has the number in the IBAN; None when there is no reason to doubt.

    Args:
        iban: with right check digits; anything else is refused elsewhere and is no doubt.
    """
    number = tidy(iban)
    country = COMPLETE.get(number[:2])
    if country is None or not is_iban(number) or is_qr_iban(number) or bank_of(number) is not None:
        return None
    code = number[4:12] if number.startswith("DE") else number[4:9]
    return (
        f"The check digits of {number} are right, but no bank in {country} has the number {code}; "
        "the bank may have closed, or the number is invented. Ask for the account again."
    )
