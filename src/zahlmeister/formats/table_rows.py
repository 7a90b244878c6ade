"""The rows of a CSV as banks write it: cells that run over lines, and quotes that nobody closes."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

#: A booking text never runs over more lines; what does is a quote that was never closed.
MOST_LINES = 60
#: What may stand between cells.
DELIMITERS = ";,\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; `line` is where it begins in the file, the first line being 1."""

    line: int
    cells: list[str]


def rows(lines: Iterator[str], delimiter: str, *, first: int) -> Iterator[Row]:
    """The rows that stand in these lines; empty ones are passed over.

    Args:
        lines: without their ends.
        delimiter: one character.
        first: the number of the first line.

    Raises:
        csv.Error: a cell is longer than any text.
    """
    ahead: deque[str] = deque()
    number = first
    while (line := _next(ahead, lines)) is not None:
        text, taken = line, [line]
        while text.count('"') % 2 and len(taken) < MOST_LINES and (more := _next(ahead, lines)) is not None:
            taken.append(more)
            text += "\n" + more
        if text.count('"') % 2:  # never closed: the quote belongs to the text, and the lines below are rows
            ahead.extendleft(reversed(taken[1:]))
            taken = taken[:1]
            cells = split(line, delimiter)
        else:
            cells = _cells(text.splitlines(keepends=True), delimiter)
        if any(cell.strip() for cell in cells):
            yield Row(number, cells)
        number += len(taken)


def split(line: str, delimiter: str) -> list[str]:
    """The cells of one line alone; a quote that is not closed in it belongs to the text."""
    if line.count('"') % 2 == 0:
        return _cells([line], delimiter)
    bare = next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
    return [cell.strip().strip('"') for cell in bare]


def _cells(lines: list[str], delimiter: str) -> list[str]:
    """One row; banks put blanks before quotes."""
    return next(csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])


def _next(ahead: deque[str], lines: Iterator[str]) -> str | None:
    return ahead.popleft() if ahead else next(lines, None)
