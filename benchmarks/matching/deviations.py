"""Who pays instead of the customer, and how the amount differs from what is owed."""

from collections.abc import Callable
from random import Random

from benchmarks.matching.people import Customer, given_name, surname
from zahlmeister.matching.facts import Item


def payer_of(random: Random, customer: Customer, who: str) -> tuple[str, bool]:
    """The payer's name, and whether it tells who the customer is."""
    if customer.firm and who in {"spouse", "joint", "initial"}:
        who = "same"
    return _PAYERS.get(who, _same)(random, customer)


def amount_of(random: Random, item: Item, how: str) -> int:
    """What is transferred for an item."""
    change = _CHANGES.get(how)
    return max(change(random, item, item.open_minor), 100) if change else item.open_minor


def _same(random: Random, customer: Customer) -> tuple[str, bool]:
    title = random.choice(("", "", "", "", "", "Dr. ", "Frau " if customer.woman else "Herr "))
    return customer.firm or title + customer.name, True


def _reversed(random: Random, customer: Customer) -> tuple[str, bool]:
    mark = random.choice((", ", " "))
    return customer.firm or f"{customer.surname}{mark}{customer.given}", True


def _spouse(random: Random, customer: Customer) -> tuple[str, bool]:
    family = customer.surname if random.random() < 0.75 else surname(random)
    return f"{given_name(random, woman=not customer.woman)} {family}", False


def _joint(random: Random, customer: Customer) -> tuple[str, bool]:
    partner = given_name(random, woman=not customer.woman)
    couples = (
        f"{customer.given} und {partner}",
        f"{partner} u. {customer.given}",
        f"{customer.given} + {partner}",
    )
    if random.random() < 0.15:
        return f"Eheleute {customer.given} und {partner} {customer.surname}", True
    return f"{random.choice(couples)} {customer.surname}", True


def _firm_or_person(random: Random, customer: Customer) -> tuple[str, bool]:
    if customer.firm:
        return customer.name, True
    return f"{surname(random)} {random.choice(('GmbH', 'AG', 'e.K.'))}", False


def _third_party(random: Random, customer: Customer) -> tuple[str, bool]:
    del customer
    return random.choice(("Sparkasse Musterstadt", "Hausverwaltung Nord GmbH", "Betreuungsverein e.V.")), False


def _other(random: Random, customer: Customer) -> tuple[str, bool]:
    return f"{given_name(random, woman=not customer.woman)} {surname(random)}", False


_PAYERS: dict[str, Callable[[Random, Customer], tuple[str, bool]]] = {
    "reversed": _reversed,
    "spouse": _spouse,
    "joint": _joint,
    "firm or person": _firm_or_person,
    "initial": lambda _, customer: (f"{customer.given[0]}. {customer.surname}", False),
    "nobody": lambda *_: ("", False),
    "third party": _third_party,
    "other": _other,
}


def _swapped(random: Random, item: Item, owed: int) -> int:
    del item
    digits = list(str(owed))
    place = random.randrange(len(digits) - 1)
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    return int("".join(digits))


_CHANGES: dict[str, Callable[[Random, Item, int], int]] = {
    "no shipping": lambda _, item, owed: owed - (item.shipping_minor or 0),
    "discount": lambda random, _, owed: owed - round(owed * random.choice((2, 3)) / 100),
    "charges": lambda random, _, owed: owed - random.choice((500, 750, 1000, 1250)),
    "rounded": lambda _, __, owed: round(owed / 100) * 100,
    "swapped": _swapped,
    "twice": lambda _, __, owed: owed * 2,
    "part": lambda random, _, owed: owed // random.choice((2, 3)),
    "reminder fee": lambda random, _, owed: owed + random.choice((250, 500)),
    "little less": lambda random, _, owed: owed - random.randrange(1, min(owed // 4, 900)),
}
