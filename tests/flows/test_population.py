"""What is typical of a merchant is taken from all that is open, not from what came last."""

from datetime import date

import pytest
from tests.stage import Stage, order

from zahlmeister.matching import population as sampling
from zahlmeister.matching.numbers import forms
from zahlmeister.matching.population import is_in_sample
from zahlmeister.receivables.candidates import population
from zahlmeister.receivables.models import OpenItem

OLD, NEW = 900, 300
YEAR_AGO = date(2025, 11, 10)


def hundreds_of_orders(stage: Stage) -> None:
    """Last year every tenth number is still open, this week each of them; prices have changed, too."""
    stage.orders(
        *(order(str(100_000_000 + 10 * n), "19.90", f"Olga Alt{n}", ordered_on=YEAR_AGO) for n in range(OLD)),
        *(order(str(100_020_000 + n), "29.90", f"Nina Neu{n}") for n in range(NEW)),
    )


def test_a_merchant_with_old_and_new_numbers_is_known_as_he_is(
    db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE", 240)
    hundreds_of_orders(stage)
    typical = population(stage.merchant.pk)
    assert typical.open_items == OLD + NEW
    assert 180 < typical.sample_size < 300
    assert 0.03 < typical.density(forms("100004567")) < 0.3 < typical.density(forms("100020150"))
    assert typical.share_of_amount(1990, None) == pytest.approx(OLD / (OLD + NEW), rel=0.15)
    today = stage.now.date()
    assert typical.share_of_days(today, None, 100) < 0.5 < typical.share_of_days(today, 100, None)


def test_a_replay_knows_the_same_ones(db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SAMPLE", 240)
    hundreds_of_orders(stage)
    total = OpenItem.objects.count()
    chosen = [number for number in OpenItem.objects.values_list("pk", flat=True) if is_in_sample(number, total)]
    assert len(chosen) == population(stage.merchant.pk).sample_size


def test_few_items_are_all_looked_at(db: None, stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "12.00", ordered_on=YEAR_AGO))
    assert population(stage.merchant.pk).sample_size == 2


@pytest.mark.parametrize("step", [1, 2, 3, 4, 250, 1_000])
def test_a_sample_is_even_however_a_batch_numbers_its_rows(step: int) -> None:
    first, total = 91_234_567_890_123, 100_000
    batch = [((first + n * step) << 12) | 77 for n in range(25_000)]
    halves = [sum(is_in_sample(number, total) for number in half) for half in (batch[:12_500], batch[12_500:])]
    assert all(380 < count < 620 for count in halves)
