"""Default interest, checked against sums done by hand."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.dunning.interest import DayCount, PartPayment, accrue
from zahlmeister.dunning.law import Interest, RateFrom, add_rates, base_rates, default_interest, keep_in
from zahlmeister.refusals import Unreadable

FLAT = Interest((RateFrom(date.min, Decimal(5)),), "Art. 104 (1) OR")
DAYS = st.dates(date(2020, 1, 1), date(2028, 12, 31))


def german(*, is_business: bool = False) -> Interest:
    interest = default_interest("DE", is_business=is_business, agreed_on=date(2026, 1, 1))
    assert interest is not None
    return interest


def test_a_year_of_five_percent():
    claim = accrue(100_000, date(2025, 1, 1), date(2025, 12, 31), interest=FLAT)

    assert claim.minor == 5_000
    assert [(one.days, one.principal_minor, one.percent) for one in claim.slices] == [(365, 100_000, Decimal(5))]


def test_a_change_of_the_base_rate_begins_a_new_slice():
    claim = accrue(100_000, date(2025, 6, 1), date(2025, 7, 30), interest=german())

    first, second = claim.slices
    assert (first.first, first.last, first.days, first.percent) == (
        date(2025, 6, 1), date(2025, 6, 30), 30, Decimal("7.27"),
    )  # fmt: skip
    assert (second.first, second.last, second.days, second.percent) == (
        date(2025, 7, 1), date(2025, 7, 30), 30, Decimal("6.27"),
    )  # fmt: skip
    assert claim.minor == 1_113  # 1000 · (7.27 + 6.27) % · 30/365 = 11.1287…


def test_a_base_rate_below_zero_lowers_what_is_asked_for():
    claim = accrue(100_000, date(2021, 1, 1), date(2021, 12, 31), interest=german())

    assert claim.minor == 4_120  # five points above minus 0.88


def test_a_rate_below_nothing_is_not_owed_to_the_debtor():
    below = Interest((RateFrom(date.min, Decimal("-0.5")),), "nowhere")

    assert accrue(100_000, date(2021, 1, 1), date(2021, 12, 31), interest=below).minor == 0


def test_a_part_payment_bears_no_interest_from_its_own_day_on():
    claim = accrue(
        100_000, date(2025, 1, 1), date(2025, 1, 20), interest=FLAT, payments=[PartPayment(date(2025, 1, 11), 60_000)]
    )

    assert [(one.days, one.principal_minor) for one in claim.slices] == [(10, 100_000), (10, 40_000)]
    assert claim.minor == 192  # 1000 · 5 % · 10/365 + 400 · 5 % · 10/365 = 1.9178


def test_nothing_accrues_after_everything_is_paid():
    claim = accrue(
        50_000, date(2025, 1, 1), date(2025, 12, 31), interest=FLAT, payments=[PartPayment(date(2025, 1, 1), 50_000)]
    )

    assert claim.minor == 0
    assert claim.slices == ()


@pytest.mark.parametrize(
    ("day_count", "minor"),
    [(DayCount.ACT_365, 5_014), (DayCount.ACT_ACT, 5_000), (DayCount.THIRTY_360, 5_000)],
)
def test_a_leap_year_by_each_day_count(day_count, minor):
    assert accrue(100_000, date(2024, 1, 1), date(2024, 12, 31), interest=FLAT, day_count=day_count).minor == minor


def test_the_last_of_february_is_a_month_of_thirty_days():
    claim = accrue(36_000_00, date(2025, 2, 1), date(2025, 2, 28), interest=FLAT, day_count=DayCount.THIRTY_360)

    assert claim.slices[0].days == 30


def test_rounding_is_done_once_and_up_from_a_half():
    half = Interest((RateFrom(date.min, Decimal(1)), RateFrom(date(2025, 1, 2), Decimal(1))), "nowhere")

    claim = accrue(18_250, date(2025, 1, 1), date(2025, 1, 1), interest=half)  # 182.50 · 1 % / 365 = half a cent
    two_days = accrue(18_250, date(2025, 1, 1), date(2025, 1, 2), interest=half)

    assert claim.minor == 1
    assert two_days.minor == 1  # not one for each slice
    assert sum((one.minor for one in two_days.slices), Fraction()) == 1


@given(first=DAYS, middle=DAYS, last=DAYS, minor=st.integers(1, 10**9), day_count=st.sampled_from(DayCount))
def test_reckoned_in_two_parts_it_is_the_same(first, middle, last, minor, day_count):
    first, middle, last = sorted((first, middle, last))
    whole = accrue(minor, first, last, interest=german(), day_count=day_count)
    before = accrue(minor, first, middle, interest=german(), day_count=day_count)

    if middle < last and day_count is not DayCount.THIRTY_360:
        after = accrue(minor, date.fromordinal(middle.toordinal() + 1), last, interest=german(), day_count=day_count)
        parts = [*before.slices, *after.slices]
        assert sum((one.minor for one in parts), Fraction()) == sum((one.minor for one in whole.slices), Fraction())
    assert before.minor <= whole.minor


def test_businesses_owe_more_and_old_contracts_less():
    assert german(is_business=True).on(date(2026, 3, 1)).percent == Decimal("10.27")
    old = default_interest("DE", is_business=True, agreed_on=date(2014, 7, 28))
    assert old is not None
    assert old.on(date(2026, 3, 1)).percent == Decimal("9.27")


@pytest.mark.parametrize(
    ("country", "is_business", "percent"),
    [("AT", False, "4"), ("AT", True, "10.73"), ("CH", False, "5"), ("CH", True, "5")],
)
def test_each_country_has_its_own_rate(country, is_business, percent):
    interest = default_interest(country, is_business=is_business, agreed_on=date(2025, 9, 1))

    assert interest is not None
    assert interest.on(date(2025, 10, 1)).percent == Decimal(percent)
    assert interest.basis


def test_a_country_whose_law_is_not_known_owes_nothing_by_guess():
    assert default_interest("FR", is_business=False, agreed_on=date(2026, 1, 1)) is None


@pytest.mark.parametrize("country", ["DE", "AT"])
def test_base_rates_come_in_order_and_each_day_once(country):
    days = [rate.first for rate in base_rates(country)]

    assert days == sorted(set(days))
    assert all(day.day == 1 and day.month in (1, 7) for day in days)


def test_what_only_one_source_says_is_marked():
    newest = base_rates("DE")[-1]

    assert newest.first == date(2026, 7, 1)
    assert not newest.sure


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Path]:
    keep_in(tmp_path / "law")
    yield tmp_path
    keep_in(settings.HOME / "law")


def rates_file(folder: Path, *lines: str) -> Path:
    file = folder / "rates.csv"
    file.write_text("\n".join(("country,valid_from,percent", *lines)), encoding="utf-8")
    return file


def test_new_base_rates_count_from_their_day_and_are_read_once(installation):
    file = rates_file(installation, 'DE,2027-01-01,"1,77"', "AT,2027-01-01,2.03")

    assert [rate.percent for rate in add_rates(file)] == [Decimal("1.77"), Decimal("2.03")]
    assert add_rates(file) == []
    assert german().on(date(2027, 3, 1)).percent == Decimal("6.77")
    assert german().on(date(2026, 3, 1)).percent == Decimal("6.27")


def test_a_rate_that_only_one_source_had_is_made_sure_or_put_right(installation):
    add_rates(rates_file(installation, "DE,2026-07-01,1.50"))

    newest = base_rates("DE")[-1]
    assert (newest.first, newest.percent, newest.sure) == (date(2026, 7, 1), Decimal("1.50"), True)


@pytest.mark.parametrize(
    "line", ["DE,2027-02-01,1.77", "DE,2027-01-01,177", "Germany,2027-01-01,1.77", "DE,soon,1.77", "DE,2027-01-01,"]
)
def test_a_line_that_is_no_base_rate_is_refused_and_nothing_is_kept(installation, line):
    with pytest.raises(Unreadable, match="line 3"):
        add_rates(rates_file(installation, "DE,2027-01-01,1.77", line))

    assert base_rates("DE")[-1].first == date(2026, 7, 1)
