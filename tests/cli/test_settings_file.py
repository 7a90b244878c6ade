"""The settings at the terminal: what an import changes is said as the file says it, and not as a table keeps it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.stage import Stage

from zahlmeister.cli.main import main
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.record import shop_called

FILE = """form = 1
currency = "EUR"
[all]
"matching.tolerance" = "0.50"
[shop."Wollstube"]
"invoice.is_on" = true
"invoice.fees" = ["2.50"]
"""
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_import_says_amounts_and_shops_as_people_write_them(stage: Stage, tmp_path: Path) -> None:
    shop_called(stage.merchant.pk, "Wollstube")
    file = tmp_path / "settings.toml"
    file.write_text(FILE, encoding="utf-8")
    args = ["settings", "import", str(file), "--merchant", stage.merchant.slug]
    seen = CliRunner().invoke(main, [*args, "--preview"])
    assert 'matching.tolerance: "0.00" → "0.50"\n' in seen.output
    assert 'invoice.fees (Wollstube): ["0.00", "0.00", "0.00"] → ["2.50", "0.00", "0.00"]\n' in seen.output
    assert Merchant.objects.get(pk=stage.merchant.pk).tolerance_minor == 0
    assert CliRunner().invoke(main, args).exit_code == 0
    assert Merchant.objects.get(pk=stage.merchant.pk).tolerance_minor == 50
