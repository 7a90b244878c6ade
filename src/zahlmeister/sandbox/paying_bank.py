"""A bank that does what it is told: takes our files, answers, executes when its clock is moved, returns some.

It is strict like a bank and as forgetful as one: the same file is refused, but the same order in another file is paid
again. `times_paid` tells how often, so that tests can kill whoever sends orders and count here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

from rapidfuzz import fuzz

from zahlmeister.formats.payments.debits import DebitFile, DebitGroup, DirectDebit
from zahlmeister.formats.payments.messages import child, opened, said, version_of
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.status import GroupStatus, OrderStatus, StatedReason, StatusReport, Verdict
from zahlmeister.formats.payments.transfers import PaymentOrder, Speed, TransferFile, TransferGroup
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar, banking_day, is_banking_day
from zahlmeister.refusals import Refused, Unreadable
from zahlmeister.sandbox.bank import daily
from zahlmeister.sandbox.bank_books import BankBooks, Fate, Task
from zahlmeister.sandbox.movements import (
    BATCH_COLLECTED,
    BATCH_OUT,
    COLLECTION_IN,
    DEBIT_OUT,
    DEBIT_RETURNED,
    TRANSFER_IN,
    TRANSFER_OUT,
    TRANSFER_RETURNED,
    Disturbance,
    MerchantAccount,
    Movement,
    Statement,
    for_reason,
)
from zahlmeister.sandbox.status import write_status_report

#: A name this similar is a close match; banks choose their own border.
CLOSE_PERCENT = 75
_MESSAGES = ("CstmrCdtTrfInitn", "CstmrDrctDbtInitn")
_BOOKED = {
    "transfer": (TRANSFER_OUT, Disturbance.OUTGOING),
    "debit": (COLLECTION_IN, Disturbance.UNRELATED),
}


class SandboxBank:
    """One bank with its books and its clock.

    Args:
        books: the file it keeps its books in, for several processes and for after they were killed; none for a bank
            that is forgotten with the object.
        today: where its clock stands when the books are new.
    """

    def __init__(self, *, books: Path | None = None, today: date) -> None:
        self._books = BankBooks(books, today)

    # ---- what the test or demo arranges ------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self._books.today

    def open_account(self, account: MerchantAccount, balance: Amount) -> None:
        """Our customer's account, with what is on it."""
        if balance.currency != account.currency:
            raise Refused(f"{account.iban} is kept in {account.currency}, not in {balance.currency}.")
        with self._books.change():
            self._books.open_account(account, balance.minor)

    def expect(self, iban: str, fate: Fate) -> None:
        """What shall happen to money for that account from now on."""
        with self._books.change():
            self._books.set_fate(iban, fate)

    def pay_in(self, account: str, amount: Amount, *, name: str, iban: str, text: str) -> None:
        """Somebody pays our customer; it is booked today, or on the next banking day."""
        calendar = Calendar.SWISS if amount.currency == "CHF" else Calendar.TARGET
        day = banking_day(self.today, calendar=calendar)
        paid = Movement(day, amount, TRANSFER_IN, Disturbance.UNRELATED, counterparty=name, iban=iban, remittance=text)
        self.receive(account, [paid])

    def receive(self, account: str, movements: Iterable[Movement]) -> None:
        """What others will do on the account, each on its day: such as customers who pay the way people do.

        Raises:
            Refused: a day is over, and its statement must not change any more; then none is taken.
        """
        with self._books.change():
            for movement in movements:
                if movement.booked_on < self.today:
                    raise Refused(f"The bank's clock stands at {self.today}; {movement.booked_on} is over.")
                self._books.add_arrival(account, movement)

    def move_to(self, day: date) -> None:
        """Let the days pass until that one has begun; each day's orders are executed on it."""
        if day < self.today:
            raise Refused(f"The bank's clock stands at {self.today} and does not go back to {day}.")
        while self.today < day:
            with self._books.change():
                self._work()  # what came in the course of the day
                self._books.set_today(self.today + timedelta(days=1))
                self._work()

    # ---- what our customer does --------------------------------------------------------------------------------

    def hand_in(self, data: bytes, *, name: str = "orders.xml") -> bytes:
        """Take a file of orders and answer with pain.002. Handing in the same file again is answered with DU01."""
        with self._books.change():
            return write_status_report(self._taken(data, name))

    def verify(self, data: bytes, *, name: str = "orders.xml") -> bytes:
        """Compare the payees of a file with the holders of their accounts; nothing is taken or paid."""
        file = read_payment_orders(data, name=name)
        if not isinstance(file, TransferFile):
            raise Refused(f"{name}: only payees of transfers are verified, not debtors of direct debits.")
        groups = [
            (group.group_id, [(order.end_to_end_id, order.iban, order.creditor.name) for order in group.orders])
            for group in file.groups
        ]
        named = tuple(
            GroupStatus(group_id, Verdict(None), tuple(self._verified(*order) for order in orders))
            for group_id, orders in groups
        )
        codes = {order.verdict.code for group in named for order in group.orders}
        overall = "RCVC" if codes == {"RCVC"} else "RVCM"
        return write_status_report(self._report(file.message_id, "pain.001.001.09", Verdict(overall), named))

    def report(self, message_id: str) -> bytes:
        """What has become of a file until now, order by order."""
        form = self._books.format_of(message_id)
        if form is None:
            raise Refused(f"The bank has no file {message_id}.")
        return write_status_report(self._report_on(message_id, form))

    def statements(self, account: str) -> list[Statement]:
        """One statement for each day that is over and on which the account moved."""
        known, opening = self._known(account)
        moved = (movement for movement in self._movements(account) if movement.booked_on < self.today)
        return list(daily(known, moved, opening))

    def account(self, iban: str) -> MerchantAccount:
        """Our customer's account of that number."""
        return self._known(iban)[0]

    def _known(self, iban: str) -> tuple[MerchantAccount, int]:
        known = self._books.account(iban)
        if known is None:
            raise Refused(f"{iban} is no account at this bank.")
        return known

    # ---- what tests count --------------------------------------------------------------------------------------

    def times_paid(self, end_to_end_id: str) -> int:
        """How often an order was executed; returns are not taken off."""
        return self._books.paid()[end_to_end_id]

    def paid(self) -> Counter[str]:
        """The same for every order."""
        return self._books.paid()

    def balance(self, account: str) -> Amount:
        """What is on the account now."""
        known = self._books.account(account)
        if known is None:
            raise Refused(f"{account} is no account at this bank.")
        return Amount(self._books.balance(account), known[0].currency)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _taken(self, data: bytes, name: str) -> StatusReport:
        message_id, form = _envelope(data, name)
        try:
            file = read_payment_orders(data, name=name)
        except Unreadable as refusal:
            return self._report(message_id, form, _rejected("FF01", str(refusal)))
        tasks = list(_tasks(file))
        strange = next((task.account for task in tasks if self._books.account(task.account) is None), None)
        if strange is not None:
            return self._report(message_id, form, _rejected("AC02", f"{strange} is no account at this bank"))
        if not self._books.keep_file(message_id, form):
            return self._report(message_id, form, _rejected("DU01"))
        for task in tasks:
            self._books.add(self._first_look(task))
        self._work("message_id = ? AND is_instant = 1", message_id)
        return self._report_on(message_id, form)

    def _first_look(self, task: Task) -> Task:
        fate = self._books.fate(task.iban)
        return replace(task, rejected=fate.rejects or (fate.rejects_instant if task.is_instant else None))

    def _work(self, where: str = "1", *values: str) -> None:
        """Execute what is due, if banks work today and the account has the money."""
        today = self.today
        left: dict[str, int] = {}
        due = f"({where}) AND executed_on IS NULL AND rejected IS NULL AND due_on <= ?"
        for number, task in self._books.tasks(due, *values, today.isoformat()):
            calendar = Calendar.SWISS if task.currency == "CHF" else Calendar.TARGET
            if not task.is_instant and not is_banking_day(today, calendar):
                continue
            balance = left.get(task.account)
            if balance is None:
                balance = self._books.balance(task.account)
            left[task.account] = balance + task.signed.minor
            if task.signed.minor < 0 and left[task.account] < 0:
                left[task.account] = balance
                self._books.reject(number, "AM04")
                continue
            fate = self._books.fate(task.iban)
            back = banking_day(today, fate.after_days, calendar) if fate.returns else None
            self._books.execute(number, today, back, fate.returns)
            self._move_other_side(replace(task, executed_on=today.isoformat()), back, fate.returns)

    def _move_other_side(self, task: Task, back: date | None, reason: str | None) -> None:
        """Money between two accounts of this bank moves both; what comes back later is taken off there again."""
        payer, other = self._books.account(task.account), self._books.account(task.iban)
        if payer is None or other is None:
            return
        booking = TRANSFER_IN if task.kind == "transfer" else DEBIT_OUT
        there = replace(
            _movement(task),
            amount=-task.signed,
            booking=booking,
            disturbance=Disturbance.UNRELATED,
            counterparty=payer[0].owner,
            iban=payer[0].iban,
        )
        self._books.add_arrival(task.iban, there)
        if back is not None and reason is not None:
            taken_off = replace(there, booked_on=back, amount=task.signed, remittance=f"Rueckgabe {task.text or ''}")
            self._books.add_arrival(task.iban, taken_off)

    def _verified(self, end_to_end_id: str, iban: str, name: str) -> OrderStatus:
        holder = self._books.fate(iban).holder
        code = _comparison(name, holder)
        told = holder if code == "RVMC" else name
        return OrderStatus(end_to_end_id, end_to_end_id, Verdict(code), iban=iban, payee_name=told)

    def _report_on(self, message_id: str, form: str) -> StatusReport:
        groups: dict[str, list[OrderStatus]] = {}
        for number, task in self._books.tasks("message_id = ?", message_id):
            groups.setdefault(task.group_id, []).append(_status(number, task))
        named = tuple(GroupStatus(group_id, _together(orders), tuple(orders)) for group_id, orders in groups.items())
        return self._report(message_id, form, _together([order for group in named for order in group.orders]), named)

    def _report(
        self, message_id: str, form: str, verdict: Verdict, groups: tuple[GroupStatus, ...] = ()
    ) -> StatusReport:
        now = datetime.combine(self.today, time(18, 0), UTC)
        return StatusReport(f"STS-{self.today:%Y%m%d}-{message_id}"[:35], now, message_id, form, verdict, groups)

    def _movements(self, account: str) -> Iterator[Movement]:
        yield from self._books.arrivals(account)
        executed = self._books.tasks("account = ? AND executed_on IS NOT NULL", account)
        for _, together in groupby(executed, key=_sum_of):
            yield _booked([task for _, task in together])
        for _, task in executed:
            if task.returned_on is not None and task.return_reason is not None:
                yield _return(task, date.fromisoformat(task.returned_on), task.return_reason)


