"""Switches are changed: as many as one likes, all of them or none, and what somebody may not change is refused.

What would be changed is found out by changing it and taking that back, so that a preview says what will happen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from django.db import transaction

from zahlmeister.flows.settings.noted import differences, noted
from zahlmeister.flows.settings.read import Snapshot, snapshot, value_of
from zahlmeister.flows.settings.registry import switch
from zahlmeister.flows.settings.switch import Place, Store, Switch, Value
from zahlmeister.flows.settings.write import WRITERS, Group
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.rights import Rights
from zahlmeister.refusals import Refused


class Said(Enum):
    """What can be said of a shop's value instead of a value."""

    AS_ALL = "as all shops"


Wanted = Mapping[Place, Value | Said]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, with the rights they have; None for whoever has the terminal of the house."""

    by: str
    rights: Rights | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is changed, before and after, and what is refused with a sentence. What is refused keeps back all."""

    changed: dict[Place, tuple[Value, Value]]
    refused: list[tuple[Place, str]] = field(default_factory=list)


def change(merchant: Merchant, wanted: Wanted, author: Author, *, at: datetime) -> Outcome:
    """Change switches, all of them or, when one is refused, none. The same again changes nothing.

    Args:
        merchant: whose.
        wanted: what each is to stand at.
        author: who changes them.
        at: now.
    """
    return _run(merchant, wanted, author, at=at, is_kept=True)


def preview(merchant: Merchant, wanted: Wanted, author: Author, *, at: datetime) -> Outcome:
    """What `change` would do. Nothing is kept."""
    return _run(merchant, wanted, author, at=at, is_kept=False)


def may_change(one: Switch, author: Author) -> bool:
    """Whether somebody may change a switch without leaving the page of all switches."""
    rights = author.rights
    if rights is None:
        return one.store not in _NEVER_HERE
    return one.in_place and rights.writes(one.area) and (rights.is_owner or not one.owner)


def _run(merchant: Merchant, wanted: Wanted, author: Author, *, at: datetime, is_kept: bool) -> Outcome:
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        before = snapshot(merchant.pk)
        with noted(merchant.pk, by=author.by, at=at):
            groups = _groups(_news(wanted, before, merchant.currency))
            refused = [why for group in groups for why in _write(merchant, group, author, at)]
        changed = differences(before, snapshot(merchant.pk))
        if refused or not is_kept:
            transaction.set_rollback(True)
    return Outcome(changed, refused)


def _news(wanted: Wanted, before: Snapshot, currency: str) -> Wanted:
    """What is wanted and is not so already; of that nobody is asked whether he may."""
    return {
        place: value
        for place, value in wanted.items()
        if (
            place in before
            if value is Said.AS_ALL
            else value != value_of(before, switch(place.key), place.about, currency)
        )
    }


def _write(
    merchant: Merchant, group: list[tuple[Place, Value | Said]], author: Author, at: datetime
) -> Iterable[tuple[Place, str]]:
    """Write what is kept in one row; each value that is refused, or all of them when the row is."""
    told: dict[Switch, Value] = {}
    refused = []
    is_dropped = False
    for place, value in group:
        try:
            one = _allowed(place, author)
            if value is Said.AS_ALL:
                is_dropped = True
            else:
                told[one] = one.checked(value)
        except Refused as why:
            refused.append((place, str(why)))
    if refused:
        return refused
    first = switch(group[0][0].key)
    try:
        with transaction.atomic():
            row = Group(merchant, first.of, group[0][0].about, told, at, is_dropped=is_dropped)
            WRITERS[first.store](row)
    except Refused as why:
        return [(group[0][0], str(why))]
    return []


def _allowed(place: Place, author: Author) -> Switch:
    one = switch(place.key)
    if one.store in _NEVER_HERE or (author.rights and not one.in_place):
        raise Refused(f"{one.key}: this is changed on its own page.")
    if not may_change(one, author):
        raise Refused(f"{one.key}: you have no right to change this.")
    return one


def _groups(wanted: Wanted) -> list[list[tuple[Place, Value | Said]]]:
    """What is kept in the same row together."""
    rows: dict[tuple[object, ...], list[tuple[Place, Value | Said]]] = {}
    for place, value in wanted.items():
        one = switch(place.key)
        rows.setdefault((one.store, one.of, place.about), []).append((place, value))
    return list(rows.values())


#: What does more than change a value; only the page of the shop or account does it.
_NEVER_HERE = frozenset({Store.SHOP, Store.ACCOUNT})
