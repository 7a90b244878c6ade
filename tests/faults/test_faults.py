"""Whatever fails at whatever moment: nothing acknowledged is lost, and nothing is there twice."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.hosts import lacking
from tests.faults.life import live
from tests.faults.line import line
from tests.faults.places import PLACES

ASKED_FOR = pytest.mark.skipif(not os.environ.get("ZAHLMEISTER_FAULTS"), reason="ZAHLMEISTER_FAULTS=1 plays the faults")


@pytest.mark.slow
@pytest.mark.parametrize("on", ["sqlite", *(pytest.param(on, marks=ASKED_FOR) for on in PLACES if on != "sqlite")])
def test_whatever_fails_at_random_nothing_is_lost_or_doubled(tmp_path: Path, on: str) -> None:
    if on == "hosts" and (lacks := lacking()):
        pytest.skip(f"for several hosts this machine lacks {', '.join(lacks)}")
    lived = live(tmp_path, faults=8, seed=20261122, on=on)
    assert lived.wrong == ()
    assert lived.payments == lived.orders // 20 * 19 > 0
    assert lived.calls >= lived.payments
    assert {"kill", "freeze", "tear", "silence", "mistime"} <= set(lived.faults)
    if on != "hosts":  # there are more than eight kinds
        assert lived.faults["halt"] == 1
        assert lived.alarms


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Somebody who says again what is said."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = door.accept()
                    with caller, suppress(OSError):  # some have hung up
                        caller.sendall(caller.recv(100))

        threading.Thread(target=listen, daemon=True).start()
        yield door.getsockname()


def said_over(at: tuple[str, int], patience: float = 30) -> bytes:
    """The answer; nothing when somebody has hung up."""
    with suppress(ConnectionError), socket.create_connection(at, timeout=patience) as caller:
        caller.sendall(b"hello")
        return caller.recv(100)
    return b""


def test_a_line_hands_on_until_it_is_torn_or_silent_and_again_when_it_is_mended(echo: tuple[str, int]) -> None:
    with line(("127.0.0.1", 1), echo) as between:  # nobody is at the first address
        assert said_over(between.at) == b"hello"
        between.tear()
        assert said_over(between.at) == b""
        between.mend()
        between.silence()
        with pytest.raises(TimeoutError):
            said_over(between.at, patience=0.5)
        between.mend()
        assert said_over(between.at) == b"hello"
