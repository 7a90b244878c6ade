"""A file of transfers as FinTS wants it: one group, and a day that means “at once”.

FinTS has an order of its own for each sort of file: one transfer (HKCCS), several (HKCCM), an instant one (HKIPZ). All
of them are executed when they are handed in, and write 1999-01-01 where other ways have the day of execution.
Source: FinTS 3.0, Messages, multi-bank business transactions, C.10.2.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from zahlmeister.formats.payments.messages import opened
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.transfers import Speed, TransferFile
from zahlmeister.refusals import Refused

AT_ONCE = "1999-01-01"


@dataclass(frozen=True, slots=True)
class FintsOrder:
    """What is handed in, for how many transfers, and their sum as its bare number."""

    pain: bytes
    count: int
    total: Decimal
    is_instant: bool


def fints_order(data: bytes, *, earliest: date, name: str = "orders.xml") -> FintsOrder:
    """The order that a file of transfers makes.

    Args:
        data: a file of transfers (pain.001).
        earliest: the day on which the bank would execute what is handed in now.
        name: how the file is called in sentences.

    Raises:
        Refused: FinTS cannot send it like this; the sentence says why.
        Unreadable: it is no file of orders.
    """
    file = read_payment_orders(data, name=name)
    if not isinstance(file, TransferFile):
        raise Refused(f"{name}: only transfers are sent by FinTS.")
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


def _at_once(data: bytes, name: str) -> bytes:
    root = opened(data, name)
    for day in root.iterfind(".//{*}ReqdExctnDt/{*}Dt"):
        day.text = AT_ONCE
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
