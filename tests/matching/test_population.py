"""What is typical of a merchant's open items, and how likely a coincidence is."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from zahlmeister.matching.chance import Chance
from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.numbers import forms
from zahlmeister.matching.population import PRIME, SAMPLE, STOP, Population, is_in_sample, sample_limit
from zahlmeister.matching.weights import PAID_AFTER, PAID_AFTER_INVOICE, WEIGHTS, TimeBand, bits
from zahlmeister.matching.words import clue_text

DAY = date(2026, 11, 20)


def item(number: str, minor: int = 1000, **more: object) -> Item:
    return Item(int(number[-4:]), number, minor, minor, "EUR", **more)  # type: ignore[arg-type]


def counter(count: int, step: int = 1) -> list[Item]:
    return [item(f"RE-{200_000 + step * place}") for place in range(count)]


@pytest.mark.parametrize(("step", "density"), [(1, 1.0), (2, 0.5), (10, 0.1)])
def test_numbers_of_a_counter_lie_as_densely_as_they_were_counted(step: int, density: float) -> None:
    population = Population.of(counter(100, step))

    assert population.density(forms("RE-200500")) == pytest.approx(density)
    assert population.prefixes == ("RE",)


def test_a_sample_stands_for_all_and_no_number_is_open_twice() -> None:
    assert Population.of(counter(100, 10), open_items=300).density(forms("RE-200500")) == pytest.approx(0.3)
    assert Population.of(counter(100, 10), open_items=3000).density(forms("RE-200500")) == 1


def test_what_is_new_lies_more_densely_than_what_is_old() -> None:
    old, new = counter(100, 100), [item(f"RE-{300_000 + place}") for place in range(100)]
    population = Population.of([*old, *new])

    assert population.density(forms("RE-200001")) == pytest.approx(0.01)
    assert population.density(forms("RE-300090")) == pytest.approx(1)
    assert population.density(forms("RE-100000")) == pytest.approx(0.01)  # before the first: as there
    assert population.density(forms("XX-200001")) == 0.25  # of a series that nobody knows
    assert population.density(forms("RE-2000011")) == 0.25


def test_numbers_of_a_series_are_known_by_length_and_range() -> None:
    population = Population.of([item("100000"), item("104000")])

    assert population.looks_like_a_number("102345")
    assert population.looks_like_a_number("108000")  # what will be given out soon
    assert not population.looks_like_a_number("108001")
    assert not population.looks_like_a_number("1023456")
    assert not population.looks_like_a_number("10234a")
    assert [population.is_given_out(digits) for digits in ("099999", "100000", "104000", "104001", "0100000")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert not Population.of([item("10000"), item("14000")]).looks_like_a_number("12345")  # may be a postcode


def test_what_is_common_is_counted_from_the_sample() -> None:
    anna = {"name": "Anna Müller", "postcode": "79098", "reference": "KJFPQ9QNT", "opened_on": DAY}
    population = Population.of(
        [
            item("RE-1001", 500, **anna),
            item("RE-1002", 500, company="Müller GmbH", postcode="8001", invoice_numbers=("4711",)),
            Item(3, "ABCDEF", 700, 700, "EUR", customer_number="123456789"),
        ]
    )

    assert (population.open_items, population.sample_size) == (3, 3)
    assert population.amounts == {500: 2, 700: 1}
    assert population.words["MULLER"] == 2
    assert (population.words["ANNA"], population.ordered) == (1, tuple(sorted(population.words)))
    assert population.code_lengths == {6}
    assert population.reference_lengths == {9}
    assert population.lengths_of_codes == {6, 9}
    assert population.number_lengths == {4, 9}
    assert [length for length in range(13) if population.may_be_length(length)] == [3, 4, 5, 8, 9, 10]
    assert (population.postcodes, population.postcodes_known) == ({5: 1, 4: 1}, 2)
    assert population.share_of_postcodes(5) == pytest.approx(2 / 4)
    assert population.share_of_postcodes(6) == pytest.approx(1 / 4)
    assert population.opened == (DAY.toordinal(),)


def test_of_a_merchant_who_is_not_known_everything_common_is_very_common() -> None:
    nobody = Population()

    assert nobody.share_of_amount(1999, None) == pytest.approx(1 / 40)
    assert nobody.share_of_word("MULLER", None) == pytest.approx(1 / 60)
    assert [nobody.may_be_length(length) for length in (4, 5, 20)] == [False, True, True]
    assert nobody.density(forms("RE-1001")) == 0.25
    assert Population.of([]).open_items == 1
    assert not nobody.goes_on("WINTER")


@pytest.mark.parametrize(
    ("count", "share"),
    [
        (0, 1 / 10_000),  # looked up and not there: as if once
        (1, 1 / 10_000),
        (STOP, STOP / 10_000),
        (None, 101 / 1_001),  # nobody has looked: as in the sample
        (STOP + 1, 101 / 1_001),
    ],
)
def test_a_share_is_that_of_those_found_or_that_of_the_sample(count: int | None, share: float) -> None:
    population = Population(open_items=10_000, sample_size=1_000, amounts={1999: 100})

    assert population.share_of_amount(1999, count) == pytest.approx(share)


def test_more_than_can_be_counted_is_at_least_so_much() -> None:
    population = Population(open_items=1_000, sample_size=1_000)

    assert population.share_of_amount(1999, STOP + 1) == pytest.approx(STOP / 1_000)
    assert population.share_of_amount(1999, None) == pytest.approx(1 / 1_001)
    assert Population(open_items=10, sample_size=10).share_of_amount(1999, 3) == pytest.approx(3 / 203)


def test_a_name_goes_on_when_many_bear_a_longer_one() -> None:
    def known(**words: int) -> Population:
        return Population(words=words, ordered=tuple(sorted(words)))

    assert known(WINTER=3, WINTERBERGER=2).goes_on("WINTER")
    assert not known(WINTER=3, WINTERBERGER=1).goes_on("WINTER")
    assert not known(WINTER=3, WINZER=9).goes_on("WINTER")
    assert known(WINTER=7, WINTERBERGER=2, WINTERS=1).goes_on("WINTER")


def test_the_shares_of_days_come_to_all_items() -> None:
    ordered = tuple(sorted((DAY - timedelta(days=days)).toordinal() for days in range(100)))
    population = Population(opened=ordered)

    assert population.share_of_days(DAY, None, None) == pytest.approx(1)
    parts = [(None, -1), (0, 9), (10, 49), (50, None)]
    assert sum(population.share_of_days(DAY, *part) for part in parts) == pytest.approx(1)
    grown = Population(opened=tuple(day for day in ordered for _ in range(1000)))
    assert grown.share_of_days(DAY, 0, 9) == pytest.approx(0.1, abs=0.001)
    assert grown.share_of_days(DAY, 10, 49) == pytest.approx(0.4, abs=0.001)
    assert Population().share_of_days(DAY, None, -1) == pytest.approx(0.092, abs=0.001)


def test_the_sample_is_about_four_thousand_of_all() -> None:
    assert sample_limit(1) == sample_limit(SAMPLE) == PRIME
    assert sample_limit(10 * SAMPLE) == PRIME // 10
    numbers = range(0, 40_000 * 4_096, 4_096)
    assert 3_600 < sum(is_in_sample(number, 40_000) for number in numbers) < 4_400
    assert all(is_in_sample(number, SAMPLE) for number in range(1000))


CHANCE = Chance(
    Population(open_items=10_000, sample_size=1_000, amounts={1999: 100}, words={"MULLER": 100, "ANNA": 50}),
    {"name:ANNA MULLER": [1, 2], "amount:EUR1999": list(range(STOP + 1)), "word:MULLER": [1] * 3, "mail:a": [1, 2, 3]},
)


def test_a_chance_is_counted_where_it_was_looked_up() -> None:
    assert CHANCE.others_with("name:ANNA MULLER") == 1
    assert CHANCE.others_with("amount:EUR1999") is None
    assert CHANCE.others_with("amount:EUR2000") is None
    assert Chance(Population(), {"x": []}).others_with("x") == 0
    assert CHANCE.of_amount(1999, "EUR") == pytest.approx(101 / 1_001)
    assert CHANCE.of_word("MULLER") == pytest.approx(0.3 * 3 / 10_000, rel=0.2)
    assert CHANCE.of_word_anywhere("MULLER") > CHANCE.of_word("MULLER")
    assert CHANCE.of_key("mail:a") == pytest.approx(3 * CHANCE.of_customer())
    assert CHANCE.of_key("mail:b") == pytest.approx(CHANCE.of_customer())


def test_both_words_of_a_name_count_in_either_order() -> None:
    assert CHANCE.of_name("ANNA", "MULLER") == pytest.approx(CHANCE.of_name("MULLER", "ANNA"), rel=50)
    assert CHANCE.of_name("ANNA", "MULLER") < CHANCE.of_word_anywhere("MULLER")
    assert CHANCE.of_name("ANNA", "MULLER") > CHANCE.of_name("XAVER", "MULLER")


def test_the_more_digits_agree_the_less_it_is_chance() -> None:
    assert CHANCE.of_bare_digits("12345678") == pytest.approx(2e-9)
    assert CHANCE.of_tail("1234", is_labelled=True) < CHANCE.of_tail("1234", is_labelled=False)
    assert CHANCE.of_tail("12345", is_labelled=False) == pytest.approx(CHANCE.of_tail("1234", is_labelled=False) / 10)
    assert CHANCE.of_number("RE-1001", with_prefix=True) < CHANCE.of_number("RE-1001")
    assert CHANCE.of_number("RE-1001") == pytest.approx(2e-5)
    assert CHANCE.of_reference("KJFPQ9QNT") < CHANCE.of_reference("KJFPQ9QA")
    assert CHANCE.of_mended_reference("KJFPQ9QNT") < CHANCE.of_mended_reference("KJFPQ9QA")


def test_numbers_stray_less_where_their_neighbours_are_known() -> None:
    neighbours = Chance(CHANCE.population, {}, knows_neighbours=True)

    assert neighbours.of_number("RE-1001", with_prefix=True) * 10 == pytest.approx(
        CHANCE.of_number("RE-1001", with_prefix=True)
    )


def test_round_amounts_are_more_common_than_odd_ones() -> None:
    rare = Chance(Population(open_items=10**9, sample_size=10**9), {"amount:EUR5000": [1], "amount:EUR5001": [1]})

    assert rare.of_odd_amount(5000, "EUR") == 4 * rare.of_odd_amount(5001, "EUR")
    assert rare.of_odd_amount(5050, "EUR") == rare.of_odd_amount(5000, "EUR")
    assert CHANCE.of_odd_amount(1999, "EUR") == CHANCE.of_amount(1999, "EUR")


@pytest.mark.parametrize("bands", [PAID_AFTER, PAID_AFTER_INVOICE])
def test_the_days_of_payment_have_no_gap_and_come_to_all_payments(bands: tuple[TimeBand, ...]) -> None:
    assert (bands[0].first, bands[-1].last) == (None, None)
    for band, following in pairwise(bands):
        assert band.last is not None
        assert following.first == band.last + 1
    assert sum(band.true for band in bands) == pytest.approx(1, abs=0.011)
    assert {"paid_before", "paid_soon", "paid_later", "paid_late", "paid_very_late"} == {band.kind for band in bands}


def test_each_row_of_the_table_is_a_share_with_its_source() -> None:
    for level, weight in WEIGHTS.items():
        assert 0 < weight.true <= 1, level
        assert weight.chance is None or 0 < weight.chance <= 1, level
        assert weight.source.startswith(("fitted", "careful", "study")), level
    assert bits("firm_part") == pytest.approx(2.32, abs=0.01)  # five times likelier
    assert bits("name", 0.6) == 0


#: Levels whose clue says more precisely what it is about: an order's number or an invoice's, or by how far.
SAID_OTHERWISE = {
    "number", "number_joined", "number_look_alike", "number_abbreviated", "number_other_prefix", "amount",
    "amount_less_by_far", "amount_more_by_far", "customer_number_as_order", "name_in_part",
}  # fmt: skip


def test_each_level_is_said_in_both_languages() -> None:
    for level in set(WEIGHTS) - SAID_OTHERWISE:
        for language in ("en", "de"):
            assert clue_text(Clue(level, 1.0, ("a", "b")), language) != level, level
