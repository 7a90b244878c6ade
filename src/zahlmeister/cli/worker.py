"""`zahlmeister worker`: fetches statements, reads them, and delivers what has to be told, for as long as it runs."""

import signal
import time
from collections.abc import Callable, Collection
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import click

from zahlmeister.cli.duties import READING, Duty, turns_of
from zahlmeister.cli.house import now, open_house
from zahlmeister.cli.turns import SOON, Turn, Turns

if TYPE_CHECKING:
    from zahlmeister.flows.sweep_keys import Sweeper
    from zahlmeister.outbox.hold import Hold

_DUTY = click.Choice([str(duty) for duty in Duty])


class _Stopped(BaseException):
    """Somebody asked the worker to stop."""


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due and stop, instead of waiting for more.")
@click.option("--only", type=_DUTY, multiple=True, help="Do only this; several times if needed. Otherwise everything.")
@click.option("--without", type=_DUTY, multiple=True, help="Do everything but this; several times if needed.")
@click.option("--cell", "cells", multiple=True, help="Work for the merchants of this cell only; several if needed.")
def worker(*, once: bool, only: tuple[str, ...], without: tuple[str, ...], cells: tuple[str, ...]) -> None:
    """Fetch statements from connected places, and read them and those handed in.

    Any number of workers may run, on any number of machines.

    In a house that was put back from a copy it only reads, until its operator lets it send (`send-again`).

    A worker can be stopped or killed at any moment: what it had read is kept, and the next one goes on behind it.
    """
    if only and without:
        raise click.UsageError("--only and --without exclude each other; give one of them.")
    duties = frozenset(Duty(duty) for duty in only or Duty) - {Duty(duty) for duty in without}
    open_house()
    from zahlmeister.flows.many_rows import expect_many_rows

    expect_many_rows()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        while _work(duties, cells, once=once):
            pass  # what may be done has changed
    except _Stopped:
        click.echo("The worker has stopped.", err=True)


def _work(wanted: Collection[Duty], cells: Collection[str], *, once: bool) -> bool:
    """Do what is due until stopped, until a hold is laid or lifted, or there is another cell.

    Returns:
        Whether to begin anew.
    """
    from zahlmeister.banking.claim import LeaseLost
    from zahlmeister.banking.connections import TakenOver
    from zahlmeister.dunning.runs import RunLost
    from zahlmeister.flows.sweep_keys import Sweeper

    hold, names, taken_over = _held(), _places(cells), (LeaseLost, RunLost, TakenOver)
    duties = wanted if hold is None else [duty for duty in wanted if duty in READING]
    turns = [_turn(name, take, rest) for name in names for take, rest in turns_of(duties)]
    due = Turns(turns, time.monotonic, taken_over)
    tidying = [_turn(name, _sweep(Sweeper()), SOON) for name in names if Duty.BANK in duties]
    otherwise = Turns(tidying, time.monotonic)
    if once:
        while due.once() or otherwise.once():
            pass
        return False
    while _held() == hold and _places(cells) == names:
        if not (due.round() or otherwise.round()):
            time.sleep(SOON)
    return True


def _held() -> "Hold | None":
    from django.conf import settings

    from zahlmeister.outbox.hold import held

    return held(settings.HOME)


def _places(wanted: Collection[str]) -> tuple[str, ...]:
    """The cells to work in: those that were named, otherwise every one."""
    from zahlmeister.merchants.cells import cell_names

    return tuple(name for name in cell_names() if not wanted or name in wanted)


def _turn(cell: str, take: Callable[..., object], rest: float) -> Turn:
    return Turn(partial(_taken, cell, take), rest)


def _sweep(sweeper: "Sweeper") -> Callable[..., object]:
    return lambda clock: sweeper.step() or None  # noqa: ARG005 - every turn is given the clock


def _taken(cell: str, take: Callable[..., object]) -> object:
    from django.db import close_old_connections

    from zahlmeister.merchants.cells import at_work, in_cell

    close_old_connections()  # one that broke in the turn before is opened anew
    with at_work(cell), in_cell(cell):  # also while there is one cell: this process may not know of a new one yet
        return take(clock=now)


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise _Stopped
