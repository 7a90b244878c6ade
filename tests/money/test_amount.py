"""Amounts: no cent is lost and none is made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.money.amount import Amount, CurrencyMismatch
from zahlmeister.refusals import Unreadable

MINORS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.234,56", 123456),
        ("1234.56", 123456),
        ("1,234.56", 123456),
        ("1'234.50", 123450),
        ("1 234,50", 123450),
        ("12", 1200),
        ("12,5", 1250),
        ("-5", -500),
        ("5-", -500),
        ("−5,00", -500),
        ("12,-", 1200),
        ("12,--", 1200),
        ("+0,01", 1),
        ("1.234.567,89", 123456789),
        ("1.234.567", 123456700),
        ("15000,", 1500000),
        (",50", 50),
    ],
)
def test_what_people_write(text: str, minor: int) -> None:
    assert Amount.parse(text, "EUR") == Amount(minor, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1,2,3",
        "1.23.45",
        "1,23.4,5",
        "12,345,6",
        "0x10",
        "1e5",
        "--5",
        "5€",
        "12.34.567",
        "12 50",
        "1'99",
        "1 2345",
    ],
)
def test_what_is_no_amount_is_never_zero(text: str) -> None:
    with pytest.raises(Unreadable):
        Amount.parse(text, "EUR")


def test_a_thousand_or_one_point_two_is_asked_back() -> None:
    with pytest.raises(Unreadable, match="two ways"):
        Amount.parse("1,234", "EUR")


def test_more_places_than_the_currency_has_are_refused() -> None:
    with pytest.raises(Unreadable, match="decimal places"):
        Amount.parse("12.3456", "EUR")
    assert Amount.parse("12.3400", "EUR").minor == 1234


@pytest.mark.parametrize("text", ["1" * 16, "9" * 5000])
def test_more_digits_than_any_amount_has_are_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="more digits"):
        Amount.parse(text, "EUR")


def test_yen_have_no_cents_and_dinars_three() -> None:
    assert Amount.parse("1200", "JPY").minor == 1200
    assert Amount.parse("1.234", "KWD").minor == 1234
    assert str(Amount(1234, "KWD")) == "1.234 KWD"


def test_euro_and_francs_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatch):
        Amount(1, "EUR") + Amount(1, "CHF")
    with pytest.raises(Unreadable):
        Amount(1, "euro")


@given(MINORS)
def test_text_and_back(minor: int) -> None:
    assert Amount.parse(Amount(minor, "EUR").text(), "EUR").minor == minor


@given(MINORS, st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any))
def test_a_split_loses_no_cent_and_makes_none(minor: int, weights: list[int]) -> None:
    parts = Amount(minor, "EUR").split(weights)
    assert sum(part.minor for part in parts) == minor
    assert all(not part for part, weight in zip(parts, weights, strict=True) if not weight)


@given(MINORS, st.integers(1, 12))
def test_equal_weights_differ_by_one_cent_at_most(minor: int, count: int) -> None:
    parts = [part.minor for part in Amount(minor, "EUR").split([1] * count)]
    assert max(parts) - min(parts) <= 1


def test_nothing_to_split_by_is_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        Amount(100, "EUR").split([0, 0])
    with pytest.raises(ValueError, match="weights"):
        Amount(100, "EUR").split([2, -1])
