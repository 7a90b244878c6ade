"""The page on which a person tells what the columns of a file mean, in Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from tests.office.test_columns import HEADER
from tests.screens import is_fit
from tests.stage import ACCOUNT, Paid, Stage

from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.merchants.models import Person

pytestmark = pytest.mark.browser
FILE = (HEADER + "20.11.2026;Anna Weber;Bestellung 100012345;24,98\n19.11.2026;Papier;Kartons;-5,00\n").encode()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_columns_can_be_told_on_a_phone_and_on_a_desk(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str, width: int
) -> None:
    row = stage.receive(FILE, "november.csv")
    page = office_browser(brigitte, language=language, width=width)
    page.goto(f"/statements/{row.pk}/")
    page.locator(f"a[href='/statements/{row.pk}/columns']").click()

    is_fit(page, width)

    page.locator("button[value=keep]").click()
    page.wait_for_url(f"**/statements/{row.pk}/")
    row = StatementImport.objects.get(pk=row.pk)
    assert row.state == ImportState.WAITING


@pytest.mark.parametrize("language", ["de", "en"])
def test_accounts_to_choose_from_and_what_is_remembered_fit_a_phone(
    stage: Stage, brigitte: Person, office_browser: Callable[..., Page], language: str
) -> None:
    stage.pays(Paid(100, "danke"))
    row = stage.receive(FILE, "november.csv")
    page = office_browser(brigitte, language=language, width=320)

    page.goto(f"/statements/{row.pk}/columns")
    page.locator("#account").select_option(ACCOUNT)
    is_fit(page, 320)
    page.locator("button[value=keep]").click()
    page.wait_for_url(f"**/statements/{row.pk}/")

    page.goto("/statements/mappings/")
    assert page.locator("form[action$=forget]").count() == 1
    is_fit(page, 320)
