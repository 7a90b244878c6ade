"""The contract of every ERP that is asked for its documents, instead of sending them itself.

An ERP is asked what has changed since a place that an earlier page ended at, and is told what became of an order. Both
may be repeated: what was read before is the same document again, and what was told before is told once.

All verbs raise `refusals.Unreachable` with one sentence when the ERP does not answer or does not let us in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zahlmeister.connectors.erps.read_documents import Found


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents in the order in which they came to be there, and where to go on; `is_more`: at once."""

    found: Sequence[Found]
    after: str
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """Something that became of an order, for the people who work with the ERP. `key` makes it this and no other."""

    key: str
    kind: str
    order: str
    invoice: str
    sentence: str


class Erp(Protocol):
    """An ERP that can be asked."""

    def about(self) -> str:
        """Who answers: the program, its version, whose books."""

    def documents(self, after: str) -> Page:
        """What is new since a place; empty for the beginning."""

    def tell(self, news: News) -> bool:
        """Keep a news where people see it; False when nothing there is its subject, or it is known already."""
