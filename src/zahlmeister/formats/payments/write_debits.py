"""Direct debits as pain.008.001.08, by the SEPA rules that German and Austrian banks share."""

from lxml import etree

from zahlmeister.formats.payments.debits import DebitFile, DebitGroup, DirectDebit
from zahlmeister.formats.payments.mandates import Amendment
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

VERSION = "pain.008.001.08"
#: Stands for “the same mandate, another debtor account” (EPC implementation guidelines).
OTHER_ACCOUNT = "SMNDA"


def write_direct_debits(file: DebitFile) -> Written:
    """The file for the bank, and which texts it gets in other letters. Every `DebitFile` can be written."""
    written, changes = file.as_written()
    root = message(VERSION, "CstmrDrctDbtInitn")
    header = new(root[0], "GrpHdr")
    put(header, "MsgId", written.message_id)
    put(header, "CreDtTm", written.created_at.isoformat())
    put_sums(header, (debit.amount for debit in written.debits))
    put(header, "InitgPty/Nm", written.initiator)
    for group in written.groups:
        _put_group(new(root[0], "PmtInf"), group)
    return Written(as_bytes(root), changes)


def _put_group(element: etree._Element, group: DebitGroup) -> None:
    put(element, "PmtInfId", group.group_id)
    put(element, "PmtMtd", "DD")
    put(element, "BtchBookg", "true" if group.is_batch else "false")
    put_sums(element, (debit.amount for debit in group.debits))
    put(element, "PmtTpInf/SvcLvl/Cd", "SEPA")
    put(element, "PmtTpInf/LclInstrm/Cd", group.scheme.value)
    put(element, "PmtTpInf/SeqTp", group.sequence.value)
    put(element, "PmtTpInf/CtgyPurp/Cd", group.category)
    put(element, "ReqdColltnDt", group.collect_on.isoformat())
    put_party(element, "Cdtr", group.creditor)
    put(element, "CdtrAcct/Id/IBAN", group.account.iban)
    put_bank(new(element, "CdtrAgt"), group.account.bic)
    put(element, "ChrgBr", "SLEV")
    _put_creditor_id(new(element, "CdtrSchmeId"), group.creditor_id)
    for debit in group.debits:
        _put_debit(new(element, "DrctDbtTxInf"), debit)


def _put_creditor_id(element: etree._Element, creditor_id: str) -> None:
    put(element, "Id/PrvtId/Othr/Id", creditor_id)
    put(element, "Id/PrvtId/Othr/SchmeNm/Prtry", "SEPA")


def _put_debit(element: etree._Element, debit: DirectDebit) -> None:
    mandate = debit.mandate
    put(element, "PmtId/InstrId", debit.end_to_end_id)
    put(element, "PmtId/EndToEndId", debit.end_to_end_id)
    put_amount(element, "InstdAmt", debit.amount)
    put(element, "DrctDbtTx/MndtRltdInf/MndtId", mandate.mandate_id)
    put(element, "DrctDbtTx/MndtRltdInf/DtOfSgntr", mandate.signed_on.isoformat())
    if mandate.amendment is not None:
        put(element, "DrctDbtTx/MndtRltdInf/AmdmntInd", "true")
        _put_amendment(new(element[-1][-1], "AmdmntInfDtls"), mandate.amendment)
    put_bank(new(element, "DbtrAgt"), debit.bic)
    put_party(element, "Dbtr", debit.debtor)
    put(element, "DbtrAcct/Id/IBAN", debit.iban)
    put(element, "Purp/Cd", debit.purpose)
    put(element, "RmtInf/Ustrd", debit.text)


def _put_amendment(element: etree._Element, amendment: Amendment) -> None:
    put(element, "OrgnlMndtId", amendment.mandate_id)
    put(element, "OrgnlCdtrSchmeId/Nm", amendment.creditor_name)
    if amendment.creditor_id is not None:
        scheme = element[-1] if amendment.creditor_name is not None else new(element, "OrgnlCdtrSchmeId")
        _put_creditor_id(scheme, amendment.creditor_id)
    put(element, "OrgnlDbtrAcct/Id/IBAN", amendment.iban)
    put(element, "OrgnlDbtrAcct/Id/Othr/Id", OTHER_ACCOUNT if amendment.is_other_account else None)
