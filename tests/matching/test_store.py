from tests.matching.shop import item

from zahlmeister.matching.keys import digest
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
