"""Brigitte's bank: a month and a half of daily statements on which her customers pay as people do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.sandbox.business import OWNER, business
from zahlmeister.sandbox.cast import ANNA, BERND, CORA, DIRK, EVA, iban
from zahlmeister.sandbox.chance import Dice, dice
from zahlmeister.sandbox.movements import (
    TRANSFER_IN,
    Disturbance,
    MerchantAccount,
    Movement,
    Statement,
)
from zahlmeister.sandbox.names import BANKS, Country
from zahlmeister.sandbox.payers import HABITS, pay, pay_together
from zahlmeister.sandbox.shop import SandboxOrder

#: Banking days from a prepaid order to the money: 2.4 on average, 95 % within five.
PREPAYMENT_DAYS = {0: 8, 1: 24, 2: 28, 3: 18, 4: 11, 5: 6, 6: 2, 8: 2, 10: 1}
#: Calendar days from an invoice to the money: 72 % within 14 days, day 9 on average, few after reminders.
INVOICE_DAYS = {1: 5, 3: 12, 5: 13, 7: 13, 9: 9, 11: 8, 14: 20, 17: 9, 22: 6, 30: 5}
NEVER_PERCENT = 8  # of the customers never pay
REMINDED_PERCENT = 4  # pay only after a reminder: one in three of those who are reminded
REMINDED_DAYS = range(12, 21)
TOGETHER_PERCENT = 60  # of those who order again within days send one transfer for both
#: What becomes of the five everybody knows; None never pays.
FATES = {
    ANNA.email: Disturbance.EXACT,
    BERND.email: Disturbance.UNDERPAID,
    CORA.email: Disturbance.DUPLICATE,
    DIRK.email: Disturbance.PARENT,
    EVA.email: None,
}
OPENING_MINOR = 841237


def statements(seed: int, orders: Sequence[SandboxOrder], today: date) -> list[Statement]:
    """The daily statements of every account up to yesterday, account by account, balances chained.

    Whoever pays on or after `today` has not paid yet; some never do. Each movement knows its truth.
    """
    if not orders:
        return []
    first = min(order.date for order in orders)
    roll = dice(seed, "bank")
    movements = [
        *_customers_pay(roll, orders),
        *_carrier_pays(roll, orders),
        *business(seed, first, today),
    ]
    booked = [movement for movement in movements if first <= movement.booked_on < today]
    currencies = sorted({movement.amount.currency for movement in booked}, key=lambda name: (name != "EUR", name))
    accounts = [merchant_account(seed, currency) for currency in currencies]
    return [statement for account in accounts for statement in daily(account, booked)]


def merchant_account(seed: int, currency: str) -> MerchantAccount:
    """Brigitte's account in that currency, always the same for one seed."""
    bank = BANKS[Country.GERMANY][0]
    return MerchantAccount(
        owner=f"Brigittes Wollstube Inh. {OWNER}",
        iban=iban(dice(seed, "merchant", currency), bank),
        bic=bank.bic,
        bank=bank.name,
        currency=currency,
    )


def payments_of(statements: Iterable[Statement]) -> Iterator[Movement]:
    """Only the money that customers paid, with the orders it is for: the truth to measure against."""
    return (movement for statement in statements for movement in statement.movements if movement.pays)


def _customers_pay(roll: Dice, orders: Sequence[SandboxOrder]) -> Iterator[Movement]:
    waiting = [order for order in orders if order.payment_kind != "cod"]
    place = 0
    while place < len(waiting):
        order = waiting[place]
        following = waiting[place + 1] if place + 1 < len(waiting) else None
        place += 1
        if following and _go_together(roll, order, following):
            place += 1
            yield pay_together(roll, order, following, _paid_on(roll, following))
            continue
        habit = FATES[order.email] if order.email in FATES else _habit(roll)
        if habit is not None:
            other = roll.choice(orders[max(0, place - 60) : place + 60])
            yield from pay(roll, order, _paid_on(roll, order), other.number, habit)


def _go_together(roll: Dice, one: SandboxOrder, two: SandboxOrder) -> bool:
    is_same = one.email == two.email and one.currency == two.currency
    return is_same and two.date - one.date <= timedelta(days=3) and roll.happens(TOGETHER_PERCENT)


def _habit(roll: Dice) -> Disturbance | None:
    return None if roll.happens(NEVER_PERCENT) else roll.weighted(HABITS)


def _paid_on(roll: Dice, order: SandboxOrder) -> date:
    if order.email in FATES:
        return banking_day(order.date, 2)
    if roll.happens(REMINDED_PERCENT):
        return banking_day(order.date + timedelta(days=roll.choice(REMINDED_DAYS)))
    if order.payment_kind == "invoice":
        return banking_day(order.date + timedelta(days=roll.weighted(INVOICE_DAYS)))
    return banking_day(order.date, roll.weighted(PREPAYMENT_DAYS))


def _carrier_pays(roll: Dice, orders: Sequence[SandboxOrder]) -> Iterator[Movement]:
    """What was cashed at the door, paid over week by week in one sum, at most eight parcels at a time."""
    delivered = [order for order in orders if order.payment_kind == "cod" and order.currency == "EUR"]
    bank = BANKS[Country.GERMANY][8]
    account = iban(roll, bank)
    for (year, week), parcels in groupby(delivered, key=lambda order: order.date.isocalendar()[:2]):
        paid = [order for order in parcels if not roll.happens(NEVER_PERCENT)]
        for start in range(0, len(paid), 8):
            part = paid[start : start + 8]
            yield Movement(
                booked_on=banking_day(date.fromisocalendar(year, week, 4) + timedelta(days=7)),
                amount=sum((order.amount for order in part), Amount.zero("EUR")),
                booking=TRANSFER_IN,
                disturbance=Disturbance.CARRIER,
                pays=tuple(order.number for order in part),
                counterparty="DHL Paket GmbH",
                iban=account,
                bic=bank.bic,
                remittance=f"Nachnahme KW{week:02d} " + ",".join(order.number for order in part),
                end_to_end_id=f"NN{year}{week:02d}{start:04d}",
            )


def daily(
    account: MerchantAccount, movements: Iterable[Movement], opening_minor: int = OPENING_MINOR
) -> Iterator[Statement]:
    """One statement for each day on which this account moved, with the bank's own references."""
    own = [movement for movement in movements if movement.amount.currency == account.currency]
    own.sort(key=lambda movement: movement.booked_on)
    if not own:
        return
    balance = Amount(opening_minor, account.currency)
    closed_on = banking_day(own[0].booked_on) - timedelta(days=1)
    for number, (day, group) in enumerate(groupby(own, key=lambda movement: movement.booked_on), start=1):
        booked = tuple(
            replace(movement, bank_reference=f"{day:%Y%j}{account.iban[-3:]}{line:06d}")
            for line, movement in enumerate(group, start=1)
        )
        statement = Statement(account, number, day, closed_on, balance, booked)
        yield statement
        balance, closed_on = statement.closing, day