def _envelope(data: bytes, name: str) -> tuple[str, str]:
    """The message id and the format, needed for any answer at all."""
    root = opened(data, name)
    for element in _MESSAGES:
        message = child(root, element)
        message_id = said(message, "GrpHdr/MsgId") if message is not None else None
        if message_id is not None:
            return message_id, version_of(root) or "pain"
    raise Unreadable(f"{name}: no file of orders with a message id, so the bank cannot even answer.")


def _tasks(file: TransferFile | DebitFile) -> Iterator[Task]:
    if isinstance(file, DebitFile):
        return (_debit(file.message_id, group, debit) for group in file.groups for debit in group.debits)
    return (_transfer(file.message_id, group, order) for group in file.groups for order in group.orders)


def _transfer(message_id: str, group: TransferGroup, order: PaymentOrder) -> Task:
    return Task(
        kind="transfer",
        message_id=message_id,
        group_id=group.group_id,
        end_to_end_id=order.end_to_end_id,
        account=group.account.iban,
        iban=order.iban,
        name=order.creditor.name,
        minor=order.amount.minor,
        currency=order.amount.currency,
        text=order.text,
        reference=order.reference,
        is_instant=group.speed is Speed.INSTANT,
        is_batch=group.is_batch and group.speed is Speed.ORDINARY,
        due_on=group.execute_on.isoformat(),
    )


