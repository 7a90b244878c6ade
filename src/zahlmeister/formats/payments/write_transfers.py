"""Transfers as pain.001.001.09: for German (DK) and Austrian (PSA) banks by the SEPA rules, for Swiss ones by SPS."""

from lxml import etree

from zahlmeister.formats.payments.messages import (
    Written,
    as_bytes,
    message,
    new,
    put,
    put_amount,
    put_bank,
    put_party,
    put_sums,
)
from zahlmeister.formats.payments.parties import OwnAccount
from zahlmeister.formats.payments.transfers import Kind, Market, PaymentOrder, Speed, TransferFile, TransferGroup
from zahlmeister.money.accounts import is_qr_iban

VERSION = "pain.001.001.09"
#: Who bears charges: SEPA knows only this; abroad each side bears its own; Swiss domestic files leave it out.
_CHARGES = {Kind.SEPA: "SLEV", Kind.FOREIGN: "SHAR", Kind.DOMESTIC: None}


def write_transfers(file: TransferFile) -> Written:
    """The file for the bank, and which texts it gets in other letters.

    Every `TransferFile` that exists can be written: its facts were checked when it was made.
    """
    written, changes = file.as_written()
    root = message(VERSION, "CstmrCdtTrfInitn")
    header = new(root[0], "GrpHdr")
    put(header, "MsgId", written.message_id)
    put(header, "CreDtTm", written.created_at.isoformat())
    put_sums(header, (order.amount for order in written.orders))
    put(header, "InitgPty/Nm", written.initiator)
    for group in written.groups:
        _put_group(new(root[0], "PmtInf"), group)
    return Written(as_bytes(root), changes)


def _put_group(element: etree._Element, group: TransferGroup) -> None:
    put(element, "PmtInfId", group.group_id)
    put(element, "PmtMtd", "TRF")
    put(element, "BtchBookg", "true" if group.is_batch else "false")
    put_sums(element, (order.amount for order in group.orders))
    put(element, "PmtTpInf/SvcLvl/Cd", "SEPA" if group.kind is Kind.SEPA else None)
    put(element, "PmtTpInf/LclInstrm/Cd", "INST" if group.speed is Speed.INSTANT else None)
    put(element, "PmtTpInf/CtgyPurp/Cd", group.category)
    put(element, "ReqdExctnDt/Dt", group.execute_on.isoformat())
    put_party(element, "Dbtr", group.debtor)
    put(element, "DbtrAcct/Id/IBAN", group.account.iban)
    _put_own_bank(new(element, "DbtrAgt"), group.account)
    put(element, "ChrgBr", _CHARGES[group.kind])
    for order in group.orders:
        _put_order(new(element, "CdtTrfTxInf"), order)


def _put_own_bank(agent: etree._Element, account: OwnAccount) -> None:
    """Our own bank; a Swiss one without BIC is named by the bank number in the IBAN (SPS)."""
    if account.bic is None and Market.of(account.iban) is Market.SWISS:
        put(agent, "FinInstnId/ClrSysMmbId/ClrSysId/Cd", "CHBCC")
        put(agent, "FinInstnId/ClrSysMmbId/MmbId", str(int(account.iban[4:9])))
    else:
        put_bank(agent, account.bic)


def _put_order(element: etree._Element, order: PaymentOrder) -> None:
    put(element, "PmtId/InstrId", order.end_to_end_id)
    put(element, "PmtId/EndToEndId", order.end_to_end_id)
    put_amount(element, "Amt/InstdAmt", order.amount)
    put(element, "UltmtDbtr/Nm", order.on_behalf_of)
    put(element, "CdtrAgt/FinInstnId/BICFI", order.bic)
    put_party(element, "Cdtr", order.creditor)
    put(element, "CdtrAcct/Id/IBAN", order.iban)
    put(element, "Purp/Cd", order.purpose)
    if order.reference is None:
        put(element, "RmtInf/Ustrd", order.text)
        return
    how = "Prtry" if is_qr_iban(order.iban) else "Cd"
    put(element, f"RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/{how}", "QRR" if how == "Prtry" else "SCOR")
    put(element, "RmtInf/Strd/CdtrRefInf/Ref", order.reference)
    put(element, "RmtInf/Strd/AddtlRmtInf", order.text)
