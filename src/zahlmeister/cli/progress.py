"""A progress bar on a terminal, and nothing where the output goes to a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

Bar = Callable[[int, int | None], None]


@contextmanager
def progress(title: str) -> Iterator[Bar]:
    """Show how far something has come, on the error stream.

    Yields a function to call with how many are done and how many there are in all (None while unknown).
    """
    with stages(title) as (bar,):
        yield bar


@contextmanager
def stages(*titles: str) -> Iterator[tuple[Bar, ...]]:
    """Several bars below each other, one per stage of a longer job."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield tuple(_nothing for _ in titles)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as shown:
        yield tuple(_bar(shown, shown.add_task(title, total=None)) for title in titles)


def show(table: Table) -> None:
    """Print a summary: as wide as the terminal, or wide enough for its headings where the output goes to a file."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table)


def _bar(shown: Progress, task: TaskID) -> Bar:
    return lambda done, total: shown.update(task, completed=done, total=total)


def _nothing(done: int, total: int | None) -> None:
    del done, total
