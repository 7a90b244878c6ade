"""Invented orders of one merchant: numbers of several styles, colliding prices, customers with several open orders."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from benchmarks.matching.people import Customer, customers
from zahlmeister.matching.facts import Item
from zahlmeister.money.references import payment_reference

TODAY = date(2026, 11, 20)
STYLES = ("counter", "short", "prefixed", "dated", "yearly", "codes", "marketplace")
_MIXED = (0.34, 0.08, 0.16, 0.16, 0.14, 0.06, 0.06)
_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ379"


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its customer; closed ones are not given to the matcher."""

    item: Item
    customer: Customer


@dataclass(frozen=True, slots=True)
class World:
    """A merchant: open orders, by position equal to `item.id`, and a few closed ones."""

    open: list[Order]
    closed: list[Order]


def world(random: Random, count: int, *, style: str = "mixed", density: float = 0.35, references: float = 0.0) -> World:
    """A merchant with `count` open orders among `count / density` issued ones, of which some closed are kept.

    Every fourth closed order is of a customer who has an open one as well.
    """
    prices = _catalogue(random)
    people = customers(random, max(int(count * 0.88), 1))
    numbers = {name: _Numbers(random, name, density) for name in STYLES}
    regulars = people[: max(len(people) // 11, 1)]
    buyers = people + [random.choice(regulars) for _ in range(count - len(people))]
    random.shuffle(buyers)
    shop = (numbers, style, prices, references)
    open_orders = [_order(random, i, customer, shop) for i, customer in enumerate(buyers)]
    strangers = customers(random, min(count, 20_000), start=len(people))
    closed = [
        _order(random, count + i, random.choice(people) if random.random() < 0.25 else stranger, shop, closed=True)
        for i, stranger in enumerate(strangers)
    ]
    return World(open_orders, closed)


class _Numbers:
    """A counter of which only every so-many-th number is still open."""

    def __init__(self, random: Random, style: str, density: float) -> None:
        self._random, self._style, self._density = random, style, density
        self._next = {"counter": 100_012_345, "short": 10_456, "prefixed": 10_023, "dated": 411, "yearly": 1_234}.get(
            style, 1
        )
        self._issued: list[int] = []
        self._days = 0

    def issue(self, *, closed: bool) -> str:
        if closed and self._issued and self._style not in {"codes", "marketplace"}:
            return self._text(self._issued.pop(self._random.randrange(len(self._issued))))
        while self._random.random() > self._density:
            self._issued.append(self._next)
            self._next += 1
        self._next += 1
        return self._text(self._next - 1)

    def _text(self, number: int) -> str:
        random = self._random
        match self._style:
            case "counter":
                return str(number)
            case "short":
                return f"#{number}"
            case "prefixed":
                return f"SW{number}"
            case "dated":
                return f"2026-{10 - (number // 3000) % 9:02d}-{number}"
            case "yearly":
                return f"RE-2026{number:04d}"
            case "codes":
                return "".join(random.choice(_CODE) for _ in range(6))
            case _:
                return f"{random.randrange(300, 307)}-{random.randrange(10**7):07d}-{random.randrange(10**7):07d}"


def _catalogue(random: Random) -> list[int]:
    ends = (99, 99, 99, 95, 90, 0, 0, 49)
    return [int(random.lognormvariate(3.2, 0.9)) * 100 + random.choice(ends) for _ in range(300)]


def _order(
    random: Random,
    number: int,
    customer: Customer,
    shop: tuple[dict[str, _Numbers], str, list[int], float],
    *,
    closed: bool = False,
) -> Order:
    numbers, style, prices, references = shop
    kind = random.choices(STYLES, _MIXED)[0] if style == "mixed" else style
    goods = sum(
        prices[int(len(prices) * random.random() ** 2.2)]
        for _ in range(random.choices((1, 2, 3, 4), (60, 25, 10, 5))[0])
    )
    goods = max(goods, 295)
    if customer.firm and random.random() < 0.6:
        goods = goods * random.randrange(2, 9) * 119 // 100
    shipping = {"DE": random.choice((0, 495, 495, 590)), "AT": 990, "CH": 1490}[customer.country]
    opened = TODAY - timedelta(days=min(int(random.expovariate(1 / 9)), 90) + 1)
    item = Item(
        id=number,
        number=numbers[kind].issue(closed=closed),
        total_minor=goods + shipping,
        open_minor=goods + shipping,
        currency="EUR",
        opened_on=opened,
        invoice_numbers=(f"R{70_000 + number}",) if random.random() < 0.5 else (),
        customer_number=str(30_000 + customer.number) if random.random() < 0.9 else None,
        name=customer.name if not customer.firm or random.random() < 0.7 else None,
        company=customer.firm,
        email=customer.email,
        street=f"Hauptstr. {random.randrange(1, 120)}",
        postcode=customer.postcode,
        city=customer.city,
        shipping_minor=shipping,
        ibans=(customer.iban,) if random.random() < 0.25 else (),
        reference=_reference(number) if random.random() < references else None,
    )
    return Order(item, customer)


def _reference(number: int) -> str:
    number *= 3
    while True:
        try:
            return payment_reference(number)
        except ValueError:
            number += 1_000_003
