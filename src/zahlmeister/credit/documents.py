"""Applications, facts and findings as they are kept, and back again for a replay."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from zahlmeister.credit.ladder import Finding
from zahlmeister.credit.rules import (
    Application,
    Article,
    Asked,
    Earlier,
    Facts,
    Light,
    Method,
    Opinion,
    Outcome,
    Overdue,
    Place,
    Reason,
    Receiving,
)

Document = dict[str, Any]


def facts_document(facts: Facts) -> Document:
    """Facts as plain data: days and instants as texts, sets as sorted lists."""
    document: Document = json.loads(json.dumps(asdict(facts), default=_plain))
    return document


def findings_document(findings: list[Finding]) -> list[Document]:
    """What every rule came to, those that did not speak too."""
    return [
        {
            "rule": one.rule,
            "state": str(one.state),
            "effect": str(one.effect),
            "counts": one.counts,
            "inputs": json.loads(json.dumps(dict(one.seen.inputs), default=_plain)),
            "reasons": reasons_document(one.seen.reasons),
            "limit_minor": one.seen.limit_minor,
        }
        for one in findings
    ]


def reasons_document(reasons: Any) -> list[Document]:
    """Reasons as plain data."""
    return [asdict(reason) for reason in reasons]


def reasons_of(document: list[Document]) -> tuple[Reason, ...]:
    """Reasons from plain data."""
    return tuple(Reason(**one) for one in document)


def application_of(document: Mapping[str, Any]) -> Application:
    """An application from plain data, as `Application.as_document` wrote it."""
    told = dict(document)
    return Application(
        **{
            **told,
            "billing": _place(told["billing"]),
            "delivery": _place(told["delivery"]) if told.get("delivery") else None,
            "born_on": _day(told.get("born_on")),
            "registered_on": _day(told.get("registered_on")),
            "method": Method(told["method"]),
            "others": tuple(Method(one) for one in told["others"]),
            "customer_history": tuple(
                Earlier(**{**one, "ordered_on": date.fromisoformat(one["ordered_on"])})
                for one in told["customer_history"]
            ),
            "articles": tuple(Article(**one) for one in told["articles"]),
        }
    )


def facts_of(document: Mapping[str, Any]) -> Facts:
    """Facts from plain data."""
    told = dict(document)
    return Facts(
        **{
            **told,
            "overdue": tuple(
                Overdue(
                    **{
                        **one,
                        "due_on": date.fromisoformat(one["due_on"]),
                        "noticed_on": tuple(map(date.fromisoformat, one["noticed_on"])),
                    }
                )
                for one in told["overdue"]
            ),
            "paid_on": tuple(map(date.fromisoformat, told["paid_on"])),
            "known_places": frozenset(told["known_places"]),
            "listed": frozenset(told["listed"]),
            "asked": tuple(
                Asked(
                    **{
                        **one,
                        "at": datetime.fromisoformat(one["at"]),
                        "shares": frozenset(one["shares"]),
                        "outcome": Outcome(one["outcome"]),
                    }
                )
                for one in told["asked"]
            ),
            "cities": {postcode: tuple(towns) for postcode, towns in told["cities"].items()},
            "opinion": _opinion(told["opinion"]),
        }
    )


def _opinion(told: Mapping[str, Any] | None) -> Opinion | None:
    if told is None:
        return None
    heard_at = datetime.fromisoformat(told["heard_at"]) if told["heard_at"] else None
    return Opinion(**{**told, "light": Light(told["light"]), "marks": tuple(told["marks"]), "heard_at": heard_at})


def _place(told: Mapping[str, Any]) -> Place:
    return Place(**{**told, "receiving": Receiving(told["receiving"])})


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _plain(value: object) -> Any:
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else str(value)
