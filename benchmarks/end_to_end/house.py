"""The house itself: a file is handed in and received; and single payments that arrive meanwhile."""

import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from benchmarks.end_to_end.place import Place, cpu_seconds, peaks

ROOT = Path(__file__).parents[2]


def house(place: Place, *, profile: bool) -> dict[str, object]:
    """Receive the file as the worker would; what is swept afterwards is told beside it."""
    with place.fresh_copy():
        from zahlmeister.flows.many_rows import expect_many_rows
        from zahlmeister.flows.receive_statement import receive_statement
        from zahlmeister.flows.sweep_keys import sweep_keys

        expect_many_rows()  # as a worker does
        work = _handed_in(place)
        profiler = _profiler() if profile else None
        begin, cpu = time.perf_counter(), cpu_seconds()
        done = receive_statement(work, clock=_clock)
        seconds, cpu = time.perf_counter() - begin, cpu_seconds() - cpu
        if profiler:
            _show(profiler)
        if done.error or done.recorded < place.payments:
            raise SystemExit(f"{done.recorded} recorded: {done.error}")
        peak = peaks()
        begin = time.perf_counter()
        sweep_keys(work.merchant)
        swept = time.perf_counter() - begin
        return {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "settled": done.settled, "sweep": swept}


def singles(place: Place, count: int) -> dict[str, float]:
    """Payments that arrive alone, each in a file of its own, while another process imports the large file."""
    with place.fresh_copy():
        from zahlmeister.banking.claim import claim
        from zahlmeister.flows.receive_statement import receive_statement
        from zahlmeister.merchants.lock import going_first
        from zahlmeister.merchants.models import Merchant
        from zahlmeister.receivables.candidates import population, renew_population

        merchant = Merchant.objects.get(slug="volume")
        population(merchant.pk)  # a worker that has been running knows it
        work = _handed_in(place)
        importer = subprocess.Popen(
            [sys.executable, "-c", _IMPORTER, str(work.pk)], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE
        )
        while _entries_done(work.pk) < place.payments / 20:
            time.sleep(0.01)
        waits = []
        for number in range(count):
            content = _single(number)
            begin = time.perf_counter()
            committed: list[float] = []
            with going_first():
                own = claim(_clock(), only=_hand_in(merchant, content, f"single-{number}.xml"))
                receive_statement(own, clock=_clock, watch=lambda _, kept=committed: kept.append(time.perf_counter()))
            waits.append((committed[0] - begin) * 1000)
            renew_population(merchant.pk)  # as a worker does when it has answered
            if importer.poll() is not None:
                break
            time.sleep(0.05)
        importer.wait()
        waits.sort()
        return {
            "count": len(waits),
            "p50": statistics.median(waits),
            "p99": waits[int(len(waits) * 0.99)],
            "most": waits[-1],
        }


_IMPORTER = """
import sys, django; django.setup()
from datetime import UTC, datetime
from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.receive_statement import receive_statement
receive_statement(StatementImport.objects.get(pk=int(sys.argv[1])), clock=lambda: datetime.now(UTC))
"""


def _single(number: int) -> bytes:
    """A camt file with one payment that pays nothing the large file pays."""
    from tests.stage import Paid, camt

    return camt([Paid(1000 + number, f"Danke {number}", f"Person {number}")], number=number + 1)


def _handed_in(place: Place) -> object:
    from zahlmeister.banking.claim import claim
    from zahlmeister.merchants.models import Merchant

    merchant = Merchant.objects.get(slug="volume")
    return claim(_clock(), only=_hand_in(merchant, place.statement.read_bytes(), "day.xml"))


def _hand_in(merchant: object, content: bytes, name: str) -> int:
    from zahlmeister.flows.hand_in_statement import hand_in_statement

    return hand_in_statement(merchant, BytesIO(content), name, by="benchmark", at=_clock()).statement_import.pk


def _entries_done(work: int) -> int:
    from zahlmeister.banking.models import StatementImport

    return StatementImport.objects.values_list("entries_done", flat=True).get(pk=work)


def _clock() -> datetime:
    return datetime.now(UTC)


def _profiler() -> object:
    import cProfile

    profiler = cProfile.Profile()
    profiler.enable()
    return profiler


def _show(profiler: object) -> None:
    import pstats

    profiler.disable()
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(40)
