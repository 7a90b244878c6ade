"""Every page of the office by its name, light, dark and on paper: no list of pages that somebody forgets to add to.

The gate looks at one page of each area; all of them take some minutes:

    ZAHLMEISTER_EVERY_PAGE=1 pytest tests/office/test_browser_every_page.py
"""

import os
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from tests.office.conftest import fill, signed_in
from tests.office.test_access import PAGES, WRITES, addresses
from tests.office.test_browser_pages import unfold
from tests.screens import fits, is_accessible, nothing_lies_over_another
from tests.stage import Stage

from zahlmeister.merchants.models import Merchant, Person

pytestmark = pytest.mark.browser

#: They ask for the password again, or lead on.
ELSEWHERE = {301, 302, 404}


def readable(office: Client, found: dict[str, str]) -> list[str]:
    """The addresses of those that answer with a page, one for each area unless all are wanted."""
    pages: dict[str, list[str]] = {}
    for address in found.values():
        answer = office.get(address)
        if answer.status_code in ELSEWHERE or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        assert answer.status_code == 200, address
        if 'id="content"' in answer.content.decode():  # and no letter, which stands in a frame
            pages.setdefault(address.split("/")[1], []).append(address)
    chosen = pages.values() if os.environ.get("ZAHLMEISTER_EVERY_PAGE") else [found[-1:] for found in pages.values()]
    return [address for area in chosen for address in area]


def test_axe_finds_nothing_on_any_page_and_paper_is_wide_enough(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    fill(stage)
    Merchant.objects.update(is_operator=False)
    Merchant.objects.filter(pk=stage.merchant.pk).update(is_operator=True)
    found = addresses(stage, [page for page in PAGES if page.name not in WRITES])
    page = office_browser(brigitte, language="de", width=390)
    wrong = []
    for address in readable(signed_in(brigitte, "de"), found):
        page.goto(address)
        unfold(page)
        for look in (
            lambda: is_accessible(page),
            lambda: fits(page, 390),
            lambda: nothing_lies_over_another(page),
            lambda: (page.emulate_media(color_scheme="dark"), is_accessible(page)),
            lambda: (page.emulate_media(media="print"), fits(page, 390)),
        ):
            try:
                look()
            except AssertionError as error:
                wrong.append(f"{address}: {error}")
        page.emulate_media(media="screen", color_scheme="light")
    assert not wrong, "\n\n".join(wrong)


#: Before anybody has signed in.
OUTSIDE = ("/sign-in/", "/forgotten/", "/register/", "/invited/nobody", "/new-password/1/nothing", "/new-address/x")


@pytest.mark.parametrize("language", ["de", "en"])
def test_axe_finds_nothing_on_the_pages_before_signing_in(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str
) -> None:
    fill(stage)
    page = office_browser(brigitte, language=language, width=320)
    page.context.clear_cookies()
    for address in OUTSIDE:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(address)
            assert page.locator("h1").inner_text(), address
            is_accessible(page)
            fits(page, 320)


def test_whatever_the_rail_leads_to_can_be_read_and_searched_without_scripts(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    """The same words stand there as with scripts, chips unfold, and a list's search leaves what it finds."""
    fill(stage)
    with_scripts, without = office_browser(brigitte), office_browser(brigitte, scripts=False)
    with_scripts.goto("/")
    links = with_scripts.locator("nav a[href^='/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(set(links)) > 12
    for address in dict.fromkeys(link for link in links if link != "/me/"):  # which says from where one is signed in
        with_scripts.goto(address)
        without.goto(address)
        read = without.locator("#content").inner_text()
        assert read == with_scripts.locator("#content").inner_text(), address
        chip = without.locator("details.chip summary").first
        if chip.count():
            chip.click()
            assert without.locator("details.chip .sheet").first.is_visible(), address
        search = without.locator("#content input[name=q]")
        if search.count():
            search.first.fill("nobody-is-called-like-this")
            search.first.press("Enter")
            without.wait_for_url("**q=nobody-is-called-like-this**")
            found = without.locator("#content").inner_text()
            assert found != read or "100012345" not in read, address
