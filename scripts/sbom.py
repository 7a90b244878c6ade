"""Print the bill of materials of what is installed with the house, as CycloneDX 1.6: `make sbom`.

Names, versions and hashes are those of the lock file, against which every package is checked when it is installed;
licences are what each package says of itself, where it is installed here.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "runtime.lock"
_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str) -> dict[str, object]:
    """The bill of a lock file's text; the same lock gives the same bill."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "zahlmeister", "bom-ref": "zahlmeister"}},
        "components": list(_components(lock)),
    }


def _components(lock: str) -> Iterator[dict[str, object]]:
    for entry in re.split(r"\n(?=\S)", lock):
        found = _PACKAGE.match(entry)
        if found is None:
            continue
        name, version = found["name"].lower(), found["version"]
        address = f"pkg:pypi/{name}@{version}"
        yield {
            "type": "library",
            "bom-ref": address,
            "name": name,
            "version": version,
            "purl": address,
            "properties": [{"name": "zahlmeister:sha256", "value": digest} for digest in _HASH.findall(entry)],
            "licenses": _licences(name),
        }


def _licences(name: str) -> list[dict[str, object]]:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return []
    if expression := told.get("License-Expression"):
        return [{"expression": expression}]
    named = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License :: ")]
    return [{"license": {"name": one}} for one in named]


if __name__ == "__main__":
    json.dump(bill(LOCK.read_text(encoding="utf-8")), sys.stdout, indent=1, sort_keys=True)
    print()
