"""Which policy counts for an order, and since when its days are counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.dunning.plan import DEFAULTS, BaseDay, Ending, Policy


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy as it is kept, and as the plan wants it."""

    row: DunningPolicy
    policy: Policy

    def sent_by(self, level: int) -> SentBy:
        """How the notice of a level, counted from 1, is sent."""
        return SentBy(self.row.levels[level - 1].get("sent_by", SentBy.MAIL))

    def fee_minor(self, level: int, currency: str) -> int:
        """What the notice of a level adds, in minor units of the currency."""
        fees: dict[str, int] = self.row.levels[level - 1].get("fees", {})
        return fees.get(currency, 0)


class Policies:
    """A merchant's policies, read once for any number of items."""

    def __init__(self, merchant_id: int) -> None:
        rows = DunningPolicy.objects.filter(merchant_id=merchant_id)
        self._rows = {(row.payment_kind, row.shop_id, row.customer_group): InForce(row, plan_of(row)) for row in rows}

    def kinds(self) -> set[str]:
        """The kinds of payment that anybody is asked for."""
        return {kind for (kind, _, _), found in self._rows.items() if found.row.is_on}

    def first_day(self) -> date | None:
        """Orders before this day are asked for by none; None when there is no such day."""
        days = [found.row.since for found in self._rows.values() if found.row.is_on]
        return None if None in days or not days else min(day for day in days if day)

    def of(self, kind: str, shop_id: int, opened_on: date, customer_group: str = "") -> InForce | None:
        """The policy for an order of a payment kind and shop; None when it is not to be asked for."""
        for key in (
            (kind, shop_id, customer_group), (kind, shop_id, ""), (kind, None, customer_group), (kind, None, ""),
        ):  # fmt: skip
            if key in self._rows:
                found = self._rows[key]
                is_old = found.row.since is not None and opened_on < found.row.since
                return found if found.row.is_on and not is_old else None
        return None


def plan_of(row: DunningPolicy) -> Policy:
    """The row as the plan wants it."""
    return Policy(
        base=BaseDay(row.base),
        days=tuple(int(level["days"]) for level in row.levels),
        ending=Ending(row.ending),
        end_days=row.end_days,
        asks_once=row.asks_once,
        on_working_days=row.on_working_days,
        minimum_minor=row.minimum_minor,
    )


class Sold(NamedTuple):
    """What of an order decides from when it is counted."""

    opened_on: date
    due_on: date | None
    is_invoiced: bool
    invoiced_on: date | None = None


def base_day(sold: Sold, row: DunningPolicy) -> date | None:
    """The day from which the first level counts; None while there is no invoice to count from."""
    match BaseDay(row.base):
        case BaseDay.ORDERED:
            return sold.opened_on
        case BaseDay.INVOICED:
            return sold.invoiced_on or (sold.opened_on if sold.is_invoiced else None)
        case BaseDay.DUE:
            return sold.due_on or sold.opened_on + timedelta(days=row.term_days)


def standard(merchant_id: int) -> Iterable[DunningPolicy]:
    """What a merchant begins with, not switched on and not saved: one policy per kind of payment."""
    for kind, plan in DEFAULTS.items():
        yield DunningPolicy(
            merchant_id=merchant_id,
            payment_kind=kind,
            base=plan.base,
            levels=[{"days": days, "sent_by": SentBy.MAIL, "fees": {}} for days in plan.days],
            ending=plan.ending,
            end_days=plan.end_days,
            asks_once=plan.asks_once,
        )
