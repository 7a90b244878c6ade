"""A passkey in Chromium, by its virtual authenticator: added, signed in with alone, and as the second step."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page

from zahlmeister.merchants.models import Person

PASSWORD = "sehr-geheim-2026"


def enter_password(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("#id_username", "brigitte@wollstube.example")
    page.fill("#id_password", PASSWORD)
    page.click("form.stack >> text=Sign in >> nth=0")


@pytest.mark.browser
@pytest.mark.slow
def test_brigitte_adds_a_passkey_and_signs_in_with_nothing_else(
    brigitte: Person, office_browser: Callable[..., object], live_server: object
) -> None:
    page = office_browser(brigitte)
    address = live_server.url.replace("127.0.0.1", "localhost")  # passkeys belong to names
    page.context.clear_cookies()
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    has = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    told = {**has, "isUserVerified": True, "automaticPresenceSimulation": True}
    line.send("WebAuthn.addVirtualAuthenticator", {"options": told})

    enter_password(page, address)
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/me/second-factor/keys/new")
    page.fill("#id_password", PASSWORD)  # is it you?
    page.click("button.yes")
    page.wait_for_url("**/keys/new")
    page.fill("#id_name", "Telefon")
    page.click("#add-key")
    page.wait_for_url("**/codes/")  # a first factor brings recovery codes
    assert Authenticator.objects.filter(user=brigitte, type="webauthn").count() == 1

    page.context.clear_cookies()
    page.goto(f"{address}/sign-in/")
    page.click("#use-key")
    page.wait_for_url(f"{address}/")

    page.context.clear_cookies()
    enter_password(page, address)
    page.wait_for_url("**/sign-in/code/")
    page.click("#use-key")
    page.wait_for_url(f"{address}/")
