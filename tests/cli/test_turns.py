"""The turns of a worker: a baker whose oven is broken still sells what is there, and asks the miller once a day."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from zahlmeister.cli.turns import NOW_AND_THEN, SOON, TROUBLED, Turn, Turns


class OvenBroken(Exception):
    """Something nobody has thought of."""


class AnotherBaker(Exception):
    """Somebody else has taken over."""


@dataclass
class Bakery:
    """Work that waits, what was done of it in which order, and a clock."""

    now: float = 0
    waiting: dict[str, int] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def take(self, name: str) -> Callable[[], object]:
        def taken() -> object:
            self.asked.append(name)
            if name in self.broken:
                raise self.broken[name]
            if not self.waiting.get(name):
                return None
            self.waiting[name] -= 1
            return name

        return taken

    def turns(self, **rests: float) -> Turns:
        made = [Turn(self.take(name), rest) for name, rest in rests.items()]
        return Turns(made, lambda: self.now, (AnotherBaker,))


@pytest.fixture
def bakery() -> Bakery:
    return Bakery()


def test_one_that_fails_stops_none_behind_it_and_is_left_alone_for_a_while(bakery, caplog):
    turns = bakery.turns(bake=SOON, sell=SOON)
    bakery.broken["bake"] = OvenBroken("no fire")
    bakery.waiting["sell"] = 2

    assert turns.round()
    bakery.now += SOON
    assert turns.round()
    assert bakery.asked == ["bake", "sell", "sell"]
    assert "no fire" in caplog.text

    del bakery.broken["bake"]
    bakery.waiting["bake"] = 1
    bakery.now += TROUBLED
    assert turns.round()
    assert bakery.waiting == {"bake": 0, "sell": 0}


def test_who_had_nothing_to_do_is_not_asked_again_before_its_rest_is_over(bakery):
    turns = bakery.turns(sell=SOON, mill=NOW_AND_THEN)

    assert not turns.round()
    bakery.now += SOON
    assert not turns.round()
    assert bakery.asked == ["sell", "mill", "sell"]

    bakery.now += NOW_AND_THEN
    turns.round()
    assert bakery.asked.count("mill") == 2


def test_who_had_something_to_do_is_asked_again_at_once(bakery):
    turns = bakery.turns(mill=NOW_AND_THEN)
    bakery.waiting["mill"] = 3

    while turns.round():
        pass
    assert bakery.asked == ["mill"] * 4


def test_done_once_nobody_rests_and_the_trouble_is_told_after_the_others(bakery):
    turns = bakery.turns(bake=SOON, mill=NOW_AND_THEN)
    assert not turns.once()
    bakery.waiting["mill"] = 1
    bakery.broken["bake"] = OvenBroken("no fire")

    with pytest.raises(OvenBroken):
        turns.once()
    assert bakery.waiting["mill"] == 0


def test_what_somebody_else_has_taken_over_is_no_trouble(bakery, caplog):
    turns = bakery.turns(bake=SOON)
    bakery.broken["bake"] = AnotherBaker("the other one bakes")

    assert turns.once()
    assert turns.round()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
