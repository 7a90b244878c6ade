"""A line between two parts of the house that can be cut: with an error, or without a word.

With several addresses at its other end it is what stands before several offices: who does not answer is passed over.
"""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BYTES = 1 << 16
#: Closing a socket with this says “reset” instead of “goodbye”.
_RESET = struct.pack("ii", 1, 0)

Address = tuple[str, int]


@dataclass(slots=True)
class Line:
    """Hands on what comes, both ways, until it is cut."""

    to: Sequence[Address]
    at: Address
    open: threading.Event = field(default_factory=threading.Event)
    is_torn: bool = False
    turn: int = 0
    ends: set[socket.socket] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tear(self) -> None:
        """Every conversation ends with an error, and nobody gets through until the line is mended."""
        self.is_torn = True
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            _hang_up(end)

    def silence(self) -> None:
        """Nothing gets through, and nobody is told."""
        self.open.clear()

    def mend(self) -> None:
        self.is_torn = False
        self.open.set()

    def answer(self, caller: socket.socket) -> None:
        """Put a caller through."""
        try:
            self.open.wait()
            there = self._somebody()
        except OSError:
            _hang_up(caller)
            return
        there.settimeout(None)
        with self.lock:
            self.ends |= {caller, there}
        back = threading.Thread(target=self._hand_on, args=(there, caller), daemon=True)
        back.start()
        self._hand_on(caller, there)
        back.join()
        with self.lock:
            self.ends -= {caller, there}
        for end in (caller, there):
            _hang_up(end)

    def _somebody(self) -> socket.socket:
        """Whoever answers first, beginning with another one each time.

        Raises:
            OSError: nobody does, or the line is torn.
        """
        if self.is_torn:
            raise OSError
        self.turn += 1
        first = self.turn % len(self.to)
        *others, last = [*self.to[first:], *self.to[:first]]
        for address in others:
            with suppress(OSError):
                return socket.create_connection(address, timeout=2)
        return socket.create_connection(last, timeout=10)

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while said := one.recv(_BYTES):
                self.open.wait()
                other.sendall(said)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (one, other):
                _wake(end)


@contextmanager
def line(*to: Address, host: str = "127.0.0.1", port: int = 0) -> Iterator[Line]:
    """A line to an address, or to one of several, which answers on a port of `host`, a free one if none is said."""
    with socket.create_server((host, port), backlog=64) as door:
        made = Line(to, (host, int(door.getsockname()[1])))
        made.open.set()

        def wait_for_callers() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = door.accept()
                    threading.Thread(target=made.answer, args=(caller,), daemon=True).start()

        threading.Thread(target=wait_for_callers, daemon=True).start()
        try:
            yield made
        finally:
            made.tear()
            made.open.set()


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    _wake(end)
    end.close()


def _wake(end: socket.socket) -> None:
    """Whoever waits for words at this end waits no longer."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
