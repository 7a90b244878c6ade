"""Invented payments for a world of orders, with everything that goes wrong, and the truth about each.

The shares follow the field where something was published (half of all transfers fit, 1.5 % too little) and are ours
otherwise. Nothing here knows how the matcher works.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from benchmarks.matching import writing
from benchmarks.matching.bank import rejoined, some_bank
from benchmarks.matching.deviations import amount_of, payer_of
from benchmarks.matching.orders import TODAY, Order, World
from benchmarks.matching.people import given_name, iban, surname
from zahlmeister.matching.facts import Item, Payment

WRITINGS: dict[str, tuple[float, Callable[[Random, str], str]]] = {
    "exact": (17, writing.exact),
    "in words": (27, writing.in_words),
    "torn": (8, writing.torn),
    "wrong digit": (5, writing.wrong_digit),
    "swapped digits": (3, writing.swapped),
    "look-alike": (2, writing.look_alike),
    "digit lost or doubled": (2, writing.lost_or_doubled),
    "shortened": (9, writing.shortened),
    "absent": (14, writing.empty),
    "other digits": (5, writing.other_digits),
    "invoice number": (4, writing.in_words),
    "customer number": (3, writing.in_words),
    "old number": (1, writing.in_words),
    "somebody's number": (0.6, writing.in_words),
}
PAYERS = {
    "same": 60, "reversed": 8, "spouse": 10, "other": 5, "joint": 7, "firm or person": 6, "third party": 2, "nobody": 1,
    "initial": 1,
}  # fmt: skip
AMOUNTS = {
    "exact": 80, "no shipping": 4, "discount": 4, "charges": 2, "rounded": 2.5, "swapped": 1.5, "twice": 1, "part": 1.5,
    "reminder fee": 1.5, "little less": 2,
}  # fmt: skip
#: The number can be read from the text by a careful person, without guessing.
READABLE = {"exact", "in words", "torn", "look-alike", "shortened", "invoice number"}
SLIPS = {"wrong digit", "swapped digits", "digit lost or doubled"}


@dataclass(frozen=True, slots=True)
class Case:
    """A payment and the truth about it.

    `answer` is what it really pays, empty when nothing open; `is_assignable` says whether the merchant himself could
    have known; `category` is what the report counts by.
    """

    payment: Payment
    answer: frozenset[int]
    is_assignable: bool
    category: str
    names: frozenset[int] = frozenset()  # the order it speaks of when that one is paid already


class Teller:
    """Makes payments for a world; every open order is paid at most once unless the story is about paying twice."""

    def __init__(self, random: Random, world: World, *, clean: float = 0.0) -> None:
        self.random, self.world, self.clean = random, world, clean
        self._unpaid = list(range(len(world.open)))
        random.shuffle(self._unpaid)
        self._by_customer: dict[int, list[Order]] = {}
        for order in world.open:
            self._by_customer.setdefault(order.customer.number, []).append(order)
        self._regulars = [orders for orders in self._by_customer.values() if len(orders) > 1]
        random.shuffle(self._regulars)
        self._paid: set[int] = set()
        self._named = Counter((name, order.item.open_minor) for order in world.open for name in _all_names(order.item))
        self._numbers = Counter(order.item.number for order in world.open)

    def cases(self, count: int) -> list[Case]:
        """So many payments in the order the bank reports them."""
        found: list[Case] = []
        while len(found) < count:
            kind = self.random.choices(
                ("single", "several", "unrelated", "closed", "twice", "parts"), (74, 6, 11, 4.5, 2, 2.5)
            )[0]
            found += getattr(self, f"_{kind}")()
        return found[:count]

    def _single(self) -> list[Case]:
        order = self._next()
        return [] if order is None else [self._case_for(order)]

    def _case_for(self, order: Order) -> Case:
        random = self.random
        if random.random() < self.clean:
            how, who, much = random.choice(("exact", "in words")), "same", "exact"
        else:
            how = random.choices(list(WRITINGS), [share for share, _ in WRITINGS.values()])[0]
            who = random.choices(list(PAYERS), list(PAYERS.values()))[0]
            much = random.choices(list(AMOUNTS), list(AMOUNTS.values()))[0]
        if (how == "invoice number" and not order.item.invoice_numbers) or (
            how == "customer number" and not order.item.customer_number
        ):
            how = "in words"
        text = WRITINGS[how][1](random, self._written_number(order, how))
        payer, helps = payer_of(self.random, order.customer, who)
        if who in {"other", "third party"} and random.random() < 0.3:
            text, helps = f"{text} {order.customer.name}", True
        minor = amount_of(random, order.item, much)
        knows = self._could_know(order.item, how, helps=helps, paid=minor)
        category = how if who in {"same", "reversed"} and much == "exact" else f"{how} + trouble"
        return Case(self._payment(order, text, payer, minor, who), frozenset({order.item.id}), knows, category)

    def _could_know(self, item: Item, how: str, *, helps: bool, paid: int) -> bool:
        """Whether a careful merchant would have assigned it: by rule, from what was written and what else is open."""
        is_exact = paid == item.open_minor
        unique = min(self._named[name, item.open_minor] for name in _all_names(item)) == 1
        match how:
            case _ if how in READABLE:
                return helps or is_exact
            case "customer number":
                mine = [
                    o
                    for o in self._by_customer.get(int(item.customer_number or 0) - 30_000, ())
                    if o.item.open_minor == item.open_minor
                ]
                return is_exact and len(mine) == 1
            case _:
                return helps and is_exact and unique

    def _written_number(self, order: Order, how: str) -> str:
        item = order.item
        match how:
            case "invoice number":
                return item.invoice_numbers[0]
            case "customer number":
                return f"{self.random.choice(('Kunde ', 'KdNr ', ''))}{item.customer_number}"
            case "old number":
                return self.random.choice(self.world.closed).item.number
            case "somebody's number":
                return self.random.choice(self.world.open).item.number
            case _:
                return item.number

    def _several(self) -> list[Case]:
        """Two to four orders of one customer in one transfer: all named, one named, or none."""
        random = self.random
        while self._regulars:
            orders = [order for order in self._regulars.pop() if order.item.id not in self._paid]
            if len(orders) >= 2:
                break
        else:
            return []
        chosen = orders[: random.choice((2, 2, 2, 3, 4))]
        self._paid |= {order.item.id for order in chosen}
        way = random.choices(("all named", "shortly named", "one named", "none named"), (50, 5, 20, 25))[0]
        numbers = [order.item.number for order in chosen]
        text = {
            "all named": random.choice((" ", ", ", " und ", " + ", "/ ")).join(numbers),
            "shortly named": " und ".join(numbers),
            "one named": numbers[0],
            "none named": random.choice(writing.EMPTY),
        }[way]
        payer, helps = payer_of(
            self.random, chosen[0].customer, random.choice(("same", "same", "same", "reversed", "joint", "spouse"))
        )
        minor = sum(order.item.open_minor for order in chosen)
        everything = [o for o in orders if o in chosen] == orders
        knows = way in {"all named", "shortly named"} or (helps and everything)
        last = max(chosen, key=lambda order: order.item.opened_on or TODAY)
        payment = self._payment(
            last, random.choice(("Bestellungen {}", "{}", "Best. {}")).format(text), payer, minor, "same"
        )
        return [Case(payment, frozenset(order.item.id for order in chosen), knows, f"several, {way}")]

    def _parts(self) -> list[Case]:
        """One order in two transfers."""
        order = self._next()
        if order is None:
            return []
        item, random = order.item, self.random
        first = random.choice((item.open_minor // 2, item.open_minor // 3, min(5_000, item.open_minor // 2)))
        named = random.random() < 0.7
        found = []
        for i, minor in enumerate((first, item.open_minor - first)):
            text = writing.in_words(random, item.number) + f" Rate {i + 1}" if named else f"{i + 1}. Rate"
            payer, _ = payer_of(self.random, order.customer, "same")
            payment = self._payment(order, text, payer, minor, "same")
            found.append(Case(payment, frozenset({item.id}), named, "parts, named" if named else "parts, not named"))
        return found

    def _twice(self) -> list[Case]:
        """Cora pays, and pays again: the second payment must not go anywhere else."""
        order = self._next()
        if order is None:
            return []
        text = writing.in_words(self.random, order.item.number)
        payer, _ = payer_of(self.random, order.customer, "same")
        payment = self._payment(order, text, payer, order.item.open_minor, "same")
        truth = frozenset({order.item.id})
        return [
            Case(payment, truth, True, "paid twice, first"),
            Case(payment, frozenset(), False, "paid twice, second", truth),
        ]

    def _closed(self) -> list[Case]:
        """For an order that is no longer open or never was ours; one in eight with a slip in the number.

        Not told: without a number, and the same customer owes the same amount for another order. Nobody could know.
        """
        order, random = random_order(self.random, self.world.closed), self.random
        how = random.choices((writing.in_words, writing.wrong_digit, writing.swapped, writing.empty), (68, 8, 4, 20))[0]
        payer, _ = payer_of(self.random, order.customer, random.choice(("same", "same", "spouse", "other")))
        minor = (
            order.item.total_minor if random.random() < 0.8 else random_order(random, self.world.open).item.open_minor
        )
        theirs = self._by_customer.get(order.customer.number, ())
        if how is writing.empty and any(other.item.open_minor == minor for other in theirs):
            return []
        payment = self._payment(order, how(random, order.item.number), payer, minor, "same")
        return [Case(payment, frozenset(), False, "closed order")]

    def _unrelated(self) -> list[Case]:
        """Money for no order; a quarter has an open order's amount, some quote numbers like ours."""
        random = self.random
        payer, text = random.choice(_UNRELATED)
        if random.random() < 0.4:
            text += f" {random_order(random, self.world.closed).item.number}"
        text = text.format(n=random.randrange(10**6, 10**9), m=random.randrange(1000, 99999))
        minor = random.randrange(500, 400_000)
        if random.random() < 0.25:
            minor = random_order(random, self.world.open).item.open_minor
        if payer == "someone":
            payer = f"{given_name(random, woman=random.random() < 0.5)} {surname(random)}"
        bank = some_bank(random)
        said, pieces = rejoined(random, *bank.text(text))
        payment = Payment(minor, "EUR", TODAY, bank.name(payer), None, iban(random, "DE"), said or None, pieces)
        return [Case(payment, frozenset(), False, "unrelated")]

    def _next(self) -> Order | None:
        while self._unpaid:
            number = self._unpaid.pop()
            if number not in self._paid:
                self._paid.add(number)
                return self.world.open[number]
        return None

    def _payment(self, order: Order, text: str, payer: str, minor: int, who: str) -> Payment:
        random = self.random
        bank = some_bank(random)
        said, pieces = rejoined(random, *bank.text(text))
        own = (
            order.item.ibans[0] if order.item.ibans and who in {"same", "reversed"} and random.random() < 0.9 else None
        )
        opened = order.item.opened_on or TODAY
        booked = min(opened + timedelta(days=int(random.lognormvariate(0.8, 0.7)) + 1), TODAY)
        account = own or (order.customer.iban if who in {"same", "reversed"} else iban(random, order.customer.country))
        return Payment(minor, "EUR", booked, bank.name(payer) or None, None, account, said or None, pieces)


