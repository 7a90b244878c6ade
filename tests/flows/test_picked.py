"""Rows of a merchant by their numbers: found on both databases, and never those of somebody else."""

from tests.stage import Stage, order

from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.queries import items_with_orders


def test_rows_are_found_by_their_numbers_and_only_for_who_owns_them(transactional_db: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Anna Weber"))
    item = stage.item("100012345")
    stranger = Merchant.objects.create(name="Stranger", slug="stranger")
    assert list(items_with_orders(stage.merchant.pk, [item.pk])) == [item]
    assert list(items_with_orders(stranger.pk, [item.pk])) == []
