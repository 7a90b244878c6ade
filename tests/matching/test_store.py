from tests.matching.shop import item

from zahlmeister.matching.keys import digest
from zahlmeister.matching.numbers import forms
from zahlmeister.matching.population import STOP, Population
from zahlmeister.matching.store import MemoryStore


def test_what_is_added_is_found_under_its_keys():
    anna = item("100012345", 2498, "Anna Berg")
    store = MemoryStore([anna])
    key = digest("number:100012345")

    assert store.look_up([key, digest("number:1")]) == {key: (anna.id,)}
    assert store.items([anna.id, 5]) == {anna.id: anna}


def test_a_key_of_very_many_items_is_cut_off_one_beyond_the_stop():
    store = MemoryStore(item(f"{10_000_000 + n}", 2990, f"Person{n}") for n in range(STOP * 3))

    assert len(store.look_up([digest("amount:EUR2990")])[digest("amount:EUR2990")]) == STOP + 1


def test_a_population_knows_what_is_common():
    items = [item(f"10000{n:04d}", 2990 if n % 2 else 1000 + n, "Anna Müller") for n in range(400)]
    population = Population.of(items, open_items=4_000)

    assert population.share_of_amount(2990, None) > 0.4
    assert population.share_of_amount(77, 1) < 0.001
    assert population.share_of_word("MULLER", None) > 0.3
    assert population.looks_like_a_number("100000777")
    assert not population.looks_like_a_number("999999999")
    assert population.may_be_length(9)
    assert not population.may_be_length(14)


def test_without_a_sample_the_common_is_taken_for_very_common():
    assert Population().share_of_amount(2990, None) >= 0.02
    assert Population().share_of_word("MULLER", None) >= 0.01


def test_numbers_lie_as_densely_as_around_them_not_as_on_average():
    old = [item(f"{100_000_000 + 10 * n}", 1990, f"Person{n}") for n in range(200)]
    new = [item(f"{100_005_000 + n}", 1990, f"Person{n}") for n in range(200)]
    population = Population.of([*old, *new])

    assert population.density(forms("100001234")) == 0.1
    assert population.density(forms("100005100")) == 1
    assert population.density(forms("99")) == 1 / 4
    assert population.density(forms("KABCD3EFG")) < 0.001  # as long as a number of the counter


def test_an_outlier_makes_no_counter_thin():
    numbers = (100_000_001, 100_000_002, 100_000_003, 100_000_004, 900_000_000)
    population = Population.of([item(str(n), 1990, "Anna Berg") for n in numbers])

    assert population.density(forms("100000002")) == 1


def test_a_sample_in_memory_is_of_what_is_open():
    paid = [item(f"{10_000_000 + n}", 0, "Anna Berg") for n in range(9_000)]
    store = MemoryStore([*paid, *(item(f"{20_000_000 + n}", 1990, "Bernd Ott") for n in range(3_000))])

    assert store.population().sample_size == 3_000
