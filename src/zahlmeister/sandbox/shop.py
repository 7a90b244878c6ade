"""Brigitte's two shops: orders as a shop reports them, and the CSV file a merchant would export.

The main shop counts its orders densely (100012001, 100012002, …), so that one wrong digit hits another open
order; the second one sells workshops and prefixes its numbers (WS-10482).
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.cast import KNOWN, Person, household, people, with_check_digits
from zahlmeister.sandbox.chance import Dice, dice
from zahlmeister.sandbox.names import Country

SHOP = "Brigittes Wollstube"
DAYS = 45  # how far back the orders reach
KNOWN_DAYS = range(8, 15)  # how many days ago the known five ordered: time enough to pay, or to be reminded
#: What yarn, needles and patterns cost: few prices, so that many orders have the same amount.
PRICES = (
    990,
    1490,
    1990,
    1990,
    2490,
    2490,
    2990,
    2990,
    2990,
    3490,
    3990,
    4990,
    4990,
    5990,
    7990,
    9990,
    14990,
)
BALL = 495  # one ball of wool; baskets of many balls have rarer amounts
FREE_SHIPPING_FROM = 6000
SHIPPING = {Country.GERMANY: 490, Country.AUSTRIA: 990, Country.SWITZERLAND: 1490}
COD_FEE = 690
#: Prepayment leads, because whoever shops by card or PayPal never becomes an open item.
PAYMENT_KINDS = {"prepayment": 58, "invoice": 34, "cod": 8}
TERM_DAYS = {"prepayment": 7, "invoice": 14, "cod": 7}

COLUMNS = (
    "number",
    "amount",
    "currency",
    "date",
    "invoice_number",
    "customer_number",
    "payment_kind",
    "name",
    "company",
    "email",
    "street",
    "postcode",
    "city",
    "country",
    "shipping_cost",
    "due_date",
    "iban",
    "reference",
)


@dataclass(frozen=True, slots=True)
class SandboxOrder:
    """One order with the fields of the orders CSV; `iban` is known from an earlier payment, else None."""

    number: str
    amount: Amount
    date: dt.date
    invoice_number: str | None
    customer_number: str
    payment_kind: str
    name: str
    company: str | None
    email: str
    street: str
    postcode: str
    city: str
    country: Country
    shipping_cost: Amount
    due_date: dt.date
    iban: str | None
    reference: str | None

    @property
    def currency(self) -> str:
        return self.amount.currency


def orders(seed: int, count: int, today: dt.date) -> list[SandboxOrder]:
    """So many orders of the last 45 days, oldest first; among fifty and more are the known five."""
    roll = dice(seed, "shop")
    numbers = _Numbers(today)
    days = sorted((roll.randrange(1, DAYS) for _ in range(count)), reverse=True)
    return [
        _order(roll, numbers, customer, today - dt.timedelta(days=days_ago))
        for customer, days_ago in zip(_customers(roll, seed, days), days, strict=True)
    ]


def write_orders_csv(orders: Iterable[SandboxOrder], path: Path) -> None:
    """Write the orders as a shop exports them: UTF-8, comma, a header line, empty where nothing is known."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for order in orders:
            writer.writerow(_cell(getattr(order, column)) for column in COLUMNS)


class _Numbers:
    """The counters of both shops, of the invoices and of the customers."""

    def __init__(self, today: dt.date) -> None:
        self.order = 100012000
        self.workshop = 10480
        self.invoice = 4100
        self.year = today.year
        self.customers: dict[str, str] = {}

    def next_order(self) -> str:
        self.order += 1
        return str(self.order)

    def next_workshop(self) -> str:
        self.workshop += 1
        return f"WS-{self.workshop}"

    def next_invoice(self) -> str:
        self.invoice += 1
        return f"RE-{self.year}-{self.invoice:05d}"

    def customer(self, email: str) -> str:
        return self.customers.setdefault(email, str(20400 + len(self.customers)))


def _customers(roll: Dice, seed: int, days: list[int]) -> Iterator[Person]:
    """Who orders, order by order: most once, some again soon after, some again after a while."""
    everybody = people(seed)
    known = list(islice(everybody, len(KNOWN)))
    lately = [place for place, days_ago in enumerate(days) if days_ago in KNOWN_DAYS]
    places = dict(zip(roll.sample(lately, len(known)), known, strict=True)) if len(lately) >= len(known) else {}
    before: list[Person] = []
    for place in range(len(days)):
        person = places.get(place)
        if person is None and before and roll.happens(5):
            person = before[-1]
        elif person is None and before and roll.happens(18):
            person = roll.choice(before)
        elif person is None:
            person = next(everybody)
        if person not in KNOWN:
            before.append(person)
        yield person


def _order(roll: Dice, numbers: _Numbers, customer: Person, day: dt.date) -> SandboxOrder:
    is_known = customer in KNOWN
    is_workshop = roll.happens(14) and not is_known
    kind = "prepayment" if is_known else "invoice" if is_workshop else roll.weighted(PAYMENT_KINDS)
    currency = "CHF" if customer.country is Country.SWITZERLAND and roll.happens(60) else "EUR"
    goods = 4990 if is_known else _goods(roll)
    shipping = 0 if is_workshop or goods >= FREE_SHIPPING_FROM else SHIPPING[customer.country]
    shipping += COD_FEE if kind == "cod" else 0
    number = numbers.next_workshop() if is_workshop else numbers.next_order()
    is_returning = customer.email in numbers.customers
    return SandboxOrder(
        number=number,
        amount=Amount(goods + shipping, currency),
        date=day,
        invoice_number=numbers.next_invoice() if kind == "invoice" or roll.happens(40) else None,
        customer_number=numbers.customer(customer.email),
        payment_kind=kind,
        name=customer.name,
        company=customer.company,
        email=customer.email,
        street=customer.street,
        postcode=customer.postcode,
        city=customer.city,
        country=customer.country,
        shipping_cost=Amount(shipping, currency),
        due_date=day + dt.timedelta(days=TERM_DAYS[kind]),
        iban=household(customer.email, customer.name, customer.country).own.iban
        if is_returning and roll.happens(70)
        else None,
        reference=with_check_digits("RF", number.replace("-", "")) if is_workshop else None,
    )


def _goods(roll: Dice) -> int:
    """What is in the basket, in cents: one article, two, or a heap of wool."""
    match roll.weighted({"one": 50, "two": 25, "wool": 25}):
        case "one":
            return roll.choice(PRICES)
        case "two":
            return roll.choice(PRICES) + roll.choice(PRICES)
        case _:
            return BALL * roll.randrange(3, 24) + roll.choice((0, 0, 395, 1290))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Amount():
            return value.text()
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)
