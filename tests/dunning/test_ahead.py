"""What comes in the next days: reckoned once for items that stand alike, and the same as item by item."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.flows.test_run_dunning import levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.dunning.ahead import Ahead
from zahlmeister.dunning.forecast import situation, standings
from zahlmeister.dunning.plan import steps_until, working_day
from zahlmeister.dunning.policies import Policies
from zahlmeister.flows.steer_dunning import skip_next

pytestmark = pytest.mark.django_db(transaction=True)
TODAY, LAST = date(2026, 11, 24), date(2026, 12, 24)


def item_by_item(merchant_id: int) -> list[tuple[date, int, int, bool]]:
    """Day, item and level of each step, and whether it is the item's next."""
    policies, found = Policies(merchant_id), []
    for row in standings(merchant_id, policies, 0):
        in_force, where = situation(row, policies)
        steps = steps_until(LAST, where, in_force.policy, working_day(row.country), today=TODAY)
        found += [(one.on, row.item, one.level, place == 0) for place, one in enumerate(steps)]
    return found


@pytest.fixture
def shop(stage: Stage) -> Stage:
    """Twelve orders of four days, of which one is paid and two stand at another level than those of their day."""
    stage.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    stage.orders(
        *(order(f"1000123{at:02}", "20.00", ordered_on=TODAY - timedelta(days=3 * (at % 4))) for at in range(12))
    )
    stage.pays(Paid(2000, "Bestellung 100012300", on=TODAY))
    switch_on(stage.merchant, levels=levels(6, 6))
    for number in ("100012305", "100012306"):
        skip_next(stage.merchant, stage.item(number).pk, 1, by="b", at=stage.now)
    return stage


def test_the_steps_of_each_day_are_those_of_its_items(shop: Stage) -> None:
    steps = item_by_item(shop.merchant.pk)
    ahead = Ahead(shop.merchant.pk, today=TODAY, last=LAST)
    assert ahead.counts == Counter(on for on, *_ in steps)
    assert len({one[1] for one in steps}) == 11  # not the one that is paid
    assert {one[2] for one in steps if one[3]} == {1, 2}
    assert ahead.first_day == min(on for on, *_ in steps)
    for day in ahead.counts:
        found = [(one.step.on, one.item, one.step.level, is_next) for one, is_next in ahead.on(day, 0, 99)]
        assert found == sorted(one for one in steps if one[0] == day), day


def test_a_day_is_read_in_parts(shop: Stage) -> None:
    ahead = Ahead(shop.merchant.pk, today=TODAY, last=LAST)
    [(day, count)] = ahead.counts.most_common(1)
    assert count > 2
    parts = [one.item for first in range(0, count, 2) for one, _ in ahead.on(day, first, first + 2)]
    assert parts == [one.item for one, _ in ahead.on(day, 0, count)]
    assert ahead.on(day, count, count + 2) == ahead.on(LAST + timedelta(days=1), 0, 9) == []


def test_where_nobody_is_asked_nothing_comes(stage: Stage) -> None:
    stage.orders(order("100012300", "20.00"))
    ahead = Ahead(stage.merchant.pk, today=TODAY, last=LAST)
    assert (ahead.counts, ahead.first_day, ahead.on(TODAY, 0, 9)) == (Counter(), None, [])
