"""What is to be written of a part of a statement, as it was thought out before its transaction began."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from zahlmeister.banking.lines import Told
from zahlmeister.banking.models import BankAccount, Statement
from zahlmeister.banking.record import Recorded
from zahlmeister.flows.prepare_batch import Prepared
from zahlmeister.flows.settle_payments import STATES
from zahlmeister.ledger.post import Booking
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import KEPT_OF_A_SUM, Book, books_begin, money_came_back, money_came_in, money_went_out
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.insert import Later
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.receive import Decided, NewPayment
from zahlmeister.receivables.states import PaymentState


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written of a part, thought out when the merchant's turns stood at `seen`."""

    later: Later
    seen: int
    entries_done: int  # of the file, when it is written
    leaves_some: bool  # payments that are recorded and still to be settled
    counts: Counter[str]  # what the import's columns grow by
    format: dict[str, str]  # of the file, where the batch tells it
    warnings: list[str]


def counted(batch: Prepared, recorded: Recorded, payments: Sequence[tuple[NewPayment, Decided | None]]) -> Counter[str]:
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


def bookings(batch: Prepared, recorded: Recorded, divided: set[int]) -> list[Booking]:
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
