"""The reference pages name exactly what there is: each command with its options, each setting, each file."""

import re
from pathlib import Path

import click
import pytest

from zahlmeister.cli.main import COMMANDS, main
from zahlmeister.flows.settings.describe import HEADING, description

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_LINK = re.compile(r"\]\((?!https?://|#|mailto:)(?P<target>[^)#]+)(?:#(?P<place>[^)]+))?\)")
_SETTING = re.compile(r"ZAHLMEISTER_[A-Z]+")


def section(command: str) -> str:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    found = re.search(rf"^## zahlmeister {command}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/commands.md has no section “## zahlmeister {command}”."
    return found[1]


def test_the_documented_commands_are_those_there_are() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^## zahlmeister (\S+)$", page, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_documented_with_its_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    options = {
        spelling
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    rows = "\n".join(line.split("|")[1] for line in section(name).splitlines() if line.startswith("| `--"))
    documented = set(re.findall(r"`(--[a-z-]+)`", rows))
    assert documented == options - {"--help"}


def test_the_documented_settings_are_those_there_are() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    used = {name for text in sources for name in _SETTING.findall(text)}
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(ZAHLMEISTER_[A-Z]+)` \|", page, re.MULTILINE)) == used


def test_what_a_merchant_sets_is_described_by_the_table_of_settings() -> None:
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    told = page[page.index(HEADING) :]
    assert told == description(), "Put what `zahlmeister settings describe` prints at the end of the page."


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [(found["target"], found["place"]) for found in _LINK.finditer(text)]
    missing = [target for target, _ in targets if not (page.parent / target).exists()]
    astray = [f"{target}#{place}" for target, place in targets if place and not _has(page.parent / target, place)]
    assert not missing, f"{page.name} links to {missing}, which is not there."
    assert not astray, f"{page.name} links to {astray}; there is no such heading."


def _has(page: Path, place: str) -> bool:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return place in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
