"""Every change of a switch is a step of the merchant's history, with what it stood at before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from zahlmeister.flows.settings.read import Snapshot, snapshot, value_of
from zahlmeister.flows.settings.registry import switches
from zahlmeister.flows.settings.switch import Place, Store, Value
from zahlmeister.history.record import Happened, record

#: What steps of the history are about that tell of switches; there is one chain for each merchant.
SUBJECT = "settings"
CHANGED = "changed"


@contextmanager
def noted(merchant_id: int, *, by: str, at: datetime) -> Iterator[None]:
    """What the block changes of the merchant's switches is recorded, inside the caller's transaction.

    Nothing is recorded when nothing changes, so that the same again leaves no trace.

    Args:
        merchant_id: whose switches.
        by: who changes them, for the history.
        at: now.
    """
    before = snapshot(merchant_id)
    yield
    changed = differences(before, snapshot(merchant_id))
    if changed:
        facts = {_name(place): [_kept(was), _kept(now)] for place, (was, now) in sorted(changed.items())}
        record(merchant_id, [Happened(SUBJECT, merchant_id, CHANGED, by, "", facts)], at=at)


def differences(before: Snapshot, after: Snapshot) -> dict[Place, tuple[Value, Value]]:
    """What differs. A shop that has come to have its own value, or has it no more, differs by what counted for it."""
    found = {}
    for place in {*before, *after}:
        switch = switches()[place.key]
        was, now = (value_of(each, switch, place.about, "") for each in (before, after))
        if was != now and switch.store is not Store.SHOP:  # workers, too, put a shop to rest
            found[place] = (was, now)
    return found


def place_of(name: str) -> Place:
    """Which value a fact of the history is about."""
    key, _at, about = name.partition("@")
    return Place(key, int(about or 0))


def _name(place: Place) -> str:
    return f"{place.key}@{place.about}" if place.about else place.key


def _kept(value: Value) -> Any:
    """A value as the history keeps it: plain JSON."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
