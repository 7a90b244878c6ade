"""What is to be written of a part of a statement, thought out before its transaction begins.

It hangs on who has written for the merchant until then, and on nothing that the parts before it write: neither on
their lines, whose ordinals are remembered, nor on their items, which the matcher remembers. So it can be thought out by
whoever prepares the batch, while the parts before are still being written.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import IntegrityError

from zahlmeister.banking.lines import Told
from zahlmeister.banking.models import BankAccount, Statement, StatementImport
from zahlmeister.banking.record import Recorded, Twins, count_lines, record_lines
from zahlmeister.flows.follow_debits import follow_debits
from zahlmeister.flows.follow_orders import follow_statement
from zahlmeister.flows.prepare_batch import Prepared
from zahlmeister.flows.settle_payments import BY as MATCHER
from zahlmeister.flows.settle_payments import STATES
from zahlmeister.formats.records import Balance
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import KEPT_OF_A_SUM, Book, books_begin, money_came_back, money_came_in, money_went_out
from zahlmeister.merchants.ids import new_id, new_ids
from zahlmeister.merchants.insert import Later
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, terms_of
from zahlmeister.receivables.receive import Decided, NewPayment, divide, receive
from zahlmeister.receivables.states import PaymentState

BY = "import"
#: So many entries are written before looking whether somebody waits: he waits for one such part at most.
AT_ONCE = 170
#: Of so many lines the ordinals are remembered; of twins further apart the database tells.
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written of a part, thought out when the merchant's turns stood at `seen`."""

    later: Later
    seen: int
    at: datetime
    last: int  # the number of its last entry, counted through the file; 0 when it has none
    leaves_some: bool  # payments that are recorded and still to be settled
    counts: Counter[str]  # what the import's columns grow by
    format: dict[str, str]  # of the file, where the batch tells it
    warnings: list[str]


class Part(NamedTuple):
    """A part of a batch, with what is to be written of it where that has been thought out already."""

    batch: Prepared
    plan: Plan | None = None


class Planner:
    """Thinks out what is to be written of one file, part after part in their order."""

    def __init__(self, work: StatementImport) -> None:
        self._work = work
        self._merchant_id = work.merchant_id
        self._terms = terms_of(work.merchant)

    def plan(
        self,
        batch: Prepared,
        lines: Sequence[Told],
        decided: Sequence[Decided | None],
        *,
        seen: int,
        at: datetime,
        given: dict[Twins, int],
    ) -> Plan:
        """What is to be written of a part; only sums that are divided are written here already.

        Args:
            batch: the part.
            lines: of it, as things stand.
            decided: on each of them, likewise.
            seen: at what number the merchant's turns stood when that was looked at.
            at: now.
            given: the ordinals of lines in parts before, which may not be written yet; see `record_lines`.
        """
        later = Later()
        later.add(partial(_close_statements, self._work.pk, batch.closings))
        recorded = record_lines(self._work, lines, at=at, later=later, given=given)
        divided = self._divided(recorded, at)
        payments = self._payments(recorded, lines, decided, divided)
        post(self._merchant_id, _bookings(batch, recorded, divided), at=at, new_sources=True, later=later)
        receive(self._merchant_id, payments, by=BY, decider=Decider(MATCHER, at, self._terms), later=later)
        later.add(partial(follow_statement, self._merchant_id, recorded.new, at=at))
        later.add(partial(follow_debits, self._merchant_id, recorded.new, at=at))
        return Plan(
            later,
            seen,
            at,
            batch.first + batch.entries - 1 if batch.entries else 0,
            any(one is None for _, one in payments),
            _counted(batch, recorded, payments),
            {"format": batch.format} if batch.format else {},
            batch.warnings,
        )

    def _divided(self, recorded: Recorded, at: datetime) -> set[int]:
        """The sums that the new parts divide; one that was decided on as a whole stays whole."""
        sums = {line.part_of for _, line in recorded.new if line.part_of}
        return divide(self._merchant_id, sums, by=BY, at=at) if sums else set()

    def _payments(
        self, recorded: Recorded, lines: Sequence[Told], decided: Sequence[Decided | None], divided: set[int]
    ) -> list[tuple[NewPayment, Decided | None]]:
        """The new payments of the batch, each with what was decided; parts of a sum that stays whole are only kept."""
        said = {id(line): one for line, one in zip(lines, decided, strict=True)}
        incoming = [
            (number, line)
            for number, line in recorded.new
            if line.is_payment and (not line.part_of or line.part_of in divided)
        ]
        return [
            (
                NewPayment(
                    id=payment,
                    merchant_id=self._merchant_id,
                    transaction_id=number,
                    currency=line.said.currency,
                    amount_minor=line.said.amount_minor,
                    booked_on=line.said.booked_on,
                    value_on=line.said.value_on,
                    open_minor=line.said.amount_minor,
                ),
                said[id(line)],
            )
            for payment, (number, line) in zip(new_ids(len(incoming)), incoming, strict=True)
        ]


