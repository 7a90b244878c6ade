"""What an agency may cost the debtor, by the tables of the law."""

from decimal import Decimal

import pytest

from zahlmeister.collection.law import costs_of


@pytest.mark.parametrize(
    ("principal", "simple", "usual"),
    [
        ("12.00", "18.90", "34.02"),
        ("50.00", "18.90", "34.02"),
        ("50.01", "30.90", "55.62"),
        ("500.00", "30.90", "55.62"),
        ("500.01", "55.80", "100.44"),
        ("1500.00", "80.70", "141.05"),
        ("2500.00", "137.75", "231.95"),
        ("10000.00", "346.00", "606.80"),
        ("22000.00", "456.00", "804.80"),
        ("50000.00", "698.50", "1241.30"),
    ],
)
def test_a_german_debtor_pays_what_a_lawyer_could_ask_for(principal: str, simple: str, usual: str) -> None:
    costs = costs_of("DE", Decimal(principal))
    assert costs is not None
    assert (costs.simple, costs.usual) == (Decimal(simple), Decimal(usual))


@pytest.mark.parametrize(
    ("principal", "simple", "usual"),
    [
        ("19.00", "24.71", "29.80"),  # 20.35 for the work, 4.36 and 5.09 for the letters
        ("73.00", "27.62", "37.07"),
        ("100.00", "36.53", "53.97"),  # 22 %
        ("727.00", "148.30", "175.92"),  # 17 % of 727 is 123.59
        ("1000.00", "130.87", "189.01"),  # 8 %
    ],
)
def test_an_austrian_debtor_pays_by_the_decree(principal: str, simple: str, usual: str) -> None:
    costs = costs_of("AT", Decimal(principal))
    assert costs is not None
    assert (costs.simple, costs.usual) == (Decimal(simple), Decimal(usual))


@pytest.mark.parametrize(("country", "principal"), [("CH", "100"), ("LI", "100"), ("NL", "100"), ("DE", "50000.01")])
def test_where_no_table_is_known_nothing_is_stated(country: str, principal: str) -> None:
    assert costs_of(country, Decimal(principal)) is None
