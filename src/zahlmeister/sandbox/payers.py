"""How customers pay: half of them exactly as asked, the others like people.

What is published about prepayment in Germany gives the frame: every second transfer fits, 1.5 % are too low.
The mix within the other half is our own estimate.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.sandbox.cast import Account, Household, household
from zahlmeister.sandbox.chance import Dice
from zahlmeister.sandbox.movements import (
    CASH_IN,
    FOREIGN_IN,
    INSTANT_IN,
    REFERENCED_IN,
    STANDING_IN,
    TRANSFER_IN,
    Booking,
    Disturbance,
    Movement,
    as_banks_write,
    spelled_out,
    stripped,
)
from zahlmeister.sandbox.shop import SandboxOrder
from zahlmeister.sandbox.slips import (
    FOR_SOMEBODY,
    GLUES,
    SEVERAL,
    WITH_CUSTOMER,
    WITH_INVOICE,
    WITH_NUMBER,
    WITHOUT_NUMBER,
    mistyped,
    noise,
    sentence,
    spaced,
)

#: Of a thousand payments for one order. Two orders in one transfer (20) come on top, where somebody has two.
HABITS = {
    Disturbance.EXACT: 500,
    Disturbance.TYPO: 35,
    Disturbance.SPLIT_NUMBER: 20,
    Disturbance.GLUED_NUMBER: 15,
    Disturbance.NOISE_TAIL: 25,
    Disturbance.SHOUTING: 15,
    Disturbance.NO_UMLAUTS: 10,
    Disturbance.NO_NUMBER: 140,
    Disturbance.INVOICE_NUMBER: 40,
    Disturbance.CUSTOMER_NUMBER: 20,
    Disturbance.SPOUSE: 35,
    Disturbance.JOINT_ACCOUNT: 15,
    Disturbance.PARENT: 25,
    Disturbance.COMPANY: 25,
    Disturbance.UNDERPAID: 15,
    Disturbance.OVERPAID: 10,
    Disturbance.WRONG_NUMBER: 10,
    Disturbance.FOREIGN: 5,
    Disturbance.CASH: 5,
    Disturbance.INSTALMENT: 10,
    Disturbance.DUPLICATE: 5,
}
TEXT_WIDTH = 140  # remittance information of a SEPA transfer
NAME_WIDTH = 70


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody about to pay: the order, the accounts at hand, the day, and the number of another order."""

    roll: Dice
    order: SandboxOrder
    home: Household
    day: date
    other_number: str


def pay(roll: Dice, order: SandboxOrder, day: date, other_number: str, habit: Disturbance) -> list[Movement]:
    """What arrives on or after that day for one order, by one habit; two movements when paid in two parts."""
    home = household(order.email, order.name, order.country)
    payer = Payer(roll, order, home, day, other_number)
    return _WAYS[_possible(habit, order)](payer)


def pay_together(roll: Dice, first: SandboxOrder, second: SandboxOrder, day: date) -> Movement:
    """One transfer for two orders of the same customer, with both numbers, one of them or none."""
    home = household(first.email, first.name, first.country)
    both = roll.choice(SEVERAL).format(
        first_number=first.number, second_number=second.number, second_tail=second.number[-3:]
    )
    text = roll.weighted({both: 60, sentence(roll, WITH_NUMBER, first): 20, "2 Bestellungen Wolle": 20})
    movement = _transfer(Payer(roll, first, home, day, second.number), text, Disturbance.SEVERAL_ORDERS)
    return replace(movement, amount=first.amount + second.amount, pays=(first.number, second.number))


def _possible(habit: Disturbance, order: SandboxOrder) -> Disturbance:
    """The habit itself, or the nearest one that this order allows."""
    if habit is Disturbance.INVOICE_NUMBER and order.invoice_number is None:
        return Disturbance.CUSTOMER_NUMBER
    if habit is Disturbance.NO_UMLAUTS and stripped(order.name) == order.name:
        return Disturbance.SHOUTING
    return habit


def _exact(payer: Payer) -> list[Movement]:
    reference = payer.order.reference
    if reference is None or payer.roll.happens(40):
        return [_transfer(payer, sentence(payer.roll, WITH_NUMBER, payer.order), Disturbance.EXACT)]
    movement = _transfer(payer, "", Disturbance.EXACT)
    return [replace(movement, booking=REFERENCED_IN, creditor_reference=reference)]


