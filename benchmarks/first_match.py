"""How long a stranger takes from the first page to the first payment that is assigned, with bank and shop connected.

    python -m benchmarks.first_match [--pictures FOLDER]

An installation of its own is made in a temporary folder with the project's commands and served with its worker; a
bank (FinTS) and a shop (WooCommerce) that are played stand beside it. A browser does what somebody new does: asks for
the link, opens it from the mail, opens the account, connects shop and bank, and waits for the match. Printed are the
pages, the fields typed in and the clicks, the seconds of the machine, and what a person would take at a pace that
stands below. Needs Chromium.
"""

import argparse
import mailbox
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.fints_parameters import TEXT
from zahlmeister.sandbox.fints_server import Customer, FintsServer
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.shops.woocommerce import WooCommerceStandIn

CHROMIUM = "/usr/bin/chromium"
IBAN = "DE02120300000000202051"
OWN = MerchantAccount("Strickecke", IBAN, "BYLADEM1001", "DKB", "EUR")
EMAIL, PASSWORD = "karla@strickecke.example", "sehr-geheim-2026"
#: What a person takes, in seconds: to read a page, to fill a field (keys are copied from elsewhere), to click.
PACE = {"pages": 15, "fields": 12, "clicks": 2}
#: A worker's turn is never longer; more is a fault.
PATIENCE = 60_000
SENDER = """
import django; django.setup()
from zahlmeister.correspondence.models import Sender
from zahlmeister.merchants.models import Merchant
runs = Merchant.objects.get(slug="zahlstelle")
Sender.objects.create(merchant=runs, name="Zahlstelle", address="haus@zahlstelle.example", language="en")
"""


@dataclass
class Hand:
    """Somebody at the browser; what they do is counted. A picture is taken of each page where a folder is named."""

    page: Page
    pictures: Path | None = None
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PACE, 0))

    def click(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()
        self.done["clicks"] += 1

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)
        self.done["fields"] += len(fields)

    def sees(self, heading: str) -> None:
        self.page.get_by_role("heading", name=heading).first.wait_for(timeout=PATIENCE)
        self.done["pages"] += 1
        if self.pictures:
            self.page.screenshot(path=self.pictures / f"{self.done['pages']:02}.png", full_page=True)

    @property
    def minutes(self) -> float:
        """What a person takes at the pace above, without the waiting."""
        return sum(count * PACE[what] for what, count in self.done.items()) / 60


@dataclass(frozen=True, slots=True)
class Walked:
    """What the way took: what was done, and after how many seconds of the machine each part of it was done."""

    done: dict[str, int]
    minutes: float
    seconds: dict[str, float]


def walk(folder: Path, pictures: Path | None = None) -> Walked:
    """Walk the whole way in a new installation in this folder."""
    today = datetime.now(UTC).date()
    customer = Customer(accounts=(OWN,), methods=(TEXT,))
    bank = FintsServer(folder / "bank.db", customer, today=today - timedelta(days=6)).start()
    bank.bank().open_account(OWN, Amount(100_000, "EUR"))
    bank.bank().pay_in(
        IBAN, Amount(5980, "EUR"), name="Erkan Güler", iban="DE75512108001245126199", text="Bestellung S-2004"
    )
    bank.bank().move_to(today)  # so that a banking day is over
    shop = WooCommerceStandIn()
    shop.place("S-2004", Amount(5980, "EUR"), name="Erkan Güler")
    shop.place("S-2005", Amount(8450, "EUR"), name="Lea Hofer")
    try:
        with _office(folder) as address, _browser(address) as page:
            return _walk(Hand(page, pictures), folder, bank, shop)
    finally:
        bank.close()
        shop.close()


def _walk(hand: Hand, folder: Path, bank: FintsServer, shop: WooCommerceStandIn) -> Walked:
    began, seconds = time.monotonic(), {}
    _register(hand, folder)
    seconds["account opened"] = time.monotonic() - began
    _connect_shop(hand, shop)
    seconds["shop connected"] = time.monotonic() - began
    _connect_bank(hand, bank)
    seconds["bank connected"] = time.monotonic() - began
    _first_match(hand)
    seconds["first payment assigned"] = time.monotonic() - began
    return Walked(hand.done, hand.minutes, seconds)


def _register(hand: Hand, folder: Path) -> None:
    hand.page.goto("/sign-in/")
    hand.sees("Sign in")
    hand.click("Open an account", "link")
    hand.sees("Open an account")
    hand.fill(email=EMAIL)
    hand.click("Send me a link")
    hand.sees("Look into your mailbox")
    hand.page.goto(_link(folder))
    hand.done["clicks"] += 1
    hand.sees("Open your account")
    hand.fill(business="Strickecke", name="Karla Kühn", password=PASSWORD)
    hand.click("Open the account")
    hand.sees("Two files, and you see what it can do")


