"""How many pairs of eyes a transfer needs before it may leave, and whether its payee's name stands in the way."""

from collections.abc import Collection
from dataclasses import dataclass

from zahlmeister.formats.payments.payee import NextStep, PayeeCheck, PayeeResult, Permission, permission


@dataclass(frozen=True, slots=True)
class Look:
    """Who has looked at a transfer. `drafter` is None when the house drafted it by itself.

    `beside_minor` is what else the same recipient gets on that day, so that a transfer in parts is one transfer.
    """

    minor: int
    limit_minor: int
    drafter: int | None
    approvers: Collection[int]
    payee: PayeeCheck | None = None
    beside_minor: int = 0
    is_going_back: bool = False
    is_confirmed: bool = False

    @property
    def permission(self) -> Permission | None:
        """What the verification of the payee allows; None when nobody has verified."""
        return permission(self.payee, is_where_it_came_from=self.is_going_back) if self.payee else None

    @property
    def pairs_needed(self) -> int:
        """Two above the merchant's limit, or where the bank could not verify the payee; else one."""
        is_unverified = self.permission is not None and self.permission.step is NextStep.SECOND_PERSON
        return 2 if self.minor + self.beside_minor > self.limit_minor or is_unverified else 1

    @property
    def pairs(self) -> int:
        """Whoever drafted it has looked; his own approval is no second look."""
        return len({*self.approvers, *([] if self.drafter is None else [self.drafter])})

    @property
    def is_enough(self) -> bool:
        """Somebody has approved, and together they are enough."""
        return bool(self.approvers) and self.pairs >= self.pairs_needed

    @property
    def stopped_by(self) -> Permission | None:
        """Why the payee's name keeps an approved transfer from leaving; None when it does not."""
        may = self.permission
        if may is None or may.step is NextStep.SEND:
            return None
        is_met = {NextStep.CONFIRM: self.is_confirmed, NextStep.SECOND_PERSON: self.is_enough}
        return None if is_met.get(may.step, False) else may


def payee_check(result: str, name: str) -> PayeeCheck | None:
    """A kept result as a fact; None when nothing was kept."""
    return PayeeCheck(PayeeResult(result), name or None) if result else None
