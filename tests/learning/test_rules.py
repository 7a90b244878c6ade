"""What is enough to learn from, and what is not."""

import pytest

from zahlmeister.learning.rules import (
    Ignored,
    Told,
    is_own_name,
    mix_of,
    name_to_learn,
    noise_in,
    recurring,
)

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
