"""What is enough to learn from, and what is not."""

import pytest

from zahlmeister.learning.rules import (
    ORDER,
    SHOWS,
    Ignored,
    Noise,
    Told,
    is_own_name,
    mix_of,
    name_to_learn,
    noise_in,
    recurring,
)
from zahlmeister.matching.words import _CLUES

ANNA = ("Anna Trübswetter", "")


@pytest.mark.parametrize("payer", ["Trübswetter, Anna", "ANNA TRUEBSWETTER", "Dr. Anna Maria Trübswetter", "", "?"])
def test_the_customers_own_name_is_not_learned(payer: str) -> None:
    assert is_own_name(payer, ANNA) or not name_to_learn(payer, ANNA)


@pytest.mark.parametrize(
    ("payer", "name"), [("Kessler Bau GmbH", "KESLER BAU"), ("Petra Trübswetter", "PETRA TRUBSWETTER"), ("X Y", "")]
)
def test_another_name_is(payer: str, name: str) -> None:
    assert name_to_learn(payer, ANNA) == name


def told(customer: int, *numbers: str, own: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> Told:
    return Told(frozenset({*numbers, *own}), frozenset(words), frozenset(own), customer)


def test_a_number_of_many_customers_that_is_nobodys_order_is_noise() -> None:
    texts = [told(customer, "0891234567", own=(f"1000{customer:05}",)) for customer in range(8)]
    assert [noise.text for noise in noise_in(texts)] == ["0891234567"]
    assert noise_in(texts[:-1]) == []


def test_a_number_that_one_customer_always_writes_is_not() -> None:
    assert noise_in([told(7, "4711000815") for _ in range(50)]) == []


def test_a_number_that_is_somebodys_own_is_not() -> None:
    assert noise_in([told(customer, own=("100012345",)) for customer in range(50)]) == []


def test_a_common_surname_of_customers_is_no_noise_and_the_shops_name_is() -> None:
    mueller = [told(customer, words=("MULLER", "WOLLSTUBE")) for customer in range(10)]
    others = [told(customer, words=("DANKE", "WOLLSTUBE") if customer % 2 else ()) for customer in range(10, 200)]
    found = {noise.text for noise in noise_in([*mueller, *others])}
    assert "WOLLSTUBE" in found
    assert "MULLER" not in found


def ignored(text: str = "", number: str = "", payer: str = "Vermieter Sorge") -> Ignored:
    return Ignored(number, payer, payer.upper(), text)


def test_the_third_time_from_one_account_is_proposed_and_the_second_is_not() -> None:
    twice = [ignored(number="DE1"), ignored(number="DE1"), ignored(number="DE2")]
    assert recurring(twice, []) == []
    [found] = recurring([*twice, ignored(number="DE1")], [])
    assert (found.kind, found.value, found.label, found.payments) == ("account", "DE1", "Vermieter Sorge", 3)


def test_a_payer_without_an_account_is_known_by_name() -> None:
    [found] = recurring([ignored()] * 3, [])
    assert (found.kind, found.value) == ("name", "VERMIETER SORGE")


def test_the_longest_phrase_that_different_payers_share_is_proposed() -> None:
    texts = ["MIETE LADENLOKAL NOVEMBER", "MIETE LADENLOKAL 12 2026", "FUER MIETE LADENLOKAL"]
    rows = [ignored(text, number=f"DE{place}") for place, text in enumerate(texts)]
    [found] = recurring(rows, [])
    assert (found.kind, found.value, found.payments) == ("phrase", "MIETE LADENLOKAL", 3)


def test_a_phrase_that_also_pays_orders_is_not() -> None:
    rows = [ignored("VIELEN DANK", number=f"DE{place}") for place in range(3)]
    assert recurring(rows, ["VIELEN DANK FUER DIE WOLLE"]) == []


def test_the_mix_counts_each_payment_once_per_aspect() -> None:
    exact = [{"kind": "order_number"}, {"kind": "name"}, {"kind": "amount"}]
    slip = [{"kind": "number_slip"}, {"kind": "surname"}, {"kind": "iban"}, {"kind": "amount_less"}]
    mix = mix_of([exact, slip, []])
    assert {aspect: sum(counts.values()) for aspect, counts in mix.items()} == {"number": 3, "payer": 3, "amount": 3}
    assert (mix["number"]["exact"], mix["number"]["slip"], mix["number"]["none"]) == (1, 1, 1)
    assert (mix["payer"]["customer"], mix["payer"]["similar"], mix["amount"]["less"]) == (1, 1, 1)


def test_what_is_counted_is_said_by_a_clue_that_there_is() -> None:
    said = {*_CLUES, "amount"}  # that of the exact amount has words by how many others have it

    assert set(SHOWS) == set(ORDER) == {"number", "payer", "amount"}
    for aspect, shows in SHOWS.items():
        assert set(shows) <= said, f"{aspect}: no clue is called {set(shows) - said}."
        assert {*shows.values(), "none"} == set(ORDER[aspect])


@pytest.mark.parametrize(
    ("kinds", "aspect", "word"),
    [
        (["order_number"], "number", "exact"),
        (["reference_slip", "invoice_number"], "number", "exact"),
        (["invoice_number_joined"], "number", "torn"),
        (["order_number_look_alike"], "number", "torn"),
        (["order_number_abbreviated", "other_number"], "number", "torn"),
        (["number_tail"], "number", "short"),
        (["other_open_number"], "number", "other"),
        (["firm"], "payer", "customer"),
        (["mail"], "payer", "named"),
        (["iban", "other_name"], "payer", "known"),
        (["other_name"], "payer", "other"),
        (["amount_sum"], "amount", "exact"),
        (["amount_discount"], "amount", "explained"),
        (["amount_rounded"], "amount", "less"),
        (["amount_twice"], "amount", "more"),
        (["place"], "amount", "none"),
    ],
)
def test_of_what_a_payment_shows_the_best_counts(kinds: list[str], aspect: str, word: str) -> None:
    counted = mix_of([[{"kind": kind} for kind in kinds]])[aspect]

    assert {one for one, payments in counted.items() if payments} == {word}


@pytest.mark.parametrize(
    ("payer", "is_own"),
    [
        ("Anna Maria Weber", True),  # two words agree
        ("Anna Weber", False),
        ("Maria", True),  # all there are
        ("x" * 140 + " Anna Maria", False),  # behind the longest name that a bank tells
    ],
)
def test_two_words_of_a_name_or_all_of_them_make_it_the_customers_own(payer: str, is_own: bool) -> None:
    assert is_own_name(payer, ["Anna Maria Kessler"]) is is_own


def test_in_many_texts_noise_must_stand_with_more_customers() -> None:
    few = [told(customer, "0891234567", words=("WOLLSTUBE",)) for customer in range(25)]
    more = [told(customer) for customer in range(25, 2000)]

    assert noise_in(few) == [Noise("0891234567", 25), Noise("WOLLSTUBE", 25)]
    assert noise_in(few[:19]) == [Noise("0891234567", 19)]
    assert noise_in([*few, *more[: 649 - 25]]) == [Noise("0891234567", 25), Noise("WOLLSTUBE", 25)]
    assert noise_in([*few, *more[: 650 - 25]]) == [Noise("0891234567", 25)]
    assert noise_in([*few[:9], *more]) == [Noise("0891234567", 9)]
    assert noise_in([*few[:9], *more, told(1), told(2), *map(told, range(9000, 9020))]) == []


def test_the_most_frequent_noise_is_told_first() -> None:
    texts = [told(customer, "222", *(["111"] if customer < 9 else [])) for customer in range(10)]

    assert noise_in(texts) == [Noise("222", 10), Noise("111", 9)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("MIETE LADENLOKAL", ["MIETE LADENLOKAL"]),
        ("MIETE 12 LADEN", []),  # one short word each
        ("MONATSMIETE 12", ["MONATSMIETE"]),  # a long word is enough
        ("GASABGABE 12", ["GASABGABE"]),  # nine letters
        ("ABSCHLAG 12", []),  # eight letters are not
        ("A B C D E F G", ["A B C D E F", "B C D E F G"]),  # six words at most
    ],
)
def test_a_phrase_has_two_words_or_a_long_one_and_no_digits(text: str, phrases: list[str]) -> None:
    found = recurring([ignored(text, number=f"DE{place}") for place in range(3)], [])

    assert [(one.value, one.label, one.payments) for one in found] == [(phrase, phrase, 3) for phrase in phrases]


def test_what_a_payer_explains_makes_no_phrase() -> None:
    assert [one.kind for one in recurring([ignored("MIETE LADENLOKAL", number="DE1")] * 3, [])] == ["account"]
    assert [one.kind for one in recurring([ignored("MIETE LADENLOKAL")] * 3, [])] == ["name"]


def test_a_phrase_within_a_longer_one_counts_where_it_is_more_frequent() -> None:
    texts = ["MIETE LADEN MAI"] * 3 + ["MIETE LADEN JUNI"]
    found = recurring([ignored(text, number=f"DE{place}") for place, text in enumerate(texts)], [])

    assert [(one.value, one.payments) for one in found] == [("MIETE LADEN", 4), ("MIETE LADEN MAI", 3)]
