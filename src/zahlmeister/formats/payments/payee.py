"""Verification of payee: what the bank found out about name and account, and what may be done then.

Since 9 October 2025 banks of the euro area compare the payee's name with the account before a transfer is released,
ordinary and instant; not for Switzerland and the United Kingdom. Whoever pays decides, and bears the loss when he
pays in spite of a warning: therefore a warning stops an order until a person has decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PayeeResult(StrEnum):
    """What the payee's bank answered."""

    MATCH = "match"
    CLOSE = "close match"
    NO_MATCH = "no match"
    NOT_POSSIBLE = "not possible"


#: The status codes of pain.002 that say so.
PAYEE_STATUS: Mapping[str, PayeeResult] = {
    "RCVC": PayeeResult.MATCH,
    "RVMC": PayeeResult.CLOSE,
    "RVNM": PayeeResult.NO_MATCH,
    "RVNA": PayeeResult.NOT_POSSIBLE,
}


class NextStep(StrEnum):
    """What may be done with an order after its payee was verified."""

    SEND = "send"
    CONFIRM = "one person confirms the name"
    SECOND_PERSON = "a second person releases it"
    HOLD = "hold until name or account is corrected"


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """The answer for one order; `name_at_bank` comes with a close match only."""

    result: PayeeResult
    name_at_bank: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """What may happen now, and the sentence that says why."""

    step: NextStep
    english: str
    german: str


_RULES: Mapping[PayeeResult, Permission] = {
    PayeeResult.MATCH: Permission(
        NextStep.SEND,
        "Name and account belong together.",
        "Name und Konto gehören zusammen.",
    ),
    PayeeResult.CLOSE: Permission(
        NextStep.CONFIRM,
        "The name nearly fits the account. Take over the name the bank tells, or confirm yours.",
        "Der Name passt fast zum Konto. Übernehmen Sie den Namen, den die Bank nennt, oder bestätigen Sie Ihren.",
    ),
    PayeeResult.NO_MATCH: Permission(
        NextStep.HOLD,
        "The account belongs to somebody else. Ask for the right name or account; the money would be hard to get back.",
        "Das Konto gehört jemand anderem. Fragen Sie nach Name oder Konto; das Geld wäre schwer zurückzuholen.",
    ),
    PayeeResult.NOT_POSSIBLE: Permission(
        NextStep.SECOND_PERSON,
        "The bank could not check whether name and account belong together.",
        "Die Bank konnte nicht prüfen, ob Name und Konto zusammengehören.",
    ),
}

_PAID_FROM_HERE = Permission(
    NextStep.SEND,
    "The bank could not check the name, but the money goes back to the account it came from.",
    "Die Bank konnte den Namen nicht prüfen, aber das Geld geht auf das Konto zurück, von dem es kam.",
)


def permission(check: PayeeCheck, *, is_where_it_came_from: bool = False) -> Permission:
    """What may be done with an order.

    Args:
        check: what the bank answered.
        is_where_it_came_from: the order sends money back to the very account that had paid it. Then a check that was
            not possible stops nothing; a wrong name still does, because banks book by account and not by name.
    """
    if check.result is PayeeResult.NOT_POSSIBLE and is_where_it_came_from:
        return _PAID_FROM_HERE
    return _RULES[check.result]
