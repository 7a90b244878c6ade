"""Change the code a little, many times, and see whether a test notices: the share that is noticed, per group.

    python -m pip install --no-deps --target var/mutmut mutmut libcst
    nice python scripts/mutate.py money formats matching rules --count 150 --seed 7

Which small changes there are, mutmut says (docs/decisions/0085-who-tests-the-tests.md); of all of them, `--count` are
drawn by the seed that is printed. Sentences (texts with a blank) are left as they are. A change is tried on those tests
only that come by its line, the quickest first, and for a bounded time. A change within a function is put into a copy of
a process in which everything is imported already; any other one into a process that imports the changed module.

A change counts as noticed only where the same tests, called in the same way, pass without it. Where they do not, or
where a process dies of anything but a test, the change counts as unnoticed and is printed as not measured.
"""

import argparse
import contextlib
import difflib
import importlib.machinery
import importlib.util
import os
import pickle
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from inspect import unwrap
from pathlib import Path
from types import CodeType, FunctionType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "zahlmeister"
#: Per group: the modules that are changed, and where their tests are.
GROUPS = {
    "money": (("money/*.py",), ("tests/money",)),
    "formats": (("formats/**/*.py",), ("tests/formats",)),
    "matching": (("matching/*.py",), ("tests/matching",)),
    "rules": (
        ("**/rules.py",),
        (
            "tests/accounting", "tests/banking", "tests/credit", "tests/learning", "tests/ledger", "tests/payouts",
            "tests/plans", "tests/receivables", "tests/refunds", "tests/purchase", "tests/prepaid", "tests/intents",
            "tests/orders",
        ),
    ),
}  # fmt: skip
#: Tests that need neither database nor settings: without them, a process begins in a second.
PLAIN = ("tests/money", "tests/matching")
#: No test of a change takes longer than this many seconds in all, measured without the change.
MOST_SECONDS = 8.0
#: What a copy of the process says when its time ran out, and when it ended without a word.
LATE, DIED = "late", "died"


class Outcome(Enum):
    """What became of a change; NEW where it can only be tried by a process that imports the module anew."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    UNMEASURED = "not measured: its tests fail without it, too, or their process died"
    NEW = "anew"


@dataclass(frozen=True)
class Mutant:
    """One small change of one module."""

    path: Path
    line: int
    code: str
    before: str
    after: str

    @property
    def module(self) -> str:
        """The dotted name of the module."""
        return ".".join(self.path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


@dataclass
class Measured:
    """Which tests come by which line, how long each takes, and what became of the changes tried so far."""

    tests: dict[Path, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    results: dict[int, Outcome] = field(default_factory=dict)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that come by the line, or by the module or its name if it is read at once; the quickest first."""
        lines = self.tests.get(mutant.path, {})
        names = lines.get(mutant.line) or {name for found in lines.values() for name in found} | {
            name for name in self.seconds if mutant.module in (ROOT / name.split("::")[0]).read_text()
        }
        chosen, spent = [], 0.0
        for name in sorted(names & self.seconds.keys(), key=lambda name: (self.seconds[name], name)):
            spent += self.seconds[name]
            if spent > MOST_SECONDS and chosen:
                break
            chosen.append(name)
        return chosen

    def limit(self, names: list[str]) -> int:
        """After how many seconds a change that never ends counts as noticed."""
        return int(20 + 5 * sum(self.seconds[name] for name in names))


