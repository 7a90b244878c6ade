"""How long what is kept: classes of tables, with the years of each country, from `retention.csv`.

A period begins with the end of the calendar year. A table that no class names is kept like books.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

#: Countries whose periods are known; for another the longest counts.
COUNTRIES = ("DE", "AT", "CH")


@dataclass(frozen=True, slots=True)
class Retention:
    """A class of tables: the apps they are in, the years by country, and what they hold."""

    name: str
    apps: tuple[str, ...]
    years: dict[str, int]
    what: str

    def ended_before(self, country: str, today: date) -> date:
        """Whatever is older than this day need not be kept any more."""
        years = self.years.get(country, max(self.years.values()))
        return date(today.year - years, 1, 1)


@cache
def retention_classes() -> tuple[Retention, ...]:
    """All classes, the longest first."""
    text = files(__package__).joinpath("retention.csv").read_text(encoding="utf-8")
    return tuple(
        Retention(
            row["class"],
            tuple(row["apps"].split(",")),
            {country: int(row[country]) for country in COUNTRIES},
            row["what"],
        )
        for row in csv.DictReader(text.splitlines(), delimiter=";")
    )


def retention_of(app: str) -> Retention:
    """The class of an app's tables; that of the books where none names it."""
    classes = retention_classes()
    return next((each for each in classes if app in each.apps), classes[0])
