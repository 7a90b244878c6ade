"""What docs/reference/api.md says of the interface is what the interface says of itself."""

import re
from pathlib import Path

from zahlmeister.api.v1.document import document, operations
from zahlmeister.api.v1.problems import KINDS
from zahlmeister.programs.scopes import OF_A_MERCHANT, OF_ONE_SHOP

TEXT = (Path(__file__).parents[2] / "docs/reference/api.md").read_text(encoding="utf-8")


def test_every_call_stands_there_with_its_scope():
    told = set(re.findall(r"^\| `([A-Z]+ /\S+)` \| `?([a-z:]+)`? \|$", TEXT, re.MULTILINE))
    there = set()
    for path, method, said in operations(document()):
        [*scope] = said["security"][0]["key"] or ["any"]
        there.add((f"{method.upper()} {path.removeprefix('/api/v1')}", *scope))

    assert told == there


def test_every_scope_and_every_problem_stands_there():
    scopes = {
        (name, said == "yes")
        for name, said in re.findall(r"^\| `([a-z]+:[a-z]+)` .* \| (yes|no) \|$", TEXT, re.MULTILINE)
    }
    codes = {(code, int(status)) for code, status in re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", TEXT, re.MULTILINE)}

    assert scopes == {(scope.value, scope in OF_ONE_SHOP) for scope in OF_A_MERCHANT}
    assert codes == {(kind.code, int(kind.status)) for kind in KINDS}
