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


#: What two cells of a row, or two facts, show at the same spot; what is cut off by its cell is not shown there.
_OVER_EACH_OTHER = """
() => [...document.querySelectorAll('#content tr, #content dl, #content .needs li')].flatMap(row => {
  const shown = [...row.children].filter(cell => !cell.closest('thead')).map(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const words = range.getBoundingClientRect(), frame = cell.getBoundingClientRect();
    const cut = getComputedStyle(cell).overflowX !== 'visible';
    return { cell, left: cut ? Math.max(words.left, frame.left) : words.left,
      right: cut ? Math.min(words.right, frame.right) : words.right, top: words.top, bottom: words.bottom };
  }).filter(one => one.right - one.left > 2 && one.bottom - one.top > 2);
  return shown.flatMap((one, index) => shown.slice(index + 1).filter(next =>
    Math.min(one.right, next.right) - Math.max(one.left, next.left) > 2 &&
    Math.min(one.bottom, next.bottom) - Math.max(one.top, next.top) > 3
  ).map(next => [one, next].map(each => each.cell.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40)).join(' | ')));
})
"""


def nothing_lies_over_another(page: Page) -> None:
    """No cell of a row is written over another one: on a phone they leave their columns."""
    _is_there(page)
    found = page.evaluate(_OVER_EACH_OTHER)
    assert not found, f"{page.url}: {found}"


def _is_there(page: Page) -> None:
    page.locator("body").wait_for(state="attached")  # between two pages there is none
    page.wait_for_load_state("load")
