"""A clerk clears payments without a mouse, without scripts, and sees what happens while a file is read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.flows.test_divide_payment import ALL, carrier_pays, three_parcels
from tests.stage import BERND, DIRK, Paid, Stage, order

from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.merchants.models import Person
from zahlmeister.receivables.states import ItemState, PaymentState

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(stage: Stage) -> Stage:
    """Two payments that wait: one with two suggestions, one nobody knows."""
    stage.orders(order("100012345", "54.80", "Cora Weiß"), order("100012346", "54.80", "Carla Weiß"))
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", DIRK))
    stage.pays(Paid(5480, "Wolle", "C Weiß", BERND))
    return stage


def state_of(stage: Stage, minor: int) -> str:
    return next(row.state for row in stage.payments() if row.amount_minor == minor)


def press(page: Page, *keys: str) -> None:
    """Press keys once the page listens."""
    page.wait_for_selector("html.js")
    for key in keys:
        page.keyboard.press(key)


def test_choose_assign_undo_and_go_on_by_keyboard(
    desk: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    newest = desk.payments()[-1]
    page = office_browser(brigitte)
    page.goto(f"/payments/{newest.pk}/")
    press(page, "Enter")  # two equally good answers: nothing is chosen yet
    expect(page.locator("[data-candidate].chosen")).to_have_count(0)
    assert state_of(desk, 5480) == PaymentState.SUGGESTED
    press(page, "2")
    expect(page.locator("[data-candidate]").nth(1)).to_have_class("candidate chosen")
    press(page, "1")
    press(page, "Enter")
    expect(page.get_by_role("status")).to_contain_text("54.80 EUR from C Weiß is assigned to order")
    assert state_of(desk, 5480) == PaymentState.ASSIGNED
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment from Unbekannt Verzogen")
    press(page, "u")
    expect(page.get_by_role("status")).to_contain_text("taken back")
    assert state_of(desk, 5480) in {PaymentState.UNCLEAR, PaymentState.SUGGESTED}
    press(page, "j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment from Unbekannt Verzogen")
    press(page, "k")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment from C Weiß")


def test_a_carriers_list_is_looked_at_and_assigned_by_keyboard(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7545)
    page = office_browser(brigitte)
    page.goto(f"/payments/{stage.payment().pk}/")
    press(page, "l")
    page.wait_for_url("**/list")
    page.set_input_files("#file", {"name": "nachnahme.csv", "mimeType": "text/csv", "buffer": ALL.encode()})
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("explains the payment to the cent, and every line")).to_be_visible()
    press(page, "a")
    expect(page.get_by_role("status")).to_contain_text("3 lines of “nachnahme.csv” are assigned.")
    assert stage.payment().state == PaymentState.ASSIGNED
    press(page, "u")
    expect(page.get_by_role("status")).to_contain_text("taken back")
    assert (stage.payment().state, stage.payment().open_minor) == (PaymentState.UNCLEAR, 7545)


def test_enter_alone_assigns_what_leads(desk: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    desk.orders(order("100012399", "71.30", "Dora Schwarz"))
    desk.pays(Paid(6000, "Wolle", "Dora Schwarz", DIRK))  # too little for no reason we see, and no number
    page = office_browser(brigitte)
    page.goto(f"/payments/{desk.payments()[-1].pk}/")
    press(page, "Enter")
    expect(page.get_by_role("status")).to_contain_text("is assigned to order")


def test_ignore_and_help(desk: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{desk.payments()[0].pk}/")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "i")
    assert state_of(desk, 3333) != PaymentState.IGNORED
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "i")
    expect(page.get_by_role("status")).to_contain_text("is ignored.")
    assert state_of(desk, 3333) == PaymentState.IGNORED


def test_typing_in_a_field_presses_no_key(desk: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    page = office_browser(brigitte)
    page.goto(f"/payments/{desk.payments()[0].pk}/")
    press(page, "f")
    page.keyboard.type("carla is 1 ju")
    page.wait_for_timeout(400)
    assert state_of(desk, 3333) == PaymentState.UNCLEAR
    page.keyboard.press("Control+a")
    page.keyboard.type("carla")
    expect(page.locator("#found-orders")).to_contain_text("100012346")


def test_a_split_shows_what_remains(desk: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    page = office_browser(brigitte, language="de")
    page.goto(f"/payments/{desk.payments()[-1].pk}/")
    press(page, "s")
    field = page.get_by_label("Betrag für 10001234").first
    expect(page.locator("[data-remaining]")).to_have_text("0,00")
    field.fill("50,5")
    expect(page.locator("[data-remaining]")).to_have_text("4,30")
    field.fill("60")
    expect(page.locator("[data-remaining]")).to_have_text("\u22125,20")
    field.fill("50")
    page.get_by_placeholder("Nummer, Name oder Betrag").fill("weiß")
    press(page, "Enter")
    page.get_by_role("button", name="Hinzufügen").first.click()
    expect(page.locator("[data-remaining]")).to_have_text("0,00")
    page.get_by_role("button", name="Zuordnen").click()
    expect(page.get_by_role("status")).to_contain_text("ist den Bestellungen 10001234")
    assert {desk.item(number).state for number in ("100012345", "100012346")} == {ItemState.PART_PAID}


def test_everything_works_without_scripts(desk: Stage, brigitte: Person, office_browser: Callable[..., Page]) -> None:
    page = office_browser(brigitte, scripts=False)
    page.goto("/payments/?state=needs")
    page.get_by_role("link", name="Unbekannt Verzogen").click()
    page.get_by_role("searchbox", name="Number, name or amount of the order").fill("100012345")
    page.keyboard.press("Enter")
    page.locator("#found-orders").get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status")).to_contain_text(
        "33.33 EUR from Unbekannt Verzogen is assigned to order 100012345"
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("taken back")
    assert state_of(desk, 3333) == PaymentState.UNCLEAR


def test_a_file_dropped_is_handed_in_and_watched_until_it_is_done(
    desk: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    page = office_browser(brigitte)
    page.goto("/statements/")
    content = desk.statement(Paid(1000, "Neu")).decode()
    transfer = page.evaluate_handle(
        "text => { const all = new DataTransfer(); all.items.add(new File([text], 'drop.xml')); return all }", content
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("heading", level=1)).to_have_text("drop.xml")
    row = StatementImport.objects.get(name="drop.xml")
    expect(page.locator("#progress")).to_contain_text("waits for its turn")
    running = StatementImport.objects.filter(pk=row.pk)
    running.update(state=ImportState.RUNNING, expected=1000, entries_done=312, settled=300)
    expect(page.locator("#progress")).to_contain_text("312 of 1,000 entries, 300 settled")
    running.update(state=ImportState.DONE, entries_done=1000, settled=990)
    expect(page.get_by_text("Settled by themselves")).to_be_visible()
    expect(page.locator("#progress")).to_have_count(0)


def test_a_list_is_walked_chosen_from_and_opened_by_keyboard_and_says_its_keys(
    desk: Stage, brigitte: Person, office_browser: Callable[..., Page]
) -> None:
    page = office_browser(brigitte)
    page.goto("/payments/?state=needs")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("choose the row")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "ArrowDown", "x")
    expect(page.locator("td.box input").first).to_be_checked()
    expect(page.locator("td.box input").nth(1)).not_to_be_checked()
    press(page, "ArrowDown", "Enter")
    page.wait_for_url("**/payments/*/")
    page.goto("/statements/")
    press(page, "?")
    expect(page.get_by_role("dialog")).not_to_contain_text("choose the row")
