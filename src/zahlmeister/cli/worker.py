"""`zahlmeister worker`: fetches statements, reads them, and delivers what has to be told, for as long as it runs."""

import signal
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

import click

from zahlmeister.cli.house import now, open_house
from zahlmeister.cli.turns import NOW_AND_THEN, SOON, Turn, Turns


class _Stopped(BaseException):
    """Somebody asked the worker to stop."""


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due and stop, instead of waiting for more.")
def worker(*, once: bool) -> None:
    """Fetch statements from connected places, and read them and those handed in.

    Any number of workers may run, on any number of machines.

    A worker can be stopped or killed at any moment: what it had read is kept, and the next one goes on behind it.
    """
    open_house()
    from zahlmeister.flows.many_rows import expect_many_rows

    expect_many_rows()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        _work(once=once)
    except _Stopped:
        click.echo("The worker has stopped.", err=True)


def _work(*, once: bool) -> None:
    from zahlmeister.banking.claim import LeaseLost
    from zahlmeister.dunning.runs import RunLost
    from zahlmeister.flows.sweep_keys import Sweeper

    sweeper, taken_over = Sweeper(), (LeaseLost, RunLost)
    due = Turns(_turns(), time.monotonic, taken_over)
    otherwise = Turns([Turn(lambda: sweeper.step() or None)], time.monotonic)
    if once:
        while due.once() or otherwise.once():
            pass
        return
    while True:
        if not (due.round() or otherwise.round()):
            time.sleep(SOON)


def _turns() -> list[Turn]:
    """What a worker does by turns."""
    from zahlmeister.flows import collect_refunds, follow_payouts, follow_refunds
    from zahlmeister.flows.check_nightly import check_next
    from zahlmeister.flows.confirm_account import line_up_left_out
    from zahlmeister.flows.deliver_outbox import deliver_next
    from zahlmeister.flows.execute_refunds import execute_next
    from zahlmeister.flows.fetch_statements import fetch_next
    from zahlmeister.flows.follow_cases import follow_cases
    from zahlmeister.flows.give_back import give_back_next
    from zahlmeister.flows.hand_over import hand_over_next
    from zahlmeister.flows.hear_agency import hear_next
    from zahlmeister.flows.invoice_month import invoice_next, owe_next
    from zahlmeister.flows.net_refunds import net_next
    from zahlmeister.flows.pay_out import pay_out_next
    from zahlmeister.flows.read_bounces import read_folder, read_mailbox
    from zahlmeister.flows.read_shop_orders import read_next
    from zahlmeister.flows.receive_statement import receive_next
    from zahlmeister.flows.return_payment import return_next
    from zahlmeister.flows.run_dunning import run_next
    from zahlmeister.flows.settle_invoice import settle_next
    from zahlmeister.flows.start_account import settle_started
    from zahlmeister.flows.take_agency_payout import take_next

    awaited = fetch_next, read_next, receive_next, line_up_left_out, settle_started, deliver_next
    refunding = follow_refunds.follow_next, execute_next
    charging = invoice_next, owe_next, settle_next
    paying_out = return_next, check_next, pay_out_next, follow_payouts.follow_next, give_back_next
    collecting = collect_refunds.follow_next, net_next, hand_over_next, follow_cases, hear_next, take_next
    hearing = read_folder, read_mailbox
    return [
        *[_turn(take, SOON) for take in (*awaited, *refunding)],
        *[_turn(take, NOW_AND_THEN) for take in (run_next, *charging, *paying_out, *collecting, *hearing)],
    ]


def _turn(take: Callable[..., object], rest: float) -> Turn:
    return Turn(partial(_taken, take), rest)


def _taken(take: Callable[..., object]) -> object:
    from django.db import close_old_connections

    close_old_connections()  # one that broke in the turn before is opened anew
    return take(clock=now)


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise _Stopped
