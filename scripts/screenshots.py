"""Photograph every page of a running office: both languages, phone and desktop, light and dark.

    python scripts/screenshots.py --office http://127.0.0.1:8000 --email EMAIL --password PASSWORD

The pictures go to build/screenshots/, named PAGE-LANGUAGE-WIDTH-THEME.png. Exit status 1 when a page scrolls
sideways or answers with an error.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LANGUAGES = ("de", "en")
THEMES = ("light", "dark")
#: Name → address; a pattern is followed from the page before it.
PAGES = (
    ("today", "/"),
    ("payments", "/payments/"),
    ("payments-waiting", "/payments/?state=needs"),
    ("payments-none", "/payments/?q=nobody+is+called+like+this"),
    ("payment-suggested", "/payments/?state=suggested → /payments/[0-9]+/"),
    ("payment-unclear", "/payments/?state=unclear → /payments/[0-9]+/"),
    ("payment-assigned", "/payments/?state=assigned → /payments/[0-9]+/"),
    ("payment-ignored", "/payments/?state=ignored → /payments/[0-9]+/"),
    ("payment-split", '/payments/?state=suggested → /payments/[0-9]+/ → /payments/[0-9]+/split[^"]*'),
    ("payment-list", "/payments/?state=unclear → /payments/[0-9]+/ → /payments/[0-9]+/list"),
    ("orders", "/orders/"),
    ("order-open", "/orders/?state=owed → /orders/[0-9]+/"),
    ("order-paid", "/orders/?state=paid → /orders/[0-9]+/"),
    ("statements", "/statements/"),
    ("statement", "/statements/ → /statements/[0-9]+/"),
    ("account", "/statements/ → /accounts/[0-9]+/"),
    ("transfers", "/transfers/"),
    ("transfer-new", "/transfers/new"),
    ("guarantee", "/guarantee/"),
    ("learned", "/learned/"),
    ("books", "/books/"),
    ("book", "/books/ → /books/[a-z_]+/[0-9]+/[A-Z]+/"),
    ("books-check", "/books/check"),
    ("search", "/search/?q=Anna"),
    ("not-found", "/nowhere/"),
)


@dataclass(frozen=True, slots=True)
class Office:
    """A running office and who signs in."""

    address: str
    email: str
    password: str


def main() -> int:
    """Take the pictures; answer how the shell should see it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--office", default="http://127.0.0.1:8000")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--into", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--only", default="", help="a regular expression for page names")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    office = Office(given.office.rstrip("/"), given.email, given.password)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        complaints = list(_photographs(browser, office, given.into, given.only))
        browser.close()
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def _photographs(browser: Browser, office: Office, into: Path, only: str) -> Iterator[str]:
    for language in LANGUAGES:
        for size, (width, height) in SIZES.items():
            for theme in THEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale=language,
                    color_scheme="dark" if theme == "dark" else "light",
                )
                page = context.new_page()
                kind = f"{language}-{size}-{theme}.png"
                yield from _shoot(page, "sign-in", f"{office.address}/sign-in/", into / f"sign-in-{kind}")
                page.fill("[name=username]", office.email)
                page.fill("[name=password]", office.password)
                page.click("form.stack button")
                for name, way in PAGES:
                    if re.search(only, name):
                        address = _address(page, office, way)
                        if address:
                            yield from _shoot(page, name, address, into / f"{name}-{kind}")
                context.close()


def _address(page: Page, office: Office, way: str) -> str:
    """Follow the links of a way; empty when there is none of the kind."""
    first, *patterns = way.split(" → ")
    address = office.address + first
    for pattern in patterns:
        page.goto(address)
        link = re.search(f'href="({pattern})"', page.content())
        if not link:
            return ""
        address = office.address + link[1].replace("&amp;", "&")
    return address


def _shoot(page: Page, name: str, address: str, picture: Path) -> Iterator[str]:
    answer = page.goto(address)
    page.screenshot(path=picture, full_page=True)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield f"{picture.name}: scrolls sideways."
    if answer is not None and answer.status >= 400 and name != "not-found":
        yield f"{picture.name}: {address} answers {answer.status}."


if __name__ == "__main__":
    sys.exit(main())
