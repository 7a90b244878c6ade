"""Which open item a line of a carrier's list means: by its numbers, else by name and amount, else by a person."""

from dataclasses import replace

import pytest

from zahlmeister.matching.facts import Decision, Item, Outcome
from zahlmeister.matching.keys import item_keys
from zahlmeister.matching.parcels import How, Meant, Parcel, WhyNot, meant, parcel_keys

ANNA = Item(
    1, "100012345", 2498, 2498, "EUR", name="Anna Weber", payment_kind="cod", tracking_numbers=("JVGL0123456789",),
    invoice_numbers=("RE-7001",),
)  # fmt: skip
BERND = replace(
    ANNA, id=2, number="100012346", name="Bernd Klein", tracking_numbers=("JVGL9876543210",), invoice_numbers=()
)
FIRM = replace(BERND, id=3, number="100012347", name=None, company="Holm Wolle GmbH", tracking_numbers=())
ITEMS = (ANNA, BERND, FIRM)


def line(minor: int = 2498, **told: str) -> Parcel:
    return Parcel(1, minor, told.pop("currency", "EUR"), **told)


def means(*lines: Parcel, items: tuple[Item, ...] = ITEMS) -> list[tuple[int | None, How | None, WhyNot | None]]:
    """What each line means, when every item that shares a key with it was found."""
    found = {key: [item.id for item in items if key in item_keys(item)] for one in lines for key in parcel_keys(one)}
    answers: list[Meant] = meant(lines, found, {item.id: item for item in items})
    assert [answer.parcel for answer in answers] == list(lines)
    return [(answer.item.id if answer.item else None, answer.how, answer.why_not) for answer in answers]


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"tracking_number": "JVGL0123456789"}, (1, How.TRACKING_NUMBER, None)),
        ({"order_number": "100012346"}, (2, How.ORDER_NUMBER, None)),
        ({"order_number": "RE-7001"}, (1, How.ORDER_NUMBER, None)),
        ({"tracking_number": "JVGL0123456789", "order_number": "100012345"}, (1, How.TRACKING_NUMBER, None)),
        ({"tracking_number": "JVGL0123456789", "order_number": "100012346"}, (None, None, WhyNot.CONTRADICTION)),
        ({"tracking_number": "JVGL0123456789", "name": "Bernd Klein"}, (1, How.TRACKING_NUMBER, None)),
        ({"name": "Anna Weber"}, (1, How.AMOUNT_AND_NAME, None)),
        ({"name": "Weber, Anna Maria"}, (1, How.AMOUNT_AND_NAME, None)),
        ({"name": "Holm Wolle"}, (3, How.AMOUNT_AND_NAME, None)),
        ({"name": "Holm"}, (None, None, WhyNot.UNKNOWN)),  # a part of a firm's name
        ({"name": "Petra Weber"}, (None, None, WhyNot.UNKNOWN)),  # another given name
        ({"name": "Anna"}, (None, None, WhyNot.UNKNOWN)),
        ({"order_number": "999999999"}, (None, None, WhyNot.UNKNOWN)),
        ({}, (None, None, WhyNot.UNKNOWN)),
    ],
)
def test_a_line_means_the_item_that_it_names(told: dict[str, str], answer: tuple[object, ...]) -> None:
    assert means(line(**told)) == [answer]


def test_a_name_without_its_amount_or_currency_or_payment_on_delivery_means_nobody() -> None:
    unknown = [(None, None, WhyNot.UNKNOWN)]

    assert means(line(2499, name="Anna Weber")) == unknown
    assert means(line(name="Anna Weber", currency="CHF")) == unknown
    assert means(line(name="Anna Weber"), items=(replace(ANNA, payment_kind="prepayment"),)) == unknown


@pytest.mark.parametrize(
    ("one", "item", "why_not"),
    [
        (line(-2498, order_number="100012345"), ANNA, WhyNot.TAKEN_BACK),
        (line(0, order_number="100012345"), ANNA, WhyNot.TAKEN_BACK),
        (line(order_number="100012345", currency="CHF"), ANNA, WhyNot.CURRENCY),
        (line(order_number="100012345"), replace(ANNA, open_minor=0), WhyNot.CLOSED),
        (line(1, order_number="100012345"), replace(ANNA, open_minor=1), None),
    ],
)
def test_what_is_named_is_not_assigned_all_the_same(one: Parcel, item: Item, why_not: WhyNot | None) -> None:
    assert means(one, items=(item,)) == [(1, How.ORDER_NUMBER, why_not)]


def test_two_items_of_one_name_and_amount_are_for_a_person() -> None:
    twin = replace(ANNA, id=9, number="100012399", tracking_numbers=(), invoice_numbers=())

    assert means(line(name="Anna Weber"), items=(ANNA, twin)) == [(None, None, WhyNot.AMBIGUOUS)]
    assert means(line(order_number="RE-7001"), items=(ANNA, replace(twin, invoice_numbers=("RE-7001",)))) == [
        (None, None, WhyNot.AMBIGUOUS)
    ]


def test_an_item_is_paid_once_and_in_parts_as_far_as_it_is_open() -> None:
    whole, part = line(order_number="100012345"), line(1000, order_number="100012345")

    assert [why for _, _, why in means(whole, whole)] == [None, WhyNot.TWICE]
    assert [why for _, _, why in means(part, part, part, part)] == [None, None, None, WhyNot.TWICE]
    assert [why for _, _, why in means(whole, line(order_number="100012346"))] == [None, None]


def test_the_words_that_are_kept_stay_as_they_are() -> None:
    assert " ".join(How) == "tracking_number order_number amount_and_name"
    assert " ".join(WhyNot) == "unknown ambiguous contradiction closed currency taken_back twice"
    assert " ".join(Decision) == "assigned suggested unmatched ignored"
    assert " ".join(Outcome) == "paid underpaid overpaid none"
