"""A short year of an ERP's business: books balance, payouts are what the ERP's own books say, all within 30 days."""

from datetime import date
from pathlib import Path

import pytest

from zahlmeister.sandbox.erp import SandboxErp, Sent
from zahlmeister.sandbox.purchase_year import PurchaseYear

BEGIN = date(2026, 1, 5)


def test_the_same_seed_is_the_same_year() -> None:
    def told(seed: int) -> list[object]:
        erp = SandboxErp(seed, BEGIN, date(2026, 2, 5))
        days = [date.fromordinal(BEGIN.toordinal() + n) for n in range(60)]
        return [event for day in days for event in erp.day(day)]

    assert told(1) == told(1) != told(2)


def test_a_year_has_everything_that_happens_to_merchants() -> None:
    erp = SandboxErp(1, BEGIN, date(2027, 1, 5))
    days = [date.fromordinal(BEGIN.toordinal() + n) for n in range(500)]
    events = [event for day in days for event in erp.day(day)]
    kinds = {event.document.kind for event in events if isinstance(event, Sent)}
    assert len(kinds) == 7
    assert {order.behaviour for order in erp.orders} == {"punctual", "late", "never", "direct", "returns", "disputes"}
    assert any(bill.shipped_after is None for bill in erp.bills.values())
    assert any(bill.reported_after for bill in erp.bills.values())
    assert len({bill.order for bill in erp.bills.values()}) < len(erp.bills)  # partial shipments


@pytest.mark.django_db
def test_a_short_year_ends_with_what_the_erp_expects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    erp = SandboxErp(seed=8, begins_on=BEGIN, orders_until=date(2026, 1, 15), a_day=150)
    came = PurchaseYear(erp, tmp_path).play()
    assert came.wrong == ()
    assert came.paid_out + came.carried == came.expected > 0
    assert came.captures > 8
    assert came.refused_at_first > 0  # some came in the wrong order
    assert came.withheld == sum(came.reasons.values()) > 0  # each with its reason
