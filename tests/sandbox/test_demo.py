"""The demo asks its visitor for what a merchant decides, and not for what Brigitte has long said."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from zahlmeister.banking import queries
from zahlmeister.sandbox.demo import Watch, load_demo

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
