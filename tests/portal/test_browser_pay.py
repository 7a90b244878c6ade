"""The buyer's page in Chromium, as a phone and a desk show it, with scripts and without."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, sync_playwright
from tests.letters.asked import read_picture
from tests.portal.test_pay import AT_HOME, address
from tests.screens import fits, is_accessible
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import Sender

pytestmark = pytest.mark.browser
Opens = Callable[..., Page]


@pytest.fixture
def shop(transactional_db: None, stage: Stage) -> Stage:
    BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR", holder="Brigitte Berger")
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wolle.example", imprint="HRB 1")
    stage.orders(order("1001", "1249.90", reference="KACDEFGH", **AT_HOME))
    return stage


@pytest.fixture
def buyer(live_server: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def opened(path: str, *, width: int = 390, dark: bool = False, scripts: bool = True) -> Page:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": 800},
                color_scheme="dark" if dark else "light",
                java_script_enabled=scripts,
                permissions=["clipboard-read", "clipboard-write"],
            )
            page = context.new_page()
            page.goto(path)
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("language", ["de", "en", "fr", "it"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(shop: Stage, buyer: Opens, language: str, *, dark: bool):
    for where in (address(shop, language=language), f"/pay/x-y?language={language}"):
        is_accessible(buyer(where, dark=dark))


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("language", ["de", "fr"])
def test_nothing_is_wider_than_the_screen(shop: Stage, buyer: Opens, width: int, language: str):
    page = buyer(address(shop, language=language), width=width)

    fits(page, width)


def test_a_tap_copies_the_reference_and_the_amount(shop: Stage, buyer: Opens):
    page = buyer(address(shop))
    page.get_by_role("button", name="Kopieren: Verwendungszweck").click()
    assert page.evaluate("navigator.clipboard.readText()") == "KACDEFGH"

    page.get_by_role("button", name="Kopieren: Betrag").click()
    assert page.evaluate("navigator.clipboard.readText()") == "1249,90"
    assert page.get_by_text("Kopiert").count() >= 1


def test_the_code_on_the_screen_is_read_by_a_camera(shop: Stage, buyer: Opens):
    page = buyer(address(shop), dark=True)

    [payload] = read_picture(page.locator(".code").screenshot())
    assert payload.startswith("BCD\n002")
    assert payload.endswith("EUR1249.90\n\n\nKACDEFGH")


def test_without_scripts_everything_to_type_is_there(shop: Stage, buyer: Opens):
    page = buyer(address(shop), scripts=False)

    assert page.get_by_text("DE02 1203 0000 0000 2020 51").is_visible()
    assert not page.get_by_role("button").count()
    assert page.locator(".code svg").is_visible()


def test_the_page_shows_by_itself_that_the_money_is_there(shop: Stage, buyer: Opens):
    page = buyer(address(shop))
    page.clock.install()
    page.reload()
    shop.pays(Paid(124990, "KACDEFGH"))
    page.clock.fast_forward(16_000)

    page.get_by_text("Ihre Zahlung ist angekommen").wait_for(timeout=10_000)
