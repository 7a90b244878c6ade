"""Who pays instead of the customer, and how the amount differs from what is owed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from random import Random

from benchmarks.matching.people import Customer, given_name, surname
from zahlmeister.matching.facts import Item


class Tells(IntEnum):
    """How well a payer's name tells who the customer is."""

    NOTHING = 0
    PARTLY = 1
    FULLY = 2


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pays, as the transfer names them; `says` is added to the text."""

    name: str
    tells: Tells
    ultimate: str | None = None
    says: str = ""
    has_account: bool = True
    who: str = "same"

    @property
    def is_customer(self) -> bool:
        return self.who in {"same", "reversed", "titled"}


#: Who pays: how often in a hundred.
PAYERS: dict[str, float] = {
    "same": 56, "reversed": 8, "titled": 4, "spouse": 10, "other": 4, "joint": 7, "family": 1, "firm or person": 5,
    "third party": 1.5, "ultimate debtor": 1, "bank or factor": 0.5, "nobody": 0.7, "account only": 0.3, "initial": 1,
}  # fmt: skip
_PRIVATE = {"spouse", "joint", "initial", "family", "titled"}


def sender(random: Random, customer: Customer, who: str) -> Sender:
    """The payer of an order of this customer."""
    if customer.firm and who in _PRIVATE:
        who = "same"
    made = _PAYERS[who](random, customer)
    return Sender(made.name, made.tells, made.ultimate, made.says, made.has_account, who)


def _same(random: Random, customer: Customer) -> Sender:
    del random
    return Sender(customer.firm or customer.name, Tells.FULLY)


def _titled(random: Random, customer: Customer) -> Sender:
    title = random.choice(("Dr. ", "Prof. Dr. ", "Frau " if customer.woman else "Herr ", "Dipl.-Ing. ", "Mag. "))
    return Sender(title + customer.name, Tells.FULLY)


def _reversed(random: Random, customer: Customer) -> Sender:
    mark = random.choice((", ", " "))
    return Sender(customer.firm or f"{customer.surname}{mark}{customer.given}", Tells.FULLY)


def _spouse(random: Random, customer: Customer) -> Sender:
    is_same = random.random() < 0.75
    family = customer.surname if is_same else surname(random)
    return Sender(f"{customer.partner} {family}", Tells.PARTLY if is_same else Tells.NOTHING)


def _joint(random: Random, customer: Customer) -> Sender:
    mine, partner = customer.given, customer.partner
    couple = random.choice(
        (
            f"{mine} und {partner}", f"{partner} u. {mine}", f"{mine} + {partner}", f"{mine} & {partner}",
            f"{partner} oder {mine}", f"Eheleute {mine} und {partner}", f"Herr und Frau {mine} u. {partner}",
        )
    )  # fmt: skip
    return Sender(f"{couple} {customer.surname}", Tells.FULLY)


def _family(random: Random, customer: Customer) -> Sender:
    return Sender(f"{random.choice(('Fam.', 'Familie', 'Eheleute'))} {customer.surname}", Tells.PARTLY)


def _firm_or_person(random: Random, customer: Customer) -> Sender:
    if customer.firm:
        return Sender(customer.name, Tells.FULLY)
    return Sender(f"{surname(random)} {random.choice(('GmbH', 'AG', 'e.K.'))}", Tells.NOTHING)


def _third_party(random: Random, customer: Customer) -> Sender:
    return _perhaps_naming(random, customer, random.choice(_THIRD_PARTIES))


def _other(random: Random, customer: Customer) -> Sender:
    name = f"{given_name(random, woman=not customer.woman)} {surname(random)}"
    return _perhaps_naming(random, customer, name)


def _perhaps_naming(random: Random, customer: Customer, name: str) -> Sender:
    says = customer.firm or customer.name
    return Sender(name, Tells.FULLY, says=says) if random.random() < 0.3 else Sender(name, Tells.NOTHING)


def _ultimate(random: Random, customer: Customer) -> Sender:
    return Sender(random.choice(_THIRD_PARTIES), Tells.FULLY, ultimate=customer.firm or customer.name)


def _bank_or_factor(random: Random, customer: Customer) -> Sender:
    says = f"SETTLEMENT {random.choice(('ADVANCE', 'CONFIRMING'))} {(customer.firm or customer.name).upper()}"
    return Sender(random.choice(_BANKS), Tells.FULLY, says=says)


def _account_only(random: Random, customer: Customer) -> Sender:
    name = random.choice((customer.iban, f"KONTO {random.randrange(10**7, 10**10)}", "GENODE61FR1"))
    return Sender(name, Tells.NOTHING, has_account=name != "GENODE61FR1")


_THIRD_PARTIES = (
    "Sparkasse Musterstadt", "Hausverwaltung Nord GmbH", "Betreuungsverein e.V.", "Stadtkasse Coburg",
    "Amtsgericht Hinterlegung", "Lohnsteuerhilfe Mitte e.V.",
)  # fmt: skip
_BANKS = ("BANCO BILBAO VIZCAYA ARGENTARIA", "Eurofactor GmbH", "Raiffeisen Factor Bank AG", "Deutsche Factoring Bank")
_PAYERS: dict[str, Callable[[Random, Customer], Sender]] = {
    "same": _same,
    "reversed": _reversed,
    "titled": _titled,
    "spouse": _spouse,
    "joint": _joint,
    "family": _family,
    "firm or person": _firm_or_person,
    "initial": lambda _, customer: Sender(f"{customer.given[0]}. {customer.surname}", Tells.PARTLY),
    "nobody": lambda *_: Sender("", Tells.NOTHING),
    "account only": _account_only,
    "third party": _third_party,
    "ultimate debtor": _ultimate,
    "bank or factor": _bank_or_factor,
    "other": _other,
}


@dataclass(frozen=True, slots=True)
class Paid:
    """What is transferred; `agrees` says that a person sees at once why it is this much."""

    minor: int
    how: str = "exact"
    agrees: bool = True
    charges: int | None = None
    original: int | None = None
    days: int | None = None  # after the order, where the story says so


#: How the amount differs: how often in a hundred.
AMOUNTS: dict[str, float] = {
    "exact": 75.6, "no shipping": 4, "discount": 3, "agreed discount": 3, "late discount": 1, "charges": 1.2,
    "charges told": 0.8, "charges of the payer": 0.4,
    "instructed amount": 0.8, "paper slip": 0.5, "cash on delivery fee": 0.2, "rounded": 2.5,
    "a cent": 0.5, "swapped": 1.5, "twice": 1, "part": 1.5, "reminder fee": 1.5, "with fees": 1, "little less": 2,
    "little more": 0.5,
}  # fmt: skip
#: A person sees at once why the amount differs.
_AGREEING = {
    *(
        "no shipping",
        "agreed discount",
        "late discount",
        "charges told",
        "charges of the payer",
        "instructed amount",
        "with fees",
        "a cent",
    ),
}


def paid(random: Random, item: Item, how: str) -> Paid:
    """What is transferred for an item; the exact amount where `how` cannot be (no discount agreed, no fees)."""
    made = _CHANGES[how](random, item) if how in _CHANGES else None
    if made is None or made.minor < 100 or (made.minor == item.open_minor and not made.charges):
        return Paid(item.open_minor)
    return Paid(made.minor, how, how in _AGREEING, made.charges, made.original, made.days)


def _swapped(random: Random, item: Item) -> Paid:
    digits = list(str(item.open_minor))
    place = random.randrange(len(digits) - 1)
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    return Paid(int("".join(digits)))


def _less(amount: Callable[[Random, Item], int]) -> Callable[[Random, Item], Paid]:
    return lambda random, item: Paid(item.open_minor - amount(random, item))


def _agreed_discount(random: Random, item: Item) -> Paid | None:
    if not item.discount_minor or item.discount_until is None or item.opened_on is None:
        return None
    term = (item.discount_until - item.opened_on) // timedelta(days=1)
    return Paid(item.open_minor - item.discount_minor, days=random.randrange(1, term + 1))


def _late_discount(random: Random, item: Item) -> Paid | None:
    early = _agreed_discount(random, item)
    return early and Paid(early.minor, days=random.randrange(15, 30))


def _charges_told(random: Random, item: Item) -> Paid:
    kept = random.choice((350, 500, 750, 1000, 1250, 1800))
    return Paid(item.open_minor - kept, charges=kept, original=random.choice((None, item.open_minor)))


_CHANGES: dict[str, Callable[[Random, Item], Paid | None]] = {
    "no shipping": _less(lambda _, item: item.shipping_minor or 0),
    "discount": _less(lambda random, item: round(item.open_minor * random.choice((2, 3)) / 100)),
    "agreed discount": _agreed_discount,
    "late discount": _late_discount,
    "charges": _less(lambda random, _: random.choice((500, 750, 1000, 1250))),
    "charges told": _charges_told,
    "charges of the payer": lambda random, item: Paid(item.open_minor, charges=random.choice((350, 1000, 2500))),
    "instructed amount": lambda random, item: Paid(
        item.open_minor - random.choice((500, 1500, 1990)), original=item.open_minor
    ),
    "paper slip": _less(lambda random, _: random.choice((90, 120, 150, 200))),
    "cash on delivery fee": _less(lambda random, _: random.choice((200, 550))),
    "rounded": lambda _, item: Paid(round(item.open_minor / 100) * 100),
    "a cent": lambda random, item: Paid(item.open_minor + random.choice((-2, -1, 1))),
    "swapped": _swapped,
    "twice": lambda _, item: Paid(item.open_minor * 2),
    "part": lambda random, item: Paid(item.open_minor // random.choice((2, 3))),
    "reminder fee": _less(lambda random, _: -random.choice((250, 500))),
    "with fees": lambda _, item: Paid(item.open_minor + item.fees_minor),
    "little less": _less(lambda random, item: random.randrange(1, min(item.open_minor // 4, 900))),
    "little more": _less(lambda random, _: -random.randrange(1, 600)),
}
