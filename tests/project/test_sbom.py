"""The bill of materials names what the lock file locks, each with the hashes of its files."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_bill_holds_every_locked_package_with_its_hashes() -> None:
    made = subprocess.run([sys.executable, "scripts/sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    bill = json.loads(made.stdout)
    lock = (ROOT / "requirements/runtime.lock").read_text(encoding="utf-8")
    wanted = {
        f"{name.lower()}@{version}" for name, version in re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", lock, re.MULTILINE)
    }
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert {each["purl"].removeprefix("pkg:pypi/") for each in bill["components"]} == wanted
    hashes = [told["value"] for each in bill["components"] for told in each["properties"]]
    assert sorted(hashes) == sorted(re.findall(r"sha256:(\w+)", lock))
    licensed = [each["name"] for each in bill["components"] if each["licenses"]]
    assert "django" in licensed
