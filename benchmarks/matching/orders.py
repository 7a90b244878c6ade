"""Invented orders of one merchant: numbers of several styles, colliding prices, customers with several open orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random

from stdnum.ch import esr
from stdnum.iso7064 import mod_97_10

from benchmarks.matching.people import Customer, customers, iban
from zahlmeister.matching.facts import Item
from zahlmeister.money.references import payment_reference

TODAY = date(2026, 11, 20)
STYLES = ("counter", "short", "prefixed", "dated", "yearly", "codes", "marketplace")
_MIXED = tuple(accumulate((34, 8, 16, 16, 14, 6, 6)))
_ARTICLES = tuple(accumulate((60, 25, 10, 5)))
_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ379"
_SHIPPING = {"DE": (0, 495, 495, 590), "AT": (990,), "CH": (1490,)}
_DAYS = tuple(TODAY - timedelta(days=days) for days in range(92))
FIRST_CUSTOMER = 30_000
MOST_CLOSED = 20_000
#: So many orders are a second one of the same name and amount: by the same customer, or by a namesake.
DOUBLES = 0.005


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its customer; of closed ones the matcher knows the numbers."""

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
    people = customers(random, max(int(count * 0.88), 1))
    shop = _Shop(random, style, density, references)
    regulars = people[: max(len(people) // 11, 1)]
    buyers = people + [random.choice(regulars) for _ in range(count - len(people))]
    random.shuffle(buyers)
    open_orders: list[Order] = []
    for number, buyer in enumerate(buyers):
        model = open_orders[-1] if open_orders and random.random() < DOUBLES else None
        open_orders.append(shop.again(number, model) if model else shop.order(number, buyer))
    strangers = customers(random, min(count, MOST_CLOSED), start=2 * count)
    closed = [
        shop.order(count + i, random.choice(people) if random.random() < 0.25 else stranger, closed=True)
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
        self._codes: set[str] = set()

    def issue(self, *, closed: bool) -> str:
        if self._style in {"codes", "marketplace"}:
            return self._code()
        if closed and self._issued:
            return self._text(self._issued.pop(self._random.randrange(len(self._issued))))
        while self._random.random() > self._density:
            if len(self._issued) < 4 * MOST_CLOSED or self._random.random() < 0.1:
                self._issued.append(self._next)
            self._next += 1
        self._next += 1
        return self._text(self._next - 1)

    def _text(self, number: int) -> str:
        match self._style:
            case "counter":
                return str(number)
            case "short":
                return f"#{number}"
            case "prefixed":
                return f"SW{number}"
            case "dated":
                return f"2026-{10 - (number // 3000) % 9:02d}-{number}"
            case _:
                return f"RE-2026{number:04d}"

    def _code(self) -> str:
        random = self._random
        while True:
            code = (
                "".join(random.choices(_CODE, k=6))
                if self._style == "codes"
                else f"{random.randrange(300, 307)}-{random.randrange(10**7):07d}-{random.randrange(10**7):07d}"
            )
            if code not in self._codes:
                self._codes.add(code)
                return code


class _Shop:
    """What the orders of one merchant have in common."""

    def __init__(self, random: Random, style: str, density: float, references: float) -> None:
        self._random, self._style, self._references = random, style, references
        ends = (99, 99, 99, 95, 90, 0, 0, 49)
        self._prices = [int(random.lognormvariate(3.2, 0.9)) * 100 + random.choice(ends) for _ in range(300)]
        self._numbers = {name: _Numbers(random, name, density) for name in STYLES}

    def order(self, number: int, customer: Customer, *, closed: bool = False) -> Order:
        random = self._random
        shipping = random.choice(_SHIPPING[customer.country])
        total = self._goods(customer) + shipping
        opened = _DAYS[min(int(random.expovariate(1 / 9)), 90) + 1]
        kind = _kind(random.random())
        item = Item(
            id=number,
            number=self._number(closed=closed),
            total_minor=total,
            open_minor=total,
            currency="CHF" if customer.country == "CH" and customer.number % 2 else "EUR",
            opened_on=opened,
            invoice_numbers=(f"R{70_000 + number}",) if random.random() < 0.5 else (),
            customer_number=str(FIRST_CUSTOMER + customer.number) if random.random() < 0.9 else None,
            payment_kind=kind,
            name=customer.title + customer.name if not customer.firm or random.random() < 0.7 else None,
            company=customer.firm,
            email=customer.email,
            street=f"Hauptstr. {random.randrange(1, 120)}",
            postcode=customer.postcode,
            city=customer.city,
            shipping_minor=shipping,
            ibans=(customer.iban,) if random.random() < 0.25 else (),
            reference=self._reference(number, customer),
            tracking_numbers=(self._parcel(),) if kind == "cod" or random.random() < 0.2 else (),
        )
        return Order(item if closed else self._with_terms(item), customer)

    def again(self, number: int, model: Order) -> Order:
        """The same amount once more, by the same customer or by somebody of the same name elsewhere."""
        random, customer = self._random, model.customer
        if random.random() < 0.5:
            far = 10**7 + number
            customer = replace(
                customer, number=far, email=f"x{far}@example.com", iban=iban(random, customer.country), city="Kiel",
                postcode="24103",
            )  # fmt: skip
        item = replace(
            model.item, id=number, number=self._number(closed=False), email=customer.email, city=customer.city,
            postcode=customer.postcode, ibans=(customer.iban,) if random.random() < 0.25 else (),
            invoice_numbers=(f"R{70_000 + number}",) if model.item.invoice_numbers else (),
            customer_number=model.item.customer_number and str(FIRST_CUSTOMER + customer.number),
            reference=model.item.reference and self._reference(number, customer),
            tracking_numbers=(self._parcel(),) if model.item.tracking_numbers else (),
        )  # fmt: skip
        return Order(item, customer)

    def _parcel(self) -> str:
        random = self._random
        return (
            f"0034043{random.randrange(10**13):013d}" if random.random() < 0.6 else f"{random.randrange(10**11):011d}"
        )

    def _number(self, *, closed: bool) -> str:
        style = self._random.choices(STYLES, cum_weights=_MIXED)[0] if self._style == "mixed" else self._style
        return self._numbers[style].issue(closed=closed)

    def _goods(self, customer: Customer) -> int:
        random, prices = self._random, self._prices
        articles = random.choices((1, 2, 3, 4), cum_weights=_ARTICLES)[0]
        goods = max(sum(prices[int(len(prices) * random.random() ** 2.2)] for _ in range(articles)), 295)
        if customer.firm and random.random() < 0.6:
            goods = goods * random.randrange(2, 9) * 119 // 100
        return goods

    def _with_terms(self, item: Item) -> Item:
        """Some orders have a cash discount, reminder fees, or are paid in part already."""
        random, at = self._random, self._random.random()
        opened = item.opened_on or TODAY
        if at < (0.3 if item.company else 0.03):
            discount = round(item.total_minor * random.choice((2, 3)) / 100)
            return replace(
                item, discount_minor=discount, discount_until=opened + timedelta(days=random.choice((7, 10, 14)))
            )
        if at > 0.8 and opened < TODAY - timedelta(days=20):
            return replace(item, fees_minor=random.choice((250, 500)))
        if 0.7 < at < 0.715:
            return replace(item, open_minor=item.total_minor - item.total_minor // random.choice((2, 3, 4)))
        return item

    def _reference(self, number: int, customer: Customer) -> str | None:
        random = self._random
        if random.random() < self._references:
            return _own_reference(number)
        if customer.country == "CH" and random.random() < 0.4:
            body = f"21000000{number:018d}"
            return body + str(esr.calc_check_digit(body))
        if customer.firm and random.random() < 0.06:
            return f"RF{mod_97_10.calc_check_digits(f'{70_000 + number}RF')}{70_000 + number}"
        return None


def namesakes(orders: Sequence[Order]) -> list[tuple[Order, Order]]:
    """Pairs of neighbouring orders of one name and amount."""
    return [
        (one, other)
        for one, other in pairwise(orders)
        if one.item.open_minor == other.item.open_minor and one.customer.name == other.customer.name
    ]


def _kind(at: float) -> str:
    return "prepayment" if at < 0.75 else "invoice" if at < 0.96 else "cod"


def _own_reference(number: int) -> str:
    number *= 3
    while True:
        try:
            return payment_reference(number)
        except ValueError:
            number += 1_000_003
