"""What a shop told, taken apart: places in its data, amounts, days and instants.

Shops write amounts as numbers or texts, with the noise of their own arithmetic behind the cents; nothing here is ever
a float. What is needed and not there is `Unreachable`: the shop answers nonsense, and nothing is made up for it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import islice
from typing import Any, TypeVar

from zahlmeister.connectors.shops.contract import Answer, Heard, Telling, Verdict
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.refusals import Unreachable

Part = TypeVar("Part")


def at(data: Any, *path: str | int) -> Any:
    """What stands at a place, such as `at(order, "billing", "city")`; None where the way ends."""
    for step in path:
        if isinstance(step, str):
            data = data.get(step) if isinstance(data, dict) else None
        else:
            data = data[step] if isinstance(data, list) and -len(data) <= step < len(data) else None
    return data


def text(data: Any, *path: str | int) -> str:
    """A text or number as text, without blanks around it; empty where there is none."""
    found = at(data, *path)
    return "" if found is None or isinstance(found, dict | list | bool) else str(found).strip()


def needed(data: Any, *path: str | int) -> str:
    """A text without which nothing can be done.

    Raises:
        Unreachable: it is not there.
    """
    found = text(data, *path)
    if not found:
        raise _nonsense(path)
    return found


def rows(data: Any, *path: str | int) -> list[Any]:
    """A list; empty where there is none."""
    found = at(data, *path)
    return found if isinstance(found, list) else []


def needed_rows(data: Any, *path: str | int) -> list[Any]:
    """A list that has to be there, so that an answer that lacks it is not taken for an empty one.

    Raises:
        Unreachable: it is not there.
    """
    found = at(data, *path)
    if not isinstance(found, list):
        raise _nonsense(path)
    return found


def money(data: Any, *path: str | int, currency: str) -> Amount:
    """An amount that a shop writes as number or text with a dot, rounded half up to whole minor units.

    Raises:
        Unreachable: there is none, or it is no number.
    """
    return amount(needed(data, *path), currency)


def amount(written: str, currency: str) -> Amount:
    """An amount such as `49.9`, `49.90000000000001` or `1e2`, rounded half up to whole minor units.

    Raises:
        Unreachable: it is no number, or the currency is none.
    """
    number = decimal(written)
    return Amount(int(number.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP)), currency)


def decimal(written: str) -> Decimal:
    """A number of at most fifteen digits before its dot.

    Raises:
        Unreachable: it is none.
    """
    try:
        number = Decimal(written)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**15:
        raise Unreachable(f"The shop tells “{written[:40]}” where a number is expected.")
    return number


def currency(data: Any, *path: str | int) -> str:
    """A currency by its three letters.

    Raises:
        Unreachable: it is none.
    """
    found = needed(data, *path).upper()
    if len(found) != 3 or not (found.isascii() and found.isalpha()):
        raise Unreachable(f"The shop tells “{found[:40]}” where a currency is expected.")
    return found


def instant(written: str) -> datetime | None:
    """An instant in ISO 8601; without a zone it is UTC. None where there is none or a shop's zero date."""
    with suppress(ValueError):
        found = datetime.fromisoformat(written.strip().replace(" ", "T"))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def day(written: str) -> date | None:
    """The day at the beginning of a date or an instant, in the shop's own zone; None where there is none."""
    with suppress(ValueError):
        return date.fromisoformat(written.strip()[:10])
    return None


def split_name(name: str) -> tuple[str, str]:
    """First and last name of somebody whose shop knows one field only: the last word is the last name."""
    first, _, last = name.strip().rpartition(" ")
    return first.strip(), last


def parts(whole: Iterable[Part], size: int) -> Iterator[list[Part]]:
    """A long list in lists of at most `size`."""
    rest = iter(whole)
    while part := list(islice(rest, size)):
        yield part


def whole_list(page: Callable[[int], list[Part]], key: Callable[[Part], str]) -> list[Part]:
    """A list that can only be read by counting rows, whole although orders come and go while it is read.

    Each further page begins with the last row of the page before; when another one stands there, something before it
    has moved, and the reading begins anew.

    Args:
        page: gives the rows from a place on, none behind the end; its rows keep their order.
        key: what a row is known by.

    Raises:
        Unreachable: it moved each time it was read.
    """
    for _ in range(_READINGS):
        found = page(0)
        while found:
            further = page(len(found) - 1)
            if not further or key(further[0]) != key(found[-1]):
                break
            if len(further) == 1:
                return found
            found += further[1:]
        else:
            return []
    raise _moved()


@dataclass(frozen=True, slots=True)
class Page:
    """One of the numbered pages of a list: its rows, and how many pages and rows there are in all."""

    rows: list[Any]
    pages: int
    total: int


def numbered_list(page: Callable[[int], Page], key: Callable[[Any], str]) -> dict[str, Any]:
    """A list that comes in numbered pages, whole, by key; read again when it moved meanwhile.

    That it moved is seen by its length, or by a row that was told twice.

    Args:
        page: gives a page, the first one is 1.
        key: what a row is known by.

    Raises:
        Unreachable: it moved each time it was read.
    """
    for _ in range(_READINGS):
        found: dict[str, Any] = {}
        lengths = set()
        number, pages = 1, 1
        while number <= pages:
            one = page(number)
            found |= {key(row): row for row in one.rows}
            pages = one.pages
            lengths.add(one.total)
            number += 1
        if lengths == {len(found)}:
            return found
    raise _moved()


#: So often a list that moves is read.
_READINGS = 5


def known_already(telling: Telling, now: str, target: str) -> Answer | None:
    """What there is to say about an order in a shop of one status, without writing; None when it is to be written."""
    if now == target:
        return Answer(Heard.ALREADY)
    if telling.seen_status and now != telling.seen_status:
        return Answer(Heard.LEFT, f"The order was set to “{now}” in the shop.")
    return None


def each(tell: Callable[[Telling], Answer], tellings: Sequence[Telling]) -> list[Answer]:
    """Tell one after the other; “cancelled” only where the merchant has chosen what that is in the shop."""
    return [
        tell(telling)
        if telling.status or telling.verdict is Verdict.PAID
        else Answer(Heard.LEFT, "No status is chosen for cancelled orders of this kind.")
        for telling in tellings
    ]


def utc(at_instant: datetime, form: str = "%Y-%m-%dT%H:%M:%S") -> str:
    """An instant in UTC as shops want to be asked for it."""
    return at_instant.astimezone(UTC).strftime(form)


def _moved() -> Unreachable:
    return Unreachable("The orders of the shop changed each time they were listed; they are listed again later.")


def _nonsense(path: Sequence[str | int]) -> Unreachable:
    place = ".".join(str(step) for step in path)
    return Unreachable(f"The shop answers without “{place}”, which is always there; it may be damaged or changed.")
