"""Ask whether anything is known against what the house is built of: `make audit`.

pip-audit, from an environment of its own, asks PyPI and, where that tells nothing, OSV for advisories on each locked
package. What is found is an error, and so is a lock older than promised. Who cannot be asked is said in one sentence,
and is no error, because the gate must open where there is no network.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("runtime.lock", "build.lock")
SERVICES = ("pypi", "osv")
#: The environment of pip-audit, which is never installed beside the house.
HOME = ROOT / ".audit"
#: After so many days packages are pinned anew although nothing is known against them; see docs/security/supply.md.
MOST_DAYS = 180
#: What pip and pip-audit say when nobody answers.
_NOBODY = ("Could not connect", "ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "HTTPError")
_NOT_TO_BE_HAD = ("No matching distribution", "Could not find a version", *_NOBODY)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said in the end; `was_asked` tells whether an advisory service has answered, `is_good` opens the gate."""

    sentence: str
    is_good: bool
    was_asked: bool = True


def verdict(service: str, report: str, said: str) -> Verdict:
    """Judge one run of pip-audit.

    Args:
        service: who was asked.
        report: its report as JSON; empty where it has written none.
        said: what it has said besides.
    """
    if not report:
        if any(sign in said for sign in _NOBODY):
            return Verdict(f"{service} does not answer.", is_good=True, was_asked=False)
        last = said.strip().rpartition("\n")[2]
        return Verdict(f"pip-audit has failed: {last} Mend it; until then nobody looks for advisories.", is_good=False)
    packages = json.loads(report)["dependencies"]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    if len(unknown) == len(packages):
        return Verdict(f"{service} knows none of the packages.", is_good=True, was_asked=False)
    found = [_found(each, hole) for each in packages for hole in each.get("vulns", [])]
    if found:
        return Verdict("\n".join(found), is_good=False)
    if unknown:
        names = ", ".join(unknown)
        return Verdict(f"{service} does not know {names}: see whether it was withdrawn, and replace it.", is_good=False)
    return Verdict(f"Nothing is known to {service} against {len(packages)} packages.", is_good=True)


def _found(package: dict[str, str], hole: dict[str, list[str]]) -> str:
    fixed = hole["fix_versions"]
    instead = f"pin {' or '.join(fixed)} by `make lock`" if fixed else "no version mends it yet"
    return (
        f"{package['name']} {package['version']} has the hole {hole['id']}: {instead}. "
        "docs/security/supply.md says how soon it has to be closed."
    )


def age(days: int) -> Verdict:
    """Judge how long ago the packages were pinned."""
    if days <= MOST_DAYS:
        return Verdict(f"The packages were pinned {days} days ago.", is_good=True)
    return Verdict(
        f"The packages were pinned {days} days ago; after {MOST_DAYS} they are pinned anew: `make lock`, then the "
        "whole suite.",
        is_good=False,
    )


def ask(program: str, lock: Path) -> Verdict:
    """Ask one service after the other until one has answered."""
    for service in SERVICES:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            words = ["--vulnerability-service", service, "--requirement", str(lock), "--require-hashes"]
            kept = ["--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(report)]
            run = subprocess.run([program, *words, *kept], capture_output=True, text=True, check=False)
            told = verdict(service, report.read_text() if report.exists() else "", run.stderr)
        if told.was_asked:
            return told
    sentence = f"No advisories are told here by {' or '.join(SERVICES)}, so nobody knows what is known of the packages."
    return Verdict(sentence, is_good=True, was_asked=False)


def installed() -> tuple[str, Verdict]:
    """pip-audit with the packages of its lock, each checked against its hash; its path is empty where it cannot be."""
    lock = ROOT / "requirements" / "audit.lock"
    program, note = HOME / "bin" / "pip-audit", HOME / "made-from"
    if not (note.exists() and note.read_text() == lock.read_text()):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "--no-input", "--quiet", "install", "--require-hashes"]
        run = subprocess.run([*pip, "--requirement", str(lock)], capture_output=True, text=True, check=False)
        if run.returncode:
            sentence = "pip-audit cannot be installed here, so nobody was asked for advisories."
            if not any(sign in run.stderr for sign in _NOT_TO_BE_HAD):
                sentence = f"pip-audit is not installed: {run.stderr.strip()}"
                return "", Verdict(sentence, is_good=False)
            return "", Verdict(sentence, is_good=True, was_asked=False)
        note.write_text(lock.read_text())
    return str(program), Verdict("", is_good=True)


def days_since_pinned() -> int:
    """How long ago the newest package entered the lock, in whole days."""
    call = ["git", "log", "-1", "--format=%ct", "--", "requirements/runtime.lock"]
    told = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return int((time.time() - int(told)) // 86400) if told else 0


def main(program: str = "") -> int:
    """Say what is known; 1 where something has to be done.

    Args:
        program: a pip-audit that is there already; otherwise it is installed.
    """
    told = [age(days_since_pinned())]
    if not program:
        program, found = installed()
        if not program:
            told.append(found)
    if program:
        told += [ask(program, ROOT / "requirements" / lock) for lock in LOCKS]
    print("\n".join(dict.fromkeys(each.sentence for each in told)))
    return int(not all(each.is_good for each in told))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
