"""The whole queue of payments that wait, cleared by keyboard: nothing else is touched."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.office.test_browser_keys import press
from tests.stage import ANNA, BERND, DIRK, Paid, Stage, order

from zahlmeister.merchants.models import Person
from zahlmeister.receivables.states import ItemState, PaymentState

pytestmark = pytest.mark.browser


@pytest.fixture
def queue(stage: Stage) -> Stage:
    """Four payments that wait, newest first: two answers, nobody known, two answers again, money that is no order's."""
    stage.orders(
        order("100012345", "54.80", "Cora Weiß"),
        order("100012346", "54.80", "Carla Weiß"),
        order("100012347", "71.30", "Dora Schwarz"),
        order("100012348", "71.30", "Dana Schwarz"),
    )
    stage.pays(Paid(9999, "Zinsen 4. Quartal", "Hausbank", DIRK))
    stage.pays(Paid(7130, "Garn", "D Schwarz", ANNA))
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    stage.pays(Paid(5480, "Wolle", "C Weiß", BERND))
    assert {row.state for row in stage.payments()} <= {PaymentState.SUGGESTED, PaymentState.UNCLEAR}
    return stage


def state_of(stage: Stage, minor: int) -> str:
    return next(row.state for row in stage.payments() if row.amount_minor == minor)


def heading(page: Page, payer: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Payment from {payer}")


def test_the_whole_queue_is_cleared_by_keyboard(
    queue: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{queue.payments()[-1].pk}/")
    heading(page, "C Weiß")
    press(page, "1", "Enter")  # assigned, and on to the next
    heading(page, "Unbekannt Verzogen")
    press(page, "u")  # back to what was just decided
    heading(page, "C Weiß")
    assert state_of(queue, 5480) == PaymentState.SUGGESTED
    press(page, "2", "Enter")  # the runner-up it is
    heading(page, "Unbekannt Verzogen")
    assert state_of(queue, 5480) == PaymentState.ASSIGNED
    press(page, "j")  # skipped for now
    heading(page, "D Schwarz")
    press(page, "1", "Enter")
    heading(page, "Hausbank")
    press(page, "i")  # and round again to what was skipped
    heading(page, "Unbekannt Verzogen")
    press(page, "i")
    expect(page.get_by_role("status")).to_contain_text("That was the last payment that waited.")
    expect(page).to_have_url("/payments/")
    assert [row.state for row in queue.payments()] == [
        PaymentState.IGNORED, PaymentState.ASSIGNED, PaymentState.IGNORED, PaymentState.ASSIGNED,
    ]  # fmt: skip
    press(page, "u")  # even the last one can be undone from the list
    heading(page, "Unbekannt Verzogen")
    assert queue.books() == []


def test_the_winner_stands_beside_the_runner_up_with_the_same_aspects(
    queue: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{queue.payments()[-1].pk}/")
    best, other = page.locator(".duel > .candidate").all()
    assert best.locator("h3").all_inner_texts() == other.locator("h3").all_inner_texts() != []
    for mine, others in zip(best.locator(".side").all(), other.locator(".side").all(), strict=True):
        assert mine.bounding_box()["y"] == others.bounding_box()["y"]
    assert best.bounding_box()["x"] < other.bounding_box()["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    assert best.bounding_box()["x"] == other.bounding_box()["x"]


def test_s_splits_the_answer_that_is_chosen(
    queue: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{queue.payments()[-1].pk}/")
    second = page.locator("[data-candidate]").nth(1).locator("strong").inner_text()
    press(page, "2", "s")
    expect(page.get_by_label(f"Amount for {second}")).to_be_visible()
    assert queue.item(second).state == ItemState.OPEN


def test_the_keys_stand_on_the_page(queue: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{queue.payments()[-1].pk}/")
    for key in ("assign", "split", "ignore", "find", "skip", "back", "undo"):
        expect(page.locator(".keys-line")).to_contain_text(key)
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
