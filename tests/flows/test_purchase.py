"""Brigitte sells on invoice, and whoever does not pay, she is paid: week by week, after 30 days in any case."""

from datetime import date
from pathlib import Path

import pytest
from tests.guaranteed import Market

from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    return Market(merchant, tmp_path)


def test_anna_pays_and_brigitte_has_it_with_the_next_settlement(market: Market) -> None:
    told = market.confirms()
    market.bills()
    market.passes(2)
    market.buyer_pays(10_000, told.reference)
    market.passes(5)

    [week] = market.settlements()
    assert (week.on, week.transfer_minor, week.state) == (date(2026, 11, 30), 10_000, "ordered")
    market.bank_transfers()
    assert market.capture().guarantee == "paid_out"
    assert market.book(market.party, Book.SELLERS, market.merchant.pk) == 0
    assert market.wrong() == []


def test_eva_never_pays_and_brigitte_has_it_within_thirty_days(market: Market) -> None:
    market.confirms()
    market.bills()
    market.passes(30)

    assert market.transferred() == [0, 0, 0, 10_000]
    assert market.settlements()[-1].on == date(2026, 12, 21)
    assert market.capture().guarantee == "in_payout"
    assert market.wrong() == []