def random_order(random: Random, orders: list[Order]) -> Order:
    return random.choice(orders)


def plain(text: str) -> str:
    """A name as a person compares names: no accents, no case, no order of words."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return " ".join(sorted(bare.replace("-", " ").replace(",", " ").split()))


def _all_names(item: Item) -> list[str]:
    return [plain(name) for name in (item.name, item.company) if name]


_UNRELATED = (
    ("PayPal Europe S.a.r.l. et Cie S.C.A", "PP.{m}.PP ABBUCHUNG VOM PAYPAL-KONTO AWV-MELDEPFLICHT BEACHTEN"),
    ("Stripe Technology Europe Ltd", "STRIPE PAYOUT {n}"),
    ("Klarna Bank AB", "KLARNA SETTLEMENT {n}"),
    ("Amazon Payments Europe S.C.A.", "AMZN {n} Auszahlung"),
    ("Finanzamt Göttingen", "UST ERSTATTUNG 3.VJ 2026 STNR 20/{n}"),
    ("VR Payment GmbH", "KARTENUMSATZ {n} TERMINAL {m}"),
    ("Großhandel Nord GmbH", "Gutschrift Retoure {m}"),
    ("Papier Union GmbH", "Erstattung Rechnung {m}"),
    ("Telekom Deutschland GmbH", "Gutschrift Kundenkonto {n}"),
    ("Techniker Krankenkasse", "ERSTATTUNG AAG {n}"),
    ("DHL Paket GmbH", "NACHNAHME SENDUNG {n}"),
    ("someone", "Miete November"),
    ("someone", "Privateinlage"),
    ("someone", "Rückzahlung"),
    ("someone", "Kaution {m}"),
    ("someone", "danke"),
)
