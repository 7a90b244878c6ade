"""`zahlmeister worker`: fetches statements, reads them, and delivers what has to be told, for as long as it runs."""

import logging
import signal
import time
from collections.abc import Callable
from types import FrameType

import click

from zahlmeister.cli.house import now, open_house

IDLE_SECONDS = 0.5
TROUBLED_SECONDS = 5


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
    from django.db import close_old_connections

    from zahlmeister.banking.claim import LeaseLost
    from zahlmeister.dunning.runs import RunLost
    from zahlmeister.flows.sweep_keys import Sweeper

    sweeper, turns = Sweeper(), _turns()
    while True:
        close_old_connections()
        try:
            has_worked = [turn(clock=now) for turn in turns] != [None] * len(turns)
            has_worked = has_worked or sweeper.step()
        except (LeaseLost, RunLost) as taken_over:
            click.echo(str(taken_over), err=True)
            continue
        except Exception:  # a file is marked as broken by now, or the database is away: others still want to be read
            if once:
                raise
            logging.getLogger(__name__).exception("Something due could not be done.")
            time.sleep(TROUBLED_SECONDS)
            continue
        if not has_worked:
            if once:
                return
            time.sleep(IDLE_SECONDS)


def _turns() -> tuple[Callable[..., object], ...]:
    """What a worker does by turns, each a little; None says that there was nothing to do."""
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
    from zahlmeister.flows.read_bounces import read_bounces
    from zahlmeister.flows.read_shop_orders import read_next
    from zahlmeister.flows.receive_statement import receive_next
    from zahlmeister.flows.return_payment import return_next
    from zahlmeister.flows.run_dunning import run_next
    from zahlmeister.flows.settle_invoice import settle_next
    from zahlmeister.flows.start_account import settle_started
    from zahlmeister.flows.take_agency_payout import take_next

    charging = invoice_next, owe_next, settle_next
    paying_out = check_next, pay_out_next, follow_payouts.follow_next, give_back_next
    refunding = follow_refunds.follow_next, collect_refunds.follow_next, execute_next, net_next
    collecting = hand_over_next, follow_cases, hear_next, take_next
    return (
        fetch_next,
        read_next,
        receive_next,
        line_up_left_out,
        settle_started,
        return_next,
        run_next,
        *charging,
        *paying_out,
        *refunding,
        *collecting,
        deliver_next,
        read_bounces,
    )


def _stop(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    raise _Stopped
