import ast

from tests.architecture.house import modules, nodes, short

DECIDES = ("money/", "formats/", "matching/", "refusals.py")
CLOCKS = {"now", "utcnow", "today", "localdate", "localtime", "time", "time_ns", "monotonic", "perf_counter"}
CLOCK_OWNERS = {"datetime", "date", "timezone", "time", "dt"}


def test_what_decides_is_told_the_time():
    deciding = [path for path in modules() if short(path).startswith(DECIDES) or path.name == "rules.py"]
    found = [f"{short(path)}:{node.lineno}" for path in deciding for node in nodes(path) if reads_the_clock(node)]

    assert len(deciding) > 10
    assert not found, (
        f"The clock is read in {found}. What decides is a pure function: let the caller hand in `today` or `at`."
    )


def reads_the_clock(node: ast.AST) -> bool:
    """`date.today()`, `timezone.now()`, `time.time()`; and `today()` when imported by name."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id=owner) | ast.Attribute(attr=owner))):
            return name in CLOCKS and owner in CLOCK_OWNERS
        case ast.ImportFrom(module="time" | "django.utils.timezone", names=names):
            return any(alias.name in CLOCKS for alias in names)
        case _:
            return False


def test_the_check_sees_the_usual_ways_to_read_the_clock():
    ways = "date.today()", "datetime.datetime.now()", "timezone.localdate()", "time.time()", "from time import time"

    assert all(any(map(reads_the_clock, ast.walk(ast.parse(way)))) for way in ways)
    assert not any(map(reads_the_clock, ast.walk(ast.parse("entry.time(); record.today; dt.date(2026, 1, 1)"))))
