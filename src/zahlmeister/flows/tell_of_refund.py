"""Buyers hear of their refund, and are asked for an account where none can be paid to."""

from datetime import datetime

from zahlmeister.refunds.models import Refund, RefundSettings


def tell_of_promise(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """A refund comes, and to which account: inside the transaction in which it is promised."""


def ask_for_account(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """Nothing can go back to where the money came from: inside the caller's transaction."""


def tell_of_return(refund: Refund, *, at: datetime) -> None:
    """A refund came back: inside the transaction that reopens it."""


def tell_of_sending(refund: Refund, wanted: RefundSettings, *, at: datetime) -> None:
    """A refund was sent: inside the transaction in which that is found."""
