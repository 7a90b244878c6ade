"""What operators are given to run the house with fits the house: its figures, its settings, its commands."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from zahlmeister.cli.duties import Duty
from zahlmeister.flows import look_after_house
from zahlmeister.merchants.models import Merchant

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
_FIGURE = re.compile(r"\bzahlmeister_[a-z_]+")


def figures() -> set[str]:
    """Every figure that the house can tell, by the words of the module that tells them."""
    told = Path(look_after_house.__file__).read_text()
    return {f"zahlmeister_{name}" for name in re.findall(r'Sign\(\s*"([a-z_]+)"', told)}


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.mark.django_db
def test_the_figures_are_all_found_in_the_module(merchant: Merchant) -> None:
    told = {f"zahlmeister_{sign.name}" for sign in look_after_house.signs(datetime.now(UTC))}
    assert told
    assert told <= figures()


@pytest.mark.parametrize("file", ["monitoring/alerts.yml", "monitoring/dashboard.json"])
def test_alerts_and_dashboard_ask_for_figures_that_there_are(file: str) -> None:
    asked = set(_FIGURE.findall((DEPLOY / file).read_text()))
    assert len(asked) > 5
    assert asked <= figures()


def test_the_dashboard_shows_every_figure() -> None:
    board = json.loads((DEPLOY / "monitoring/dashboard.json").read_text())
    shown = {
        name for panel in board["panels"] for target in panel["targets"] for name in _FIGURE.findall(target["expr"])
    }
    assert shown == figures()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_workers_of_the_compose_file_share_all_duties() -> None:
    done: list[str] = []
    for service in compose()["services"].values():
        match service.get("command", []):
            case ["worker", "--only", *only]:
                done += only
            case ["worker", "--without", *without]:
                done += sorted(set(Duty) - set(without))
    assert sorted(done) == sorted(Duty)


def test_settings_named_to_operators_are_settings() -> None:
    known = set(re.findall(r"`(ZAHLMEISTER_[A-Z]+)`", (ROOT / "docs/reference/settings.md").read_text()))
    for file in ("Containerfile", "zahlmeister.env.example"):
        assert set(re.findall(r"ZAHLMEISTER_[A-Z]+", (DEPLOY / file).read_text())) <= known


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here (Debian: systemd)")
def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    command = shutil.which("true")
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/zahlmeister/bin/zahlmeister", str(command)))
    told = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
