"""The columns of DATEV files in their order, from the tables beside this module.

Each has its name, whether it is quoted, and how much it takes. Source: the header lines and rows of DATEV's own samples
of 2024 (booking batch version 13 with 125 columns, debtors and creditors version 5 with 254), and of a file of version
9, which has the first 120 of these columns, some under other names.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: A booking batch of version 9 ends behind this many columns.
COLUMNS_OF_9 = 120


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `place` counts from zero, `longest` is the number of signs of a text, 0 where it is not known.

    `name_in_9` is what it is called in version 9.
    """

    place: int
    name: str
    kind: str
    longest: int
    name_in_9: str


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of “bookings” or “debtors”."""
    text = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    return tuple(
        Column(
            place,
            row["name"],
            row["kind"],
            int(row["limit"]) if row["limit"].isdigit() else 0,
            row.get("in_9") or row["name"],
        )
        for place, row in enumerate(rows)
    )


@cache
def by_name(table: str) -> dict[str, Column]:
    """The same by name; of columns that share one (*Leerfeld*), the first."""
    found: dict[str, Column] = {}
    for column in columns(table):
        found.setdefault(column.name, column)
    return found


@cache
def empty_row(table: str) -> tuple[str, ...]:
    """A row with nothing in it: texts are empty quotes, everything else is empty."""
    return tuple('""' if column.kind == "text" else "" for column in columns(table))
