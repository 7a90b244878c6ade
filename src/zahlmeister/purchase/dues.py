"""What a capture's figures come to is brought into the books of both sides, and what is due by it is written down.

Every event changes figures of a capture and names itself as the cause; how much is due more or less follows from
`rules.Claim`. So a line of a settlement says why, and all lines of a capture make what is due of it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import Legs, claim_bought, claim_sold
from zahlmeister.merchants.ids import new_id
from zahlmeister.money.amount import Amount
from zahlmeister.purchase.models import Capture, Due
from zahlmeister.purchase.moves import move_guarantee
from zahlmeister.purchase.states import DueKind, GuaranteeState


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a capture's figures change: what it is on a settlement, the day, the ERP's document if there was one."""

    kind: DueKind
    on: date
    at: datetime
    document: str = ""


def change(capture: Capture, cause: Cause, **figures: Any) -> int:
    """Change figures of a capture, inside the caller's transaction and both sides' turns.

    Args:
        capture: as it was read.
        cause: what the change is called.
        figures: the columns that `Capture.figures` is made of, and others that change beside them.

    Returns:
        By how much more, or less, is due to the merchant now.

    Raises:
        Overtaken: somebody else has changed them.
        Refused: the guarantee cannot become what they make of it.
    """
    as_read = {name: getattr(capture, name) for name in _FIGURES}
    for name, value in figures.items():
        setattr(capture, name, value)
    claim, more = capture.figures, capture.figures.due - capture.due_minor
    price = claim.price - capture.price_minor
    capture.due_minor, capture.price_minor = claim.due, claim.price
    if more:
        owe(capture, cause, more)
    kept = {name: getattr(capture, name) for name in {*_FIGURES, *figures} - {"guarantee"}}
    move_guarantee(capture, _standing(capture), as_read=as_read, **kept)
    _book_price(capture, price, cause)
    return more


_FIGURES = (
    "credited_minor", "paid_minor", "direct_minor", "is_guaranteed", "guarantee", "due_minor", "price_minor",
)  # fmt: skip


def owe(capture: Capture, cause: Cause, minor: int) -> None:
    """Write down that so much is due for a capture, or below zero by the merchant."""
    Due.objects.create(
        merchant_id=capture.merchant_id,
        capture=capture,
        terms_id=capture.authorisation.terms_id,
        kind=cause.kind,
        minor=minor,
        currency=capture.currency,
        on=cause.on,
        source=f"capture:{capture.pk}:{cause.kind}:{new_id()}",
        document=cause.document,
    )


def book_both(capture: Capture, theirs: Legs, ours: Legs, minor: int, cause: Cause) -> None:
    """Book an amount above zero on both sides: the guarantor's and the merchant's."""
    source, amount = f"capture:{capture.pk}:{theirs.text}:{new_id()}", Amount(minor, capture.currency)
    guarantor = capture.authorisation.terms.guarantor.merchant_id
    post(guarantor, [Booking(theirs, amount, source, cause.on)], at=cause.at)
    post(capture.merchant_id, [Booking(ours, amount, source, cause.on)], at=cause.at)


def _standing(capture: Capture) -> GuaranteeState:
    """What the guarantee has become by its figures; being paid out is told by settlements."""
    state, is_whole = GuaranteeState(capture.guarantee), capture.figures.is_whole
    if state == GuaranteeState.PENDING and is_whole:
        has_lines = Due.objects.filter(capture=capture, settlement=None).exclude(kind__in=_FEES).exists()
        return GuaranteeState.PAYABLE if has_lines else GuaranteeState.PAID_OUT
    if state in (GuaranteeState.PAYABLE, GuaranteeState.PAID_OUT) and not is_whole:
        return GuaranteeState.PENDING
    return state


_FEES = (DueKind.FEE, DueKind.FEE_TAX)


def _book_price(capture: Capture, more: int, cause: Cause) -> None:
    """The guarantor owes so much more, or less, for the claim in the end."""
    if not more:
        return
    bought = claim_bought(capture.merchant_id)
    sold = claim_sold(capture.authorisation.terms.guarantor.merchant_id)
    if more < 0:
        bought, sold = bought.turned("claim_bought_less"), sold.turned("claim_sold_less")
    book_both(capture, bought, sold, abs(more), cause)
