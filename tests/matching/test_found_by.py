"""By what a payment finds its item: each thing it may show, alone, leads to a key that the item has written."""

from dataclasses import replace

import pytest
from tests.matching.shop import item, payment, population_of_others

from zahlmeister.matching.facts import Item, Payment
from zahlmeister.matching.keys import first_keys, further_keys, item_keys, kept_keys, sibling_keys
from zahlmeister.matching.reading import read

IBAN = "DE89370400440532013000"
ANNA = item(
    "100012345", 2498, "Anna Maria Müller", invoice_numbers=("RE-7001",), customer_number="K10023",
    email="anna@wolle.example", postcode="80331", shipping_minor=495, discount_minor=50, fees_minor=300,
    ibans=(IBAN,), payer_names=("PETRA TRUBSWETTER",), reference="KJFPQ9QNT", tracking_numbers=("JVGL0123456789",),
)  # fmt: skip
FIRM = item("100012346", 3000, company="Holm Wolle & Söhne GmbH")


def shared(asked: Payment, about: Item = ANNA) -> set[str]:
    """The kinds of the keys that both have."""
    reading = read(asked, population_of_others())
    keys = {*first_keys(reading), *further_keys(reading, population_of_others())}
    return {key.partition(":")[0] for key in keys & item_keys(about)}


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (payment(1, None, "100012345"), {"number", "slip"}),
        (payment(1, None, "0100012345"), {"number", "slip"}),
        (payment(1, None, "RE-7001"), {"number"}),
        (payment(1, None, "Kunde K10023"), {"number"}),
        (payment(1, None, "KJFPQ9QNT"), {"number"}),
        (payment(1, None, "KJFPQ9QNA"), {"number"}),  # a slip that its check characters mend
        (payment(1, None, "JVGL0123456789"), {"number"}),
        (payment(1, None, "100012354"), {"slip"}),
        (payment(1, None, "10001234"), {"slip"}),
        (payment(2498, None), {"amount"}),
        (payment(1, "Anna Müller"), {"name", "word"}),
        (payment(1, "Mueller, Maria"), {"name", "word"}),
        (payment(1, "Petra Müller"), {"word"}),
        (payment(1, "Anna Berg"), set()),
        (payment(1, "Petra Trübswetter"), {"payer"}),
        (payment(1, None, iban=IBAN), {"iban"}),
        (payment(1, None, "anna@wolle.example"), {"mail"}),
        (payment(1, None, "fuer Anna Müller"), {"name"}),  # two words beside each other in the text
        (payment(1, None, "fuer Maria Petra Müller"), set()),
    ],
)
def test_each_sign_alone_finds_the_item(asked: Payment, kinds: set[str]) -> None:
    assert shared(asked) == kinds


@pytest.mark.parametrize("minor", [2498, 2003, 2448, 2798])
def test_a_surname_is_found_with_each_amount_that_people_pay(minor: int) -> None:
    asked = payment(minor, "Petra Müller")
    reading = read(asked, population_of_others())

    assert f"word:MULLER:{minor}" in {*further_keys(reading, population_of_others())} & item_keys(ANNA)


def test_with_the_amount_a_place_or_a_sound_is_enough() -> None:
    assert shared(payment(2498, None, "80331")) == {"amount", "place"}
    assert shared(payment(2498, "Petra Miller")) == {"amount", "sound"}
    assert shared(payment(2499, None, "80331")) == set()


@pytest.mark.parametrize(
    ("payer", "kinds"),
    [
        ("Holm Wolle GmbH", {"name", "word"}),
        ("Wolle Söhne", {"name", "word"}),
        ("Holm", {"word"}),
        ("Söhne", set()),  # the third word says little
        ("GmbH", set()),
    ],
)
def test_a_firm_is_found_by_its_first_words(payer: str, kinds: set[str]) -> None:
    assert shared(payment(1, payer), FIRM) == kinds


def test_a_name_of_two_surnames_is_found_in_either_order() -> None:
    assert shared(payment(1, "Weiss Müller"), item("100012399", 1, "Müller-Weiß")) >= {"name"}


def test_a_paid_item_is_found_by_its_numbers_only() -> None:
    paid = replace(ANNA, open_minor=0)

    assert kept_keys(ANNA) == item_keys(ANNA)
    assert "number:100012345" in kept_keys(paid)
    assert not {key for key in kept_keys(paid) if key.startswith(("amount:", "word:", "name:", "mail:", "sound:"))}


def test_the_other_items_of_a_customer_are_found_by_address_and_number() -> None:
    assert sibling_keys(ANNA) == ["mail:ANNAWOLLEEXAMPLE", "number:K10023"]
    assert set(sibling_keys(ANNA)) <= item_keys(ANNA)
    assert sibling_keys(FIRM) == []
