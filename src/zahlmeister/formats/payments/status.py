"""What has become of our orders: the bank's status report pain.002 (.03, .10 and later), down to the single order.

A report speaks of the file, of groups and of orders. The lowest level that says something is true; what it leaves
unsaid it inherits from above. Silence is never success: of an order that nobody speaks of nothing is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lxml import etree

from zahlmeister.formats.detect import head_text
from zahlmeister.formats.payments.messages import amount_at, child, children, instant_at, needed, opened, said
from zahlmeister.formats.payments.payee import PAYEE_STATUS, PayeeCheck, PayeeResult
from zahlmeister.formats.payments.reasons import Reason, reason
from zahlmeister.formats.words import present
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


class Standing(StrEnum):
    """How far an order is."""

    CHECKED = "checked"  # the payee was verified; nothing is executed yet
    ACCEPTED = "accepted"  # taken, on its way; may still fail
    DONE = "done"  # the money has moved; it may come back as a return, which is another message
    REJECTED = "rejected"  # nothing moved and nothing will
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A status code of ISO 20022 in plain words."""

    standing: Standing
    english: str
    german: str


MEANINGS: Mapping[str, Meaning] = {
    "RCVD": Meaning(Standing.ACCEPTED, "The bank has received it.", "Die Bank hat es erhalten."),
    "ACTC": Meaning(Standing.ACCEPTED, "The file is technically right.", "Die Datei ist technisch in Ordnung."),
    "ACCP": Meaning(Standing.ACCEPTED, "The bank has checked and accepted it.", "Die Bank hat geprüft und angenommen."),
    "ACFC": Meaning(Standing.ACCEPTED, "The account is covered.", "Das Konto ist gedeckt."),
    "ACSP": Meaning(Standing.ACCEPTED, "It is being executed.", "Es wird ausgeführt."),
    "ACWC": Meaning(Standing.ACCEPTED, "Accepted with another day.", "Angenommen, aber zu einem anderen Tag."),
    "ACWP": Meaning(Standing.ACCEPTED, "Accepted, not yet credited.", "Angenommen, noch nicht gutgeschrieben."),
    "PDNG": Meaning(Standing.ACCEPTED, "It waits at the bank.", "Es wartet bei der Bank."),
    "PATC": Meaning(Standing.ACCEPTED, "A further approval is awaited.", "Eine weitere Freigabe steht aus."),
    "ACSC": Meaning(Standing.DONE, "It is debited from our account.", "Es ist von unserem Konto abgebucht."),
    "ACCC": Meaning(Standing.DONE, "It is credited to the payee.", "Es ist dem Empfänger gutgeschrieben."),
    "RJCT": Meaning(Standing.REJECTED, "The bank has rejected it.", "Die Bank hat es abgelehnt."),
    "CANC": Meaning(Standing.REJECTED, "It was cancelled before execution.", "Es wurde vor der Ausführung storniert."),
    "RCVC": Meaning(Standing.CHECKED, "The payee's name fits.", "Der Empfängername passt."),
    "RVMC": Meaning(Standing.CHECKED, "The payee's name nearly fits.", "Der Empfängername passt fast."),
    "RVNM": Meaning(Standing.CHECKED, "The payee's name does not fit.", "Der Empfängername passt nicht."),
    "RVNA": Meaning(Standing.CHECKED, "The payee could not be checked.", "Der Empfänger konnte nicht geprüft werden."),
    "RVCM": Meaning(Standing.CHECKED, "Not every payee's name fits.", "Nicht jeder Empfängername passt."),
}  # fmt: skip
#: These speak of several orders that fare differently, so a single one inherits nothing from them.
_MIXED = {"PART", "RVCM", "RVMC", "RVNM", "RVNA"}


def meaning(code: str | None) -> Meaning:
    """What a status code means; one we do not know, or none, is no success."""
    return MEANINGS.get(code or "") or Meaning(
        Standing.UNKNOWN,
        "The bank has not said what has become of it.",
        "Die Bank hat nicht gesagt, was daraus geworden ist.",
    )


