"""What the house itself writes to the people of a merchant: about payouts, invoices and what is collected from them."""

from collections.abc import Mapping
from enum import StrEnum

from zahlmeister.letters.compose import Block, Letter, compose
from zahlmeister.letters.texts.read import house_text


class HouseKind(StrEnum):
    """What is written about. Placeholders in curly brackets are what the writer of the message names."""

    CONFIRM_ACCOUNT = "confirm_account"
    ACCOUNT_ASKED = "account_asked"
    ACCOUNT_APPROVED = "account_approved"
    DEBIT_ANNOUNCED = "debit_announced"
    INVOICE = "invoice"
    MANDATE_GIVEN = "mandate_given"
    BALANCE_NOT_COLLECTED = "balance_not_collected"
    BALANCE_NOT_BROUGHT = "balance_not_brought"
    BALANCE_RECALLED = "balance_recalled"
    BALANCE_NOT_BACK = "balance_not_back"
    CHARGE_UNKNOWN = "charge_unknown"
    DEBT_NOT_COLLECTED = "debt_not_collected"
    REFUNDS_NOT_COLLECTED = "refunds_not_collected"
    BOOKS_DIFFER = "books_differ"
    BOOKS_DELIVERED = "books_delivered"
    BOOKS_TRIAL = "books_trial"
    INVITED = "invited"
    FORGOTTEN = "forgotten"
    LEAVES_ADDRESS = "leaves_address"
    TAKES_ADDRESS = "takes_address"
    FACTOR_ASKED = "factor_asked"
    FACTOR_TAKEN = "factor_taken"
    REGISTER = "register"
    REGISTERED_BEFORE = "registered_before"
    VERIFICATION_ASKED = "verification_asked"
    VERIFICATION_RECEIVED = "verification_received"
    VERIFICATION_ACCEPTED = "verification_accepted"
    VERIFICATION_ASKED_AGAIN = "verification_asked_again"
    VERIFICATION_REJECTED = "verification_rejected"


#: What holds a key to somebody's access: for its reader alone, whatever others may read in the office.
PRIVATE = frozenset(
    {
        HouseKind.INVITED, HouseKind.FORGOTTEN, HouseKind.LEAVES_ADDRESS, HouseKind.TAKES_ADDRESS, HouseKind.REGISTER,
        HouseKind.REGISTERED_BEFORE, HouseKind.FACTOR_TAKEN,
    }
)  # fmt: skip
#: What holds a key at all. It leaves by no way that somebody who works for a merchant could lay.
KEYS = PRIVATE | {HouseKind.CONFIRM_ACCOUNT}


def house_letter(kind: HouseKind, language: str, values: Mapping[str, str | Block]) -> Letter:
    """The letter in German or, for everybody else, in English."""
    spoken = "de" if language.startswith("de") else "en"
    return compose(house_text(kind, spoken), values, language=spoken)
