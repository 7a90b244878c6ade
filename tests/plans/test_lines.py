"""The words of an invoice's lines."""

import pytest

from zahlmeister.plans.e_invoices import line_text
from zahlmeister.plans.models import InvoiceLine


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("en", 1, "1 payment"), ("en", 71, "71 payments"), ("de", 1, "1 Zahlung"), ("de", 71, "71 Zahlungen")],
)
@pytest.mark.parametrize("kind", ["commission", "without_order"])
def test_one_payment_is_not_several(kind: str, language: str, count: int, said: str) -> None:
    assert line_text(InvoiceLine(kind=kind, about="50", count=count), language)[1] == said
