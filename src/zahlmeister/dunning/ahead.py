"""What will be asked of whom in the days to come if nothing is paid; nothing is written."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice

from zahlmeister.dunning.forecast import Coming, Standing, alike, situation, standings
from zahlmeister.dunning.plan import Step, steps_until, working_day
from zahlmeister.dunning.policies import InForce, Policies


class Ahead:
    """The days from today to `last`. Items that stand alike are reckoned once: there are many items and few ways.

    `counts` says how many steps come on each day.
    """

    def __init__(self, merchant_id: int, *, today: date, last: date) -> None:
        self.counts: Counter[date] = Counter()
        self._merchant_id, self._policies = merchant_id, Policies(merchant_id)
        self._steps: dict[tuple[object, ...], tuple[date, InForce, list[Step]]] = {}
        for row, count in alike(merchant_id, self._policies):
            found = situation(row, self._policies)
            if found is None:
                continue
            in_force, where = found
            steps = list(steps_until(last, where, in_force.policy, working_day(row.country), today=today))
            self._steps[row[1:]] = row.opened_on, in_force, steps
            for step in steps:
                self.counts[step.on] += count

    @property
    def first_day(self) -> date | None:
        """The first day on which something comes."""
        return min(self.counts, default=None)

    def on(self, day: date, first: int, until: int) -> list[tuple[Coming, bool]]:
        """Of the steps of a day those from `first` to before `until`, and of each whether it is its item's next."""
        return list(islice(self._on(day), first, until))

    def _on(self, day: date) -> Iterator[tuple[Coming, bool]]:
        opened_on = {first for first, _, steps in self._steps.values() if any(one.on == day for one in steps)}
        after = 0
        while opened_on and (rows := standings(self._merchant_id, self._policies, after, opened_on)):
            for row in rows:
                yield from self._steps_of(row, day)
            after = rows[-1].item

    def _steps_of(self, row: Standing, day: date) -> Iterator[tuple[Coming, bool]]:
        if row[1:] not in self._steps:  # it came, or moved on, between the two questions
            return
        _, in_force, steps = self._steps[row[1:]]
        for place, step in enumerate(steps):
            if step.on == day:
                yield Coming(row.item, step, in_force), place == 0
