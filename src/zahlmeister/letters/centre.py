"""What customers of a merchant get from the customer centre: the way in, what to transfer, what was credited."""

from collections.abc import Mapping
from enum import StrEnum

from zahlmeister.letters.compose import Block, Letter, compose
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.texts.read import centre_text


class CentreKind(StrEnum):
    """What is written about."""

    SIGN_IN = "sign_in"
    TRANSFER = "transfer"
    DEPOSIT = "deposit"
    REJECTED = "rejected"
    ACCESS_CHANGED = "access_changed"
    BALANCE_LOW = "balance_low"
    CHARGE_FAILED = "charge_failed"
    CHARGE_STOPPED = "charge_stopped"
    CHARGE_OVER = "charge_over"
    BACK_ASKED = "back_asked"
    BACK_STAYS = "back_stays"


#: The languages it is written in.
SPOKEN = ("de", "en", "fr", "it")


def centre_letter(kind: CentreKind, language: str, values: Mapping[str, str | Block]) -> Letter:
    """The letter in the customer's language, or in English."""
    code = spoken(language) if spoken(language) in SPOKEN else "en"
    return compose(centre_text(kind, code), values, language=code)