def _typo(payer: Payer) -> list[Movement]:
    number = mistyped(payer.roll, payer.order.number)
    return [_transfer(payer, sentence(payer.roll, WITH_NUMBER, payer.order, number), Disturbance.TYPO)]


def _split_number(payer: Payer) -> list[Movement]:
    number = spaced(payer.roll, payer.order.number)
    return [_transfer(payer, sentence(payer.roll, WITH_NUMBER, payer.order, number), Disturbance.SPLIT_NUMBER)]


def _glued_number(payer: Payer) -> list[Movement]:
    return [_transfer(payer, sentence(payer.roll, GLUES, payer.order), Disturbance.GLUED_NUMBER)]


def _noise_tail(payer: Payer) -> list[Movement]:
    text = sentence(payer.roll, WITH_NUMBER, payer.order) + noise(payer.roll, payer.order)
    return [_transfer(payer, text, Disturbance.NOISE_TAIL)]


def _shouting(payer: Payer) -> list[Movement]:
    text = spelled_out(sentence(payer.roll, WITH_NUMBER, payer.order)).upper()
    loud = replace(payer.home.own, holder=spelled_out(payer.home.own.holder).upper())
    return [_transfer(payer, text, Disturbance.SHOUTING, loud)]


def _no_umlauts(payer: Payer) -> list[Movement]:
    spell = payer.roll.choice((stripped, spelled_out))
    bare = replace(payer.home.own, holder=spell(payer.home.own.holder))
    return [_transfer(payer, spell(sentence(payer.roll, WITH_NUMBER, payer.order)), Disturbance.NO_UMLAUTS, bare)]


def _no_number(payer: Payer) -> list[Movement]:
    return [_transfer(payer, sentence(payer.roll, WITHOUT_NUMBER, payer.order), Disturbance.NO_NUMBER)]


def _invoice_number(payer: Payer) -> list[Movement]:
    return [_transfer(payer, sentence(payer.roll, WITH_INVOICE, payer.order), Disturbance.INVOICE_NUMBER)]


def _customer_number(payer: Payer) -> list[Movement]:
    return [_transfer(payer, sentence(payer.roll, WITH_CUSTOMER, payer.order), Disturbance.CUSTOMER_NUMBER)]


def _spouse(payer: Payer) -> list[Movement]:
    return [_transfer(payer, _for_somebody(payer), Disturbance.SPOUSE, payer.home.spouse)]


def _joint_account(payer: Payer) -> list[Movement]:
    return [_transfer(payer, _for_somebody(payer), Disturbance.JOINT_ACCOUNT, payer.home.joint)]


def _parent(payer: Payer) -> list[Movement]:
    return [_transfer(payer, _for_somebody(payer), Disturbance.PARENT, payer.home.parent)]


def _company(payer: Payer) -> list[Movement]:
    """From the firm's account, and sometimes in the firm's name by somebody else still."""
    movement = _transfer(payer, _for_somebody(payer), Disturbance.COMPANY, payer.home.employer)
    behind = as_banks_write(payer.order.name, NAME_WIDTH) if payer.roll.happens(30) else None
    return [replace(movement, ultimate_party=behind)]


def _for_somebody(payer: Payer) -> str:
    templates = WITH_NUMBER if payer.roll.happens(75) else FOR_SOMEBODY
    return sentence(payer.roll, templates, payer.order)


