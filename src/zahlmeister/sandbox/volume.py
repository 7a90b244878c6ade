"""Many plain orders and their payments, one after the other, for measuring speed: nothing is kept in memory.

The n-th payment pays the n-th order exactly, so that any slice of both belongs together.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.sandbox.bank import OPENING_MINOR, merchant_account
from zahlmeister.sandbox.cast import Person, household, people
from zahlmeister.sandbox.movements import TRANSFER_IN, Disturbance, Movement, Statement, as_banks_write
from zahlmeister.sandbox.shop import PRICES, SandboxOrder

FIRST_NUMBER = 100012001
CROWD = 5000  # different customers; they order again and again
_SHIPPING = Amount(490, "EUR")


def many_orders(seed: int, count: int, today: date) -> Iterator[SandboxOrder]:
    """So many prepaid orders of yesterday and the days before, two thousand a day."""
    crowd = _crowd(seed)
    for place in range(count):
        customer = crowd[place % len(crowd)]
        day = today - timedelta(days=1 + (count - 1 - place) // 2000 % 300)
        yield SandboxOrder(
            number=str(FIRST_NUMBER + place),
            amount=_amount(place),
            date=day,
            invoice_number=None,
            customer_number=str(20400 + place % len(crowd)),
            payment_kind="prepayment",
            name=customer.name,
            company=customer.company,
            email=customer.email,
            street=customer.street,
            postcode=customer.postcode,
            city=customer.city,
            country=customer.country,
            shipping_cost=_SHIPPING,
            due_date=day + timedelta(days=7),
            iban=None,
            reference=None,
        )


def many_statements(seed: int, count: int, first: date, per_day: int = 10_000) -> Iterator[Statement]:
    """So many payments from the first day on, at most `per_day` on one statement; balances chain."""
    account = merchant_account(seed, "EUR")
    crowd = [_payer(customer) for customer in _crowd(seed)]
    balance = Amount(OPENING_MINOR, "EUR")
    day = banking_day(first)
    closed_on = day - timedelta(days=1)
    for number, start in enumerate(range(0, count, per_day), start=1):
        movements = tuple(
            _payment(place, day, crowd[place % len(crowd)]) for place in range(start, min(start + per_day, count))
        )
        statement = Statement(account, number, day, closed_on, balance, movements)
        yield statement
        balance, closed_on, day = statement.closing, day, banking_day(day, 1)


def _crowd(seed: int) -> list[Person]:
    return list(islice(people(seed), CROWD))


def _payer(customer: Person) -> tuple[str, str, str]:
    account = household(customer.email, customer.name, customer.country).own
    return as_banks_write(account.holder, 70), account.iban, account.bank.bic


def _payment(place: int, day: date, payer: tuple[str, str, str]) -> Movement:
    number = str(FIRST_NUMBER + place)
    name, iban, bic = payer
    return Movement(
        booked_on=day,
        amount=_amount(place),
        booking=TRANSFER_IN,
        disturbance=Disturbance.EXACT,
        pays=(number,),
        counterparty=name,
        iban=iban,
        bic=bic,
        remittance=f"Bestellung {number}",
        bank_reference=f"{day:%y%j}{place:011d}",
    )


def _amount(place: int) -> Amount:
    return Amount(PRICES[place % len(PRICES)] + PRICES[place // 7 % len(PRICES)], "EUR") + _SHIPPING
