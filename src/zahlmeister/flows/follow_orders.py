"""What has become of our transfers: the bank's status reports and its statements find their orders.

A statement is the truth, a status report is the bank's word. Whatever contradicts the rest changes nothing and stays
with the order as a doubt, for a person: money that may have left is never taken for money that did not.
"""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.debit_models import DebitFile
from zahlmeister.banking.lines import Said, Told
from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.outgoing import move, note_doubt, note_payee, seen_at_bank
from zahlmeister.banking.outgoing_models import SECOND_ATTEMPT, PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import HANDED_OUT, NEXT_ORDER, OrderState
from zahlmeister.flows.follow_debits import follow_debit_report
from zahlmeister.formats.detect import HEAD
from zahlmeister.formats.payments.instant import may_go_ordinary
from zahlmeister.formats.payments.messages import LARGEST
from zahlmeister.formats.payments.payee import PayeeCheck
from zahlmeister.formats.payments.reasons import Remedy
from zahlmeister.formats.payments.status import Standing, StatusReport, Verdict, is_status_report, read_status_report
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import PAYMENT_MADE, PAYMENT_NOT_MADE, PAYMENT_RETURNED
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refunds.moves import note_news
from zahlmeister.refusals import Refused

BY = "bank"

#: What a person must look at; the words are in `office.words`.
PAID_TWICE, PAID_ANYWAY, OTHER_AMOUNT, SENT_TWICE, REJECTED_LATE, BACK_ANYWAY = (
    "paid_twice",  # the statement shows a second movement with the same number
    "paid_anyway",  # the statement shows it although it was rejected
    "other_amount",  # the statement shows it with another amount
    "sent_twice",  # the bank takes it for a double; of the first one this says nothing
    "rejected_late",  # the bank rejects what it had executed
    "back_anyway",  # money came back that had not left, or a second time
)

_TOLD = {
    Standing.ACCEPTED: OrderState.ACCEPTED,
    Standing.DONE: OrderState.EXECUTED,
    Standing.REJECTED: OrderState.REJECTED,
}


def report_in(work: StatementImport) -> bytes | None:
    """The bytes of a file that is a status report by its content; None when it is anything else."""
    if not default_storage.exists(work.path) or work.size > LARGEST:
        return None
    with default_storage.open(work.path) as file:
        head = file.read(HEAD)
        return head + file.read() if is_status_report(head) else None


def follow_report(merchant: Merchant, data: bytes, name: str, *, at: datetime) -> str:
    """Bring the orders of a file to where a status report (pain.002) says they are. The same again changes nothing.

    Returns:
        The kind of report, such as `pain.002`.

    Raises:
        Refused: the report is about a file that was not made here.
        Unreadable: it is no status report.
    """
    report = read_status_report(data, name=name)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        file = PaymentFile.objects.filter(merchant=merchant, message_id=report.original_message_id).first()
        debits = DebitFile.objects.filter(merchant=merchant, message_id=report.original_message_id).first()
        if debits is not None:
            follow_debit_report(debits, report, at=at)
            return "pain.002"
        if file is None:
            raise Refused(f"“{name}” answers the file {report.original_message_id}, which was not made here.")
        tale = _Tale(merchant.pk, at)
        gone = list(file.fell_back.order_by("pk"))
        for order in file.orders.order_by("pk"):
            tale.reported(order, report)
        for order in gone:
            tale.reported_again(order, report)
        tale.write()
    return "pain.002"


def follow_statement(merchant_id: int, new: Sequence[tuple[int, Told]], *, at: datetime) -> None:
    """Find the orders that new movements paid or brought back, inside the caller's transaction and turn.

    Args:
        merchant_id: whose.
        new: the transactions just recorded, by number.
        at: now.
    """
    ours = [
        (number, line)
        for number, line in new
        if line.said.end_to_end_id and (line.said.amount_minor < 0 or line.said.is_return)
    ]
    if not ours:
        return
    ids = {line.said.end_to_end_id for _, line in ours}
    known = ids | {each + SECOND_ATTEMPT for each in ids}
    rows = PaymentOrder.objects.filter(merchant_id=merchant_id, end_to_end_id__in=known)
    orders = {each: order for order in rows for each in order.ids}
    tale = _Tale(merchant_id, at)
    for number, line in ours:
        order = orders.get(line.said.end_to_end_id)
        if order is None or order.account_id != line.account_id or order.currency != line.said.currency:
            continue
        if line.said.end_to_end_id != order.end_to_end_id:
            tale.moved_anyway(order)
        elif line.said.amount_minor < 0:
            tale.paid(order, number, line.said)
        else:
            tale.returned(order, number, line.said)
    tale.write()


