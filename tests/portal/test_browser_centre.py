"""Anna pays in the customer centre, on a phone and at a desk, in every way: tabs are closed, left, and opened twice.

The provider's calls come before she is back or long after. Each scene ends with balance and books agreeing to the cent.
"""

import os
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.flows.test_centre import asks_link, centre, comes, with_balance  # noqa: F401 - a fixture
from tests.flows.test_providers import SYSTEMS
from tests.screens import fits, is_fit
from tests.stage import ANNA, Stage

from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.flows.centre.by_itself import ask_next
from zahlmeister.flows.centre.charge_by_itself import follow_next
from zahlmeister.flows.centre.pay_back import OTHER, BackWanted, ask_back
from zahlmeister.flows.centre.release import release
from zahlmeister.flows.charge_stored import charge_next, forget_stored_next
from zahlmeister.flows.hear_provider import look_next
from zahlmeister.intents.connections import keep_keys, webhook_url
from zahlmeister.intents.models import PaymentIntent, ProviderConnection
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import Account, AnnouncedTransfer, CentreSettings, Customer, Entry
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.states import Purpose
from zahlmeister.programs import limits
from zahlmeister.receivables.states import ItemState
from zahlmeister.sandbox.providers.till import Till

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = 390, 1280
BY_SYSTEM = {"paypal": "paypal", "card": "stripe", "instant": "mollie"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def shop(centre: Stage, live_server: object, settings: object, monkeypatch: pytest.MonkeyPatch) -> Stage:  # noqa: F811
    settings.PUBLIC_ADDRESS = live_server.url
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    limits._knocks.clear()
    centre.now = timezone.now()
    return centre


@pytest.fixture
def till(shop: Stage, request: pytest.FixtureRequest) -> Iterator[Till]:
    system = BY_SYSTEM[request.param]
    kind, method, keys = SYSTEMS[system]
    made = kind(shop.clock)
    connection = ProviderConnection(
        merchant=shop.merchant,
        system=system,
        name=system.title(),
        address=made.address,
        methods=[method.value],
        payouts_at=shop.now,
        payouts_since=shop.now.date(),
        created_at=shop.now,
    )
    keep_keys(connection, keys)
    connection.save()
    made.webhook_url = webhook_url(connection)
    yield made
    made.close()


def come_in(shop: Stage, chromium: Browser, width: int, url: str) -> BrowserContext:
    """Anna opens the link of her mail and is in."""
    context = chromium.new_context(base_url=url, viewport={"width": width, "height": 844}, locale="de-DE")
    context.set_default_timeout(30_000)  # a click waits for the page it leads to; the first one of a process loads all
    asks_link(shop, "anna@post.example")
    page = context.new_page()
    page.goto(f"/centre/brigitte/in/{token(Customer.objects.get())}")
    page.get_by_role("button", name="Anmelden als").click()
    page.get_by_role("heading", name="Offene Rechnungen").wait_for()
    page.close()
    return context


def opened(context: BrowserContext, path: str = "") -> Page:
    page = context.new_page()
    page.goto(f"/centre/brigitte/{path}")
    return page


def wants(page: Page, amount: str, way: str) -> None:
    page.get_by_label("Betrag").fill(amount)
    page.locator(f"input[name=way][value='{way}']").check()
    page.get_by_role("button", name="Weiter").click()


def work(shop: Stage) -> None:
    shop.now = timezone.now()
    while look_next(clock=shop.clock) is not None:
        pass


def agree(shop: Stage, paid: int) -> None:
    account = Account.objects.get()
    assert balance_of(account).paid == paid
    assert balance(shop.merchant.pk, Book.PREPAID, "EUR").minor == -paid
    assert balance(shop.merchant.pk, Book.PAID_ELSEWHERE, "EUR").minor == 0
    assert shop.books() == []


def tops_up_by_transfer(shop: Stage, context: BrowserContext, width: int) -> None:
    """The page is left by going back and come to again; then the tab is closed until the money is there."""
    page = opened(context)
    is_fit(page, width)
    page.get_by_role("link", name="Guthaben aufladen").click()
    is_fit(page, width)
    wants(page, "100", "transfer")
    page.get_by_text("Wir warten auf 100,00").wait_for()
    is_fit(page, width)
    page.go_back()
    page.go_forward()
    page.get_by_text("Wir warten auf 100,00").wait_for()
    page.close()
    [transfer] = AnnouncedTransfer.objects.all()
    comes(shop, transfer)
    page = opened(context, f"transfers/{transfer.pk}/")
    page.get_by_text("werden gleich gutgeschrieben").wait_for()
    release(shop.merchant, transfer.pk, by="brigitte", at=shop.now)
    page.reload()
    page.get_by_text("100,00 EUR sind gutgeschrieben").wait_for()
    page.close()


def pays_from_the_balance_in_two_tabs(context: BrowserContext, width: int) -> None:
    page = opened(context)
    page.get_by_label("Rechnung R1001").check()
    page.get_by_role("button", name="Bezahlen").click()
    page.wait_for_url("**/pay/**")
    is_fit(page, width)
    other = context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        wants(tab, "49,90", "balance")
    page.get_by_text("Es bleiben 50,10").wait_for()
    is_fit(page, width)
    other.get_by_role("alert").wait_for()  # that invoice is paid by now
    page.goto("/centre/brigitte/")
    page.get_by_role("link", name="Alle Bewegungen").click()
    is_fit(page, width)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_by_transfer_and_from_the_balance(shop: Stage, chromium: Browser, live_server: object, width: int) -> None:
    context = come_in(shop, chromium, width, live_server.url)
    tops_up_by_transfer(shop, context, width)
    agree(shop, 10_000)
    pays_from_the_balance_in_two_tabs(context, width)
    assert shop.item("1001").state == ItemState.PAID
    agree(shop, 5010)
    context.close()


def gives_up_there(shop: Stage, context: BrowserContext, page_of: str, way: str) -> None:
    page = opened(context, page_of)
    wants(page, "30", way)
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/back/**")
    work(shop)
    page.reload()
    page.get_by_role("heading", name="Ihre Zahlung").wait_for()
    assert page.get_by_text("gutgeschrieben").count() == 0
    page.close()


def tops_up_there(context: BrowserContext, page_of: str, way: str, till: Till | None) -> None:
    """The tab is closed on the provider's page; the same wish leads there again. With a till it never comes back."""
    page = opened(context, page_of)
    wants(page, "40", way)
    page.get_by_role("button", name="Approve").wait_for()
    page.close()
    page = opened(context, page_of)
    wants(page, "40", way)
    page.get_by_role("button", name="Approve").wait_for()
    if till is None:
        page.get_by_role("button", name="Approve").click()
        page.wait_for_url("**/back/**")
    else:
        till.approve(PaymentIntent.objects.latest("id").provider_id)
    page.close()


def pays_there_in_two_tabs(context: BrowserContext, page_of: str, way: str) -> Page:
    """Both lead to one payment; the page that is still open in the second tab takes no more money."""
    first, second = opened(context, page_of), opened(context, page_of)
    for tab in (first, second):
        wants(tab, "60", way)
        tab.get_by_role("button", name="Approve").wait_for()
    assert first.url == second.url
    first.get_by_role("button", name="Approve").click()
    first.wait_for_url("**/back/**")
    second.reload()
    assert second.get_by_role("button", name="Approve").count() == 0
    second.close()
    return first


@pytest.mark.parametrize(
    ("till", "width", "is_called_first"),
    [
        ("paypal", PHONE, True), ("paypal", DESK, False),
        ("card", PHONE, False), ("card", DESK, True),
        ("instant", PHONE, True), ("instant", DESK, False),
    ],
    indirect=["till"],
)  # fmt: skip
def test_at_a_provider(
    shop: Stage, chromium: Browser, live_server: object, till: Till, width: int, *, is_called_first: bool
) -> None:
    way = next(f"provider-{name}" for name, system in BY_SYSTEM.items() if SYSTEMS[system][0] is type(till))
    context = come_in(shop, chromium, width, live_server.url)
    account = Account.objects.get()
    gives_up_there(shop, context, f"accounts/{account.pk}/top-up/", way)
    agree(shop, 0)

    tops_up_there(context, f"accounts/{account.pk}/top-up/", way, till if is_called_first else None)
    assert not Entry.objects.exists()  # coming back credits nothing
    for _ in range(2):
        till.deliver(times=2, backwards=True)
        work(shop)
    assert PaymentIntent.objects.filter(paid_minor=4000).count() == 1
    agree(shop, 4000)

    page = pays_there_in_two_tabs(context, f"accounts/{account.pk}/pay/?item={shop.item('1001').pk}", way)
    assert shop.item("1001").state == ItemState.OPEN
    till.deliver()
    work(shop)
    page.reload()
    page.get_by_text("60,00 EUR sind bezahlt").wait_for()
    is_fit(page, width)
    page.go_back()
    assert shop.item("1001").state == ItemState.PAID
    agree(shop, 5010)
    context.close()


@pytest.mark.parametrize(("till", "width"), [("card", PHONE), ("paypal", DESK)], indirect=["till"])
def test_who_agrees_is_charged_by_itself(
    shop: Stage, chromium: Browser, live_server: object, till: Till, width: int
) -> None:
    """She agrees, gives up at the provider, comes again and pays; from then on the worker tops up alone."""
    CentreSettings.objects.update(charges=True)
    context = come_in(shop, chromium, width, live_server.url)
    account = Account.objects.get()
    where = f"accounts/{account.pk}/automatic/"
    for button in ("Cancel", "Approve"):
        page = opened(context, where)
        is_fit(page, width)
        page.get_by_label("Grenze (EUR)").fill("30")
        page.get_by_label("Betrag einer Aufladung (EUR)").fill("20")
        page.get_by_label("Höchstens im Monat (EUR)").fill("60")
        page.get_by_label("ohne mich noch einmal zu fragen").check()
        page.get_by_label("Ich bin mit dem einverstanden").check()
        page.get_by_role("button", name="Einschalten").click()
        page.get_by_role("button", name=button).click()
        page.wait_for_url("**/back/**")
        page.close()
    works_alone(shop, till)
    assert [sale.keeps for sale in till.sales.values() if sale.paid_at] == [True, False]
    agree(shop, 4000)
    page = opened(context, where)
    page.get_by_text("Abgebucht wird von").wait_for()
    is_fit(page, width)
    page.get_by_role("button", name="Ausschalten").click()
    page.get_by_text("Ausgeschaltet.").wait_for()
    works_alone(shop, till)
    assert all(kept.is_revoked for kept in till.vault.kept.values())
    agree(shop, 4000)
    context.close()


def works_alone(shop: Stage, till: Till) -> None:
    for _round in range(3):
        till.deliver(times=2, backwards=True)
        work(shop)
        for turn in (ask_next, charge_next, follow_next, forget_stored_next):
            while turn(clock=shop.clock) is not None:
                pass


def test_the_pages_without_signing_in_are_fine_in_every_language(
    shop: Stage, chromium: Browser, live_server: object
) -> None:
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 320, "height": 700})
    page = context.new_page()
    for language in ("de", "en", "fr", "it"):
        for path in ("sign-in/", "in/x.y"):
            page.goto(f"/centre/brigitte/{path}?language={language}")
            is_fit(page, 320)
    context.close()


def test_every_page_is_fine_on_a_phone_and_at_a_desk_in_every_language(
    shop: Stage, chromium: Browser, live_server: object
) -> None:
    Merchant.objects.update(verification=Verification.VERIFIED)
    context = come_in(shop, chromium, PHONE, live_server.url)
    account = Account.objects.select_related("merchant", "customer").get()
    with_balance(shop, account)
    ask_back(account, BackWanted(2500, "form", OTHER, "Anna Weber", ANNA), at=shop.now)
    transfer = announce(account, Wanted(Purpose.TOP_UP, 2500, "again"), by="anna", at=shop.now)
    pages = ("", "pay/", "top-up/", "pay-back/", "automatic/", "entries/")
    paths = [*(f"accounts/{account.pk}/{each}" for each in pages), f"transfers/{transfer.pk}/", "access/"]
    page = context.new_page()
    for language in ("en", "fr", "it", "de"):
        for path in paths:
            page.goto(f"/centre/brigitte/{path}?language={language}")
            fits(page, PHONE)
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            page.goto(f"/centre/brigitte/{path}?language=de")
            is_fit(page, width)
    context.close()
