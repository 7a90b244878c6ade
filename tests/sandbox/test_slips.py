from datetime import date

from zahlmeister.sandbox.chance import dice
from zahlmeister.sandbox.shop import orders
from zahlmeister.sandbox.slips import (
    GLUES,
    WITH_INVOICE,
    WITH_NUMBER,
    WITHOUT_NUMBER,
    mistyped,
    noise,
    sentence,
    spaced,
)

TODAY = date(2026, 11, 20)


def test_a_mistyped_number_is_never_the_right_one():
    roll = dice("typo")

    for number in ("100012345", "100012000", "100011111", "WS-10482"):
        slips = {mistyped(roll, number) for _ in range(300)}
        assert number not in slips
        assert len(slips) > 10
        assert all(len(number) - 1 <= len(slip) <= len(number) + 1 for slip in slips)


def test_a_spaced_number_has_the_same_characters_in_groups():
    roll = dice("groups")

    for _ in range(100):
        grouped = spaced(roll, "100012345")
        assert grouped != "100012345"
        assert "".join(character for character in grouped if character.isdigit()) == "100012345"


def test_every_sentence_with_a_number_has_it_and_every_one_without_has_not():
    order = orders(1, 10, TODAY)[0]
    roll = dice("sentences")

    for _ in range(200):
        assert order.number in sentence(roll, WITH_NUMBER, order)
        assert order.number in sentence(roll, GLUES, order)
        assert order.number not in sentence(roll, WITHOUT_NUMBER, order)
        assert "100099999" in sentence(roll, WITH_NUMBER, order, "100099999")


def test_a_sentence_with_the_invoice_number_has_its_last_digits():
    order = next(order for order in orders(1, 40, TODAY) if order.invoice_number)
    roll = dice("invoices")

    assert all(order.invoice_number[-4:] in sentence(roll, WITH_INVOICE, order) for _ in range(50))


def test_noise_says_nothing_about_the_order_number():
    order = orders(1, 10, TODAY)[0]
    roll = dice("noise")

    assert all(order.number not in noise(roll, order) for _ in range(50))
