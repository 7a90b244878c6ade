"""Files of orders read back: what a bank would understand of them. The sandbox's bank lives on it."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from lxml import etree

from zahlmeister.formats.payments.messages import (
    amount_at,
    child,
    children,
    control_sum,
    instant_at,
    needed,
    opened,
    party_at,
    said,
)
from zahlmeister.formats.payments.parties import OwnAccount
from zahlmeister.formats.payments.transfers import PaymentOrder, Speed, TransferFile, TransferGroup
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refusal, Unreadable

T = TypeVar("T")


def read_payment_orders(data: bytes, *, name: str) -> TransferFile:
    """The orders of a pain.001 file, in any version from .03 on.

    Args:
        data: the file.
        name: how it is called in sentences.

    Raises:
        Unreadable: one sentence with the place and why: the XML is damaged, a field is missing or not allowed, or
            the sums do not agree. A file is taken whole or not at all.
    """
    root = opened(data, name)
    transfers = child(root, "CstmrCdtTrfInitn")
    if transfers is None:
        raise Unreadable(f"{name}: this is no file of orders: neither transfers nor direct debits are in it.")
    return _transfers(transfers, name)


def _transfers(element: etree._Element, name: str) -> TransferFile:
    groups = tuple(_transfer_group(each, name) for each in children(element, "PmtInf"))
    file = refused_here(
        name,
        lambda: TransferFile(
            needed(element, "GrpHdr/MsgId", name),
            instant_at(element, "GrpHdr/CreDtTm", name),
            needed(element, "GrpHdr/InitgPty/Nm", name),
            groups,
        ),
    )
    header = child(element, "GrpHdr")
    assert header is not None
    check_sums(header, [order.amount for order in file.orders], name)
    return file


def _transfer_group(element: etree._Element, name: str) -> TransferGroup:
    where = f"{name}, group {needed(element, 'PmtInfId', name)}"
    orders = tuple(_order(each, where) for each in children(element, "CdtTrfTxInf"))
    check_sums(element, [order.amount for order in orders], where)
    speed = Speed.INSTANT if said(element, "PmtTpInf/LclInstrm/Cd") == "INST" else Speed.ORDINARY
    return refused_here(
        where,
        lambda: TransferGroup(
            needed(element, "PmtInfId", where),
            party_at(element, "Dbtr", where),
            own_account(element, "Dbtr", where),
            day_at(element, ("ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt"), where),
            orders,
            speed,
            is_batch=said(element, "BtchBookg") not in {"false", "0"},
            category=said(element, "PmtTpInf/CtgyPurp/Cd"),
        ),
    )


def _order(element: etree._Element, where: str) -> PaymentOrder:
    where = f"{where}, order {said(element, 'PmtId/EndToEndId') or 'without end-to-end id'}"
    reference = "RmtInf/Strd/CdtrRefInf/Ref"
    return refused_here(
        where,
        lambda: PaymentOrder(
            needed(element, "PmtId/EndToEndId", where),
            amount_at(element, "Amt/InstdAmt", where),
            party_at(element, "Cdtr", where),
            needed(element, "CdtrAcct/Id/IBAN", where),
            said(element, "CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/BIC"),
            text=said(element, "RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf"),
            reference=said(element, reference),
            purpose=said(element, "Purp/Cd"),
            on_behalf_of=said(element, "UltmtDbtr/Nm"),
        ),
    )


def refused_here(where: str, make: Callable[[], T]) -> T:
    """Make something of what was read; a refusal gets the place where it was read."""
    try:
        return make()
    except Refusal as refusal:
        sentence = str(refusal)
        raise Unreadable(sentence if sentence.startswith(where) else f"{where}: {sentence}") from None


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
