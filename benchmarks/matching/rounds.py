"""Several merchants of one kind, one after the other, and the results of all of them together."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.matching.case import Case
from benchmarks.matching.contest import MOST_IN_MEMORY, Run, contest, prepare, together
from benchmarks.matching.measure import Report, judge_all
from benchmarks.matching.scene import Scene, cases_of
from benchmarks.matching.show import Measured

#: What may look at a merchant's folder, payments and proposals before they are gone.
Look = Callable[[Path, Sequence[Case], Run], None]


def measured(
    scene: Scene,
    seeds: Sequence[int],
    names: Sequence[str],
    *,
    is_in_file: bool | None = None,
    look: Look | None = None,
) -> list[Measured]:
    """Let the contestants meet on one merchant for each seed."""
    in_file = scene.orders > MOST_IN_MEMORY if is_in_file is None else is_in_file
    runs: dict[str, list[Run]] = {name: [] for name in names}
    reports = {name: Report() for name in names}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name_of_folder:
            folder = Path(name_of_folder)
            told = prepare(replace(scene, seed=seed), folder, is_in_file=in_file)
            print(f"\n{replace(scene, seed=seed)}\n{', '.join(told)}", flush=True)
            cases = cases_of(folder)
            for run in contest(folder, names, is_in_file=in_file):
                runs[run.name].append(run)
                judge_all(cases[: len(run.proposals)], run.proposals, reports[run.name])
                if look:
                    look(folder, cases, run)
    return [(together(runs[name]), reports[name]) for name in names]
