"""The main job as its user does it: sign in, upload a statement, decide on a suggestion, see the order paid.

Everything is real: the installation is set up with its own commands, served by `zahlmeister serve` with its worker
beside it, and driven in Debian's Chromium.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.stage import BERND, Paid, camt

ROOT = Path(__file__).parents[2]
EMAIL, PASSWORD = "brigitte@wollstube.example", "sehr-geheim-2026"
ORDERS = """Bestellnummer;Betrag;Datum;Name;E-Mail
100012345;24,98;2026-11-16;Anna Weber;anna@post.example
100012346;49,90;2026-11-17;Bernd Krause;bernd@post.example
100012347;49,90;2026-11-17;Bernd Krause;bernd@post.example
"""


@pytest.mark.browser
@pytest.mark.slow
def test_from_sign_in_to_an_order_shown_as_paid(tmp_path: Path) -> None:
    statement = tmp_path / "november.xml"
    exact = Paid(2498, "Bestellung 100012345")
    doubtful = Paid(4990, "Socken und Garn", "Bernd Krause", BERND, on=date(2026, 11, 19))
    statement.write_bytes(camt([exact, doubtful], number=1))
    with _office(tmp_path) as address, _page(address) as page:
        page.goto("/")
        page.fill("input[name=username]", EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Today").wait_for()

        page.goto("/statements/")
        page.set_input_files("input[type=file]", str(statement))
        page.get_by_role("button", name="Hand in").click()
        page.get_by_text(re.compile(r"done", re.IGNORECASE)).first.wait_for(timeout=20_000)
        page.get_by_text("2 payments are only recorded").wait_for()
        page.get_by_role("button", name="Assign them now").click()
        page.get_by_role("heading", name="Before the start").wait_for(state="detached", timeout=20_000)

        page.goto("/payments/?state=needs")
        page.get_by_role("link", name="Bernd Krause").first.click()
        chosen = page.get_by_role("link", name=re.compile(r"^10001234[67]$")).first.inner_text()
        page.keyboard.press("1")  # two orders fit equally well, so the person chooses
        page.keyboard.press("Enter")
        page.get_by_text(re.compile(r"assigned", re.IGNORECASE)).first.wait_for(timeout=10_000)

        for number in ("100012345", chosen):
            page.goto(f"/search/?q={number}")
            page.get_by_role("link", name=number).first.click()
            page.get_by_role("heading", name=re.compile(number)).wait_for()
            assert page.locator("main").get_by_text("paid", exact=True).first.is_visible()
    checked = _run(tmp_path, "check-books")
    assert "Every balance" in checked


def _run(home: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "zahlmeister", *command],
        env=_environment(home),
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ZAHLMEISTER_HOME": str(home / "home"),
        "ZAHLMEISTER_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }


@contextmanager
def _office(home: Path) -> Iterator[str]:
    """A fresh installation, served on a free port."""
    (home / "orders.csv").write_text(ORDERS)
    _run(home, "migrate")
    _run(home, "new-merchant", "Wollstube", "--email", EMAIL, "--password", PASSWORD)
    _run(home, "import-orders", str(home / "orders.csv"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        [sys.executable, "-m", "zahlmeister", "serve", "--port", str(port)], env=_environment(home)
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/sign-in/")
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.terminate()
        serving.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Nobody answers at {address}.")


@contextmanager
def _page(address: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_context(base_url=address, locale="en").new_page()
        browser.close()
