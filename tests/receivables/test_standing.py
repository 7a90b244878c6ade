"""What stands of a payment or an item is found by it, and not among everything that reverses nothing."""

import pytest
from django.db import connection

from zahlmeister.receivables.models import Allocation


@pytest.mark.parametrize("whose", ["payment", "item"])
def test_the_index_of_a_payment_or_an_item_is_used_without_any_counts(db: None, whose: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by counts")
    standing = Allocation.objects.filter(**{whose: 1}, reverses=None, reversal=None)
    assert f"USING INDEX allocation_by_{whose} ({whose}_id=?" in standing.explain()
