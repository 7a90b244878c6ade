"""Photograph every page of a running office: both languages, phone and desktop, light and dark.

    python scripts/screenshots.py --office http://127.0.0.1:8000 --email EMAIL --password PASSWORD

The pages are found by following links from Today, one of each kind, and by the ways below to those that only some rows
lead to. The pictures go to build/screenshots/, named PAGE-LANGUAGE-SIZE-THEME.png; those that the guides show go to
docs/pictures/ with --guides, in a few colours so that they stay small. Exit status 1 when a page scrolls sideways or
answers with an error.
"""

import argparse
import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PICTURES = Path("docs/pictures")
COLOURS, TALLEST = 32, 1200
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LANGUAGES = ("de", "en")
THEMES = ("light", "dark")
#: Pages of which there is more than one worth seeing, by the way that leads there.
WAYS = (
    ("payments-waiting", "/payments/?state=needs"),
    ("payments-none", "/payments/?q=nobody+is+called+like+this"),
    ("payment-suggested", "/payments/?state=suggested → /payments/[0-9]+/"),
    ("payment-unclear", "/payments/?state=unclear → /payments/[0-9]+/"),
    ("payment-assigned", "/payments/?state=assigned → /payments/[0-9]+/"),
    ("payment-ignored", "/payments/?state=ignored → /payments/[0-9]+/"),
    ("payment-split", '/payments/?state=suggested → /payments/[0-9]+/ → /payments/[0-9]+/split[^"]*'),
    ("payment-list", "/payments/?state=unclear → /payments/[0-9]+/ → /payments/[0-9]+/list"),
    ("order-open", "/orders/?state=owed → /orders/[0-9]+/"),
    ("order-paid", "/orders/?state=paid → /orders/[0-9]+/"),
    ("search", "/search/?q=Anna"),
    ("asked", "/reminders/"),
    ("back", "/refunds/"),
    ("month", "/books/months/"),
    ("days", "/books/days/"),
    ("handed-in", "/statements/"),
    ("all-settings", "/settings/"),
    ("not-found", "/nowhere/"),
)
#: What the guides show: of which page, as which picture.
GUIDES = {
    "today": "today",
    "payments-waiting": "payments",
    "payment-suggested": "payment",
    "order-paid": "order",
    "asked": "reminders",
    "back": "refunds",
    "handed-in": "statements",
    "month": "month",
    "days": "days",
}
#: A number in an address says which row; its kind is what stands around it.
_ROW = re.compile(r"/[0-9]+(?=/|$)|/[0-9a-f-]{32,}|(?<=/letters/texts)/[^/]+/[^/]+")
_MOST_LOOKED_AT = 600


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
    parser.add_argument("--guides", action="store_true", help="only the pictures of the guides, into docs/pictures")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    office = Office(given.office.rstrip("/"), given.email, given.password)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        complaints = list(_photographs(browser, office, given))
        browser.close()
    for complaint in complaints:
        print(complaint)
    print(f"{len(list(given.into.glob('*.png')))} pictures in {given.into}")
    return 1 if complaints else 0


def _photographs(browser: Browser, office: Office, given: argparse.Namespace) -> Iterator[str]:
    found: dict[str, str] = {}
    for language, (size, (width, height)), theme in product(LANGUAGES, SIZES.items(), THEMES):
        if given.guides and (size, theme) != ("desktop", "light"):
            continue
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
        )
        page = context.new_page()
        kind = f"{language}-{size}-{theme}.png"
        yield from _shoot(page, "sign-in", f"{office.address}/sign-in/", given.into / f"sign-in-{kind}")
        page.fill("[name=username]", office.email)
        page.fill("[name=password]", office.password)
        page.click("form.stack button")
        found = found or _every_page(page, office, is_for_guides=given.guides)
        for name, address in found.items():
            if re.search(given.only, name):
                yield from _shoot(page, name, address, given.into / f"{name}-{kind}")
                if given.guides and language == "en":
                    _small(given.into / f"{name}-{kind}", PICTURES / f"{GUIDES[name]}.png")
        context.close()


def _every_page(page: Page, office: Office, *, is_for_guides: bool) -> dict[str, str]:
    """One page of each kind, by name: what links from Today lead to, and what the ways do."""
    found = {name: address for name, way in WAYS if (address := _address(page, office, way))}
    if is_for_guides:
        return {name: where for name, where in {"today": f"{office.address}/", **found}.items() if name in GUIDES}
    waiting, known = deque(["/"]), {"/"}
    looked_at = 0
    while waiting and looked_at < _MOST_LOOKED_AT:
        path, looked_at = waiting.popleft(), looked_at + 1
        name = _ROW.sub("/one", path).strip("/").replace("/", "-") or "today"
        answer = page.context.request.get(office.address + path)
        if name in found or not answer.ok or not answer.headers["content-type"].startswith("text/html"):
            continue
        found[name] = office.address + path
        for link in re.findall(r'<a [^>]*href="(/[^"?#]*)"', answer.text()):
            kind = _ROW.sub("/one", link)
            if kind not in known and not link.startswith(("/static/", "/pay/")):
                known.add(kind)
                waiting.append(link)
    return found


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


def _small(picture: Path, into: Path) -> None:
    """The same picture in so few colours that it weighs little, and no taller than one reads."""
    with Image.open(picture) as whole:
        top = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALLEST)))
    top.quantize(COLOURS).save(into, optimize=True)


def _shoot(page: Page, name: str, address: str, picture: Path) -> Iterator[str]:
    answer = page.goto(address)
    page.screenshot(path=picture, full_page=True)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield f"{picture.name}: scrolls sideways."
    if answer is not None and answer.status >= 400 and name != "not-found":
        yield f"{picture.name}: {address} answers {answer.status}."


if __name__ == "__main__":
    sys.exit(main())
