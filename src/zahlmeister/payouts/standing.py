"""What a pooled account holds for its merchant, derived from the books, and what has moved since the last payout."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.ledger.queries import Movement, balance, movements
from zahlmeister.ledger.rules import Book
from zahlmeister.payouts.models import Payout, PayoutLine
from zahlmeister.payouts.rules import Standing
from zahlmeister.payouts.states import KIND_OF_SOURCE, LineKind
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NOT_WAITED_FOR

#: The number of a posting is a time; none is written later than this after it was numbered (a day of microseconds).
_LATE = 86_400_000_000 << 12
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Line:
    """A movement on the account, and what it was."""

    posting: int
    kind: LineKind
    minor: int
    booked_on: date
    transaction: int | None


def standing_of(account: BankAccount, *, promised: int = 0, reserve: int = 0) -> Standing:
    """The merchant's share of a pooled account.

    Args:
        account: pooled.
        promised: refunds that wait and have no transfer yet, in minor units.
        reserve: what is to stay there.
    """
    merchant_id = account.merchant_id
    payments = Payment.objects.filter(merchant_id=merchant_id, transaction__account=account)
    waiting = payments.exclude(state__in=NOT_WAITED_FOR).aggregate(sum=Sum("open_minor", default=0))
    orders = PaymentOrder.objects.filter(merchant_id=merchant_id, account=account, transaction=None)
    ordered = orders.exclude(state__in=(OrderState.CANCELLED, OrderState.REJECTED))
    return Standing(
        bank=balance(merchant_id, Book.BANK, account.currency, about=account.pk).minor,
        unclear=waiting["sum"],
        on_its_way=ordered.aggregate(sum=Sum("amount_minor", default=0))["sum"],
        promised=promised,
        reserve=reserve,
    )


def last_payout(account: BankAccount) -> Payout | None:
    """The newest settlement of an account."""
    return (
        Payout.objects.filter(merchant_id=account.merchant_id, account=account).order_by("-created_at", "-pk").first()
    )


def lines_since(account: BankAccount, last: Payout | None) -> list[Line]:
    """What has moved on the account and is in no payout yet, oldest first."""
    above = last.through - _LATE if last else 0
    moved = movements(account.merchant_id, Book.BANK, account.currency, about=account.pk, above=above)
    settled = set(
        PayoutLine.objects.filter(merchant_id=account.merchant_id, posting__gt=above).values_list("posting", flat=True)
    )
    fresh = [one for one in moved if one.number not in settled]
    kinds = _kinds(account.merchant_id, [number for one in fresh if (number := _transaction(one)) is not None])
    return [_line(one, kinds) for one in fresh]


def sums(lines: Iterable[Line]) -> dict[LineKind, int]:
    """The lines added up by kind, in the order of a statement; kinds without a line are left out."""
    found: dict[LineKind, int] = {}
    for line in lines:
        found[line.kind] = found.get(line.kind, 0) + line.minor
    return {kind: found[kind] for kind in LineKind if kind in found}


def _line(moved: Movement, kinds: dict[int, LineKind]) -> Line:
    number = _transaction(moved)
    usual = LineKind.PAYMENT if moved.text == "money_came_in" else LineKind.CORRECTION
    kind = kinds.get(number, usual) if number is not None else LineKind.CORRECTION
    return Line(moved.number, kind, moved.amount.minor, moved.booked_on, number)


def _transaction(moved: Movement) -> int | None:
    """The transaction that a posting books; None when it is the beginning of the books."""
    subject, _, rest = moved.source.partition(":")
    return int(rest.partition(":")[0]) if subject == "transaction" else None


def _kinds(merchant_id: int, transactions: Sequence[int]) -> dict[int, LineKind]:
    """What those movements were that are transfers of ours, or came back from one."""
    found: dict[int, LineKind] = {}
    mine = PaymentOrder.objects.filter(merchant_id=merchant_id)
    for start in range(0, len(transactions), _AT_ONCE):
        some = transactions[start : start + _AT_ONCE]
        for number, source in mine.filter(transaction__in=some).values_list("transaction_id", "source"):
            found[number] = KIND_OF_SOURCE.get(source.partition(":")[0], LineKind.CORRECTION)
        came_back = mine.filter(returned_by__in=some).values_list("returned_by_id", flat=True)
        found |= dict.fromkeys(came_back, LineKind.CAME_BACK)
    return found