def _debit(message_id: str, group: DebitGroup, debit: DirectDebit) -> Task:
    return Task(
        kind="debit",
        message_id=message_id,
        group_id=group.group_id,
        end_to_end_id=debit.end_to_end_id,
        account=group.account.iban,
        iban=debit.iban,
        name=debit.debtor.name,
        minor=debit.amount.minor,
        currency=debit.amount.currency,
        text=debit.text,
        mandate_id=debit.mandate.mandate_id,
        creditor_id=group.creditor_id,
        is_batch=group.is_batch,
        due_on=group.collect_on.isoformat(),
    )


def _comparison(name: str, holder: str | None) -> str:
    if holder is None:
        return "RVNA"
    if name.casefold() == holder.casefold():
        return "RCVC"
    return "RVMC" if fuzz.token_sort_ratio(name.casefold(), holder.casefold()) >= CLOSE_PERCENT else "RVNM"


def _rejected(code: str, text: str | None = None) -> Verdict:
    return Verdict("RJCT", (StatedReason(code, (text,) if text else ()),))


def _status(number: int, task: Task) -> OrderStatus:
    verdict = _rejected(task.rejected) if task.rejected else Verdict("ACSC" if task.executed_on else "ACSP")
    own = task.end_to_end_id
    return OrderStatus(own, own, verdict, bank_reference=f"SB{number:012d}", amount=task.amount)


