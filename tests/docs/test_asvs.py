"""`docs/security/asvs.md` has a row for every point of OWASP's list, and what it calls kept names what shows it."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security" / "asvs.md"
#: The points of levels 1 and 2 of version 5.0.0: sections, each with its first and last point in a row.
POINTS = """
    1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2
    2.1.1-3 2.2.1-3 2.3.1-4 2.4.1
    3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2
    4.1.1-3 4.2.1 4.3.1-2 4.4.1-4
    5.1.1 5.2.1-3 5.3.1-2 5.4.1-3
    6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4
    7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2
    8.1.1-2 8.2.1-3 8.3.1 8.4.1
    9.1.1-3 9.2.1-4
    10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2 10.7.1-3
    11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1
    12.1.1-3 12.2.1-2 12.3.1-4
    13.1.1 13.2.1-5 13.3.1-2 13.4.1-5
    14.1.1-2 14.2.1-4 14.3.1-3
    15.1.1-3 15.2.1-3 15.3.1-7
    16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3
    17.1.1 17.2.1-4 17.3.1-2
"""
STATES = ("kept", "not applicable", "open")
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Row:
    """What the page says of one point."""

    point: str
    about: str
    state: str
    why: str
    shown_by: tuple[str, ...]  # files, or tests as `file::test`


def points() -> list[str]:
    """Every point of the list, in its order."""
    found = []
    for text in POINTS.split():
        section, _, numbers = text.rpartition(".")
        first, _, last = numbers.partition("-")
        found += [f"V{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def rows() -> list[Row]:
    lines = re.findall(r"^\| (V\d.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = [line.split(" | ") for line in lines]
    return [Row(point, about, state, why, tuple(re.findall(r"`([^`]+)`", by))) for point, about, state, why, by in told]


def missing(shown_by: str) -> str:
    """What of this is not there; empty when all is."""
    file, _, test = shown_by.partition("::")
    if not (ROOT / file).is_file():
        return file
    return "" if not test or test in names_in(file) else shown_by


@cache
def names_in(file: str) -> frozenset[str]:
    body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_every_point_has_its_row_once_and_in_order() -> None:
    assert len(points()) == 253
    assert [row.point for row in rows()] == points()


def test_every_row_says_how_it_stands_and_why() -> None:
    assert [row.point for row in rows() if row.state not in STATES] == []
    assert [row.point for row in rows() if not 0 < len(row.about.split()) <= MOST_WORDS] == []
    assert [row.point for row in rows() if not re.fullmatch(r"\S.*\.", row.why)] == []


def test_what_is_kept_names_what_shows_it_and_nothing_else_does() -> None:
    assert [row.point for row in rows() if bool(row.shown_by) != (row.state == "kept")] == []


def test_what_is_kept_is_shown_by_what_is_there() -> None:
    gone = [f"{row.point}: {missing(one)}" for row in rows() for one in row.shown_by if missing(one)]
    assert not gone, "docs/security/asvs.md names what is not there; name what shows it now, or call the point open."


def test_the_check_sees_what_is_not_there() -> None:
    here = "tests/docs/test_asvs.py"
    assert not missing(here)
    assert not missing(f"{here}::test_the_check_sees_what_is_not_there")
    assert missing("tests/docs/test_nothing.py")
    assert missing(f"{here}::missing")  # a function that is no test


def test_the_page_counts_right() -> None:
    states = Counter(row.state for row in rows())
    by_test = sum(any("::" in one for one in row.shown_by) for row in rows())
    page = PAGE.read_text(encoding="utf-8")
    told = f"{states['kept']} are kept, {states['not applicable']} are not applicable, and {states['open']} are open."
    assert f"Of {len(rows())} points {told}" in page
    assert f"For {by_test} of them that is a test" in page
