"""What one rule sees: the figures it looked at, what it found, and the limit it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from zahlmeister.credit.rules import Application, Facts, Reason
from zahlmeister.money.amount import Amount

#: A rule's settings: numbers as they are, lists of words as tuples.
Values = Mapping[str, int | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """An application with all that decides on it. `at` is in the time zone of the merchant."""

    application: Application
    facts: Facts
    at: datetime
    currency: str  # of the rule set
    limit_minor: int | None = None  # the smallest limit that any rule gave

    @property
    def today(self) -> date:
        return self.at.date()

    def money(self, minor: int) -> str:
        """An amount of the rule set's currency, as a reason says it."""
        return str(Amount(minor, self.currency))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule looked at, and what spoke; nothing spoke where there are no reasons."""

    inputs: Mapping[str, object] = field(default_factory=dict)
    reasons: Sequence[Reason] = ()
    limit_minor: int | None = None
    retry_after: datetime | None = None


def number(values: Values, name: str) -> int:
    """A setting that is a number."""
    value = values[name]
    assert isinstance(value, int)
    return value


def words(values: Values, name: str) -> tuple[str, ...]:
    """A setting that is a list of words."""
    value = values[name]
    assert isinstance(value, tuple)
    return value
