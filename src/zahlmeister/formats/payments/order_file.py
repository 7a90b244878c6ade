"""What files of transfers and of direct debits have in common: ids, letters, and that nothing stands in them twice."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from zahlmeister.formats.payments.checks import LONGEST_NAME, check_id, check_unique
from zahlmeister.formats.payments.letters import Change, Letters, Speller
from zahlmeister.refusals import Refused


class Group(Protocol):
    """Orders of one account and day."""

    @property
    def group_id(self) -> str: ...

    @property
    def end_to_end_ids(self) -> tuple[str, ...]: ...

    @property
    def letters(self) -> Letters:
        """What the account's bank must accept."""

    def spelled(self, speller: Speller) -> Self:
        """All names and texts in the bank's letters."""


G = TypeVar("G", bound=Group)


@dataclass(frozen=True, slots=True)
class OrderFile(Generic[G]):
    """What becomes one file. `letters` is a switch for banks that take fewer letters than their country's do."""

    message_id: str
    created_at: datetime
    initiator: str
    groups: tuple[G, ...]
    letters: Letters | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_id(self.message_id, "message id")
        if not self.groups:
            raise Refused(f"File {self.message_id} holds no order.")
        if not self._letters.value <= self.groups[0].letters.value:
            raise Refused(f"File {self.message_id} is for a bank that need not accept the letters of {self.letters}.")
        check_unique((group.group_id for group in self.groups), "group id")
        check_unique((each for group in self.groups for each in group.end_to_end_ids), "end-to-end id")
        self._check()
        self._spelled(Speller(self._letters))

    @abstractmethod
    def _check(self) -> None:
        """What else must hold, of this sort of file only."""

    @property
    def _letters(self) -> Letters:
        return self.letters or self.groups[0].letters

    def _spelled(self, speller: Speller) -> tuple[str, tuple[G, ...]]:
        groups = tuple(group.spelled(speller) for group in self.groups)
        return speller(self.initiator, "name of who hands in the file", LONGEST_NAME), groups

    def as_written(self) -> tuple[Self, tuple[Change, ...]]:
        """The file as the bank gets it, in its letters and to the second, and what was changed for that."""
        speller = Speller(self._letters)
        initiator, groups = self._spelled(speller)
        created_at = self.created_at.replace(microsecond=0)
        return replace(self, initiator=initiator, groups=groups, created_at=created_at), tuple(speller.changes)