def main() -> int:
    """Try the changes of the groups that were asked for; 1 if one of them is below the least share."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("groups", nargs="*", default=list(GROUPS), metavar="group", help=", ".join(GROUPS))
    asked.add_argument("--count", type=int, default=150, help="how many changes are drawn per group (default 150)")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    asked.add_argument("--least", type=int, default=85, help="the least share in percent (default 85)")
    asked.add_argument("--only", default="", help="only modules whose path holds this text")
    options = asked.parse_args()
    print(f"seed {options.seed}", flush=True)
    sys.path[:] = [str(ROOT / "src"), str(ROOT), *sys.path, str(ROOT / "var" / "mutmut")]
    return int(min(_group(name, options) for name in options.groups) * 100 < options.least)


def _group(name: str, options: argparse.Namespace) -> float:
    patterns, tests = GROUPS[name]
    files = sorted(path for pattern in patterns for path in SOURCE.glob(pattern) if options.only in str(path))
    mutants, of = _drawn(files, random.Random(f"{options.seed} {name}"), options.count)
    begun = time.monotonic()
    results = tried(mutants, [test for test in tests if (ROOT / test).exists()], options.seed)
    survived = [one for one in zip(mutants, results, strict=True) if one[1] is not Outcome.NOTICED]
    share = 1 - len(survived) / len(mutants)
    for mutant, outcome in survived:
        told = f"{mutant.path.relative_to(SOURCE)}:{mutant.line} {outcome.value}"
        print(f"  {told}\n    - {mutant.before}\n    + {mutant.after}")
    print(f"{name}: {len(mutants) - len(survived)} of {len(mutants)} noticed, {share:.1%}; "
          f"drawn from {of}; {time.monotonic() - begun:.0f} s", flush=True)  # fmt: skip
    return share


def tried(mutants: list[Mutant], tests: list[str], seed: int) -> list[Outcome]:
    """What became of each change, when these folders of tests are asked."""
    measured = _warm(mutants, tests, seed)
    sound: dict[tuple[Path, tuple[str, ...]], bool] = {}
    return [
        _anew(mutant, measured, seed, sound) if measured.results[at] is Outcome.NEW else measured.results[at]
        for at, mutant in enumerate(mutants)
    ]


def _drawn(files: list[Path], chance: random.Random, count: int) -> tuple[list[Mutant], int]:
    """So many changes by chance, and of how many."""
    try:
        from mutmut.mutation.file_mutation import create_mutations
    except ImportError:
        sys.exit(__doc__.split("\n\n")[1].join(["mutmut is missing. First call:\n\n", ""]) if __doc__ else 1)
    found = []
    for path in files:
        text = path.read_text()
        module, mutations, _, _ = create_mutations(str(path), text)
        found += [(path, text, module, one) for one in mutations if not _sentence(one.original_node)]
    chosen = chance.sample(found, min(count, len(found)))
    return [_mutant(*one) for one in sorted(chosen, key=lambda one: one[0])], len(found)


def _sentence(node: object) -> bool:
    return type(node).__name__ == "SimpleString" and " " in node.value  # type: ignore[attr-defined]


def _mutant(path, text, module, mutation) -> Mutant:
    code = module.deep_replace(mutation.original_node, mutation.mutated_node).code
    changes = [
        one for one in difflib.SequenceMatcher(None, text.splitlines(), code.splitlines(), autojunk=False).get_opcodes()
        if one[0] != "equal"
    ]  # fmt: skip
    _, first, last, new_first, new_last = changes[0]
    before = " ".join(line.strip() for line in text.splitlines()[first:last])
    after = " ".join(line.strip() for line in code.splitlines()[new_first:new_last])
    return Mutant(path, first + 1, code, before, after)


def _warm(mutants: list[Mutant], tests: list[str], seed: int) -> Measured:
    """Measure the tests, and try all changes that can be put into a running process."""
    trier = _Trier(mutants)

    def work() -> Measured | None:
        _pytest(tests, seed, [trier])
        return trier.measured

    measured = _in_copy(work)
    if not isinstance(measured, Measured):
        sys.exit(f"The tests of {', '.join(tests)} cannot be collected, so nothing is measured; call pytest on them.")
    return measured


def _anew(mutant: Mutant, measured: Measured, seed: int, sound: dict[tuple[Path, tuple[str, ...]], bool]) -> Outcome:
    """Try a change in a process that imports the changed module; `sound` remembers what passes without changes."""
    names = measured.of(mutant)
    if not names:
        return Outcome.UNNOTICED
    wanted, limit = sorted({name.split("::")[0] for name in names}), measured.limit(names)

    def ends(one: Mutant) -> object:
        def work() -> int:
            sys.meta_path.insert(0, _Changed(one))
            try:
                return _pytest(wanted, seed, [_Only(set(names))])
            except Exception:  # noqa: BLE001 - with this change the house cannot even be imported
                return int(pytest.ExitCode.INTERNAL_ERROR)

        return _in_copy(work, limit)

    end = ends(mutant)
    if end in {int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED)}:
        return Outcome.UNNOTICED
    key = mutant.path, tuple(names)
    if key not in sound:
        sound[key] = ends(replace(mutant, code=mutant.path.read_text())) == pytest.ExitCode.OK
    return Outcome.NOTICED if sound[key] and end is not DIED else Outcome.UNMEASURED


def _in_copy(work: Callable[[], object], limit: int = 0) -> object:
    """What the work gives, done in a copy of this process: LATE where its seconds ran out, DIED where it gave none."""
    with tempfile.NamedTemporaryFile() as kept:
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                signal.setitimer(signal.ITIMER_PROF, limit)  # of its own work: others may use the cores as well
                signal.alarm(20 * limit)
                Path(kept.name).write_bytes(pickle.dumps(work()))
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            return LATE if os.WTERMSIG(status) in {signal.SIGALRM, signal.SIGPROF} else DIED
        said = Path(kept.name).read_bytes()
    return pickle.loads(said) if said else DIED


def _pytest(tests: list[str], seed: int, plugins: list[object]) -> int:
    os.chdir(ROOT)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    options = ["-x", "-p", "no:cacheprovider", "-p", "no:xdist", f"--hypothesis-seed={seed}"]
    if all(test.startswith(PLAIN) for test in tests):
        options += ["-c", os.devnull, "--rootdir=.", "--import-mode=importlib", "--noconftest", "-p", "no:django"]
    return int(pytest.main([*options, "-m", "not slow and not browser and not postgres", *tests], plugins))


class _Quick:
    """Hypothesis makes its examples and stops at the first that fails: nobody reads it."""

    def pytest_sessionstart(self) -> None:
        from hypothesis import HealthCheck, Phase, settings

        phases = [Phase.explicit, Phase.generate]
        checks = list(HealthCheck)
        settings.register_profile("mutants", deadline=None, database=None, phases=phases, suppress_health_check=checks)
        settings.load_profile("mutants")


class _Only(_Quick):
    """Run only the tests with these names."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.names]


