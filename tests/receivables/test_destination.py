"""Which account an order is paid to, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.receivables.destination import Destination, Sale, Use, choose

WOOL, TEA = 1, 2
GERMAN, AUSTRIAN, SWISS = "DE02120300000000202051", "AT611904300234573201", "CH9300762011623852957"


def account(number: int, *uses: Use, iban: str = GERMAN, currency: str = "EUR", only: bool = False) -> Destination:
    return Destination(number, currency, iban, uses, only)


def chosen(sale: Sale, *destinations: Destination, home: str = "DE") -> int | None:
    found = choose(destinations, sale, home=home)
    return found.account if found else None


EVERYTHING = (
    account(10),
    account(11, Use(country="AT")),
    account(12, Use(shop=TEA)),
    account(13, Use(shop=TEA, country="AT")),
    account(14, currency="CHF", iban=SWISS),
)


@pytest.mark.parametrize(
    ("sale", "paid_to"),
    [
        (Sale("EUR", WOOL, "DE"), 10),  # nothing was said of it
        (Sale("EUR", WOOL, "AT"), 11),  # the country was
        (Sale("EUR", TEA, "DE"), 12),  # the shop was
        (Sale("EUR", TEA, "AT"), 13),  # both were
        (Sale("EUR", TEA, ""), 12),  # a bill without a country
        (Sale("CHF", TEA, "AT"), 14),  # the currency goes before everything else
        (Sale("SEK", TEA, "AT"), None),
    ],
)
def test_what_says_more_goes_first(sale: Sale, paid_to: int | None) -> None:
    assert chosen(sale, *EVERYTHING) == paid_to
    assert chosen(sale, *reversed(EVERYTHING)) == paid_to


def test_the_shop_goes_before_the_country() -> None:
    assert chosen(Sale("EUR", TEA, "AT"), account(11, Use(country="AT")), account(12, Use(shop=TEA))) == 12


def test_an_account_for_everything_goes_before_one_that_nothing_was_said_of() -> None:
    assert chosen(Sale("EUR", TEA, "AT"), account(9, iban=AUSTRIAN), account(10, Use())) == 10


@pytest.mark.parametrize(
    ("country", "home", "paid_to"),
    [("AT", "DE", 2), ("DE", "DE", 1), ("FR", "DE", 1), ("FR", "AT", 2), ("", "AT", 2), ("FR", "FR", 1)],
)
def test_without_a_word_the_buyers_country_decides_and_then_home(country: str, home: str, paid_to: int) -> None:
    both = account(1), account(2, iban=AUSTRIAN)
    assert chosen(Sale("EUR", WOOL, country), *both, home=home) == paid_to


def test_an_account_only_for_others_is_never_chosen() -> None:
    kept = account(1, Use(shop=TEA), only=True), account(2, Use(country="AT"), only=True)
    assert chosen(Sale("EUR", WOOL, "DE"), *kept) is None
    assert chosen(Sale("EUR", TEA, "DE"), *kept) == 1


def test_an_account_only_for_its_orders_is_for_all_as_long_as_nothing_was_said() -> None:
    assert chosen(Sale("EUR", WOOL, "DE"), account(1, only=True)) == 1


def test_saying_something_of_an_account_takes_no_other_orders_away_from_it() -> None:
    german, austrian = account(1, Use(country="AT")), account(2, iban=AUSTRIAN)
    assert chosen(Sale("EUR", WOOL, "DE"), german, austrian) == 1
    assert chosen(Sale("EUR", WOOL, "AT"), german, austrian) == 1


def test_of_two_at_home_the_one_for_no_special_orders_is_for_the_rest() -> None:
    assert chosen(Sale("EUR", WOOL, "DE"), account(1, Use(shop=TEA)), account(2)) == 2


uses = st.builds(Use, st.sampled_from([None, WOOL, TEA]), st.sampled_from(["", "DE", "AT"]))
accounts = st.lists(
    st.builds(
        Destination,
        st.integers(1, 99),
        st.sampled_from(["EUR", "CHF"]),
        st.sampled_from([GERMAN, AUSTRIAN, SWISS]),
        st.lists(uses, max_size=3).map(tuple),
        st.booleans(),
    ),
    unique_by=lambda each: each.account,
    max_size=5,
)


@given(
    accounts,
    st.builds(Sale, st.sampled_from(["EUR", "CHF"]), st.sampled_from([WOOL, TEA]), st.sampled_from(["", "DE", "AT"])),
)
def test_the_account_chosen_is_in_the_currency_and_for_the_order(kept: list[Destination], sale: Sale) -> None:
    found = choose(kept, sale, home="DE")
    same = [each for each in kept if each.currency == sale.currency]
    said = [each for each in same if any(use.fits(sale) for use in each.uses)]
    possible = said or [each for each in same if each.is_open]
    assert (found in possible) if possible else (found is None)