def _underpaid(payer: Payer) -> list[Movement]:
    order = payer.order
    shipping = order.shipping_cost.minor
    short = payer.roll.weighted({shipping: 40, order.amount.minor * 2 // 100: 35, order.amount.minor % 100: 25})
    short = short or 500
    movement = _exact(payer)[0]
    less = movement.amount - Amount(short, order.currency)
    return [replace(movement, amount=less, disturbance=Disturbance.UNDERPAID)]


def _overpaid(payer: Payer) -> list[Movement]:
    order = payer.order
    extra = payer.roll.weighted({-order.amount.minor % 100: 50, 500: 30, order.shipping_cost.minor: 20}) or 10
    movement = _exact(payer)[0]
    more = movement.amount + Amount(extra, order.currency)
    return [replace(movement, amount=more, disturbance=Disturbance.OVERPAID)]


def _wrong_number(payer: Payer) -> list[Movement]:
    text = sentence(payer.roll, WITH_NUMBER, payer.order, payer.other_number)
    return [_transfer(payer, text, Disturbance.WRONG_NUMBER)]


def _foreign(payer: Payer) -> list[Movement]:
    """From outside the SEPA area: the banks on the way keep their charges."""
    charges = Amount(payer.roll.choice((300, 500, 800)), payer.order.currency)
    movement = _transfer(payer, sentence(payer.roll, WITH_NUMBER, payer.order), Disturbance.FOREIGN)
    return [
        replace(
            movement,
            booking=FOREIGN_IN,
            amount=movement.amount - charges,
            charges=charges,
            original_amount=movement.amount,
            end_to_end_id=None,
        )
    ]


def _cash(payer: Payer) -> list[Movement]:
    """Paid in at a machine: the bank's own code stands where a name should be, without an account."""
    text = (
        f"SB-EINZAHLUNG {payer.order.city}/{payer.day:%d.%m.%Y}/{payer.roll.randrange(8, 20):02d}:13 "
        f"girocard Karteninhaber {payer.order.name} {payer.order.number if payer.roll.happens(50) else ''}"
    )
    movement = _transfer(payer, text, Disturbance.CASH)
    bank = payer.home.own.bank.bic
    return [replace(movement, booking=CASH_IN, counterparty=bank, iban=None, bic=None, end_to_end_id=None)]


def _instalment(payer: Payer) -> list[Movement]:
    """Two parts by standing order, some days apart."""
    parts = payer.order.amount.split((1, 1))
    text = sentence(payer.roll, WITH_NUMBER, payer.order)
    later = banking_day(payer.day, payer.roll.randrange(3, 9))
    first = _transfer(payer, f"{text} Rate 1", Disturbance.INSTALMENT)
    second = _transfer(payer, f"{text} Rate 2", Disturbance.INSTALMENT)
    return [
        replace(first, amount=parts[0], booking=STANDING_IN),
        replace(second, amount=parts[1], booking=STANDING_IN, booked_on=later),
    ]


def _duplicate(payer: Payer) -> list[Movement]:
    """Paid exactly, and once more a few days later."""
    first = _exact(payer)[0]
    later = banking_day(payer.day, payer.roll.randrange(1, 4))
    return [first, replace(first, booked_on=later, disturbance=Disturbance.DUPLICATE)]


def _transfer(payer: Payer, text: str, disturbance: Disturbance, account: Account | None = None) -> Movement:
    """A transfer of the whole amount as it reaches the merchant's bank."""
    source = account or payer.home.own
    return Movement(
        booked_on=payer.day,
        amount=payer.order.amount,
        booking=_booking(payer),
        disturbance=disturbance,
        pays=(payer.order.number,),
        counterparty=as_banks_write(source.holder, NAME_WIDTH),
        iban=source.iban,
        bic=source.bank.bic,
        remittance=as_banks_write(text, TEXT_WIDTH) or None,
        end_to_end_id=_end_to_end_id(payer.roll, payer.day),
    )


def _booking(payer: Payer) -> Booking:
    if payer.order.currency != "EUR":
        return FOREIGN_IN
    return INSTANT_IN if payer.roll.happens(25) else TRANSFER_IN


def _end_to_end_id(roll: Dice, day: date) -> str | None:
    """Few banking apps make one up; the rest say NOTPROVIDED."""
    if roll.happens(82):
        return None
    return roll.choice((f"{day:%Y%m%d}-{roll.randrange(10**9):09d}", f"APP{roll.randrange(10**12):012d}"))


_WAYS: dict[Disturbance, Callable[[Payer], list[Movement]]] = {
    Disturbance.EXACT: _exact,
    Disturbance.TYPO: _typo,
    Disturbance.SPLIT_NUMBER: _split_number,
    Disturbance.GLUED_NUMBER: _glued_number,
    Disturbance.NOISE_TAIL: _noise_tail,
    Disturbance.SHOUTING: _shouting,
    Disturbance.NO_UMLAUTS: _no_umlauts,
    Disturbance.NO_NUMBER: _no_number,
    Disturbance.INVOICE_NUMBER: _invoice_number,
    Disturbance.CUSTOMER_NUMBER: _customer_number,
    Disturbance.SPOUSE: _spouse,
    Disturbance.JOINT_ACCOUNT: _joint_account,
    Disturbance.PARENT: _parent,
    Disturbance.COMPANY: _company,
    Disturbance.UNDERPAID: _underpaid,
    Disturbance.OVERPAID: _overpaid,
    Disturbance.WRONG_NUMBER: _wrong_number,
    Disturbance.FOREIGN: _foreign,
    Disturbance.CASH: _cash,
    Disturbance.INSTALMENT: _instalment,
    Disturbance.DUPLICATE: _duplicate,
}
