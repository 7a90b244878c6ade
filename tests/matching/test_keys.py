from random import Random

import pytest
from benchmarks.matching.orders import world
from hypothesis import given
from hypothesis import strategies as st
from tests.matching.shop import item

from zahlmeister.matching.keys import digest, item_keys, person
from zahlmeister.matching.numbers import deletions, exact_forms, forms, is_one_slip, is_swap


def test_a_digest_is_stable_and_fits_a_signed_64_bit_column():
    assert digest("number:100012345") == 5630962963619459627
    assert all(-(2**63) <= digest(f"word:{n}") < 2**63 for n in range(500))


def test_an_item_writes_its_numbers_its_names_and_its_amount():
    keys = item_keys(
        item(
            "RE-20261234",
            2498,
            "Anna Müller",
            invoice_numbers=("R-7001",),
            customer_number="K10023",
            email="a@b.de",
            postcode="80331",
            shipping_minor=495,
            ibans=("DE1",),
        )
    )

    assert {"number:RE20261234", "number:20261234", "tail:1234", "number:R7001", "number:K10023"} <= keys
    assert {"name:ANNA MULLER", "word:MULLER", "word:MULLER:2498", "word:MULLER:2003", "amount:EUR2498"} <= keys
    assert {"mail:ABDE", "iban:DE1", "place:80331:2498", "slip:2026123"} <= keys


def test_an_item_writes_about_twenty_five_keys():
    counts = [len(item_keys(order.item)) for order in world(Random(5), 1_000).open]

    assert sum(counts) / len(counts) < 28
    assert max(counts) < 50


@pytest.mark.parametrize(
    ("number", "compact", "core", "tail", "prefix"),
    [
        ("100012345", "100012345", "100012345", "", ""),
        ("2026-10-4711", "2026104711", "2026104711", "4711", ""),
        ("RE-20261234", "RE20261234", "20261234", "1234", "RE"),
        ("SW10023", "SW10023", "10023", "", "SW"),
        ("#10456", "10456", "10456", "", ""),
        ("WEB-2026-000123", "WEB2026000123", "2026000123", "123", "WEB"),
        ("QUWXB", "QUWXB", "QUWXB", "", ""),
        ("A4X9QZ", "A4X9QZ", "A4X9QZ", "", ""),
        ("302-1234567-7654321", "30212345677654321", "30212345677654321", "7654321", ""),
        ("—", "", "", "", ""),
    ],
)
def test_numbers_have_normal_forms(number, compact, core, tail, prefix):
    form = forms(number)

    assert (form.compact, form.core, form.tail, form.prefix) == (compact, core, tail, prefix)


def test_leading_zeros_do_not_matter():
    assert "4711" in exact_forms("0004711")


@given(number=st.text("0123456789", min_size=5, max_size=12), data=st.data())
def test_every_slip_shares_a_key_with_its_number(number, data):
    """One wrong, missing, additional or swapped digit: the payment and the item meet under a common key."""
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    slips = {
        number[:place] + digit + number[place + 1 :],
        number[:place] + number[place + 1 :],
        number[:place] + digit + number[place:],
        number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :] if place else number,
    }
    written_by_item = {number, *deletions(number)}

    assert all(written_by_item & {slip, *deletions(slip)} for slip in slips)


def test_slips_and_swaps_are_told_apart():
    assert is_one_slip("100012354", "100012345")
    assert is_swap("100012354", "100012345")
    assert is_one_slip("10001234", "100012345")
    assert not is_one_slip("100012345", "100012345")
    assert not is_one_slip("100012366", "100012345")
    assert not is_swap("100012346", "100012345")


@pytest.mark.parametrize(
    "name", ["Anna Maria Müller-Weiß", "Müller-Weiß, Anna Maria", "Frau Dr. Anna Maria MUELLER-WEISS"]
)
def test_a_name_is_taken_apart(name):
    who = person(name, None)

    assert who.surnames == ("MULLER", "WEIS")
    assert set(who.given) == {"ANNA", "MARIA"}


def test_a_firm_is_known_by_what_is_its_own():
    assert person(None, "Müller & Söhne Elektrotechnik GmbH & Co. KG").firm == ("MULLER", "SOHNE", "ELEKTROTECHNIK")
