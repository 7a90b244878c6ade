"""Can money be sent back to the account it came from? Rules as data, pure.

Where the answer is no, a person has to be asked for an account: the money came in cash, from an account that belongs to
the bank itself, from a carrier who collected it at the door, from a provider, or from abroad without an account.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from zahlmeister.banking.rules import squeezed
from zahlmeister.money.accounts import is_iban, tidy


class Unusable(StrEnum):
    """Why an account cannot be paid back to."""

    CASH = "cash"
    CARRIER = "carrier"
    PROVIDER = "provider"
    OWN = "own"
    BANK_INTERNAL = "bank_internal"
    FOREIGN = "foreign"
    NONE = "none"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a payment came from, as far as its statement says; what is unknown is empty."""

    number: str = ""
    name: str = ""
    bank_code: str = ""  # GVC, or ISO domain-family-subfamily joined by `-` or `.`
    booking_text: str = ""
    remittance: str = ""
    own_number: str = ""  # the account it came in on


#: Business transaction codes of the German banks (GVC) and of ISO 20022 for cash at the counter or a machine.
_CASH_CODES = frozenset({"082"})
_CASH_FAMILIES = re.compile(r"PMNT\W?CNTR\W?(?:CDPT|MIXD)|PMNT\W?MCRD\W?CDPT")
_CASH_WORDS = re.compile(
    r"SBEINZAHLUNG|BAREINZAHLUNG|BARGELDEINZ|EINZAHLUNGSAUTOMAT|MUNZEINZAHLUNG|KLEINGELD|CASHDEPOSIT|"
    r"VERSEMENTESPECES|EINZAHLUNGAMSCHALTER|POSTSCHALTER"
)
#: … for payments from abroad.
_FOREIGN_CODES = frozenset({"201", "202", "206", "210", "211"})
_FOREIGN_FAMILIES = re.compile(r"PMNT\W?RCDT\W?XBCT")
#: Who collects on delivery: the money is the buyer's, the account is not. Compared with a name's folded words.
_CARRIERS = re.compile(
    r"(?:DHL|DEUTSCHE POST|DPD|HERMES (?:GERMANY|LOGISTI\w+|PAKET\w*|EUROPE)|GENERAL LOGISTICS|UPS|FEDEX|"
    r"TNT|GLS(?! (?:BANK|GEMEINSCHAFTSBANK))|UNITED PARCEL|OSTERREICHISCHE POST|POST CH|SWISS POST|"
    r"DIE SCHWEIZERISCHE POST)\b"
)
#: Who pays out what others have paid; a refund goes through them.
_PROVIDERS = re.compile(
    r"(?:PAYPAL|KLARNA|ADYEN|STRIPE|SUMUP|MOLLIE|CONCARDIS|NEXI|PAYONE|UNZER|WORLDLINE|SIX PAYMENT|AMAZON PAYMENTS|"
    r"RATEPAY|BILLPAY|RIVERTY|AFTERPAY|GOCARDLESS|TWINT AG|SOFORT GMBH)\b"
)
#: A bank that pays by its own means writes its BIC, or nothing, where the payer's name should stand.
_BIC_AS_NAME = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_BANK_AS_NAME = re.compile(r"SPARKASSE|VOLKSBANK|RAIFFEISENBANK|^VRBANK|KREISSPARKASSE|LANDESBANK|POSTFINANCE$")
#: Account numbers below this within a German bank belong to the bank itself.
_INTERNAL_BELOW = 1000


def unusable(origin: Origin) -> Unusable | None:
    """Why nothing can be sent back to where this payment came from; None when it can."""
    number = tidy(origin.number)
    name = " ".join(squeezed(word) for word in origin.name.split())
    for reason, applies in (
        (Unusable.CASH, _is_cash(origin)),
        (Unusable.CARRIER, bool(_CARRIERS.match(name))),
        (Unusable.PROVIDER, bool(_PROVIDERS.match(name))),
        (Unusable.OWN, bool(number) and number == tidy(origin.own_number)),
        (Unusable.BANK_INTERNAL, _is_internal(origin, number)),
        (Unusable.FOREIGN, not is_iban(number) and _is_foreign(origin)),
        (Unusable.NONE, not number),
        (Unusable.INVALID, not is_iban(number)),
    ):
        if applies:
            return reason
    return None


def _is_cash(origin: Origin) -> bool:
    said = squeezed(origin.booking_text) + " " + squeezed(origin.remittance[:60])
    return (
        origin.bank_code in _CASH_CODES
        or bool(_CASH_FAMILIES.search(origin.bank_code))
        or bool(_CASH_WORDS.search(said))
    )


def _is_foreign(origin: Origin) -> bool:
    return origin.bank_code in _FOREIGN_CODES or bool(_FOREIGN_FAMILIES.search(origin.bank_code))


def _is_internal(origin: Origin, number: str) -> bool:
    name = squeezed(origin.name)
    digits = number.lstrip("0")
    if number and not digits:
        return True  # ten zeros, as savings banks write
    if number.isdecimal() and int(number) < _INTERNAL_BELOW:
        return True
    if number.startswith("DE") and is_iban(number):
        if int(number[12:]) < _INTERNAL_BELOW:
            return True
        is_own_bank = number[4:12] == tidy(origin.own_number)[4:12]
        return is_own_bank and (bool(_BANK_AS_NAME.search(name)) or not name)
    return not number and bool(_BIC_AS_NAME.fullmatch(origin.name.strip()))
