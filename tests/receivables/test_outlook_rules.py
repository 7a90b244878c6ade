"""What the next thirty days bring: curves by kind, orders still to come, and the months it is tried on."""

from datetime import date, timedelta

from zahlmeister.receivables.outlook_rules import (
    DAYS,
    LEAST,
    Cell,
    Curve,
    Tried,
    curve,
    error_per_mille,
    look_ahead,
)

TODAY = date(2026, 11, 20)
ALL = 1_000_000


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def steady(kind: str = "prepayment", lag: int = 3, minor: int = 10_000) -> list[Cell]:
    """One order a day for nine months, each paid so many days later."""
    opened = [days_ago(back) for back in range(1, 271)]
    paid = [on + timedelta(days=lag) for on in opened]
    return [Cell(kind, on, on_ if on_ < TODAY else None, 1, minor) for on, on_ in zip(opened, paid, strict=True)]


def open_of(cells: list[Cell]) -> dict[tuple[str, date], int]:
    return {(cell.kind, cell.opened_on): cell.minor for cell in cells if cell.settled_on is None}


def test_everybody_pays_on_the_third_day():
    found = curve(steady(), days_ago(1))

    assert found.half_after() == 3
    assert (found.paid_after(2), found.paid_after(3)) == (0, ALL)
    assert found.coming(10_000, 1) == [0, 10_000, *[0] * (DAYS - 2)]


def test_what_was_never_paid_counts_as_such():
    paid = [Cell("invoice", days_ago(60), days_ago(50), 1, 3000)]
    never = [Cell("invoice", days_ago(60), None, 1, 1000)]

    found = curve(paid + never, days_ago(1))

    assert found.paid_after(10) == 750_000
    assert found.half_after() == 10
    assert sum(found.coming(1000, 20)) == 0


def test_young_orders_say_nothing_about_late_days():
    old = [Cell("invoice", days_ago(60), days_ago(40), 1, 1000)]
    young = [Cell("invoice", days_ago(5), None, 1, 9000)]

    assert curve(old + young, days_ago(1)).paid_after(20) == ALL


def test_a_steady_shop_gets_what_it_always_gets():
    cells = steady()

    found = look_ahead(cells, open_of(cells), TODAY)

    assert found is not None
    assert [day.open_minor for day in found.days[:4]] == [10_000, 10_000, 10_000, 0]
    assert [day.new_minor for day in found.days[:4]] == [0, 0, 0, 10_000]
    assert sum(day.open_minor + day.new_minor for day in found.days) == 300_000
    assert [(one.expected_minor, one.came_minor) for one in found.tried] == [(300_000, 300_000)] * 3
    assert error_per_mille(found.tried) == 0


def test_no_money_comes_on_days_on_which_none_ever_came():
    cells = [
        Cell(cell.kind, cell.opened_on, cell.settled_on, 1, cell.minor)
        for cell in steady(lag=0)
        if cell.opened_on.weekday() < 5
    ]

    found = look_ahead(cells, {}, TODAY)

    assert found is not None
    weekend = [day for place, day in enumerate(found.days) if (TODAY + timedelta(days=place)).weekday() >= 5]
    assert {day.new_minor for day in weekend} == {0}
    assert sum(day.new_minor for day in found.days) > 0


def test_a_shop_that_stops_is_told_to_have_been_forecast_wrongly():
    cells = [cell for cell in steady() if cell.opened_on < days_ago(30)]

    found = look_ahead(cells, {}, TODAY)

    assert found is not None
    assert found.tried[0].came_minor == 30_000
    assert found.tried[0].expected_minor == 300_000
    assert error_per_mille(found.tried) == 428  # 270 of 630


def test_too_few_orders_say_nothing():
    few = [Cell("prepayment", days_ago(9), days_ago(8), LEAST - 1, 1000)]

    assert look_ahead(few, {}, TODAY) is None
    assert look_ahead([*few, Cell("prepayment", days_ago(7), days_ago(6), 1, 1000)], {}, TODAY) is not None


def test_nothing_tried_has_no_error():
    assert error_per_mille([]) is None
    assert error_per_mille([Tried(TODAY, 100, 0)]) is None


def test_a_curve_gives_no_more_than_there_is():
    found = Curve(tuple([333_333] * 121))

    assert sum(found.coming(1_000_001, 0)) <= 1_000_001
