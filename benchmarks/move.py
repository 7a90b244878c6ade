"""How long a large merchant moves to another database, and what he and another merchant notice of it.

    python -m benchmarks.move                                # 100,000 orders, 20,000 payments; SQLite
    python scripts/with_postgresql.py python -m benchmarks.move
    python -m benchmarks.move --orders 2000 --payments 500

Over real HTTP four programs call the office at a fixed rate, two of the merchant who moves and two of another one at
home: one reads an order, one hands an order in. A call counts from when it was due. The move is the command, as a
process of its own; a worker works for both databases meanwhile. In the end the orders that were acknowledged are
counted where they have to be.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import httpx

from benchmarks.end_to_end.place import Place, cpu_seconds, database, run_sql, server
from benchmarks.load import house
from benchmarks.load.clients import order

#: Seconds between two calls of a program, and how many keys it calls with in turn, because each may call so often only.
EVERY, KEYS = 0.2, 8
#: Seconds of calls before the move and after it.
BEFORE, AFTER = 10, 10
#: A line of the office's log that names an exception.
_TROUBLE = re.compile(r"  \| [\w.]+(Error|Exception|DoesNotExist)\b")
#: What is answered to whoever may do it, and to whoever moves.
_TOLD = (200, 503)
_SCOPES = ("orders:read", "orders:write")
_MOVES, _STAYS = "volume", "neighbour"


@dataclass(slots=True)
class Program:
    """One that calls: of each call when it was due, how long its answer took from then on, and what was said."""

    name: str
    calls: list[tuple[float, float, int]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # numbers of acknowledged orders

    def told(self, begin: float, end: float) -> str:
        """What it noticed between two moments."""
        those = [call for call in self.calls if begin <= call[0] < end]
        slow = sorted(seconds for _due, seconds, _said in those)
        refused = [due for due, _seconds, said in those if said != 200]
        said = ", ".join(f"{what} × {many}" for what, many in sorted(Counter(call[2] for call in those).items()))
        away = f"; refused for {refused[-1] - refused[0] + EVERY:.1f} s" if refused else ""
        if not slow:
            return "no call"
        return f"{said}{away}; ms: p50 {1000 * slow[len(slow) // 2]:,.0f}, most {1000 * slow[-1]:,.0f}"


def main() -> None:
    """Prepare, call, move, count, print."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.settings")
    with tempfile.TemporaryDirectory(prefix="zahlmeister-move-") as thrown_away:
        folder = Path(options.keep or thrown_away).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        sizes = ["--orders", str(options.orders), "--payments", str(options.payments)]
        command = [sys.executable, "-m", "benchmarks.end_to_end", *sizes, "--prepare", "--keep", str(folder)]
        subprocess.run(command, cwd=house.ROOT, check=True)
        place = Place(folder, options.orders, options.payments, 1)
        with place.fresh_copy() as home:
            sys.exit(bool(_run(place, home)))


def _run(place: Place, home: Path) -> list[str]:
    begun = time.monotonic()
    _read_statement(place.statement)
    keys = {slug: _keys(slug) for slug in (_MOVES, _STAYS)}
    _command("cells", "add", "two", _second(home))
    print(f"prepared in {time.monotonic() - begun:.0f} s", flush=True)
    port = house.free_port()
    base = f"http://127.0.0.1:{port}"
    with house.processes() as there:
        there.start("office", "zahlmeister", "serve", "--no-worker", "--port", str(port), home=home)
        there.start("worker", "zahlmeister", "worker", home=home)
        house.wait_for(base)
        time.sleep(5)
        programs, (begin, end), said = _calling(base, keys, lambda: _command("move-merchant", _MOVES, "two"))
    print(f"{'PostgreSQL' if server() else 'SQLite'}, {os.cpu_count()} cores: {end - begin:.1f} s in all\n{said}")
    for each in programs:
        for when, span in (("before", (0.0, begin)), ("meanwhile", (begin, end)), ("afterwards", (end, end + 1e9))):
            print(f"  {each.name:18} {when:10} {each.told(*span)}")
    wrong = [*_wrong(programs), *_refused_without_a_sentence(programs, home / "office.log")]
    for each in wrong:
        print(f"WRONG  {each}")
    return wrong


