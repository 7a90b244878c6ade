"""Plots: no figure is written over a bar, and a drawing is as tall as what it shows."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from zahlmeister.office.plots import TOP, Bar, bars, money_in
from zahlmeister.receivables.figures import DayMoney

FIRST = date(2026, 10, 19)


def drawn(*minor: int) -> str:
    return str(money_in([DayMoney(FIRST + timedelta(days=n), each) for n, each in enumerate(minor)], "EUR").svg)


def label(svg: str, text: str) -> tuple[float, float] | None:
    found = re.search(rf'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>{text}', svg)
    return (float(found[1]), float(found[2])) if found else None


def tops(svg: str, right_of: float) -> Sequence[float]:
    return [float(y) for x, y in re.findall(r'<rect class="one" x="([\d.]+)" y="([\d.]+)"', svg) if float(x) > right_of]


def test_the_newest_figure_stands_above_the_newest_bar_and_those_beside_it() -> None:
    svg = drawn(*[1000] * 9, 200000, *[1000] * 15, *[1500] * 4, 2500)
    found = label(svg, "25")
    assert found is not None
    assert found[1] < min(tops(svg, right_of=400))


def test_the_newest_figure_is_left_out_where_it_would_stand_on_other_bars() -> None:
    svg = drawn(*[1000] * 9, 200000, *[1000] * 15, *[90000] * 4, 2500)
    assert label(svg, "25") is None
    highest = label(svg, "2.000") or label(svg, "2,000")
    assert highest == ((9 + 0.5) * 16, TOP - 9)


def test_a_drawing_of_one_bar_is_no_taller_than_it_and_one_of_many_not_taller_than_before() -> None:
    def tall(count: int) -> int:
        one = bars("", "", [Bar("Nov", 5, "83 %")] * count, [], [])
        return int(re.search(r'viewBox="0 0 480 (\d+)"', one.svg)[1])  # type: ignore[index]

    assert tall(1) == 48
    assert tall(6) == tall(12) == 170
