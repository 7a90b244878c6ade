"""`zahlmeister serve`: the office and a worker, in one command."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from zahlmeister.cli.house import open_house


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Pages answered at a time.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Whether a worker runs beside the office.")
def serve(host: str, port: int, threads: int, *, with_worker: bool) -> None:
    """Serve the office, with a worker beside it that reads the statements handed in."""
    refuse_taken(host, port)
    open_house(migrate=True)
    run(host, port, threads, with_worker=with_worker)


def run(host: str, port: int, threads: int, *, with_worker: bool = True) -> None:
    """Serve until stopped; the database is open already."""
    import waitress
    from django.conf import settings

    from zahlmeister.cli.doors import guard
    from zahlmeister.merchants.stolen import trouble_with_list

    if trouble := trouble_with_list():  # people work on; only new passwords are refused
        click.echo(trouble, err=True)
    listening: dict[int, Any] = {}
    told = {"host": host, "port": port, "threads": threads, **trusted()}
    try:
        server = waitress.create_server(office(), map=listening, **told)
    except OSError as error:
        raise click.ClickException(f"Port {port} on {host} cannot be used: {error.strerror}. Try --port.") from error
    guard(listening)
    signal.signal(signal.SIGTERM, _leave)
    with _worker() if with_worker else _nobody():
        click.echo(f"The data is in {settings.HOME}")
        click.echo(f"The office is open at http://{host}:{port}/  (Ctrl-C closes it)")
        server.run()


def office() -> Callable[..., Any]:
    """The office, as servers call it; with several cells it is entered by way of the right one."""
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    from zahlmeister.cells.door import Door  # what it asks has tables

    return Door(application)


def refuse_taken(host: str, port: int) -> None:
    """Say at once that a port is taken, before anything that takes its time.

    Raises:
        click.ClickException: somebody else listens there.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} cannot be used: {error.strerror}. Try --port."
            ) from error


def trusted() -> dict[str, Any]:
    """Whom to believe that a page was asked for over HTTPS: the proxy named by the operator, and nobody else."""
    proxy = os.environ.get("ZAHLMEISTER_PROXY")
    if not proxy:
        return {}
    headers = {"x-forwarded-proto", "x-forwarded-for", "x-forwarded-host"}
    return {"trusted_proxy": proxy, "trusted_proxy_count": 1, "trusted_proxy_headers": headers}


def _leave(signum: int, frame: FrameType | None) -> None:
    """Asked to stop, close in good order, the worker too."""
    del signum, frame
    raise SystemExit(0)


@contextmanager
def _worker() -> Iterator[None]:
    """A worker in a process of its own, so that reading never slows down a page."""
    process = subprocess.Popen([sys.executable, "-m", "zahlmeister", "worker"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def _nobody() -> Iterator[None]:
    yield
