"""What the checks of the house's rules look at: the sources, their packages, and the files that git keeps."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "zahlmeister"


def modules() -> list[Path]:
    """All Python files of the package, migrations left out: a tool writes those."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def short(path: Path) -> str:
    """The path as one says it inside the package: `ledger/rules.py`."""
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(tree(path))


@cache
def layers() -> dict[str, int]:
    """How low each package lies, as the import rules of pyproject.toml say; a greater number is lower."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = rules["tool"]["importlinter"]["contracts"]
    (downward,) = (contract for contract in contracts if contract["type"] == "layers")
    return {package.strip(): depth for depth, layer in enumerate(downward["layers"]) for package in layer.split("|")}


def kept_files() -> list[Path]:
    """What git keeps; nothing in a folder that is no checkout, such as an unpacked archive."""
    if not (ROOT / ".git").exists():
        return []
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