class _Tale:
    """What is learned about orders in one go: each is moved at once, postings and history follow together."""

    def __init__(self, merchant_id: int, at: datetime) -> None:
        self._merchant_id = merchant_id
        self._at = at
        self._bookings: list[Booking] = []
        self._steps: list[Happened] = []

    def write(self) -> None:
        post(self._merchant_id, self._bookings, at=self._at)
        record(self._merchant_id, self._steps, at=self._at)

    # ---- the bank's word ---------------------------------------------------------------------------------------

    def reported(self, order: PaymentOrder, report: StatusReport) -> None:
        """A status report speaks of the file the order is in."""
        self._arrived(order)
        check = report.payee_check(order.end_to_end_id, order.group_id)
        if check is not None:
            self._verified(order, check)
        verdict = report.verdict_on(order.end_to_end_id, order.group_id)
        state = _TOLD.get(verdict.standing)
        if state is OrderState.REJECTED:
            self._rejected(order, verdict)
        elif state is not None and state in NEXT_ORDER[OrderState(order.state)]:
            move(order, state)
            self._tell(order, state.value)

    def _rejected(self, order: PaymentOrder, verdict: Verdict) -> None:
        code = verdict.reasons[0].code or "" if verdict.reasons else ""
        if any(each.known.transfer is Remedy.CHECK_TWICE for each in verdict.reasons):
            self._doubt(order, SENT_TWICE, code)
        elif _falls_back(order, verdict):
            self._fell_back(order, verdict)
        elif OrderState.REJECTED in NEXT_ORDER[OrderState(order.state)]:
            move(order, OrderState.REJECTED, reason=code[:35])
            self._tell(order, "rejected", _in_words(verdict))
            day = timezone.localdate(self._at)
            self._bookings.append(Booking(PAYMENT_NOT_MADE, order.amount, f"transfer:{order.pk}:rejected", day))
            note_news(order.pk)
        elif order.state in {OrderState.EXECUTED, OrderState.RETURNED}:
            self._doubt(order, REJECTED_LATE, code)

    def _fell_back(self, order: PaymentOrder, verdict: Verdict) -> None:
        """It waits for the next file as an ordinary transfer; recipient and amount are those that were approved."""
        first = order.file_id
        move(
            order,
            OrderState.APPROVED,
            file=None,
            group_id="",
            fell_back_from_id=first,
            is_instant=False,
            end_to_end_id=order.end_to_end_id + SECOND_ATTEMPT,
        )
        self._tell(order, "fell_back", _in_words(verdict))
        day = timezone.localdate(self._at)
        self._bookings.append(Booking(PAYMENT_NOT_MADE, order.amount, f"transfer:{order.pk}:fell_back:{first}", day))

    def reported_again(self, order: PaymentOrder, report: StatusReport) -> None:
        """A report on the instant attempt of an order that has fallen back: only that it was executed is news."""
        said = (each for group in report.groups for each in group.orders if each.end_to_end_id == order.ids[-1])
        if any(each.verdict.standing is Standing.DONE for each in said):
            self.moved_anyway(order)

    def _verified(self, order: PaymentOrder, check: PayeeCheck) -> None:
        if note_payee(order, check):
            self._tell(order, "payee_verified", check.result.value)

    # ---- the statement -----------------------------------------------------------------------------------------

    def paid(self, order: PaymentOrder, number: int, said: Said) -> None:
        """A statement shows that our money left."""
        if order.transaction_id is not None:
            self._doubt(order, PAID_TWICE)
        elif order.file_id is None or order.state == OrderState.REJECTED:
            self._doubt(order, PAID_ANYWAY)
        elif -said.amount_minor != order.amount_minor:
            self._doubt(order, OTHER_AMOUNT, str(Amount(-said.amount_minor, said.currency)))
        else:
            self._arrived(order)
            self._link(order, number)
            self._bookings.append(Booking(PAYMENT_MADE, order.amount, f"transfer:{order.pk}:made", said.booked_on))

    def moved_anyway(self, order: PaymentOrder) -> None:
        """The instant attempt moved money although the bank had rejected it: the ordinary one must not go as well."""
        self._doubt(order, PAID_ANYWAY)

    def _link(self, order: PaymentOrder, number: int) -> None:
        """The movement belongs to the order from now on, whatever the bank has said before."""
        if order.state in {OrderState.IN_FILE, OrderState.ACCEPTED}:
            move(order, OrderState.EXECUTED, transaction_id=number)
        else:
            PaymentOrder.objects.filter(pk=order.pk, transaction=None).update(transaction_id=number)
            order.transaction_id = number
        note_news(order.pk)
        self._tell(order, "paid")

    def returned(self, order: PaymentOrder, number: int, said: Said) -> None:
        """A statement shows that our money came back."""
        if OrderState.RETURNED not in NEXT_ORDER[OrderState(order.state)]:
            self._doubt(order, BACK_ANYWAY)
            return
        reason = said.return_reason[:35]
        move(order, OrderState.RETURNED, returned_by_id=number, reason=reason)
        self._tell(order, "returned", reason)
        amount = Amount(said.amount_minor, said.currency)
        self._bookings.append(Booking(PAYMENT_RETURNED, amount, f"transfer:{order.pk}:returned", said.booked_on))
        note_news(order.pk)

    # ------------------------------------------------------------------------------------------------------------

    def _arrived(self, order: PaymentOrder) -> None:
        """Whoever did not know whether the bank has the file knows now."""
        if order.file_id is not None and seen_at_bank(PaymentFile, order.file_id, self._at):
            self._steps.append(Happened("payment_file", order.file_id, "arrived", BY))

    def _doubt(self, order: PaymentOrder, doubt: str, reason: str = "") -> None:
        if order.doubt != doubt:
            note_doubt(order, doubt)
            self._tell(order, doubt, reason)

    def _tell(self, order: PaymentOrder, verb: str, reason: str = "") -> None:
        self._steps.append(Happened("transfer", order.pk, verb, BY, reason))


def _falls_back(order: PaymentOrder, verdict: Verdict) -> bool:
    """Whether an ordinary transfer may take the place of this one: nothing moved, nothing will, and nothing is odd."""
    return (
        order.is_instant
        and order.falls_back
        and not order.doubt
        and order.transaction_id is None
        and order.state in {OrderState.IN_FILE, OrderState.ACCEPTED}
        and may_go_ordinary(verdict)
        and PaymentFile.objects.filter(orders=order, state__in=HANDED_OUT).exists()
    )


def _in_words(verdict: Verdict) -> str:
    """The code and the words of the first reason, for the history."""
    return " ".join([verdict.reasons[0].code or "", *verdict.reasons[0].texts]) if verdict.reasons else ""
