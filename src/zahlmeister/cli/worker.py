"""`zahlmeister worker`: fetches statements, reads them, and delivers what has to be told, for as long as it runs."""

import signal
import time
from collections.abc import Callable, Collection
from functools import partial
from types import FrameType

import click

from zahlmeister.cli.duties import Duty, turns_of
from zahlmeister.cli.house import now, open_house
from zahlmeister.cli.turns import SOON, Turn, Turns

_DUTY = click.Choice([str(duty) for duty in Duty])


class _Stopped(BaseException):
    """Somebody asked the worker to stop."""


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due and stop, instead of waiting for more.")
@click.option("--only", type=_DUTY, multiple=True, help="Do only this; several times if needed. Otherwise everything.")
@click.option("--without", type=_DUTY, multiple=True, help="Do everything but this; several times if needed.")
def worker(*, once: bool, only: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Fetch statements from connected places, and read them and those handed in.

    Any number of workers may run, on any number of machines.

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
        _work(duties, once=once)
    except _Stopped:
        click.echo("The worker has stopped.", err=True)


def _work(duties: Collection[Duty], *, once: bool) -> None:
    from zahlmeister.banking.claim import LeaseLost
    from zahlmeister.banking.connections import TakenOver
    from zahlmeister.dunning.runs import RunLost
    from zahlmeister.flows.sweep_keys import Sweeper

    sweeper, taken_over = Sweeper(), (LeaseLost, RunLost, TakenOver)
    due = Turns([_turn(take, rest) for take, rest in turns_of(duties)], time.monotonic, taken_over)
    tidying = [Turn(lambda: sweeper.step() or None)] if Duty.BANK in duties else []
    otherwise = Turns(tidying, time.monotonic)
    if once:
        while due.once() or otherwise.once():
            pass
        return
    while True:
        if not (due.round() or otherwise.round()):
            time.sleep(SOON)


def _turn(take: Callable[..., object], rest: float) -> Turn:
    return Turn(partial(_taken, take), rest)


def _taken(take: Callable[..., object]) -> object:
    from django.db import close_old_connections

    close_old_connections()  # one that broke in the turn before is opened anew
    return take(clock=now)


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise _Stopped
