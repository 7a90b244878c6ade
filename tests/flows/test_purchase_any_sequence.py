"""Whatever ERP, buyers and time do, in any order: the merchant is paid what a plain reckoning says, and in time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.guaranteed import Market

from zahlmeister.flows.purchase.dispute import dispute
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.banking_days import next_banking_day
from zahlmeister.purchase.models import Capture
from zahlmeister.purchase.states import Dispute

pytestmark = pytest.mark.django_db(transaction=True)
WEEKS = 7
ORDERS = 5
FEE = 60


@dataclass
class Reckoned:
    """One invoice as somebody would keep it on paper."""

    gross: int
    on: date
    is_shipped: bool
    credited: int = 0
    bank: int = 0
    direct: int = 0
    is_disputed: bool = False

    @property
    def value(self) -> int:
        return self.gross - self.credited

    @property
    def paid(self) -> int:
        return min(self.value, self.bank + self.direct)

    def due(self, today: date) -> int:
        """What the merchant should have by a day, in all, that is surely behind the guarantee's day or before it."""
        is_guaranteed = self.is_shipped and not self.is_disputed and today > self.on + timedelta(days=30)
        return (self.value if is_guaranteed else self.paid) - self.direct


class Sequence:
    """A random sequence of what can happen, played and reckoned."""

    def __init__(self, market: Market, chance: Random) -> None:
        self.market, self.chance = market, chance
        self.paper: dict[str, Reckoned] = {}
        self._orders, self._documents = 0, 0

    def play(self) -> None:
        for _week in range(WEEKS):
            for _event in range(self.chance.randrange(3, 7)):
                self.chance.choice(self._events())()
                self.market.passes(self.chance.randrange(3))
            self.market.bank_transfers()
        self.market.passes(45)  # every guarantee's day is over, and everything is settled
        self.market.bank_transfers()

    def _events(self) -> list[Callable[[], None]]:
        new = [self._bill] * 2 if self._orders < ORDERS else []
        return [*new, self._pay, self._pay, self._credit, self._direct, self._object] if self.paper else [self._bill]

    def _bill(self) -> None:
        self._orders += 1
        order, minor = f"{1000 + self._orders}", self.chance.randrange(1_000, 20_000)
        self.market.confirms(order, minor)
        parts = [minor] if self.chance.random() < 0.6 else [minor // 3, minor - minor // 3]
        for place, part in enumerate(parts):
            number, ships = f"R{order}-{place}", self.chance.random() < 0.8
            self.market.bills(number, part, order, ships=ships)
            self.paper[number] = Reckoned(part, self.market.today, ships)

    def _pay(self) -> None:
        number, kept = self._one()
        still = kept.value - kept.bank - kept.direct
        if still > 0:
            minor = still if self.chance.random() < 0.7 else self.chance.randrange(1, still + 1)
            self.market.buyer_pays(minor, self.market.capture(number).reference)
            if any(payment.open_minor for payment in self.market.stage.payments()):
                self.market.somebody_assigns(number)
            kept.bank += minor

    def _credit(self) -> None:
        number, kept = self._one()
        if kept.value:
            minor = self.chance.randrange(1, kept.value + 1)
            self.market.credits(minor, self._number("G"), number)
            kept.credited += minor

    def _direct(self) -> None:
        number, kept = self._one()
        minor = self.chance.randrange(1, kept.gross + 1)
        self.market.was_paid_directly(minor, self._number("D"), number)
        kept.direct += min(minor, kept.value - kept.paid)

    def _object(self) -> None:
        number, kept = self._one()
        capture = self.market.capture(number)
        if not capture.is_guaranteed and self.chance.random() < 0.3:
            dispute(self.market.merchant, capture.pk, Dispute.FAULTY, None, by="erp", at=self.market.stage.now)
            kept.is_disputed = True

    def _one(self) -> tuple[str, Reckoned]:
        number = self.chance.choice(sorted(self.paper))
        return number, self.paper[number]

    def _number(self, letter: str) -> str:
        self._documents += 1
        return f"{letter}{self._documents}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_payouts_are_what_a_plain_reckoning_says(merchant: Merchant, tmp_path: Path, seed: int) -> None:
    market = Market(merchant, tmp_path, fee_minor=FEE)
    played = Sequence(market, Random(seed))
    played.play()

    paid_out = sum(market.transferred()) + market.settlements()[-1].forward_minor
    reckoned = {number: kept.due(market.today) for number, kept in played.paper.items()}
    assert {one.number: one.due_minor for one in market.captures()} == reckoned
    assert paid_out == sum(reckoned.values()) - FEE * len(reckoned)
    assert [one.number for one in market.captures() if not is_in_time(one)] == []
    assert market.wrong() == []


def is_in_time(capture: Capture) -> bool:
    """Whether the guarantor's transfer was there within 30 days, or a named reason stands with the invoice."""
    if capture.withheld or capture.recourse:
        return True
    last = capture.captured_on + timedelta(days=30)
    whens = [line.settlement.on for line in capture.dues.filter(kind="guarantee").select_related("settlement")]
    return capture.figures.is_whole and all(next_banking_day(on) <= last for on in whens)
