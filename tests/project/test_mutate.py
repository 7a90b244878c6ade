"""Who tests the tests is tested: what changes nothing comes out unnoticed, and what nobody could measure says so."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Tries the changes that it is given, of the module of account numbers, on the tests that it is given.
PROGRAM = """
import sys

sys.path[:0] = ["src", ".", "scripts"]
import mutate

mutate.PLAIN = ""
accounts = mutate.SOURCE / "money" / "accounts.py"
text = accounts.read_text()


def change(before, after):
    assert text.count(before) == 1, before
    line = text[: text.index(before)].count("\\n") + 1
    return mutate.Mutant(accounts, line, text.replace(before, after), before, after)


changes = [change(*sys.argv[at : at + 2]) for at in range(2, len(sys.argv), 2)]
for outcome in mutate.tried(changes, [sys.argv[1]], seed=7):
    print(outcome.name)
"""
ONCE = """
from pathlib import Path

from zahlmeister.money.accounts import grouped


def test_once():
    Path(__file__).with_suffix(".done").touch(exist_ok=False)
    assert grouped("12345") == "1234 5"
"""
START = "start = found.start() + 1"
CHANGES = {
    ("is_iban(number: str)", "is_iban(number: str)"): "UNNOTICED",  # the same code, in a module read anew
    (START, "start = 1 + found.start()"): "UNNOTICED",
    (START, "start = len(text)"): "NOTICED",
    (START, "raise KeyError"): "NOTICED",
    ("{11,30}", "{12,30}"): "NOTICED",
    (START, '__import__("os")._exit(3)'): "UNMEASURED",
}
OF_ONCE = ("range(0, len(number), 4)", "range(0, len(number), 5)")


def outcomes(tests: str, *changes: tuple[str, str]) -> list[str]:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, tests, *(text for change in changes for text in change)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stderr == ""
    return said.stdout.split()


def test_a_change_is_noticed_when_it_changes_something_and_a_test_says_so():
    assert dict(zip(CHANGES, outcomes("tests/money/test_masked.py", *CHANGES), strict=True)) == CHANGES


def test_what_fails_without_the_change_has_not_noticed_it(tmp_path):
    once = tmp_path / "test_once.py"
    once.write_text(ONCE)

    assert outcomes(str(once), OF_ONCE) == ["UNMEASURED"]
