"""Which open item does a line of a carrier's list mean? Its tracking number says, its order number, or name and amount.

A list is no payment: nothing is weighed here. A line means the one item that its number names, and no other; where
two numbers of a line contradict each other, or more than one item fits, a person decides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zahlmeister.matching.facts import Item
from zahlmeister.matching.folding import compact, name_words
from zahlmeister.matching.keys import person
from zahlmeister.matching.numbers import exact_forms

MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Parcel:
    """A line of the list; `minor` is below zero where the carrier takes back what it paid before."""

    line: int
    minor: int
    currency: str
    tracking_number: str | None = None
    order_number: str | None = None
    name: str | None = None


class How(StrEnum):
    """By what a line found its item."""

    TRACKING_NUMBER = "tracking_number"
    ORDER_NUMBER = "order_number"
    AMOUNT_AND_NAME = "amount_and_name"


class WhyNot(StrEnum):
    """Why a line is not assigned without a person."""

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    CONTRADICTION = "contradiction"
    CLOSED = "closed"
    CURRENCY = "currency"
    TAKEN_BACK = "taken_back"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a line means: its item and how it was found, and why it is not assigned all the same."""

    parcel: Parcel
    item: Item | None = None
    how: How | None = None
    why_not: WhyNot | None = None


def parcel_keys(parcel: Parcel) -> tuple[str, ...]:
    """Under which keys the items of a line may be found; an item has written the same when it opened."""
    keys = [f"number:{text}" for number in _numbers(parcel) for text in exact_forms(number)]
    keys += [f"word:{word}:{parcel.minor}" for word in name_words(parcel.name or "")[:MOST_WORDS]]
    return tuple(dict.fromkeys(keys))


def meant(parcels: Sequence[Parcel], found: Mapping[str, Sequence[int]], items: Mapping[int, Item]) -> list[Meant]:
    """What each line means, in order.

    Args:
        parcels: the lines of one list.
        found: the ids of the items that have written a key, per key.
        items: the items behind those ids.
    """
    paid: dict[int, int] = defaultdict(int)
    answers = []
    for parcel in parcels:
        candidates = [items[n] for n in {n for key in parcel_keys(parcel) for n in found.get(key, ())} if n in items]
        answer = _meant(parcel, candidates)
        item = answer.item
        if item is not None and answer.why_not is None:
            if paid[item.id] >= item.open_minor:
                answer = Meant(parcel, item, answer.how, WhyNot.TWICE)
            paid[item.id] += parcel.minor
        answers.append(answer)
    return answers


def _meant(parcel: Parcel, candidates: Sequence[Item]) -> Meant:
    named: dict[How, list[Item]] = {
        How.TRACKING_NUMBER: _fitting(parcel.tracking_number, candidates, lambda item: item.tracking_numbers),
        How.ORDER_NUMBER: _fitting(parcel.order_number, candidates, lambda item: (item.number, *item.invoice_numbers)),
    }
    said = {how: items for how, items in named.items() if items}
    if len({item.id for items in said.values() for item in items}) > 1:
        return Meant(parcel, why_not=WhyNot.CONTRADICTION if len(said) > 1 else WhyNot.AMBIGUOUS)
    for how, (item, *_) in said.items():
        return Meant(parcel, item, how, _objection(parcel, item))
    same = [item for item in candidates if _is_alike(parcel, item)]
    if len(same) > 1:
        return Meant(parcel, why_not=WhyNot.AMBIGUOUS)
    if not same:
        return Meant(parcel, why_not=WhyNot.UNKNOWN)
    return Meant(parcel, same[0], How.AMOUNT_AND_NAME, _objection(parcel, same[0]))


def _objection(parcel: Parcel, item: Item) -> WhyNot | None:
    objections = (
        (WhyNot.TAKEN_BACK, parcel.minor <= 0),
        (WhyNot.CURRENCY, item.currency != parcel.currency),
        (WhyNot.CLOSED, item.open_minor <= 0),
    )
    return next((why for why, holds in objections if holds), None)


def _fitting(number: str | None, candidates: Sequence[Item], numbers_of: Callable[[Item], Iterable[str]]) -> list[Item]:
    """The items that have this number; those that have it with its prefix and zeros before the others."""
    if not number:
        return []
    forms = set(exact_forms(number))
    fitting = [item for item in candidates if any(forms & set(exact_forms(own)) for own in numbers_of(item))]
    whole = [item for item in fitting if compact(number) in {compact(own) for own in numbers_of(item)}]
    return whole or fitting


def _is_alike(parcel: Parcel, item: Item) -> bool:
    """Same amount and name, and to be paid on delivery; without a number this is the least that must agree."""
    who = person(item.name, item.company)
    words = set(name_words(parcel.name or ""))
    is_same = bool(who.surnames) and words.issuperset(who.surnames) and bool(not who.given or words & set(who.given))
    is_firm = bool(who.firm) and words.issuperset(who.firm)
    return (
        (item.open_minor, item.currency, item.payment_kind) == (parcel.minor, parcel.currency, "cod")
        and (is_same or is_firm)
    )  # fmt: skip


def _numbers(parcel: Parcel) -> list[str]:
    return [number for number in (parcel.tracking_number, parcel.order_number) if number]
