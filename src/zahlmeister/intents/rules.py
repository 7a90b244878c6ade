"""How money that a buyer paid at a provider is divided, and how a payment stands by what moved: pure, minor units."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

#: Until a payment is over, it is asked about after so long, then ever more rarely.
FIRST_LOOK, LONGEST_LOOK = timedelta(minutes=1), timedelta(minutes=30)
#: A payment that succeeded is asked about again, for a chargeback or refund whose event never came.
FIRST_SECOND_LOOK, LAST_SECOND_LOOK = timedelta(days=1), timedelta(days=180)

#: One whose time is over here but not at the provider is asked about hourly for a day, then daily, for so long.
LATE_LOOK, LATER_LOOK, LAST_LATE_LOOK = timedelta(hours=1), timedelta(days=1), timedelta(days=5)


def divided(
    minor: int, chosen: Sequence[tuple[int, int]], owed: Mapping[int, int]
) -> tuple[list[tuple[int, int]], int]:
    """Which items an amount pays, and what is left beyond them.

    First every item gets what was chosen for it, as far as that is still owed; then what is left fills up what else is
    owed on them, in the order in which they were chosen.

    Args:
        minor: what came in.
        chosen: the items and how much was chosen for each, in the order in which they are served.
        owed: what is owed on each of them now.

    Returns:
        The items with their parts, none of them zero, and what no item needs.
    """
    parts = dict.fromkeys((item for item, _ in chosen), 0)
    for item, wanted in [*chosen, *((item, minor) for item, _ in chosen)]:
        part = min(minor, wanted, owed.get(item, 0) - parts[item])
        if part > 0:
            parts[item] += part
            minor -= part
    return [(item, part) for item, part in parts.items() if part], minor


def next_look(created_at: datetime, at: datetime) -> datetime:
    """When a payment that is not over is asked about next: the older it is, the later."""
    return at + min(max(FIRST_LOOK, (at - created_at) / 4), LONGEST_LOOK)


def next_late_look(expires_at: datetime, at: datetime) -> datetime | None:
    """When one that we gave up, but the provider has not, is asked about again; None when nobody pays it any more."""
    age = at - expires_at
    if age >= LAST_LATE_LOOK:
        return None
    return at + (LATE_LOOK if age < LATER_LOOK else LATER_LOOK)


def next_second_look(paid_at: datetime, at: datetime) -> datetime | None:
    """When one that succeeded is asked about again; None when nobody can take the money back any more."""
    age = at - paid_at
    return at + max(age, FIRST_SECOND_LOOK) if age < LAST_SECOND_LOOK else None
