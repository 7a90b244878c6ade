"""What the buyer may be told: vague on purpose, because it must name neither score, bureau, list nor debt."""

import csv
from functools import cache
from pathlib import Path

from zahlmeister.credit.reasons import Sort
from zahlmeister.credit.rules import Outcome

_TABLE = Path(__file__).parent / "public_texts.csv"
#: What a decline says by the gravest sort of its reasons.
_BY_SORT = {
    Sort.RISK: "not_now",
    Sort.CONTRACT: "terms",
    Sort.TRIES: "later",
    Sort.IDENTITY: "identity",
    Sort.DATA: "data",
    Sort.NOTE: "not_now",
}


def key_of(outcome: Outcome, sort: Sort) -> str:
    """The key of the text for an outcome and the gravest sort of its reasons."""
    match outcome:
        case Outcome.ACCEPTED:
            return "accepted"
        case Outcome.REVIEW:
            return "review"
        case Outcome.DECLINED | Outcome.DECLINED_FINAL:
            return _BY_SORT[sort]


def text(key: str, language: str) -> str:
    """The text of a key in the buyer's language: German where it is that, else English."""
    return _texts()[key, "de" if language[:2].lower() == "de" else "en"]


@cache
def _texts() -> dict[tuple[str, str], str]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["key"], row["language"]): row["text"] for row in csv.DictReader(file, delimiter=";")}
