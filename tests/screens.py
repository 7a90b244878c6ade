"""What every page must be, looked at in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def is_fit(page: Page, width: int) -> None:
    """A page that is wholly there is no wider than its screen, and axe finds nothing.

    Waiting comes first: what is measured while one page goes and the next comes belongs to neither.
    """
    fits(page, width)
    is_accessible(page)


def fits(page: Page, width: int) -> None:
    """Nothing has to be pushed sideways."""
    _is_there(page)
    wide = page.locator("html").evaluate("page => page.scrollWidth")
    assert wide <= width, f"{page.url} is {wide} px wide on a screen of {width}"


def is_accessible(page: Page) -> None:
    """Axe finds nothing to complain of."""
    _is_there(page)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def _is_there(page: Page) -> None:
    page.locator("body").wait_for(state="attached")  # between two pages there is none
    page.wait_for_load_state("load")
