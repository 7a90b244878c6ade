"""Every page in Chromium: nothing for axe to find, nothing wider than a small phone, in both languages and themes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from tests.office.conftest import Ids, fill, ids, strange
from tests.screens import fits, is_accessible
from tests.stage import Stage, order

from zahlmeister.merchants.models import Person

pytestmark = pytest.mark.browser


def pages(stage: Stage) -> Iterator[str]:
    numbers = ids(stage)
    paid = stage.item("100012345")
    settled = next(row for row in stage.payments() if not row.open_minor)
    yield "/"
    yield "/payments/"
    yield "/payments/?state=needs&from=2026-11-01&min=1&q=nobody"
    yield f"/payments/{numbers.payment_id}/?q=10001234"
    yield f"/payments/{settled.pk}/"
    yield f"/payments/{numbers.payment_id}/split?item={stage.item('100012346').pk}"
    yield f"/payments/{numbers.payment_id}/list"
    yield f"/payments/{numbers.payment_id}/list/{numbers.list_id}/"
    yield "/orders/"
    yield f"/orders/{numbers.order_id}/"
    yield f"/orders/{paid.order_id}/"
    yield "/guarantee/?month=2026-11"
    yield "/payments/?guarantee=missed&from=2026-11-01&to=2026-11-30"
    yield "/learned/"
    yield "/transfers/"
    yield "/transfers/new"
    yield f"/transfers/{numbers.transfer_id}/"
    yield f"/transfers/files/{numbers.file_id}/"
    yield f"/transfers/from/{numbers.account_id}/"
    yield "/books/"
    yield "/books/check"
    yield f"/books/bank/{numbers.account_id}/EUR/"
    yield "/search/?q=10001234"
    yield from pages_of_accounts(stage, numbers)
    yield "/nowhere/"


def pages_of_accounts(stage: Stage, numbers: Ids) -> Iterator[str]:
    yield "/statements/"
    yield "/statements/mappings/"
    yield f"/statements/{numbers.import_id}/"
    yield f"/accounts/{numbers.account_id}/"
    yield f"/accounts/{numbers.account_id}/change"
    yield f"/accounts/{strange(stage).pk}/"
    yield f"/payments/{numbers.payment_id}/send-back"
    yield "/transfers/limits"
    yield "/debits/"
    yield "/debits/mandates/new"
    yield f"/debits/mandates/{numbers.mandate_id}/"
    yield f"/debits/{numbers.debit_id}/"
    yield f"/debits/from/{numbers.account_id}/"
    yield f"/debits/files/{numbers.debit_file_id}/"
    yield "/learned/rules/new"
    yield "/shops/programs/"
    yield f"/shops/programs/{stage.item('100012345').order.shop_id}/"
    yield f"/accounts/pay-to/?shop={stage.item('100012345').order.shop_id}&country=AT&currency=EUR"


def unfold(page: Page) -> None:
    """Open what is folded, so that it is looked at too."""
    page.evaluate("document.querySelectorAll('details.fold, details.group').forEach((fold) => { fold.open = true })")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str, *, dark: bool
) -> None:
    fill(stage)
    page = office_browser(brigitte, language=language, dark=dark)
    for path in pages(stage):
        page.goto(path)
        unfold(page)
        is_accessible(page)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_scrolls_sideways(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str, width: int
) -> None:
    fill(stage)
    stage.orders(order("AUFTRAG-2026-0000012345", "1234567.89", "Donaudampfschifffahrtsgesellschaft mbH & Co. KGaA"))
    page = office_browser(brigitte, language=language, width=width)
    for path in [*pages(stage), f"/orders/{stage.item('AUFTRAG-2026-0000012345').order_id}/"]:
        page.goto(path)
        unfold(page)
        fits(page, width)


def test_the_menu_of_a_phone_leads_to_the_books(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    fill(stage)
    page = office_browser(brigitte, width=390)
    page.goto("/")
    page.get_by_text("Menu").click()
    page.locator(".phone-bar").get_by_role("link", name="Books").click()
    assert page.title().startswith("Books")


def test_no_page_breaks_its_content_security_policy(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    fill(stage)
    page = office_browser(brigitte)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in pages(stage):
        if path != "/nowhere/":
            page.goto(path)
    assert complaints == []