def _together(orders: Sequence[OrderStatus]) -> Verdict:
    codes = {order.verdict.code for order in orders}
    return Verdict(codes.pop() if len(codes) == 1 else "PART")


def _sum_of(numbered: tuple[int, Task]) -> tuple[str | int | None, ...]:
    """Neighbours with the same key are booked in one sum."""
    number, task = numbered
    return (task.kind, task.message_id, task.group_id, task.executed_on) if task.is_batch else (number,)


def _booked(tasks: list[Task]) -> Movement:
    """One line of the statement: a single order, or the sum of a batch with its parts."""
    parts = tuple(_movement(task) for task in tasks)
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return Movement(
        first.booked_on,
        sum((part.amount for part in parts), Amount.zero(first.amount.currency)),
        BATCH_OUT if tasks[0].kind == "transfer" else BATCH_COLLECTED,
        first.disturbance,
        remittance=f"{tasks[0].group_id} {len(parts)} POSTEN",
        group_id=tasks[0].group_id,
        parts=parts,
    )


def _movement(task: Task) -> Movement:
    booking, disturbance = _BOOKED[task.kind]
    return Movement(
        date.fromisoformat(task.executed_on or ""),
        task.signed,
        booking,
        disturbance,
        counterparty=task.name,
        iban=task.iban,
        remittance=task.text,
        creditor_reference=task.reference if not task.text else None,
        end_to_end_id=task.end_to_end_id,
        mandate_id=task.mandate_id,
        creditor_id=task.creditor_id,
    )


def _return(task: Task, on: date, reason: str) -> Movement:
    """The money comes back, with the names and ids of the original."""
    original = _movement(task)
    booking = for_reason(TRANSFER_RETURNED if task.kind == "transfer" else DEBIT_RETURNED, reason)
    return replace(original, booked_on=on, amount=-original.amount, booking=booking, disturbance=Disturbance.RETURNED)
