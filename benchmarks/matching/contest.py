"""Zahlmeister and its peers on the same payments, each in a process of its own, so that memory can be compared."""

import gc
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.matching import keystore, splink_peer
from benchmarks.matching.peers import PEERS
from benchmarks.matching.scene import Scene, closed_of, invent, items_of, payments_of
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Item, Payment, Policy, Proposal
from zahlmeister.matching.store import MemoryStore

OURS = "Zahlmeister"
BATCH = 1_000
#: Beyond this many orders the keys are kept in a file: in memory an order costs about 4 kB.
MOST_IN_MEMORY = 200_000

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")
Match = Callable[[Sequence[Payment]], list[Proposal]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a contestant answered and what it cost. Seconds are of the processor, megabytes of the process."""

    name: str
    proposals: list[Proposal]  # for the first payments; a slow contestant does not see all
    ready_seconds: float  # to build its indexes or to train
    seconds: float
    data_mb: float  # with the data read and nothing built
    peak_mb: float

    @property
    def rate(self) -> float:
        """Payments a second."""
        return len(self.proposals) / max(self.seconds, 1e-9)


def together(runs: Sequence[Run]) -> Run:
    """The runs of one contestant on several merchants as one; of the memory the most."""
    return Run(
        runs[0].name,
        [proposal for run in runs for proposal in run.proposals],
        sum(run.ready_seconds for run in runs),
        sum(run.seconds for run in runs),
        max(run.data_mb for run in runs),
        max(run.peak_mb for run in runs),
    )


def contestants(*, with_peers: bool) -> list[str]:
    """Who takes part: Splink only where it is installed."""
    peers = [name for name in PEERS if name != splink_peer.NAME or splink_peer.is_installed()]
    return [OURS, *(peers if with_peers else ())]


def prepare(scene: Scene, folder: Path, *, is_in_file: bool) -> list[str]:
    """Invent a merchant, and write the keys where they are kept in a file; return what each cost, in words."""
    told = [alone(_costed, "invented", invent, scene, folder)]
    if is_in_file:
        told.append(alone(_costed, "keys written", _write_keys, folder, scene.orders))
    return told


def contest(folder: Path, names: Sequence[str], *, is_in_file: bool) -> list[Run]:
    """Let the contestants match the payments in this folder, one after the other."""
    return [alone(_run, name, folder, is_in_file=is_in_file) for name in names]


def alone(
    function: Callable[Asked, Answered], *arguments: Asked.args, **named: Asked.kwargs
) -> Answered:  # fmt: skip
    """Call in a fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **named).result()


def _costed(
    what: str, function: Callable[Asked, object], *arguments: Asked.args, **named: Asked.kwargs
) -> str:  # fmt: skip
    function(*arguments, **named)
    return f"{what} in {time.process_time():.1f} s of CPU, {_megabytes('VmHWM'):,.0f} MB"


def _write_keys(folder: Path, count: int) -> None:
    keystore.write(folder / "keys", items_of(folder), closed_of(folder), count)


def _run(name: str, folder: Path, *, is_in_file: bool) -> Run:
    payments = payments_of(folder)
    if name == OURS and is_in_file:
        return _timed(name, payments, _megabytes("VmRSS"), lambda: _ours_in_file(folder))
    items = list(items_of(folder))
    if name == OURS:
        items += closed_of(folder)
    build, most = (_ours, None) if name == OURS else PEERS[name]
    return _timed(name, payments[: most and most(len(items))], _megabytes("VmRSS"), lambda: build(items))


def _timed(name: str, payments: Sequence[Payment], data_mb: float, build: Callable[[], Match]) -> Run:
    gc.freeze()
    start = time.process_time()
    match = build()
    ready = time.process_time()
    gc.freeze()
    proposals = match(payments)
    end = time.process_time()
    return Run(name, proposals, ready - start, end - ready, data_mb, _megabytes("VmHWM"))


def _ours(items: Sequence[Item]) -> Match:
    store = MemoryStore(items)
    return _in_batches(Matcher(store, Policy(), store.population()))


def _ours_in_file(folder: Path) -> Match:
    store = keystore.FileStore(folder / "keys")
    return _in_batches(Matcher(store, Policy(), store.population()))


def _in_batches(matcher: Matcher) -> Match:
    def match(payments: Sequence[Payment]) -> list[Proposal]:
        starts = range(0, len(payments), BATCH)
        return [one for start in starts for one in matcher.propose(payments[start : start + BATCH])]

    return match


def _megabytes(which: str) -> float:
    """What Linux says about this process: VmRSS now, VmHWM at most."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    return 0.0
