"""What has become of our direct debits: status reports and statements find their collections.

What is collected comes in as a payment like any other and finds its order by its text. When a debtor's bank takes it
back, the order is owed again, the payment goes back, and what the bank charges for it is a bank charge. A mandate that
the bank calls unauthorised is revoked.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from zahlmeister.banking.debit_models import Debit, DebitFile
from zahlmeister.banking.debit_states import NEXT_DEBIT, DebitState
from zahlmeister.banking.debits import move_debit
from zahlmeister.banking.lines import Said, Told
from zahlmeister.banking.outgoing import seen_at_bank
from zahlmeister.flows.collect_debit import revoke
from zahlmeister.flows.taken_back import take_back_whatever
from zahlmeister.formats.payments.reasons import Remedy, reason
from zahlmeister.formats.payments.status import Standing, StatusReport
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import DEBIT_CHARGED, DEBIT_RETURNED
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refunds.moves import note_news_of_debit

BY = "bank"

#: What a person must look at; the words are in `office.debits`.
COLLECTED_TWICE, COLLECTED_ANYWAY, OTHER_AMOUNT, SENT_TWICE, REJECTED_LATE, BACK_ANYWAY = (
    "collected_twice",
    "collected_anyway",
    "other_amount",
    "sent_twice",
    "rejected_late",
    "back_anyway",
)
_TOLD = {
    Standing.ACCEPTED: DebitState.ACCEPTED,
    Standing.DONE: DebitState.COLLECTED,
    Standing.REJECTED: DebitState.REJECTED,
}


def follow_debit_report(file: DebitFile, report: StatusReport, *, at: datetime) -> None:
    """Bring the collections of a file to where a status report says they are; inside the caller's transaction."""
    _arrived(file.merchant_id, file.pk, at)
    for debit in file.debits.select_related("mandate").order_by("pk"):
        verdict = report.verdict_on(debit.end_to_end_id, debit.group_id)
        state = _TOLD.get(verdict.standing)
        code = verdict.reasons[0].code or "" if verdict.reasons else ""
        if state is DebitState.REJECTED:
            _rejected(debit, code, at)
        elif state is not None and state in NEXT_DEBIT[DebitState(debit.state)]:
            move_debit(debit, state)
            _tell(debit, state.value, at)


def follow_debits(merchant_id: int, new: Sequence[tuple[int, Told]], *, at: datetime) -> None:
    """Find the collections that new movements brought or took back, inside the caller's transaction and turn.

    Args:
        merchant_id: whose.
        new: the transactions just recorded, by number.
        at: now.
    """
    told = [(number, line) for number, line in new if line.said.end_to_end_id.startswith("ZM-")]
    if not told:
        return
    ids = {line.said.end_to_end_id for _, line in told}
    rows = Debit.objects.filter(merchant_id=merchant_id, end_to_end_id__in=ids).select_related("mandate")
    debits = {debit.end_to_end_id: debit for debit in rows}
    for number, line in sorted(told, key=lambda one: one[1].said.amount_minor < 0):  # first what came, then what went
        debit = debits.get(line.said.end_to_end_id)
        if debit is None or debit.account_id != line.account_id or line.said.currency != "EUR":
            continue
        if debit.file_id is not None:
            _arrived(merchant_id, debit.file_id, at)
        if line.said.amount_minor > 0:
            _collected(debit, number, line.said, at)
        else:
            _returned(debit, number, line.said, at)


def _arrived(merchant_id: int, file_id: int, at: datetime) -> None:
    """Whoever did not know whether the bank has the file knows now."""
    if seen_at_bank(DebitFile, file_id, at):
        record(merchant_id, [Happened(DebitFile.SUBJECT, file_id, "arrived", BY)], at=at)


def _rejected(debit: Debit, code: str, at: datetime) -> None:
    if reason(code).debit is Remedy.CHECK_TWICE or code == "DU01":
        _doubt(debit, SENT_TWICE, at, code)
    elif DebitState.REJECTED in NEXT_DEBIT[DebitState(debit.state)]:
        move_debit(debit, DebitState.REJECTED, reason=code[:35])
        _tell(debit, "rejected", at, code)
        _stop(debit, code, at)
    elif debit.state in {DebitState.COLLECTED, DebitState.RETURNED}:
        _doubt(debit, REJECTED_LATE, at, code)


