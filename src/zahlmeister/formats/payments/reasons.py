"""Why a bank rejected or returned something: each ISO 20022 code as a sentence, and what it asks of us.

The codes are those of the external code lists for status and return reasons. What to do differs for money we sent
(a refund, a payout) and money we collected. Debtors' banks in Germany hide some reasons behind MS03.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources


class Remedy(StrEnum):
    """What is to be done next."""

    ASK_ACCOUNT = "ask_account"  # the account cannot take it: ask for another one
    ASK_ONCE = "ask_once"  # ask the other side, but only once
    CORRECT = "correct"  # mend the data and send it again
    RETRY = "retry"  # the same again, later
    STOP = "stop"  # never again by this mandate
    CONTACT = "contact"  # talk to the debtor; no second attempt
    PERSON = "person"  # somebody has to look at it
    CHECK_TWICE = "check_twice"  # look for a double run; do not send it again
    OPERATOR = "operator"  # our file or our contract with the bank is at fault
    NOTHING = "nothing"  # we wanted it


@dataclass(frozen=True, slots=True)
class Reason:
    """One code: what it says in two languages, and what to do when our transfer or our direct debit has it."""

    code: str
    english: str
    german: str
    transfer: Remedy = Remedy.PERSON
    debit: Remedy = Remedy.PERSON

    def sentence(self, language: str) -> str:
        """The sentence in `de`, in any other language in English."""
        return self.german if language[:2].lower() == "de" else self.english


def reason(code: str) -> Reason:
    """What a code means; one we do not know says so and goes to a person."""
    return REASONS.get(code) or Reason(
        code,
        f"The bank gives the reason “{code}”, which we do not know; ask it.",
        f"Die Bank nennt den Grund „{code}“, den wir nicht kennen; bitte dort nachfragen.",
    )


def _table() -> Mapping[str, Reason]:
    """The table beside this module; a code that stands in it twice would hide the other."""
    text = resources.files(__package__).joinpath("reasons.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    reasons = [
        Reason(row["code"], row["english"], row["german"], Remedy(row["transfer"]), Remedy(row["debit"]))
        for row in rows
    ]
    assert len({each.code for each in reasons}) == len(reasons), "a code stands in the table twice"
    return {each.code: each for each in reasons}


REASONS: Mapping[str, Reason] = _table()
