"""The demo asks its visitor for what a merchant decides, and not for what Brigitte has long said."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from zahlmeister.banking import queries
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.record import shop_called
from zahlmeister.prepaid.models import AnnouncedTransfer
from zahlmeister.refunds.models import Refund
from zahlmeister.sandbox.demo import Watch, load_demo
from zahlmeister.sandbox.demo_centre import TOP_UPS, open_demo_centre

#: Already the next day in Germany: whoever takes the day from another clock than the house stumbles.
AT = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_statement_is_read_and_no_account_asked_for(tmp_path: Path) -> None:
    watch = Watch(orders=lambda _: None, statement=lambda _: None)
    demo = load_demo(tmp_path, clock=lambda: AT, watch=watch)

    assert [(each.state, each.warnings) for each in demo.imports] == [("done", [])] * 2
    assert not queries.asked_accounts(demo.merchant.pk)
    assert {each.currency for each in queries.accounts(demo.merchant.pk)} == {"EUR", "CHF"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "day",
    [
        *(date(2026, 11, day) for day in range(23, 30)),  # a week, Monday to Sunday
        date(2026, 12, 28),
        date(2027, 1, 2),
        date(2027, 3, 30),  # after Easter
        date(2027, 4, 5),
    ],
)
def test_its_customers_have_their_money_on_whatever_day_it_is_loaded(
    day: date, merchant: Merchant, tmp_path: Path
) -> None:
    now = datetime.combine(day, time(9, 30), tzinfo=UTC)
    verify_merchant(merchant, Verification.VERIFIED, why="the demo's merchant", by="demo", at=now)
    open_demo_centre(merchant, shop_called(merchant.pk, "Wollstube"), tmp_path, clock=lambda: now)

    arrived = AnnouncedTransfer.objects.filter(purpose="top_up").exclude(payment=None)
    assert sorted(arrived.values_list("amount_minor", flat=True)) == sorted(minor for _, minor, _, _ in TOP_UPS)
    assert Refund.objects.get().amount_minor == 2500
