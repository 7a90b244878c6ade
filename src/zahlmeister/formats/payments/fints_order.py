"""A file of orders as FinTS wants it: one group, and for transfers a day that means “at once”.

FinTS has an order of its own for each sort of file: one transfer (HKCCS), several (HKCCM), an instant one (HKIPZ), one
direct debit (HKDSE), several (HKDME). Transfers are executed when they are handed in, and write 1999-01-01 where other
ways have the day of execution; direct debits keep the day on which they are collected.
Source: FinTS 3.0, Messages, multi-bank business transactions, C.10.2.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from zahlmeister.formats.payments.debits import DebitFile
from zahlmeister.formats.payments.mandates import Scheme
from zahlmeister.formats.payments.messages import opened
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.transfers import Speed
from zahlmeister.refusals import Refused

AT_ONCE = "1999-01-01"


@dataclass(frozen=True, slots=True)
class FintsOrder:
    """What is handed in, for how many orders, and their sum as its bare number."""

    pain: bytes
    count: int
    total: Decimal
    is_instant: bool = False
    is_debit: bool = False


def fints_order(data: bytes, *, earliest: date, name: str = "orders.xml") -> FintsOrder:
    """The order that a file makes.

    Args:
        data: a file of transfers (pain.001) or direct debits (pain.008).
        earliest: the day on which the bank would execute what is handed in now.
        name: how the file is called in sentences.

    Raises:
        Refused: FinTS cannot send it like this; the sentence says why.
        Unreadable: it is no file of orders.
    """
    file = read_payment_orders(data, name=name)
    if isinstance(file, DebitFile):
        return _debits(data, file)
    if len(file.groups) != 1:
        raise Refused(
            "By FinTS transfers of one day and one speed go together. Withdraw this file and make one for each."
        )
    [group] = file.groups
    is_instant = group.speed is Speed.INSTANT
    if is_instant and len(group.orders) > 1:
        raise Refused("By FinTS instant transfers go one by one. Withdraw this file and make one for each.")
    if group.account.iban[:2] != "DE" or any(order.amount.currency != "EUR" for order in group.orders):
        raise Refused("By FinTS only euro from a German account are sent.")
    if group.execute_on > earliest:
        raise Refused(f"By FinTS a transfer is executed at once; this file is for {group.execute_on}. Send it then.")
    total = sum((Decimal(order.amount.text()) for order in group.orders), Decimal(0))
    return FintsOrder(_at_once(data, name), len(group.orders), total, is_instant)


def _debits(data: bytes, file: DebitFile) -> FintsOrder:
    if len(file.groups) != 1:
        raise Refused(
            "By FinTS direct debits of one creditor id, sort and day go together. Withdraw this file and make one "
            "for each."
        )
    [group] = file.groups
    if group.scheme is not Scheme.CORE:
        raise Refused("By FinTS only direct debits for anybody (core) are sent, none for companies (B2B).")
    if group.account.iban[:2] != "DE":
        raise Refused("By FinTS only euro from a German account are sent.")
    total = sum((Decimal(debit.amount.text()) for debit in group.debits), Decimal(0))
    return FintsOrder(data, len(group.debits), total, is_debit=True)


def _at_once(data: bytes, name: str) -> bytes:
    root = opened(data, name)
    for day in root.iterfind(".//{*}ReqdExctnDt/{*}Dt"):
        day.text = AT_ONCE
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
