"""The sandbox bank's answers as pain.002.001.10, written from the same facts our reader makes of them."""

from lxml import etree

from zahlmeister.formats.payments.messages import as_bytes, message, new, put, put_amount
from zahlmeister.formats.payments.status import OrderStatus, StatusReport, Verdict

VERSION = "pain.002.001.10"
LINE = 105  # characters of one AddtlInf


def write_status_report(report: StatusReport) -> bytes:
    """The report as a bank would send it."""
    root = message(VERSION, "CstmrPmtStsRpt")
    put(root[0], "GrpHdr/MsgId", report.message_id)
    put(root[0], "GrpHdr/CreDtTm", report.created_at.isoformat())
    head = new(root[0], "OrgnlGrpInfAndSts")
    put(head, "OrgnlMsgId", report.original_message_id)
    put(head, "OrgnlMsgNmId", report.original_format or "pain.001")
    _put_verdict(head, "GrpSts", report.verdict)
    for group in report.groups:
        element = new(root[0], "OrgnlPmtInfAndSts")
        put(element, "OrgnlPmtInfId", group.group_id)
        _put_verdict(element, "PmtInfSts", group.verdict)
        for order in group.orders:
            _put_order(new(element, "TxInfAndSts"), order)
    return as_bytes(root)


def _put_order(element: etree._Element, order: OrderStatus) -> None:
    put(element, "OrgnlInstrId", order.instruction_id)
    put(element, "OrgnlEndToEndId", order.end_to_end_id)
    _put_verdict(element, "TxSts", order.verdict)
    put(element, "AcctSvcrRef", order.bank_reference)
    if order.amount is not None:
        put_amount(element, "OrgnlTxRef/Amt/InstdAmt", order.amount)
    put(element, "OrgnlTxRef/Cdtr/Pty/Nm", order.payee_name)
    put(element, "OrgnlTxRef/CdtrAcct/Id/IBAN", order.iban)


def _put_verdict(element: etree._Element, name: str, verdict: Verdict) -> None:
    put(element, name, verdict.code)
    for reason in verdict.reasons:
        why = new(element, "StsRsnInf")
        put(why, "Rsn/Cd", reason.code)
        for text in reason.texts:
            for start in range(0, len(text), LINE):
                put(why, "AddtlInf", text[start : start + LINE])
