"""A worker's turns over all merchants: until nothing is due any more, and then once more, when nothing is."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from benchmarks.end_to_end.place import cpu_seconds
from benchmarks.many_merchants.fill import clock

_IDLE_ROUNDS, _LOOK_UPS = 5, 200


@dataclass(slots=True)
class Took:
    """One turn: how often something was due, what all of it took, and what finding nothing takes; in CPU seconds."""

    turn: str
    done: int
    cpu: float
    idle: float = 0
    trouble: str = ""


def work_off() -> list[Took]:
    """Take each turn until it finds nothing, then all of them some rounds more."""
    from zahlmeister.cli.duties import Duty, turns_of

    takes = [take for take, _rest in turns_of(list(Duty))]
    took = [_until_nothing(take) for take in takes]
    for take, one in zip(takes, took, strict=True):
        begin = cpu_seconds()
        for _ in range(_IDLE_ROUNDS):
            _tried(take, one)
        one.idle = (cpu_seconds() - begin) / _IDLE_ROUNDS
    return took


def _until_nothing(take: Callable[..., object]) -> Took:
    begin = cpu_seconds()
    one = Took(f"{take.__module__.removeprefix('zahlmeister.flows.')}.{take.__name__}", 0, 0)
    while _tried(take, one) and not one.trouble:
        one.done += 1
    one.cpu = cpu_seconds() - begin
    return one


def _tried(take: Callable[..., object], one: Took) -> bool:
    try:
        return take(clock=clock) is not None
    except Exception as trouble:  # noqa: BLE001 - told beside the turn, and the others go on
        one.trouble = f"{type(trouble).__name__}: {trouble}"[:100]
        return False


def look_ups(merchants: int) -> dict[str, float]:
    """Seconds the door of one cell looks for whose a request is: for some that it knows, and some that it does not."""
    from zahlmeister.cells.door import cell_of

    some = range(0, merchants, max(1, merchants // _LOOK_UPS))
    form = "application/x-www-form-urlencoded"
    asked = {
        "customers' centre": [{"PATH_INFO": f"/centre/merchant-{number}/"} for number in some],
        "sign-in": [_posted("/sign-in/", form, username=f"owner{number}@many.example") for number in some],
        "program's key, unknown": [
            {"PATH_INFO": "/api/v1/orders", "HTTP_AUTHORIZATION": f"Bearer unknown-{number}"} for number in some
        ],
    }
    return {what: median(_seconds(cell_of, one) for one in requests) for what, requests in asked.items()}


def back_up() -> tuple[float, float, int]:
    """Copy the house as every night: processor seconds of the copy, of its proof (SQLite), and bytes of the copy."""
    from django.db import connection

    with TemporaryDirectory(prefix="zahlmeister-copy-") as folder:
        begin = cpu_seconds()
        _command("backup", folder)
        copied = cpu_seconds() - begin
        if connection.vendor == "sqlite":
            _command("prove-backup", str(next(Path(folder).iterdir())))
        proven = cpu_seconds() - begin - copied
        return copied, proven, sum(each.stat().st_size for each in Path(folder).rglob("*") if each.is_file())


def _command(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "zahlmeister", *words], check=True, stdout=subprocess.DEVNULL)


def _posted(path: str, kind: str, **fields: str) -> dict[str, object]:
    body = urlencode(fields).encode()
    told = {"PATH_INFO": path, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
    return {**told, "wsgi.input": BytesIO(body)}


def _seconds(work: Callable[..., object], about: object) -> float:
    begin = time.perf_counter()
    work(about)
    return time.perf_counter() - begin
