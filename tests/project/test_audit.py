"""The audit of the locked packages: a hole closes the gate, a missing network does not, and either is said.

The reports are what pip-audit 2.10 has written of two packages; a program that writes them stands in for it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIX = '{"name": "six", "version": "1.17.0", "vulns": []}'
CLICK = '{"name": "click", "version": "8.1.8", "vulns": []}'
HOLE = (
    '{"name": "click", "version": "8.1.8", "vulns": '
    '[{"id": "PYSEC-2026-1", "fix_versions": ["8.2.0"], "aliases": [], "description": "x"}]}'
)
UNKNOWN = '{"name": "%s", "skip_reason": "Dependency not found on PyPI and could not be audited: %s"}'
NOBODY = "requests.exceptions.ConnectionError: Max retries exceeded with url: /v1/query (Connection refused)"


def report(*packages: str) -> str:
    return f'{{"dependencies": [{", ".join(packages)}], "fixes": []}}'


def audit(folder: Path, **answers: str) -> tuple[int, str]:
    """The audit where each service's run of pip-audit writes its report, or says what is no report and dies."""
    program = folder / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"told = {answers!r}[sys.argv[sys.argv.index('--vulnerability-service') + 1]]\n"
        "if not told.startswith('{'):\n"
        "    sys.exit(told)\n"
        "open(sys.argv[sys.argv.index('--output') + 1], 'w').write(told)\n"
        "sys.exit('PYSEC' in told)\n"
    )
    program.chmod(0o755)
    call = [sys.executable, "scripts/audit.py", str(program)]
    run = subprocess.run(call, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return run.returncode, run.stdout


def test_where_nothing_is_known_the_gate_stays_open(tmp_path: Path) -> None:
    code, said = audit(tmp_path, pypi=report(CLICK, SIX))
    assert (code, said.count("Nothing is known to pypi against 2 packages.")) == (0, 1)


def test_a_hole_closes_the_gate_and_says_what_to_do(tmp_path: Path) -> None:
    code, said = audit(tmp_path, pypi=report(HOLE, SIX))
    assert code == 1
    assert "click 8.1.8 has the hole PYSEC-2026-1: pin 8.2.0 by `make lock`." in said


def test_who_tells_nothing_is_not_taken_for_good_news(tmp_path: Path) -> None:
    """An index without advisories knows no package, and pip-audit calls that “no known vulnerabilities”."""
    silent = report(UNKNOWN % ("click", "click"), UNKNOWN % ("six", "six"))
    assert audit(tmp_path, pypi=silent, osv=report(HOLE, SIX))[0] == 1
    code, said = audit(tmp_path, pypi=silent, osv=report(CLICK, SIX))
    assert (code, "Nothing is known to osv against 2 packages." in said) == (0, True)


def test_without_a_network_it_says_so_and_closes_nothing(tmp_path: Path) -> None:
    code, said = audit(tmp_path, pypi=NOBODY, osv=NOBODY)
    assert code == 0
    assert "No advisories are told here by pypi or osv" in said
    assert "Nothing is known" not in said


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(report(SIX, UNKNOWN % ("click", "click")), "pypi does not know click", id="withdrawn"),
        pytest.param("requirement click is not pinned", "pip-audit has failed: requirement click", id="unreadable"),
    ],
)
def test_what_is_not_the_networks_fault_closes_the_gate(tmp_path: Path, answer: str, sentence: str) -> None:
    code, said = audit(tmp_path, pypi=answer)
    assert (code, sentence in said) == (1, True)


def test_a_lock_older_than_promised_is_an_error() -> None:
    call = [sys.executable, "-c", "from audit import age; print(age(180).is_good, age(181).is_good)"]
    told = subprocess.run(call, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
    assert told.stdout == "True False\n"
    page = (ROOT / "docs/security/supply.md").read_text(encoding="utf-8")
    assert re.search(r"nothing is known, a newer version is there \| 180 days", page)


def test_the_gate_audits() -> None:
    assert "step make audit\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
