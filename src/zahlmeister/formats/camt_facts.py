"""The facts of one camt element, collected in a single walk along the table of paths."""

from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from zahlmeister.formats.camt_paths import Action, Either, Every, Group, Money, Paths
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
    texts = facts.texts
    for child in element:
        action = paths[child.tag]
        if type(action) is str:  # the exact types: this loop is most of the reading
            texts[action] = child.text
        elif type(action) is Paths:
            collect(child, action, facts)
        elif action is not None:
            _keep(child, action, facts)


def _keep(child: etree._Element, action: Action, facts: Facts) -> None:
    if isinstance(action, Money):
        facts.money[action.name] = (child.text, child.get("Ccy"))
    elif isinstance(action, Every):
        if child.text and child.text.strip():
            facts.lists.setdefault(action.name, []).append(child.text)
    elif isinstance(action, Group):
        group = Facts()
        collect(child, action.paths, group)
        facts.groups.setdefault(action.name, []).append(group)
    elif isinstance(action, Either):
        if len(child):
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
