"""What somebody asks for, so that a story names only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from zahlmeister.credit.kinds import State
from zahlmeister.credit.ladder import RuleSet, Verdict, decide, standard
from zahlmeister.credit.rules import Application, Article, Facts, Mode, Overdue, Place

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
HOME = Place("Hauptstraße", "79098", "Freiburg", "DE", "12")
ELSEWHERE = Place("Bahnhofstraße", "10115", "Berlin", "DE", "3")
ANNA = Application(
    order="100012345",
    minor=8_990,
    currency="EUR",
    billing=HOME,
    first_name="Anna",
    last_name="Arnold",
    born_on=date(1990, 5, 1),
    email="anna@example.org",
    phone="+497611234567",
    customer_number="K-1",
    registered_on=date(2026, 1, 1),
    articles=(Article("Wolle", 8_990, category="yarn"),),
    was_told=True,
)
#: Asked for twice in writing, the first time five weeks ago.
DUNNED = Overdue(4_990, date(2026, 9, 1), (date(2026, 10, 16), date(2026, 10, 30)))
_NAMED = {"effect", "state", "one_in", "limit_minor"}


def anna(**changes: Any) -> Application:
    """Anna wants to buy wool; the articles make the amount."""
    told = replace(ANNA, **changes)
    return told if "articles" in changes else replace(told, articles=(Article("Wolle", told.minor),))


def rules(**changes: Any) -> RuleSet:
    """The rules everybody begins with, with a rule's values changed: `basket={"most_minor": 5}`, or its state."""
    found = standard("EUR")
    settings = dict(found.settings)
    for code, change in changes.items():
        setting = settings[code]
        if isinstance(change, State):
            settings[code] = replace(setting, state=change)
        else:
            named = {name: value for name, value in change.items() if name in _NAMED}
            values = {name: value for name, value in change.items() if name not in _NAMED}
            settings[code] = replace(setting, values={**setting.values, **values}, **named)
    return replace(found, settings=settings)


def asked(
    application: Application = ANNA, facts: Facts | None = None, set_: RuleSet | None = None, **more: Any
) -> Verdict:
    """What the house answers, now."""
    mode = more.get("mode", Mode.CHECK)
    return decide(application, facts or Facts(), set_ or rules(), at=more.get("at", NOW), mode=mode)


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.decision.reasons]
