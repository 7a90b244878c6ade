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
    REFUNDS_NOT_COLLECTED = "refunds_not_collected"
    BOOKS_DIFFER = "books_differ"
    BOOKS_DELIVERED = "books_delivered"


def house_letter(kind: HouseKind, language: str, values: Mapping[str, str | Block]) -> Letter:
    """The letter in German or, for everybody else, in English."""
    spoken = "de" if language.startswith("de") else "en"
    return compose(house_text(kind, spoken), values, language=spoken)