class AheadPlanner:
    """Thinks out the parts of a file one after the other, while those before may still be being written."""

    def __init__(self, work: StatementImport) -> None:
        self._planner = Planner(work)
        self._merchant_id = work.merchant_id
        self._given: dict[Twins, int] = {}

    def parts(self, batch: Prepared, *, at: datetime) -> list[Part]:
        """A batch in parts, with their plans: good as long as nobody else has written since it was prepared."""
        if len(self._given) > _REMEMBERED:
            self._given.clear()
        return [Part(each, self._plan(each, at)) for each in batch.parts(AT_ONCE)]

    def _plan(self, batch: Prepared, at: datetime) -> Plan | None:
        if hangs_on_itself(batch, batch.lines):
            count_lines(self._merchant_id, batch.lines, self._given)
            return None
        try:
            return self._planner.plan(batch, batch.lines, batch.decided, seen=batch.turn, at=at, given=self._given)
        except IntegrityError:  # the merchant is not to be written for here any more; whoever writes will say so
            return None


def hangs_on_itself(batch: Prepared, lines: Sequence[Told]) -> bool:
    """Whether some of a part must be written before the rest of it can be thought out."""
    return bool(batch.statements) or any(line.part_of for line in lines)


def _close_statements(work: int, closings: Sequence[tuple[int, Balance]]) -> None:
    for position, last in closings:
        Statement.objects.filter(statement_import=work, position=position).update(
            closing_minor=last.amount.minor, closing_on=last.on
        )


def _counted(
    batch: Prepared, recorded: Recorded, payments: Sequence[tuple[NewPayment, Decided | None]]
) -> Counter[str]:
    """What a part of a file adds to the figures of its import."""
    states = Counter(one.state for _, one in payments if one is not None)
    return Counter(
        {
            "recorded": len(recorded.new),
            "known": recorded.known,
            "pending": len(batch.pending),
            "outgoing": len(recorded.new) - len(payments),
            "settled": states[PaymentState.ASSIGNED],
            **{state.value: states[state] for state in STATES.values()},
        }
    )


def _bookings(batch: Prepared, recorded: Recorded, divided: set[int]) -> list[Booking]:
    """What the new transactions of a batch move in the books, beside what pays for orders."""
    accounts = {row.account_id: row.account for row in batch.statements if not row.is_left_out}
    found = [booking for account in accounts.values() if (booking := _beginning(account))]
    for number, line in recorded.new:
        said = line.said
        if said.amount_minor and not line.part_of:
            found.append(_booking(number, line))
        elif said.amount_minor < 0 and line.part_of in divided:
            amount = Amount(-said.amount_minor, said.currency)
            found.append(Booking(KEPT_OF_A_SUM, amount, f"transaction:{number}", said.booked_on))
    return found


def _beginning(account: BankAccount) -> Booking | None:
    """Let the books begin with what the oldest statement opens with; an older one that comes later moves the begin."""
    oldest = (
        Statement.objects.filter(account=account, opening_minor__isnull=False, opening_on__isnull=False)
        .order_by("opening_on", "id")
        .first()
    )
    if oldest is None or oldest.opening_minor is None or oldest.opening_on is None:
        return None
    booked = balance(account.merchant_id, Book.OPENING, account.currency, about=account.pk)
    more = Amount(oldest.opening_minor, account.currency) + booked  # the opening book stands on the credit side
    legs = books_begin(account.pk)
    source = f"account:{account.pk}:begin:{new_id()}"  # it may be moved more than once
    return (
        Booking(legs if more.minor > 0 else legs.turned(legs.text), abs(more), source, oldest.opening_on)
        if more
        else None
    )


def _booking(number: int, line: Told) -> Booking:
    minor = line.said.amount_minor
    if minor < 0:
        legs = money_went_out(line.account_id)
    else:
        legs = money_came_in(line.account_id) if line.is_payment else money_came_back(line.account_id)
    return Booking(legs, Amount(abs(minor), line.said.currency), f"transaction:{number}", line.said.booked_on)
