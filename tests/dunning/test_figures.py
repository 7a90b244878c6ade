"""What reminders brought, counted on a small shop."""

from datetime import UTC, date, datetime

import pytest
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.dunning.figures import Brought, Patience, brought, days_to_pay

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_each_level_brought_and_how_long_buyers_took(stage: Stage) -> None:
    stage.now = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    stage.orders(
        order("100012301", "24.98"), order("100012302", "30.00", "Bernd Kunz"), order("100012303", "40.00", "Cora Lux")
    )
    switch_on(stage.merchant, levels=levels(3, 3), end_days=60, on_working_days=False)
    diary = Diary(stage)

    stage.pays(Paid(2498, "Bestellung 100012301", on=date(2026, 11, 16)))  # at once
    diary.until(date(2026, 11, 20))
    stage.pays(Paid(3000, "Bestellung 100012302", "Bernd Kunz", on=date(2026, 11, 20)))  # after the first
    diary.until(date(2026, 12, 20))

    assert brought(stage.merchant.pk, date(2026, 11, 1), date(2026, 12, 31)) == [Brought(1, 2, 1), Brought(2, 1, 0)]
    assert days_to_pay(stage.merchant.pk, date(2026, 11, 1), date(2026, 12, 31), (1, 7)) == [
        Patience(0, 1, 1),
        Patience(2, 7, 1),
        Patience(8, None, 0),
    ]
