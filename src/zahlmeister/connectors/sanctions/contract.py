"""What a list of sanctions answers: whether a recipient may be somebody on it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody on a list who may be the recipient; `reference` is how the list names the entry."""

    name: str
    reference: str


class SanctionList(Protocol):
    """A list that can be asked about a recipient. It answers rather too often than too seldom: a person decides."""

    def hits(self, name: str) -> list[Hit]:
        """Who on the list may be this recipient.

        Raises:
            Refused: the list cannot be asked, so that nothing may leave.
        """
        ...


class NoList:
    """No list was set up: nobody is on it."""

    def hits(self, name: str) -> list[Hit]:
        del name
        return []
