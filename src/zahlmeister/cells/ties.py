"""What ties a merchant to another one of the same database, so that he cannot go alone."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q

from zahlmeister.cells.fence import tables_of_merchants
from zahlmeister.merchants.models import Merchant


def ties(merchant_id: int) -> list[str]:
    """The tables in which a row of one merchant names another, and this one is one of the two."""
    return sorted({str(model._meta.verbose_name) for model, rows in _crossing(merchant_id) if rows.exists()})  # noqa: SLF001 - what a model says of itself


def _crossing(merchant_id: int) -> Iterator[tuple[Any, Any]]:
    owned = {model for model, _column in tables_of_merchants()}
    for model, _column in tables_of_merchants():
        for field in model._meta.local_concrete_fields:  # noqa: SLF001 - likewise
            if field.is_relation and field.related_model in owned and field.name != "merchant":
                whose = field.name if field.related_model is Merchant else f"{field.name}__merchant"
                rows = model._base_manager.filter(**{f"{field.name}__isnull": False})  # noqa: SLF001 - likewise
                here = Q(merchant_id=merchant_id) | Q(**{whose: merchant_id})
                yield model, rows.filter(here).exclude(**{whose: F("merchant_id")}).order_by()
