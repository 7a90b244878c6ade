"""`docs/reference/seeds.md` lists every rule of the seeds with its state, and cannot lie.

A rule works when a story under `tests/stories/seeds` has it as its docstring, and works in part when it says what it
is “for now”.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORIES = ROOT / "tests" / "stories" / "seeds"
PAGE = ROOT / "docs" / "reference" / "seeds.md"
FILES = {"K": "komfortkasse", "R": "invoice_purchase", "I": "collection", "G": "refunds", "C": "customer_centre"}

_RULE = re.compile(r"(?P<letter>[KRIGC])(?P<number>\d+): (?P<words>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a seed: its number, its words, and its state as the page says it."""

    letter: str
    number: int
    words: str
    state: str
    story: str

    def row(self) -> str:
        return f"| {self.letter}{self.number} | {self.words} | {self.state} | {self.story} |"


def rules(name: str) -> list[Rule]:
    """The rules of one file in the order of their numbers."""
    body = ast.parse((STORIES / f"test_{name}.py").read_text(encoding="utf-8")).body
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = ast.get_docstring(node) or node.name
            found.append(rule(words, "works in part" if "; for now" in words else "works", f"`{node.name}`"))
    return sorted(found, key=lambda one: one.number)


def rule(text: str, state: str, story: str) -> Rule:
    found = _RULE.fullmatch(" ".join(text.split()))
    assert found, f"“{text}” does not begin with the number of a rule, such as “K1: …”."
    return Rule(found["letter"], int(found["number"]), found["words"], state, story)


@pytest.mark.parametrize(("letter", "name"), FILES.items())
def test_rules_are_numbered_without_gaps(letter: str, name: str) -> None:
    numbered = rules(name)
    assert {one.letter for one in numbered} == {letter}
    assert [one.number for one in numbered] == list(range(1, len(numbered) + 1))


def test_the_page_lists_exactly_the_rules_with_their_states() -> None:
    listed = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [KRIGC]\d", line)]
    expected = [one.row() for name in FILES.values() for one in rules(name)]
    missing = "\n".join(row for row in expected if row not in listed)
    wrong = "\n".join(row for row in listed if row not in expected)
    assert listed == expected, f"docs/reference/seeds.md lacks or misplaces:\n{missing}\nand should not say:\n{wrong}"


def test_the_page_counts_right() -> None:
    states = [one.state for name in FILES.values() for one in rules(name)]
    whole, part = states.count("works"), states.count("works in part")
    assert f"Of {len(states)} rules {whole} work and {part} work in part" in PAGE.read_text(encoding="utf-8")