def _collected(debit: Debit, number: int, said: Said, at: datetime) -> None:
    if debit.transaction_id is not None:
        _doubt(debit, COLLECTED_TWICE, at)
    elif debit.file_id is None or debit.state == DebitState.REJECTED:
        _doubt(debit, COLLECTED_ANYWAY, at)
    elif said.amount_minor != debit.amount_minor:
        _doubt(debit, OTHER_AMOUNT, at, str(Amount(said.amount_minor, said.currency)))
    else:
        if debit.state in {DebitState.IN_FILE, DebitState.ACCEPTED}:
            move_debit(debit, DebitState.COLLECTED, transaction_id=number)
        else:
            Debit.objects.filter(pk=debit.pk, transaction=None).update(transaction_id=number)
            debit.transaction_id = number
        _tell(debit, "paid", at)
        if debit.state == DebitState.RETURNED:  # its return was read first
            _give_back(debit, at)


def _returned(debit: Debit, number: int, said: Said, at: datetime) -> None:
    if DebitState.RETURNED not in NEXT_DEBIT[DebitState(debit.state)]:
        _doubt(debit, BACK_ANYWAY, at)
        return
    taken = -said.amount_minor
    if taken < debit.amount_minor:
        _doubt(debit, OTHER_AMOUNT, at, str(Amount(taken, said.currency)))
        return
    code = said.return_reason[:35]
    move_debit(debit, DebitState.RETURNED, returned_by_id=number, reason=code)
    _tell(debit, "returned", at, code)
    if charge := taken - debit.amount_minor:
        booking = Booking(DEBIT_CHARGED, Amount(charge, "EUR"), f"debit:{debit.pk}:charged", said.booked_on)
        post(debit.merchant_id, [booking], at=at)
    if debit.transaction_id is not None:
        _give_back(debit, at)
    _stop(debit, code, at)


def _give_back(debit: Debit, at: datetime) -> None:
    """The payment that the collection was has gone back: its orders are owed again."""
    payment = Payment.objects.filter(merchant_id=debit.merchant_id, transaction=debit.transaction_id).first()
    if payment is None:  # its movement is being recorded in this very batch; and is still nobody's
        return
    standing = Allocation.objects.filter(merchant_id=debit.merchant_id, payment=payment, reverses=None, reversal=None)
    rows = list(standing.order_by("id"))
    if rows:
        take_back_whatever(debit.merchant_id, rows, Decider(BY, at))
        payment.refresh_from_db()
    if payment.state == PaymentState.IGNORED:
        return  # it was never for an order, and what went back is money sent
    payment.reason = ""
    become(payment, PaymentState.GOING_BACK)
    Payment.objects.filter(pk=payment.pk).update(state=payment.state, decided_by=BY, decided_at=at, reason="")
    day = timezone.localdate(at)
    post(debit.merchant_id, [Booking(DEBIT_RETURNED, payment.open, f"debit:{debit.pk}:returned", day)], at=at)
    record(debit.merchant_id, [Happened("payment", payment.pk, "debit_returned", BY, debit.reason)], at=at)


def _stop(debit: Debit, code: str, at: datetime) -> None:
    """Nothing is collected any more by a mandate that the debtor denies."""
    if reason(code).debit is Remedy.STOP:
        revoke(debit.mandate, by=BY, at=at, reason=code)


def _doubt(debit: Debit, doubt: str, at: datetime, why: str = "") -> None:
    if debit.doubt != doubt:
        Debit.objects.filter(pk=debit.pk).update(doubt=doubt)
        debit.doubt = doubt
        _tell(debit, doubt, at, why)


def _tell(debit: Debit, verb: str, at: datetime, why: str = "") -> None:
    note_news_of_debit(debit.pk)
    record(debit.merchant_id, [Happened("debit", debit.pk, verb, BY, why)], at=at)
