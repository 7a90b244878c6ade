"""The perfect judge of the benchmark: what makes a name and an amount unsure, and what does not."""

from datetime import date
from itertools import count

import pytest
from benchmarks.matching import __main__ as command
from benchmarks.matching.bound import PARTNERS, STRANGERS, Bound, Judge, bound_of
from benchmarks.matching.case import Case
from tests.matching.shop import item, payment

from zahlmeister.matching.facts import Decision, Proposal

_NUMBERS = count(1)
UNDECIDED = Proposal(Decision.UNMATCHED, (), "nothing_fits")


def order(name, minor=4990, opened=date(2026, 11, 16), **more):
    return item(f"10{next(_NUMBERS):07d}", minor, name, opened_on=opened, **more)


MINE = order("Anna Müller")
PAID = payment(4990, "Anna Müller", "danke", booked_on=date(2026, 11, 18))


def risk(*others, paid=PAID):
    return Judge([MINE, *others]).risk(paid, MINE)


def case(how="absent", *, payer="same", paid=PAID, is_assignable=True):
    return Case(paid, frozenset({MINE.id}), is_assignable, how, tags=(f"payer {payer}", "amount exact"))


def test_nobody_else_owes_the_amount_so_it_is_sure():
    assert risk() == 0
    assert risk(order("Jörg Öztürk", 4989), order("Jörg Öztürk", currency="CHF")) == 0


def test_each_other_order_of_the_amount_makes_it_less_sure():
    one, two = risk(order("Jörg Öztürk")), risk(order("Jörg Öztürk"), order("Eva Roth"))

    # half of the customers, then a third, have the given name, and as many the surname
    assert one == pytest.approx(STRANGERS / 4 / (1 + STRANGERS / 4))
    assert two == pytest.approx(2 * STRANGERS / 9 / (1 + 2 * STRANGERS / 9))


def test_an_order_that_would_not_be_paid_then_does_no_harm():
    asked = [order("Jörg Öztürk", opened=date(2026, 11, day)) for day in (16, 12, 19, 30)]
    same, older, just_before, later = [risk(one) for one in asked]

    assert same > older > just_before > later == 0


def test_a_partner_may_pay_and_somebody_of_the_same_surname_and_sex_is_a_stranger():
    husband, sister = risk(order("Jörg Müller")), risk(order("Eva Müller"))

    assert sister == pytest.approx(STRANGERS / 2 / (1 + STRANGERS / 2))
    odds = STRANGERS / 2 + 2 * PARTNERS / 2
    assert husband == pytest.approx(odds / (1 + odds))


def test_firms_and_nameless_orders_are_left_to_those_who_know_better():
    firm, nameless = order(None, company="Roth GmbH"), order(None)
    judge = Judge([firm, nameless, order("Jörg Öztürk")])

    assert judge.risk(PAID, firm) == judge.risk(PAID, nameless) == 0


def test_only_what_name_and_amount_tell_is_weighed():
    known = payment(4990, "Anna Müller", "danke", iban="DE02120300000000202051")
    mine = order("Anna Müller", ibans=("DE02120300000000202051",))
    cases = [
        case(),
        case("other digits + trouble", payer="joint"),
        case("in words"),
        case(payer="other"),
        case(is_assignable=False),
        Case(known, frozenset({mine.id}), True, "absent", tags=("payer same",)),
    ]
    found = bound_of(cases, [UNDECIDED] * len(cases), [MINE, mine, order("Jörg Öztürk")])

    assert (found.payments, found.assignable, len(found.left), found.booked) == (6, 5, 2, [])


def test_the_surest_come_first_and_the_unsure_are_left():
    found = Bound(payments=1_000, assignable=10, booked=[0.0001, 0.004], left=[0.00005, 0.03])

    assert found.recall == pytest.approx(0.8)
    assert found.recall_with(0.1) == pytest.approx(0.8)  # a thousandth of these payments may be wrong
    assert found.recall_with(1) == pytest.approx(0.9)
    assert found.recall_with(10) == pytest.approx(1)
    assert "  by his reckoning 0.4 of 100,000 are wrong that are booked here, 1 below 99.98%" in found.lines()


def test_the_command_prints_the_bound(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["matching", "--seed", "301", "--orders", "300", "--payments", "60", "--bound"])
    command.main()

    assert "a perfect judge books" in capsys.readouterr().out