def _connect_shop(hand: Hand, shop: WooCommerceStandIn) -> None:
    hand.click("Connect the shop", "link")
    hand.sees("Connect a shop")
    hand.click("WooCommerce", "link")
    settings, secret = shop.access(shop.address)
    hand.sees("WooCommerce")
    hand.fill(name="Strickecke", **{f"of_{name}": value for name, value in {**settings, **secret}.items()})
    hand.click("Look at the shop")
    hand.page.get_by_role("button", name="Read the shop").wait_for(timeout=PATIENCE)
    hand.click("Read the shop")
    hand.sees("Strickecke")


def _connect_bank(hand: Hand, bank: FintsServer) -> None:
    hand.page.goto("/")
    hand.done["clicks"] += 1
    hand.click("FinTS", "link")
    hand.sees("Connect a bank")
    customer = bank.customer
    hand.fill(name="DKB", bank_code="12030000", server=bank.address, user=customer.user, pin=customer.pin)
    hand.click("Sign in at the bank")
    answer = hand.page.get_by_role("button", name="Answer")
    over = hand.page.get_by_text("connected", exact=True)
    while True:
        answer.or_(over).first.wait_for(timeout=PATIENCE)
        if over.is_visible():
            return
        hand.done["pages"] += 1
        if hand.page.locator("input[name=answer][type=text]").count():
            hand.fill(answer=bank.tan)
        hand.click("Answer")
        hand.page.wait_for_load_state()


def _first_match(hand: Hand) -> None:
    until, is_started = time.monotonic() + PATIENCE / 1000, False
    while time.monotonic() < until:
        hand.page.goto("/")
        if hand.page.get_by_text("1 payment is assigned.").count():
            hand.sees("Today")
            return
        if not is_started and hand.page.get_by_role("link", name="Assign them").count():
            hand.click("Assign them", "link")
            hand.done["pages"] += 1
            hand.click("Settle")
            hand.page.wait_for_load_state()
            is_started = True
        time.sleep(0.5)
    raise AssertionError("No payment was assigned:\n" + hand.page.inner_text("main"))


def _link(folder: Path) -> str:
    """The link in the mail, as soon as it has come."""
    for _ in range(PATIENCE // 200):
        for mail in mailbox.Maildir(str(folder / "post"), create=True):
            told = "".join(
                str(part.get_payload(decode=True) or b"", "utf-8")
                for part in mail.walk()
                if part.get_content_type() == "text/plain"
            )
            if found := re.search(r"http://\S+/register/\S+", told):
                return found[0]
        time.sleep(0.2)
    raise AssertionError("No mail came.")


@contextmanager
def _browser(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_context(base_url=address, locale="en").new_page()
        browser.close()


@contextmanager
def _office(folder: Path) -> Iterator[str]:
    """A new installation whose operator lets strangers register, served on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    around = {
        **os.environ,
        "ZAHLMEISTER_HOME": str(folder / "home"),
        "ZAHLMEISTER_DATABASE": "",
        "ZAHLMEISTER_REGISTRATION": "1",
        "ZAHLMEISTER_PRIVATE": "1",
        "ZAHLMEISTER_FINTS": "0123456789",
        "ZAHLMEISTER_ADDRESS": address,
        "ZAHLMEISTER_MAIL": f"maildir:{folder / 'post'}",
        "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
    }
    zahlmeister = [sys.executable, "-m", "zahlmeister"]
    for command in (
        [*zahlmeister, "migrate"],
        [*zahlmeister, "new-merchant", "Zahlstelle", "--email", "otto@zahlstelle.example", "--password", PASSWORD],
        [*zahlmeister, "operator", "zahlstelle"],
        [sys.executable, "-c", SENDER],
    ):
        subprocess.run(command, env=around, check=True, capture_output=True)
    serving = subprocess.Popen([*zahlmeister, "serve", "--port", str(port)], env=around)
    try:
        _wait_for(f"{address}/sign-in/")
        yield address
    finally:
        serving.terminate()
        serving.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(PATIENCE // 100):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Nobody answers at {address}.")


def main() -> None:
    parser = argparse.ArgumentParser(description="Walk from the first page to the first match.")
    parser.add_argument("--pictures", type=Path, help="Where a picture of each page is laid down.")
    told = parser.parse_args()
    if told.pictures:
        told.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zahlmeister-") as folder:
        walked = walk(Path(folder), told.pictures)
    print(", ".join(f"{count} {what}" for what, count in walked.done.items()))
    for what, seconds in walked.seconds.items():
        print(f"{seconds:6.1f} s of the machine until: {what}")
    pace = ", ".join(f"{seconds} s for each of the {what}" for what, seconds in PACE.items())
    print(f"about {walked.minutes:.1f} minutes for a person ({pace})")


if __name__ == "__main__":
    main()
