"""A short year of an ERP's business: books balance, payouts are what the ERP's own books say, all within 30 days."""

from datetime import date
from pathlib import Path

import pytest

from zahlmeister.sandbox.erp import SandboxErp
from zahlmeister.sandbox.purchase_year import PurchaseYear


def test_the_same_seed_is_the_same_year() -> None:
    def told(seed: int) -> list[object]:
        erp = SandboxErp(seed, date(2026, 1, 5), date(2026, 2, 5))
        days = [date.fromordinal(date(2026, 1, 5).toordinal() + n) for n in range(60)]
        return [event for day in days for event in erp.day(day)]

    assert told(1) == told(1) != told(2)


@pytest.mark.django_db
def test_a_short_year_ends_with_what_the_erp_expects(tmp_path: Path) -> None:
    erp = SandboxErp(seed=9, begins_on=date(2026, 1, 5), orders_until=date(2026, 1, 20), a_day=150)
    came = PurchaseYear(erp, tmp_path).play()
    assert came.wrong == ()
    assert came.paid_out + came.carried == came.expected > 0
    assert came.captures > 8
    assert came.refused_at_first > 0  # some came in the wrong order
