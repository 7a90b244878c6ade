"""What needs a person today: one line for each sort of work, by deadline and money, each with a way to its rows.

A sort of work is a row of `SOURCES`. Each asks the database once how many there are, how much money is in them and when
the nearest of them is due; only where something waits are the first few looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Min, Model, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from zahlmeister.merchants.models import Merchant
from zahlmeister.office import shown, words

Row = TypeVar("Row", bound=Model)

#: So many rows of one sort are named on the page.
NAMED = 3
#: What ends within so many days comes before everything else, the nearest first.
NEAR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Named:
    """One row by its name, with the address of its page; `minor` is its amount, where it has one."""

    words: str
    address: str
    minor: int | None = None
    currency: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of one sort waits: rows, their money in the merchant's currency, and the day the nearest ends."""

    count: int
    minor: int = 0
    due: date | None = None
    named: Sequence[Named] = ()


NOTHING = Waits(0)


@dataclass(frozen=True, slots=True)
class Source:
    """One sort of work: its words by number, what there is to do, and where all its rows stand.

    `page` is the name of the page with all rows, `query` the filters of its address.
    """

    words: Callable[[int], str]
    act: Callable[[], str]
    page: str
    find: Callable[[Merchant, date], Waits]
    query: str = ""

    @property
    def address(self) -> str:
        """Where all rows stand."""
        return reverse(f"office:{self.page}") + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the page."""

    source: Source
    waits: Waits

    @property
    def words(self) -> str:
        count = self.waits.count
        return self.source.words(count) % {"count": shown.number_text(count, words.language())}

    @property
    def act(self) -> str:
        return self.source.act()

    @property
    def address(self) -> str:
        """The only row's own page, else the list."""
        only = self.waits.named if self.waits.count == 1 else ()
        return only[0].address if only else self.source.address

    @property
    def more(self) -> int:
        """How many rows are not named."""
        return self.waits.count - len(self.waits.named) if self.waits.named else 0

    def place(self, today: date) -> tuple[int, date, int]:
        """Where the line stands: what ends soon first, by its day; then by money, the most first."""
        due = self.waits.due
        is_near = due is not None and due <= today + NEAR
        return (0, due, -self.waits.minor) if is_near and due else (1, date.max, -self.waits.minor)


def needs(merchant: Merchant, today: date, sources: Sequence[Source]) -> list[Need]:
    """The lines of the page in their order.

    Args:
        merchant: whose.
        today: deadlines are days from here.
        sources: those that whoever looks may see.
    """
    found = [Need(source, source.find(merchant, today)) for source in sources]
    return sorted((need for need in found if need.waits.count), key=lambda need: need.place(today))


def counted(
    rows: QuerySet[Row],
    name: Callable[[Row], Named],
    *,
    minor: str = "",
    currency: str = "currency",
    due: str = "",
    of: Merchant | None = None,
) -> Waits:
    """Count rows and their money, and name the first few.

    Args:
        rows: those that wait, in the order in which they are named.
        name: how one of them is named.
        minor: the field with its money; empty where there is none.
        currency: the field that says in which; only money in the merchant's currency is added up.
        due: the field with the day (or the instant) at which it ends; empty where nothing ends.
        of: whose currency; needed with `minor`.
    """
    asked: dict[str, Any] = {"count": Count("pk")}
    if minor and of is not None:
        asked["minor"] = Sum(minor, filter=Q(**{currency: of.currency}) if currency else None, default=0)
    if due:
        asked["due"] = Min(due)
    found = rows.order_by().aggregate(**asked)
    if not found["count"]:
        return NOTHING
    return Waits(found["count"], found.get("minor", 0), _day(found.get("due")), [name(row) for row in rows[:NAMED]])


def listed(found: Sequence[Named]) -> Waits:
    """The same of rows that were read anyway."""
    return Waits(len(found), named=found[:NAMED], due=min((one.due for one in found if one.due), default=None))


def to(page: str, number: int) -> str:
    """The address of a row's page."""
    return reverse(f"office:{page}", args=[number])


def _day(found: date | datetime | None) -> date | None:
    return timezone.localdate(found) if isinstance(found, datetime) else found
