"""What is found in a text when somebody types a part of it, on every database alike."""

import pytest
from django.db import connection

from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Customer
from zahlmeister.orders.queries import Sought

pytestmark = pytest.mark.django_db

NAMES = (
    "Jörg Müller", "JÖRG MÜLLER", "Jorg Muller", "Özlem Weiß", "Weiss & Co", "100% Wolle", "100x Wolle", "A_B", "AxB",
    "[Laden]", "Laden", "Größe^2", "Große*", "Wo? Überall", "C:\\Übung", "Über-Mut", "Иван Петров", "ИВАН ПЕТРОВ",
)  # fmt: skip


@pytest.fixture(autouse=True)
def customers() -> None:
    merchant = Merchant.objects.create(name="Wollstube", slug="wolle")
    Customer.objects.bulk_create(Customer(merchant=merchant, identity=f"name:{name}", name=name) for name in NAMES)


def found(text: str) -> set[str]:
    return set(Customer.objects.filter(Sought(text=text).said_in("name")).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("müller", {"Jörg Müller", "JÖRG MÜLLER"}),
        ("jörg müller", {"Jörg Müller", "JÖRG MÜLLER"}),
        ("ÖRG", {"Jörg Müller", "JÖRG MÜLLER"}),
        ("muller", {"Jorg Muller"}),
        ("özlem", {"Özlem Weiß"}),
        ("weiß", {"Özlem Weiß", "Weiss & Co"}),
        ("weiss", {"Weiss & Co"}),
        ("100%", {"100% Wolle"}),
        ("a_b", {"A_B"}),
        ("[laden]", {"[Laden]"}),
        ("größe^", {"Größe^2"}),
        ("roße*", {"Große*"}),
        ("? über", {"Wo? Überall"}),
        ("\\üb", {"C:\\Übung"}),
        ("über-", {"Über-Mut"}),
        ("иван", {"Иван Петров", "ИВАН ПЕТРОВ"}),
        ("öz", {"Özlem Weiß"}),
        ("mü", {"Jörg Müller", "JÖRG MÜLLER"}),
        ("üb", {"Wo? Überall", "Über-Mut"}),
        ("jörg m_ller", set()),
        ("jürg müller", set()),
        ("ller", {"Jörg Müller", "JÖRG MÜLLER", "Jorg Muller"}),
    ],
)
def test_a_text_is_found_by_a_part_of_it_and_no_other(typed: str, names: set[str]) -> None:
    assert found(typed) == names


def test_an_umlaut_costs_each_text_one_look_more_and_not_one_for_each_way_to_write_it() -> None:
    rows = Customer.objects.filter(Sought(text="öztürk").said_in("name"))
    said = str(rows.query)
    if connection.vendor == "sqlite":
        assert (said.count("LIKE"), said.count("GLOB")) == (1, 1)
    assert str(Customer.objects.filter(Sought(text="hartmann").said_in("name")).query).count("LIKE") == 1
