"""The runs whose figures are published: several sizes, styles and fresh seeds, all contestants in one run."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.matching import seeds, splink_peer
from benchmarks.matching.calibration import Calibration, picture
from benchmarks.matching.contest import OURS, contestants
from benchmarks.matching.measure import Report
from benchmarks.matching.rounds import measured
from benchmarks.matching.scene import Scene
from benchmarks.matching.show import Measured, show_report, show_side_by_side, wrong_money

SEEDS = (51, 52, 53, 54)  # take others for the next report
README = Path(__file__).with_name("README.md")
PICTURE = Path(__file__).with_name("calibration.svg")
#: Beyond this many orders Splink's pairs do not fit a usual machine.
MOST_FOR_SPLINK = 100_000


class Published(NamedTuple):
    """One kind of merchant in the report."""

    title: str
    scene: Scene
    merchants: slice  # which of the seeds given
    with_peers: bool = False


_SCENE = Scene(0)
_FIRST, _OTHERS, _ALL = slice(1), slice(1, None), slice(None)
RUNS = (
    Published("10,000 orders, stress", _SCENE, _FIRST, with_peers=True),
    Published("10,000, stress, others", _SCENE, _OTHERS),
    Published("10,000, half without deviation", replace(_SCENE, clean=0.38), _FIRST, with_peers=True),
    Published("10,000, half without, others", replace(_SCENE, clean=0.38), _OTHERS),
    Published("10,000, dense counter", replace(_SCENE, style="counter", density=1.0), _ALL),
    Published("10,000, `#10456`, dense", replace(_SCENE, style="short", density=1.0), slice(2)),
    Published("10,000, codes", replace(_SCENE, style="codes"), slice(2)),
    Published("10,000, marketplace", replace(_SCENE, style="marketplace"), slice(2)),
    Published("10,000, all with our reference", replace(_SCENE, references=1.0), slice(2)),
    Published("100,000, stress", replace(_SCENE, orders=100_000), _FIRST, with_peers=True),
    Published("100,000, half without deviation", replace(_SCENE, orders=100_000, payments=20_000, clean=0.38), _FIRST),
)
_HEAD = (
    "| merchant | who | payments | wrong | wrong money | automatic | … or suggested first | payments/s | peak |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def report(chosen: Sequence[int], *, is_kept: bool) -> None:
    """Measure everything, print it, and write the table into the README if it is to be kept."""
    seeds.for_report(chosen)
    rows, drawn = [], {OURS: Calibration(), splink_peer.NAME: Calibration()}
    ours: list[tuple[Published, Report]] = []
    for kind in RUNS:
        some = chosen[kind.merchants]
        if not some:
            continue
        print(f"\n== {kind.title}: seeds {', '.join(map(str, some))}")
        found = measured(kind.scene, some, contestants(with_peers=kind.with_peers))
        for run, result in found:
            show_report(run, result, details=run.name == OURS)
            rows.append(_row(kind.title, run.name, (run, result)))
            if run.name in drawn:
                drawn[run.name].merge(result.calibration)
        ours.append((kind, found[0][1]))
        if kind.with_peers:
            show_side_by_side(found)
    table = "\n".join((_HEAD, *rows))
    told = "\n\n".join((_when(chosen), table, *_summary(ours)))
    print(f"\n{told}\n\n" + "\n".join(drawn[OURS].lines()))
    if is_kept:
        _keep("report", told)
        PICTURE.write_text(picture(drawn, "How sure, and how often right"), encoding="utf-8")


def scaling(chosen: Sequence[int], sizes: Sequence[int], *, is_kept: bool) -> None:
    """Measure one kind of merchant in several sizes, with the keys in a file as the product has them."""
    seeds.for_report(chosen)
    rows, first = [], None
    for size in sizes:
        names = [n for n in contestants(with_peers=True) if n != splink_peer.NAME or size <= MOST_FOR_SPLINK]
        found = measured(replace(_SCENE, orders=size, clean=0.38), chosen, names, is_in_file=True)
        for run, result in found:
            show_report(run, result, details=False)
            each = run.seconds / len(run.proposals)
            first = first or each
            more = f"{each / first:.2f}" if run.name == OURS else ""
            rows.append(
                f"| {size:,} | {run.name} | {result.payments:,} | {each * 1e6:,.0f} µs | {more} | "
                f"{run.ready_seconds:.1f} s | {run.peak_mb:,.0f} MB | {run.data_mb:,.0f} MB | "
                f"{result.total('wrong')} | {result.recall:.2%} |"
            )
    head = (
        "| open orders | who | payments | CPU each | against the smallest | ready in | peak | of which data | wrong | "
        "automatic |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    told = "\n\n".join((_when(chosen), "\n".join((head, *rows))))
    print(f"\n{told}")
    if is_kept:
        _keep("scaling", told)


def _row(title: str, name: str, found: Measured) -> str:
    run, result = found
    part = f" ({result.in_part} in part)" if result.in_part else ""
    return (
        f"| {title} | {name} | {result.payments:,} | {result.total('wrong')}{part} | {wrong_money(result)} | "
        f"{result.recall:.2%} | {result.recall_with_suggestions:.2%} | {run.rate:,.0f} | {run.peak_mb:,.0f} MB |"
    )


def _summary(ours: Sequence[tuple[Published, Report]]) -> Iterator[str]:
    """All of Zahlmeister's payments together, and those that carry our reference."""
    payments = sum(result.payments for _, result in ours)
    wrong = sum(result.total("wrong") for _, result in ours)
    right = sum(result.assignable["right"] for _, result in ours)
    first = sum(result.assignable["suggested first"] for _, result in ours)
    could = sum(result.assignable.total() for _, result in ours)
    yield (
        f"{OURS} in all: **{wrong} wrong of {payments:,}**; of {could:,} that a person could assign, "
        f"**{right / could:.2%}** automatically and **{(right + first) / could:.2%}** with the right one first. "
        "Where no error is seen in n payments, the true rate may still be 3/n."
    )
    for kind, result in ours:
        if kind.scene.references:
            slips = result.recall_of("reference, wrong"), result.recall_of("reference, swapped")
            booked, carried = result.recall_of("reference, ")
            slipped, with_slip = (sum(figures) for figures in zip(*slips, strict=True))
            yield (
                f"Our payment reference, where it is written, whoever pays and however much: {booked - slipped:,} of "
                f"{carried - with_slip:,} automatically ({(booked - slipped) / (carried - with_slip):.2%}); with one "
                f"wrong or two swapped characters {slipped:,} of {with_slip:,} ({slipped / with_slip:.2%})."
            )


def _when(chosen: Sequence[int]) -> str:
    today = datetime.now(UTC).date()
    return f"Measured on {today:%d %B %Y}, seeds {', '.join(map(str, chosen))}, processor time of one core."


def _keep(name: str, text: str) -> None:
    """Put a table between its marks in the README."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    before = README.read_text(encoding="utf-8")
    README.write_text(pattern.sub(lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", before), encoding="utf-8")
