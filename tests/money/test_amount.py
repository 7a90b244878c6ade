"""Amounts: no cent is lost and none is made."""

from collections.abc import Callable
from operator import add, ge, gt, le, lt, sub

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
        ("12,50+", 1250),
        ("−5,00", -500),
        ("12,-", 1200),
        ("12,--", 1200),
        ("+0,01", 1),
        ("1.234.567,89", 123456789),
        ("1.234.567", 123456700),
        ("1,234,567", 123456700),
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
        "1234.567.890",
        ".234.567",
        "1.234,567.890",
        "1.2345.678",
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


#: ISO 4217, as its agency publishes it: what has no minor unit, and what has a thousand of them.
WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THOUSAND = "BHD IQD JOD KWD LYD OMR TND"


@pytest.mark.parametrize(
    ("currencies", "text"), [(WHOLE, "-7"), (THOUSAND, "-0.007"), ("EUR CHF USD GBP CZK HUF", "-0.07")]
)
def test_each_currency_has_the_places_that_the_standard_gives_it(currencies: str, text: str) -> None:
    for currency in currencies.split():
        assert Amount(-7, currency).text() == text
        assert Amount.parse(text, currency) == Amount(-7, currency)


@pytest.mark.parametrize("meet", [add, sub, lt, le, gt, ge])
def test_euro_and_francs_never_meet(meet: Callable[[Amount, Amount], object]) -> None:
    with pytest.raises(CurrencyMismatch, match=r"^0\.01 EUR and 0\.02 CHF are different currencies\.$"):
        meet(Amount(1, "EUR"), Amount(2, "CHF"))


@pytest.mark.parametrize("text", ["euro", "eur", "EU", "EURO", "", "E1R"])
def test_a_currency_has_three_capital_letters(text: str) -> None:
    with pytest.raises(Unreadable, match=f"“{text}” is no currency: three capital letters"):
        Amount(1, text)


def test_reckoning_stays_in_its_currency() -> None:
    five, two = Amount(500, "CHF"), Amount(200, "CHF")

    assert five + two == Amount(700, "CHF")
    assert two - five == Amount(-300, "CHF")
    assert -five == Amount(-500, "CHF")
    assert abs(-five) == abs(five) == five
    assert Amount.zero("CHF") == five - five
    assert not Amount.zero("CHF")
    assert two


def test_amounts_have_an_order_and_equal_ones_have_none() -> None:
    less, more = Amount(1, "EUR"), Amount(2, "EUR")

    assert [less < more, less <= more, less > more, less >= more] == [True, True, False, False]
    assert [more < less, more <= less, more > less, more >= less] == [False, False, True, True]
    assert [less < less, less <= less, less > less, less >= less] == [False, True, False, True]  # noqa: PLR0124 - meant


def test_a_refusal_repeats_what_was_written_but_not_a_novel() -> None:
    with pytest.raises(Unreadable, match=r"^“a{40}” is no amount: digits such as 1\.234,56 or 1234\.56 are expected"):
        Amount.parse("a" * 41, "EUR")
    with pytest.raises(Unreadable, match=r"^“1{40}” has more digits"):
        Amount.parse("1" * 41, "EUR")
    with pytest.raises(Unreadable, match=r"“1,234” can be read two ways; write 1234 or 1,23\."):
        Amount.parse("1,234", "EUR")
    with pytest.raises(Unreadable, match=r"“1\.2345” has more than the 2 decimal places of EUR"):
        Amount.parse("1.2345", "EUR")


def test_fifteen_digits_are_the_most() -> None:
    assert Amount.parse("9" * 15, "EUR").minor == int("9" * 15 + "00")


def test_the_odd_cents_go_to_the_largest_remainders_and_then_to_the_first() -> None:
    assert [part.minor for part in Amount(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Amount(-100, "EUR").split([1, 1, 1])] == [-34, -33, -33]
    assert [part.minor for part in Amount(10, "EUR").split([1, 3, 2])] == [2, 5, 3]
    assert {part.currency for part in Amount(100, "CHF").split([1, 2])} == {"CHF"}


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
