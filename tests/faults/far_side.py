"""The merchant's own program and his buyers' mail server: they only write down what comes, and sometimes hang up."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Call:
    """One call, with the key by which the program knows a call that comes twice."""

    key: str
    number: str
    status: str


@dataclass(slots=True)
class Program:
    """The program that is called when the money of an order changes. It takes every call; one in ten it hears twice.

    That is: it takes the call and hangs up before it answers, so that the house must call again.
    """

    roll: random.Random
    port: int = 0
    is_away: bool = False  # hears nothing
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, order: dict[str, str]) -> bool:
        """Write a call down; False when nobody is answered."""
        with self.lock:
            self.calls.append(Call(key, order["number"], order["paymentStatus"]))
            return self.roll.random() > 0.1

    @property
    def keys(self) -> set[str]:
        return {call.key for call in self.calls}

    def last_status(self) -> dict[str, str]:
        """What the program believes of each order in the end; a call that it knows already changes nothing."""
        known: set[str] = set()
        believed: dict[str, str] = {}
        for call in self.calls:
            if call.key not in known:
                known.add(call.key)
                believed[call.number] = call.status
        return believed


@contextmanager
def program(seed: int) -> Iterator[Program]:
    """A running program."""
    told = Program(random.Random(seed))

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if told.is_away or not told.take(self.headers["Idempotency-Key"], order):
                self.close_connection = True
                return
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