class _Trier(_Quick):
    """Collects the tests once; then measures and tries in copies of this process."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.measured: Measured | None = None
        self.sound: dict[tuple[str, ...], bool] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        self._with_tables(session, list(items.values()))
        measured = _in_copy(lambda: _lines(list(items.values()), {str(one.path) for one in self.mutants}))
        if isinstance(measured, Measured):
            for at, mutant in enumerate(self.mutants):
                names = measured.of(mutant)
                outcome = self._try(mutant, [items[name] for name in names], measured.limit(names))
                if outcome is Outcome.UNNOTICED and mutant.line not in measured.tests.get(mutant.path, {}):
                    outcome = Outcome.NEW  # it may be called when its module is read
                measured.results[at] = outcome
            self.measured = measured
        return True

    def _with_tables(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """The tables, in memory, are made once and copied with the process."""
        touching = [item for item in items if "db" in getattr(item, "fixturenames", ())]
        if touching:
            _passed(touching[:1], session.items)

    def _try(self, mutant: Mutant, items: list[pytest.Item], limit: int) -> Outcome:
        if not items:
            return Outcome.UNNOTICED
        passed = _in_copy(lambda: _passed(items) if _put_in(mutant) else None, limit)
        if passed is None:
            return Outcome.NEW
        if passed == len(items):
            return Outcome.UNNOTICED
        run = items[: passed + 1] if isinstance(passed, int) else items
        return Outcome.NOTICED if passed is not DIED and self._passes(run, limit) else Outcome.UNMEASURED

    def _passes(self, items: list[pytest.Item], limit: int) -> bool:
        """Whether these tests pass without a change."""
        key = tuple(item.nodeid for item in items)
        self.sound[key] = self.sound.get(key) or _in_copy(lambda: _passed(items), limit) == len(items)
        return self.sound[key]


def _passed(items: list[pytest.Item], others: list[pytest.Item] | None = None) -> int:
    """Run tests one by one until one fails; how many passed."""
    from _pytest.runner import runtestprotocol

    items[0].session._setupstate.teardown_exact(items[0])  # noqa: SLF001 - what an earlier test left
    for at, item in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else (others or items)[0]
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            return at
    return len(items)


def _lines(items: list[pytest.Item], files: set[str]) -> Measured:
    """Run all tests, each with a note of the lines it comes by."""
    import coverage

    watch = coverage.Coverage(data_file=None, include=sorted(files), config_file=False)
    watch.start()
    measured = Measured()
    for at, item in enumerate(items):
        watch.switch_context(item.nodeid)
        begun = time.process_time()
        if _passed([item], items[at + 1 :] or items):
            measured.seconds[item.nodeid] = time.process_time() - begun
    watch.stop()
    for file in watch.get_data().measured_files():
        lines = watch.get_data().contexts_by_lineno(file)
        measured.tests[Path(file)] = {line: set(names) for line, names in lines.items()}
    return measured


def _put_in(mutant: Mutant) -> bool:
    """Put the change into the function that is there; False when it is not in the body of a function."""
    module = sys.modules.get(mutant.module)
    if module is None:
        return False
    old = compile(mutant.path.read_text(), str(mutant.path), "exec")
    new = compile(mutant.code, str(mutant.path), "exec")
    path: list[str] = []
    while old.co_name == "<module>" or not old.co_flags & 0x01:  # CO_OPTIMIZED: the body of a function
        inner = [one for one in zip(_within(old), _within(new), strict=False) if one[0] != one[1]]
        if len(inner) != 1 or _without(old) != _without(new):
            return False
        old, new = inner[0]
        path.append(old.co_name)
    live: object = module
    for name in path:
        live = vars(live).get(name)
    live = unwrap(getattr(live, "__func__", live))  # type: ignore[arg-type]
    if not isinstance(live, FunctionType) or live.__code__.co_freevars != new.co_freevars:
        return False
    live.__code__ = new
    return True


def _within(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _without(code: CodeType) -> tuple[object, ...]:
    """What a module or class says besides its functions."""
    return code.co_code, tuple(str(type(one)) if isinstance(one, CodeType) else repr(one) for one in code.co_consts)


class _Changed(importlib.machinery.SourceFileLoader):
    """Imports one module with its change."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self.mutant = mutant

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Only the one module is ours."""
        ours = name == self.mutant.module
        return importlib.util.spec_from_file_location(name, self.mutant.path, loader=self) if ours else None

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - there is only one
        """The changed code."""
        return compile(self.mutant.code, str(self.mutant.path), "exec")


if __name__ == "__main__":
    sys.exit(main())
