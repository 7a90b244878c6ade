"""Does every payment find its order? Measured on invented merchants, beside other methods.

python -m benchmarks.matching --orders 10000 --payments 6000 --seed 101 [--peers]
python -m benchmarks.matching --report       # the table that is published, on seeds kept for it
python -m benchmarks.matching --scaling      # 10,000, 100,000 and 1,000,000 open orders
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.matching import published, seeds, splink_peer
from benchmarks.matching.bound import Bound, bound_of
from benchmarks.matching.calibration import picture
from benchmarks.matching.case import Case
from benchmarks.matching.contest import OURS, Run, contestants
from benchmarks.matching.orders import STYLES
from benchmarks.matching.rounds import measured
from benchmarks.matching.scene import Scene, items_of
from benchmarks.matching.show import Measured, show_errors, show_missed, show_report, show_side_by_side


def main() -> None:
    options = _options()
    try:
        _measure(options)
    except seeds.SeedsMixed as refused:
        raise SystemExit(str(refused)) from None


def _measure(options: argparse.Namespace) -> None:
    if not splink_peer.is_installed() and (options.peers or options.report or options.scaling):
        print(splink_peer.MISSING)
    if options.report:
        published.report(options.seed or published.SEEDS, is_kept=options.keep)
    elif options.scaling:
        published.scaling(options.seed or published.SEEDS[:1], options.sizes, is_kept=options.keep)
    else:
        _one(options)


def _one(options: argparse.Namespace) -> None:
    chosen = options.seed or [101]
    kind = seeds.one_kind(chosen)
    if options.errors or options.missed:
        seeds.for_looking(chosen)
    scene = Scene(
        chosen[0], options.orders, options.payments, options.style, options.density, options.clean, options.references
    )
    print(f"seeds {', '.join(map(str, chosen))}: {kind}")

    bound = Bound()

    def look(folder: Path, cases: Sequence[Case], run: Run) -> None:
        if run.name == OURS and options.bound:
            bound_of(cases, run.proposals, items_of(folder), bound)
        if run.name == OURS and (options.errors or options.missed):
            items = {item.id: item for item in items_of(folder)}
            show_errors(cases, run.proposals, items, options.errors)
            if options.missed:
                show_missed(cases, run.proposals, items, options.missed)

    in_file = {"auto": None, "file": True, "memory": False}[options.store]
    found = measured(scene, chosen, contestants(with_peers=options.peers), is_in_file=in_file, look=look)
    _show(options, found, bound)


def _show(options: argparse.Namespace, found: Sequence[Measured], bound: Bound) -> None:
    for run, report in found:
        show_report(run, report, details=run.name == OURS)
    if options.peers:
        show_side_by_side(found)
    if options.bound:
        print("\nat most\n" + "\n".join(bound.lines()))
    if options.plot:
        _draw(Path(options.plot), found)


def _draw(path: Path, found: Sequence[Measured]) -> None:
    shown = {run.name: report.calibration for run, report in found if run.name in {OURS, splink_peer.NAME}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(shown, "How sure, and how often right"), encoding="utf-8")
    print(f"\ncalibration drawn: {path}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--payments", type=int, default=6_000, help="for each seed")
    parser.add_argument("--seed", type=int, nargs="+", help="one merchant each; 21 to 100 to report, from 101 to tune")
    parser.add_argument("--clean", type=float, default=0.0, help="share of payments without any deviation on top")
    parser.add_argument("--style", choices=("mixed", *STYLES), default="mixed")
    parser.add_argument("--density", type=float, default=0.35, help="share of the numbers issued that are open")
    parser.add_argument("--references", type=float, default=0.0, help="share of orders with our own reference")
    parser.add_argument("--store", choices=("auto", "memory", "file"), default="auto", help="where the keys are")
    parser.add_argument("--peers", action="store_true", help="other methods on the same payments")
    parser.add_argument("--bound", action="store_true", help="what a perfect judge would book at most")
    parser.add_argument("--plot", help="draw the calibration into this SVG file")
    parser.add_argument("--errors", type=int, default=0, help="print so many wrong assignments")
    parser.add_argument("--missed", default="", help="print the missed payments of a category or tag")
    parser.add_argument("--report", action="store_true", help="measure what is published")
    parser.add_argument("--scaling", action="store_true", help="measure how it grows with the open orders")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="for --scaling")
    parser.add_argument("--keep", action="store_true", help="write tables and picture of --report beside the README")
    return parser.parse_args()


if __name__ == "__main__":
    main()