@dataclass(frozen=True, slots=True)
class StatedReason:
    """A reason as the bank gives it: a code, its own code, or only words."""

    code: str | None
    texts: tuple[str, ...] = ()

    @property
    def known(self) -> Reason:
        return reason(self.code or "NARR")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a level says: its status code and its reasons."""

    code: str | None
    reasons: tuple[StatedReason, ...] = ()

    @property
    def standing(self) -> Standing:
        return meaning(self.code).standing


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What the report says of one order; its ids are ours and lead back to it. NOTPROVIDED counts as absent."""

    end_to_end_id: str | None
    instruction_id: str | None
    verdict: Verdict
    bank_reference: str | None = None
    amount: Amount | None = None
    iban: str | None = None
    payee_name: str | None = None


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """What the report says of one group (PmtInf), and of those of its orders it names."""

    group_id: str
    verdict: Verdict
    orders: tuple[OrderStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One status report about one of our files."""

    message_id: str
    created_at: datetime
    original_message_id: str
    original_format: str | None
    verdict: Verdict
    groups: tuple[GroupStatus, ...] = ()

    def verdict_on(self, end_to_end_id: str, group_id: str) -> Verdict:
        """What has become of one of our orders, by the lowest level that says so.

        Args:
            end_to_end_id: of the order; the report need not name it.
            group_id: of the group it was sent in.
        """
        group = next((each for each in self.groups if each.group_id == group_id), None)
        order = self.order(end_to_end_id, group_id)
        if order is not None and order.verdict.code is not None:
            return order.verdict
        for verdict in (group.verdict if group else Verdict(None), self.verdict):
            if verdict.code is not None:
                return Verdict(None) if verdict.code in _MIXED else verdict
        return Verdict(None)

    def order(self, end_to_end_id: str, group_id: str) -> OrderStatus | None:
        """What is said of exactly this order, if it is named."""
        named = (order for each in self.groups if each.group_id == group_id for order in each.orders)
        return next((order for order in named if end_to_end_id in {order.end_to_end_id, order.instruction_id}), None)

    def payee_check(self, end_to_end_id: str, group_id: str) -> PayeeCheck | None:
        """What the bank found out about the payee of one order; None when this report does not say."""
        verdict = self.verdict_on(end_to_end_id, group_id)
        result = PAYEE_STATUS.get(verdict.code or "")
        if result is None:
            return None
        order = self.order(end_to_end_id, group_id)
        name = order.payee_name if order and result is PayeeResult.CLOSE else None
        return PayeeCheck(result, name)

    def contradictions(self) -> Iterator[str]:
        """Sentences about levels that cannot both be true; the lower one is believed."""
        for group in self.groups:
            if self.verdict.standing is Standing.REJECTED and group.verdict.standing is Standing.DONE:
                yield f"The file {self.original_message_id} is rejected, its group {group.group_id} is executed."
            for order in group.orders:
                if order.verdict.standing is Standing.DONE and Standing.REJECTED in {
                    group.verdict.standing,
                    self.verdict.standing,
                }:
                    yield f"Order {order.end_to_end_id} is executed, though what it belongs to is rejected."


def is_status_report(head: bytes) -> bool:
    """Whether a file that begins so is a status report: by its element, whatever the file is called."""
    text = head_text(head)
    return text.startswith("<") and "CstmrPmtStsRpt" in text


def read_status_report(data: bytes, *, name: str) -> StatusReport:
    """Read a pain.002.

    Args:
        data: the file.
        name: how it is called in sentences.

    Raises:
        Unreadable: one sentence: no XML, no status report, or without the id that leads back to our file.
    """
    report = child(opened(data, name), "CstmrPmtStsRpt")
    if report is None:
        raise Unreadable(f"{name}: this is no payment status report (pain.002).")
    head = child(report, "OrgnlGrpInfAndSts")
    if head is None:
        raise Unreadable(f"{name}: the report does not say which file it is about (OrgnlGrpInfAndSts).")
    return StatusReport(
        needed(report, "GrpHdr/MsgId", name),
        instant_at(report, "GrpHdr/CreDtTm", name),
        needed(head, "OrgnlMsgId", name),
        said(head, "OrgnlMsgNmId"),
        _verdict(head, "GrpSts"),
        tuple(_group(each, name) for each in children(report, "OrgnlPmtInfAndSts")),
    )


def _group(element: etree._Element, name: str) -> GroupStatus:
    group_id = needed(element, "OrgnlPmtInfId", f"{name}, a group")
    where = f"{name}, group {group_id}"
    orders = tuple(_order(each, where) for each in children(element, "TxInfAndSts"))
    return GroupStatus(group_id, _verdict(element, "PmtInfSts"), orders)


def _order(element: etree._Element, where: str) -> OrderStatus:
    original = "OrgnlTxRef"
    amount = f"{original}/Amt/InstdAmt"
    return OrderStatus(
        present(said(element, "OrgnlEndToEndId")),
        present(said(element, "OrgnlInstrId")),
        _verdict(element, "TxSts"),
        bank_reference=said(element, "AcctSvcrRef", "StsId"),
        amount=None if child(element, amount) is None else amount_at(element, amount, where),
        iban=said(element, f"{original}/CdtrAcct/Id/IBAN"),
        payee_name=said(element, f"{original}/Cdtr/Pty/Nm", f"{original}/Cdtr/Nm"),
    )


def _verdict(element: etree._Element, path: str) -> Verdict:
    reasons = tuple(
        StatedReason(
            said(each, "Rsn/Cd", "Rsn/Prtry"),
            tuple(text for line in children(each, "AddtlInf") if (text := (line.text or "").strip())),
        )
        for each in children(element, "StsRsnInf")
    )
    return Verdict(said(element, path), reasons)
