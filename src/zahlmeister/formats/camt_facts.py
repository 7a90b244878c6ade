"""The facts of one camt element, collected in a single walk along the table of paths."""

from dataclasses import dataclass, field
from functools import lru_cache

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


def collect(element: etree._Element, paths: Paths, facts: Facts) -> None:
    """Walk the element along the paths, once, and keep what the table names."""
    for child in element:
        action = paths[child.tag]
        if action is None:
            continue
        if isinstance(action, str):
            facts.texts[action] = child.text
        elif isinstance(action, Paths):
            collect(child, action, facts)
        else:
            _keep(child, action, facts)


def _keep(child: etree._Element, action: Money | Every | Group | Either, facts: Facts) -> None:
    if isinstance(action, Money):
        facts.money[action.name] = (child.text, child.get("Ccy"))
    elif isinstance(action, Every):
        if child.text and child.text.strip():
            facts.lists.setdefault(action.name, []).append(child.text)
    elif isinstance(action, Group):
        group = Facts()
        collect(child, action.paths, group)
        facts.groups.setdefault(action.name, []).append(group)
    elif len(child):
        collect(child, action.paths, facts)
    else:
        facts.texts[action.name] = child.text


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
    return Amount(_minor((text or "").strip(), named, what), named)


@lru_cache(maxsize=1024)
def _minor(text: str, currency: str, what: str) -> int:
    """An XML decimal in whole minor units: digits and a dot, and no more places than the currency has."""
    whole, _, part = text.partition(".")
    digits = whole + part
    places = exponent(currency)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Unreadable(f"{what} is “{text}”, which is no amount: digits and a dot such as 1234.56 are expected.")
    if len(part) > places and part[places:].strip("0"):
        raise Unreadable(f"{what} is “{text}”, more than the {places} decimal places of {currency}.")
    return int((whole or "0") + part[:places].ljust(places, "0"))
