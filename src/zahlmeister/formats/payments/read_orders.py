"""Files of orders read back: what a bank would understand of them. The sandbox's bank lives on it."""

from lxml import etree

from zahlmeister.formats.payments.debits import DebitFile
from zahlmeister.formats.payments.messages import (
    amount_at,
    child,
    children,
    instant_at,
    needed,
    opened,
    party_at,
    said,
)
from zahlmeister.formats.payments.read_debits import read_debits
from zahlmeister.formats.payments.read_fields import check_one_text, check_sums, day_at, own_account, refused_here
from zahlmeister.formats.payments.transfers import PaymentOrder, Speed, TransferFile, TransferGroup
from zahlmeister.refusals import Unreadable


def read_payment_orders(data: bytes, *, name: str) -> TransferFile | DebitFile:
    """The transfers of a pain.001 file from version .03 on, or the direct debits of a pain.008 file from .02 on.

    Args:
        data: the file.
        name: how it is called in sentences.

    Raises:
        Unreadable: one sentence with the place and why: the XML is damaged, a field is missing or not allowed, or
            the sums do not agree. A file is taken whole or not at all.
    """
    root = opened(data, name)
    transfers = child(root, "CstmrCdtTrfInitn")
    debits = child(root, "CstmrDrctDbtInitn")
    if transfers is not None:
        return _transfers(transfers, name)
    if debits is not None:
        return read_debits(debits, name)
    raise Unreadable(f"{name}: this is no file of orders: neither transfers nor direct debits are in it.")


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
    where = f"{name}, group {needed(element, 'PmtInfId', name)[:40]}"
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
    where = f"{where}, order {(said(element, 'PmtId/EndToEndId') or 'without end-to-end id')[:40]}"
    check_one_text(element, where)
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
