"""What a guarantor has lost: of the claims it bought, by the month of the invoice and by the merchant who sold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncMonth

from zahlmeister.purchase.models import Capture, Guarantor
from zahlmeister.purchase.states import GuaranteeState

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True)
class Loss:
    """Claims that were bought, without credit notes: what of them was given up, and what is open past its day.

    In minor units. Claims that went back to the merchant are the guarantor's neither to lose nor to count.
    """

    bought: int = 0
    lost: int = 0
    overdue: int = 0

    def __add__(self, other: "Loss") -> "Loss":
        return Loss(self.bought + other.bought, self.lost + other.lost, self.overdue + other.overdue)

    @property
    def per_mille(self) -> int | None:
        """What was lost of a thousand; None of nothing."""
        return 1000 * self.lost // self.bought if self.bought else None


@dataclass(frozen=True, slots=True)
class Losses:
    """The same by month of the invoice, the oldest first, and by merchant, the greatest loss first."""

    months: Sequence[tuple[date, Loss]]
    merchants: Sequence[tuple[str, Loss]]

    @property
    def whole(self) -> Loss:
        """All of it."""
        return sum((loss for _, loss in self.months), Loss())


def losses(guarantor: Guarantor, *, today: date, months: int = 12) -> Losses:
    """What of the invoices of the last months a guarantor has lost; in one question.

    Args:
        guarantor: whose claims.
        today: what is due before it and open is overdue.
        months: how many, this one included.
    """
    late = Q(item__due_on__lt=today)
    rows = (
        Capture.objects.filter(authorisation__terms__guarantor=guarantor, invoiced_on__gte=_first(today, months))
        .exclude(guarantee=GuaranteeState.RECOURSE)
        .annotate(month=TruncMonth("invoiced_on"))
        .values("month", "merchant__name")
        .annotate(
            bought=Sum(F("gross_minor") - F("credited_minor")),
            lost=Sum("lost_minor"),
            overdue=Sum("item__open_minor", filter=late, default=0),
        )
    )
    every = [
        (row["month"], row["merchant__name"], Loss(int(row["bought"]), int(row["lost"]), int(row["overdue"])))
        for row in rows
    ]
    by_month = _summed((month, loss) for month, _, loss in every)
    by_merchant = _summed((name, loss) for _, name, loss in every)
    return Losses(sorted(by_month.items()), sorted(by_merchant.items(), key=lambda one: (-one[1].lost, one[0])))


def _summed(every: Iterable[tuple[Of, Loss]]) -> dict[Of, Loss]:
    found: dict[Of, Loss] = {}
    for of, loss in every:
        found[of] = found.get(of, Loss()) + loss
    return found


def _first(today: date, months: int) -> date:
    first = today.replace(day=1)
    for _ in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
