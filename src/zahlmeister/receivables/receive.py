"""An incoming transaction becomes a payment, with what was decided on it when that is known already."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, cast

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking
from zahlmeister.ledger.rules import NOT_FOR_AN_ORDER
from zahlmeister.merchants.ids import new_id, new_ids
from zahlmeister.merchants.insert import Later
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.receivables.desk import lay_out
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.states import UNDECIDED, ItemState, PaymentState


class DecidedShare(NamedTuple):
    """So much for this item, which was found owing so much."""

    item_id: int
    minor: int
    open_minor: int
    total_minor: int
    currency: str
    discount_minor: int
    discount_until: date | None


class Decided(NamedTuple):
    """What the matcher says of a payment; lists are JSON texts as they are kept."""

    state: PaymentState
    reason: str = ""
    confidence_ppm: int = 0
    candidates: str = "[]"
    clues: str = "[]"
    has_charges: bool = False
    shares: tuple[DecidedShare, ...] = ()


@dataclass(slots=True)
class NewPayment:
    """A payment on its way into its table, by the names of the columns."""

    id: int
    merchant_id: int
    transaction_id: int
    currency: str
    amount_minor: int
    booked_on: date
    value_on: date | None
    open_minor: int
    kept_minor: int = 0
    state: PaymentState = PaymentState.NEW
    reason: str = ""
    confidence_ppm: int = 0
    candidates: str = "[]"
    decided_by: str = ""
    decided_at: datetime | None = None

    @property
    def pk(self) -> int:
        """Its row number."""
        return self.id

    @property
    def transaction(self) -> "NewPayment":
        """Who knows when the money counts."""
        return self

    @property
    def open(self) -> Amount:
        """What is not assigned yet."""
        return Amount(self.open_minor, self.currency)


@dataclass(slots=True)
class _Owed:
    """An item that something is open on, as far as allocating looks at it; the share knows its order's discount."""

    pk: int
    order: DecidedShare
    currency: str
    total_minor: int
    open_minor: int
    state: ItemState
    surplus_minor: int = 0
    cancelled_minor: int = 0
    costs_asked_minor: int = 0  # one with costs of delay is not decided on ahead
    costs_minor: int = 0
    claims_costs: bool = False
    settled_on: date | None = None


def receive(
    merchant_id: int,
    payments: Sequence[tuple[NewPayment, Decided | None]],
    *,
    by: str,
    decider: Decider,
    later: Later | None = None,
) -> None:
    """Take payments in, each with what was decided on it, or None when it waits to be looked at.

    Args:
        merchant_id: whose.
        payments: in order; those decided on as assigned name what was open on their items.
        by: who brings them.
        decider: who decided, when, on which terms.
        later: where to collect what is to be written; now when absent.

    Raises:
        Changed: when it is written: an item does not owe any more what it was found owing; then nothing may be kept
            of the batch.
    """
    if not payments:
        return
    items: dict[int, _Owed] = {}
    shares: list[Share] = []
    assigned = [(payment, one) for payment, one in payments if one and one.state == PaymentState.ASSIGNED]
    marks = iter(new_ids(sum([len(one.shares) for _, one in assigned])))
    for payment, one in assigned:
        shares += _shares(payment, one, items, marks)
    desk = lay_out(
        merchant_id,
        items=cast("dict[int, OpenItem]", items),  # they have what allocating looks at, and cost a tenth
        payments=cast("dict[int, Payment]", {payment.id: payment for payment, _ in payments}),  # likewise
        are_payments_new=True,
        later=later,
    )
    for payment, decided in payments:
        desk.happened("payment", payment.id, "recorded", by, minor=payment.amount_minor)
        if decided is not None and decided.state != PaymentState.ASSIGNED:
            desk.steps.append(Happened("payment", payment.id, decided.state, decider.by, decided.reason))
            desk.bookings += _left(payment, decided, decider)
    allocate(merchant_id, shares, decider, desk)


def _shares(payment: NewPayment, decided: Decided, items: dict[int, _Owed], marks: Iterator[int]) -> list[Share]:
    shares = []
    for share in decided.shares:
        if share.item_id not in items:
            state = ItemState.OPEN if share.open_minor == share.total_minor else ItemState.PART_PAID
            items[share.item_id] = _Owed(
                share.item_id, share, share.currency, share.total_minor, share.open_minor, state
            )
        shares.append(
            Share(
                item_id=share.item_id,
                minor=share.minor,
                source=f"matcher:{next(marks)}",  # the payment is new: nobody has decided on it before
                payment_id=payment.id,
                has_charges=decided.has_charges,
                confidence_ppm=decided.confidence_ppm,
                clues=decided.clues,
            )
        )
    return shares


def _left(payment: NewPayment, decided: Decided, decider: Decider) -> list[Booking]:
    """Keep the suggestions, and take what is not for an order out of the unclear money."""
    payment.state, payment.reason = decided.state, decided.reason
    payment.candidates, payment.confidence_ppm = decided.candidates, decided.confidence_ppm
    if decided.state != PaymentState.IGNORED:
        return []
    payment.decided_by, payment.decided_at = decider.by, decider.at
    source = f"payment:{payment.id}:ignored:{new_id()}"
    return [Booking(NOT_FOR_AN_ORDER, payment.open, source, payment.booked_on)]


def divide(merchant_id: int, sums: Iterable[int], *, by: str, at: datetime) -> set[int]:
    """Another file tells the parts of these collective transactions: the sum itself is no payment any more.

    Returns:
        The transactions that could be divided. One that a person or the matcher has decided on as a whole stays so.
    """
    rows = Payment.objects.filter(merchant_id=merchant_id, transaction_id__in=set(sums), state__in=UNDECIDED)
    payments = list(rows.order_by("pk").select_for_update())
    Payment.objects.filter(pk__in=[paid.pk for paid in payments]).update(
        state=PaymentState.DIVIDED, open_minor=0, candidates=[], decided_by=by, decided_at=at
    )
    record(merchant_id, [Happened("payment", paid.pk, "divided", by) for paid in payments], at=at)
    return {paid.transaction_id for paid in payments}
