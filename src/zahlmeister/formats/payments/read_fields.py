"""What files of orders have in common when they are read: places of refusals, accounts, days and sums."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from lxml import etree

from zahlmeister.formats.payments.messages import children, control_sum, needed, said
from zahlmeister.formats.payments.parties import OwnAccount
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refusal, Unreadable

T = TypeVar("T")


def refused_here(where: str, make: Callable[[], T]) -> T:
    """Make something of what was read; a refusal gets the place where it was read."""
    try:
        return make()
    except Refusal as refusal:
        sentence = str(refusal)
        raise Unreadable(sentence if sentence.startswith(where) else f"{where}: {sentence}") from None


def check_one_text(element: etree._Element, where: str) -> None:
    """SEPA and SPS carry one text or reference; of several the reader could keep only one."""
    texts = [*children(element, "RmtInf/Ustrd"), *children(element, "RmtInf/Strd")]
    if len(texts) > 1:
        raise Unreadable(f"{where}: {len(texts)} texts or references stand in RmtInf; one is allowed.")


def own_account(element: etree._Element, role: str, where: str) -> OwnAccount:
    """The account that pays or collects, and its bank's BIC if the file names it."""
    bank = f"{role}Agt/FinInstnId"
    return OwnAccount(needed(element, f"{role}Acct/Id/IBAN", where), said(element, f"{bank}/BICFI", f"{bank}/BIC"))


def day_at(element: etree._Element, paths: tuple[str, ...], where: str) -> date:
    """The day at the first path that has one; of an instant its local day."""
    text = said(element, *paths)
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise Unreadable(f"{where}: “{(text or '')[:40]}” is no date ({paths[0]}).") from None


def check_sums(element: etree._Element, amounts: list[Amount], where: str) -> None:
    """What a file says of the number and the sum of its orders must be true of them.

    Raises:
        Unreadable: something was lost or added on the way; nothing of the file may be executed.
    """
    number = said(element, "NbOfTxs")
    if number is not None and number != str(len(amounts)):
        raise Unreadable(f"{where}: it should hold {number} orders and holds {len(amounts)}; write the file again.")
    total = said(element, "CtrlSum")
    if total is not None and _plain(total) != _plain(control_sum(amounts)):
        raise Unreadable(
            f"{where}: the orders should add up to {total} and add up to {control_sum(amounts)}; write the file again."
        )


def _plain(number: str) -> str:
    whole, _, part = number.partition(".")
    return f"{whole.lstrip('0') or '0'}.{part.rstrip('0')}"