def _calling(
    base: str, keys: dict[str, list[str]], move: Callable[[], str]
) -> tuple[list[Program], tuple[float, float], str]:
    """Let the programs call before, while and after somebody moves."""
    over, programs, threads = threading.Event(), [], []
    for slug in (_MOVES, _STAYS):
        for what, call in (("reads", _reads), ("writes", _writes)):
            programs.append(Program(f"{slug} {what}"))
            threads.append(threading.Thread(target=_calls, args=(base, keys[slug], call, programs[-1], over)))
    for thread in threads:
        thread.start()
    try:
        time.sleep(BEFORE)
        begin, cpu = time.monotonic(), cpu_seconds()
        said = f"{move()} It took {cpu_seconds() - cpu:.1f} s of processor time."
        end = time.monotonic()
        time.sleep(AFTER)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return programs, (begin, end), said


Call = Callable[[httpx.Client, dict[str, str], str], httpx.Response]


def _calls(base: str, keys: list[str], call: Call, program: Program, over: threading.Event) -> None:
    with httpx.Client(base_url=base, timeout=600, trust_env=False) as http:
        begun = time.monotonic()
        for turn in count():
            due = begun + turn * EVERY
            if over.wait(max(0.0, due - time.monotonic())):
                return
            number = f"{program.name.replace(' ', '-')}-{turn}"
            answer = call(http, {"Authorization": f"Bearer {keys[turn % KEYS]}"}, number)
            program.calls.append((due, time.monotonic() - due, answer.status_code))
            if answer.request.method == "POST" and answer.status_code == 200:
                program.taken.append(number)


def _reads(http: httpx.Client, headers: dict[str, str], number: str) -> httpx.Response:
    del number
    return http.get("/api/v1/orders", params={"limit": 5}, headers=headers)


def _writes(http: httpx.Client, headers: dict[str, str], number: str) -> httpx.Response:
    content = order(number, f"{datetime.now(UTC):%Y-%m-%d}")
    return http.post("/api/v1/orders", json=content, headers={**headers, "Idempotency-Key": number})


def _read_statement(statement: Path) -> None:
    from zahlmeister.flows.hand_in_statement import hand_in_statement
    from zahlmeister.flows.receive_statement import receive_next
    from zahlmeister.merchants.models import Merchant

    with statement.open("rb") as file:
        now = datetime.combine(date(2026, 11, 20), datetime.min.time(), UTC)
        hand_in_statement(Merchant.objects.get(slug=_MOVES), file, statement.name, by="benchmark", at=now)
    while receive_next(clock=lambda: datetime.now(UTC)) is not None:
        pass


def _keys(slug: str) -> list[str]:
    from zahlmeister.flows.let_program_in import WantedKey, make_program_key
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.orders.record import shop_called

    merchant, is_new = Merchant.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    if is_new:
        shop_called(merchant.pk, "Shop")
    now = datetime.now(UTC)
    return [make_program_key(merchant, WantedKey(f"{n}", _SCOPES), by="benchmark", at=now) for n in range(KEYS)]


def _second(home: Path) -> str:
    """The address of an empty database."""
    if not server():
        return f"sqlite:{home / 'two.sqlite3'}"
    run_sql('DROP DATABASE IF EXISTS "two" WITH (FORCE)')
    run_sql('CREATE DATABASE "two"')
    return database("two")


def _command(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "zahlmeister", *words], cwd=house.ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return done.stdout.strip()


def _wrong(programs: list[Program]) -> list[str]:
    """What does not add up where it has to be."""
    from zahlmeister.flows.check_books import check_books
    from zahlmeister.merchants.cells import in_cell
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.orders.models import Order

    found = []
    for slug, cell in ((_MOVES, "two"), (_STAYS, "home")):
        with in_cell(cell):
            merchant = Merchant.objects.get(slug=slug)
            there = Counter(Order.objects.filter(merchant=merchant).values_list("number", flat=True))
            found += map(str, check_books(merchant))
        for program in programs:
            if program.name == f"{slug} writes":
                found += [f"{number} is there {there[number]} times" for number in program.taken if there[number] != 1]
    return found


def _refused_without_a_sentence(programs: list[Program], log: Path) -> list[str]:
    """Whoever cannot write is told so (503); any other refusal is a fault, and the office's log says which."""
    faults = [
        f"{program.name}: {said}" for program in programs for _due, _seconds, said in program.calls if said not in _TOLD
    ]
    why = Counter(line[4:] for line in log.read_text().splitlines() if _TROUBLE.match(line))
    return faults + [f"{trouble} × {many}" for trouble, many in why.items()]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000, help="of the merchant who moves")
    parser.add_argument("--payments", type=int, default=20_000, help="on a statement that is read before")
    parser.add_argument("--keep", help="a folder in which the prepared database is kept for the next time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
