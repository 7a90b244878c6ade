"""The pages of letters in Chromium: nothing for axe to find, nothing wider than a small phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from tests.connectors.mail_server import mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.screens import is_fit
from tests.stage import Stage, order

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.merchants.models import Person
from zahlmeister.orders.models import Shop

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(transactional_db: None, stage: Stage) -> Stage:
    with mail_server() as post:
        set_up(stage, post.port)
        stage.orders(order("1001", "49.90", **AT_HOME))
        deliver(stage)
    return stage


def pages() -> list[str]:
    letter, shop = SentLetter.objects.get(), Shop.objects.get()
    return [
        "/letters/",
        f"/letters/{letter.pk}/",
        "/letters/sender",
        "/letters/server",
        f"/letters/rules/{shop.pk}/prepayment",
        "/letters/texts/",
        "/letters/texts/payment_information/de/",
        f"/orders/{letter.order_id}/",
    ]


@pytest.mark.parametrize(("language", "dark"), [("de", False), ("en", True)])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    shop: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str, *, dark: bool
):
    page = office_browser(brigitte, language=language, dark=dark, width=320)
    for path in pages():
        page.goto(path)
        is_fit(page, 320)


def test_typed_words_show_beside_what_is_typed(shop: Stage, brigitte: Person, office_browser: Callable[..., Page]):
    page = office_browser(brigitte, language="en")
    page.goto("/letters/texts/payment_information/de/")
    page.get_by_label("Text").fill("Hallo *{name}*")
    page.get_by_role("button", name="Look at it first").click()

    page.frame_locator("iframe[name=preview]").get_by_text("Hallo Anna Weber").wait_for()
