"""The facts of one camt element, collected along the table of paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from lxml import etree

from zahlmeister.formats.camt_paths import Either, Every, Group, Money, Paths
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.refusals import Unreadable


@dataclass(slots=True)
class Facts:
    """What an element says, by the names of the table; texts as they stand in the file."""

    texts: dict[str, str | None] = field(default_factory=dict)
    money: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list["Facts"]] = field(default_factory=dict)


#: The tag of each element and how many children it has, in document order: no other tree has the same.
Shape = tuple[tuple[str, ...], tuple[int, ...]]
_TAG = attrgetter("tag")


class Walk:
    """Collects the facts of elements along one table of paths.

    The elements of a file have a handful of shapes. For each of them the table is followed once, down to the places
    in document order where the facts stand; further elements of this shape are listed in one go and asked only there,
    which takes a third of the time.
    """

    #: A hostile file could hold a million shapes, or a huge one; so many are remembered, of so many elements.
    REMEMBERED = 200
    LARGEST = 1_000

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._known: dict[Shape, Places] = {}

    def facts(self, element: etree._Element) -> Facts:
        """What the element says by the names of the table."""
        elements = list(element.iter())
        shape = tuple(map(_TAG, elements)), tuple(map(len, elements))
        places = self._known.get(shape)
        if places is None:
            places = Places()
            _find(element, self._paths, {each: at for at, each in enumerate(elements)}, places)
            if len(self._known) < self.REMEMBERED and len(elements) <= self.LARGEST:
                self._known[shape] = places
        return _read(elements, places)


@dataclass(slots=True)
class Places:
    """Where in the list of an element's elements each fact of the table stands, in document order."""

    texts: list[tuple[str, int]] = field(default_factory=list)
    money: list[tuple[str, int]] = field(default_factory=list)
    lists: list[tuple[str, int]] = field(default_factory=list)
    groups: list[tuple[str, "Places"]] = field(default_factory=list)


def _find(element: etree._Element, paths: Paths, numbers: Mapping[etree._Element, int], places: Places) -> None:
    for child in element:
        action = paths[child.tag]
        if isinstance(action, Either):
            action = action.paths if len(child) else action.name
        if isinstance(action, Paths):
            _find(child, action, numbers, places)
        elif isinstance(action, Group):
            group = Places()
            places.groups.append((action.name, group))
            _find(child, action.paths, numbers, group)
        elif action is not None:
            _note(action, numbers[child], places)


def _note(action: str | Money | Every, at: int, places: Places) -> None:
    match action:
        case Money(name):
            places.money.append((name, at))
        case Every(name):
            places.lists.append((name, at))
        case name:
            places.texts.append((name, at))


def _read(elements: Sequence[etree._Element], places: Places) -> Facts:
    lists: dict[str, list[str]] = {}
    for name, at in places.lists:
        text = elements[at].text
        if text and text.strip():
            lists.setdefault(name, []).append(text)
    groups: dict[str, list[Facts]] = {}
    for name, group in places.groups:
        groups.setdefault(name, []).append(_read(elements, group))
    return Facts(
        {name: elements[at].text for name, at in places.texts},
        {name: (elements[at].text, elements[at].get("Ccy")) for name, at in places.money},
        lists,
        groups,
    )


def signed(facts: Facts, currency: str | None, what: str) -> Amount:
    """The element's amount, negative when it is a debit.

    Args:
        facts: of an entry or a balance.
        currency: to be taken when the amount names none.
        what: the field as the sentence calls it.

    Raises:
        Unreadable: no amount, no number, or neither credit nor debit.
    """
    amount = stated(facts, "amount", currency, what)
    if amount is None:
        raise Unreadable(f"{what} is missing.")
    sign = (facts.texts.get("sign") or "").strip()
    if sign == "CRDT":
        return amount
    if sign == "DBIT":
        return Amount(-amount.minor, amount.currency)
    raise Unreadable(f"{what} is neither credit nor debit: CdtDbtInd says “{sign}”.")


def stated(facts: Facts, name: str, currency: str | None, what: str) -> Amount | None:
    """An amount as the element states it, unsigned; None when it has none."""
    said = facts.money.get(name)
    if said is None:
        return None
    text, named = said
    named = named.strip() if named else currency
    if not named:
        raise Unreadable(f"{what} has no currency.")
    try:
        return _amount(text or "", named)
    except Unreadable as refusal:
        raise Unreadable(f"{what} is {refusal}") from None


@lru_cache(maxsize=1024)
def _amount(text: str, currency: str) -> Amount:
    """An XML decimal as an amount: digits and a dot, and no more places than the currency has."""
    text = text.strip()
    whole, _, part = text.partition(".")
    digits = whole + part
    places = exponent(currency)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Unreadable(f"“{text[:40]}”, which is no amount: digits and a dot such as 1234.56 are expected.")
    if len(part) > places and part[places:].strip("0"):
        raise Unreadable(f"“{text}”, more than the {places} decimal places of {currency}.")
    return Amount(int((whole or "0") + part[:places].ljust(places, "0")), currency)
