"""Customers see where they are signed in, and end it elsewhere when they have just shown who they are."""

from typing import Any

import pytest
from django.test import Client
from tests.flows.test_centre import anna, centre, comes  # noqa: F401 - fixtures
from tests.portal.test_centre import HOME, SILK, guarded, shop, words  # noqa: F401 - likewise
from tests.stage import Stage

from zahlmeister.flows.centre.let_in import ask_link, send_link_next
from zahlmeister.flows.centre.sessions import begin
from zahlmeister.history.queries import steps_of
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import CentreSession, Customer
from zahlmeister.prepaid.second_factor import code_of
from zahlmeister.programs import limits

FOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18 Mobile Safari/604"
ACCESS = f"{HOME}access/"
IN, OUT = f"{HOME}accounts/", "sign-in/"


@pytest.fixture(autouse=True)
def _nobody_has_knocked() -> None:
    limits._knocks.clear()


def browser(shop: Stage, says: str = PHONE) -> Client:  # noqa: F811
    """Anna comes in by another browser."""
    made = Client(headers={"user-agent": says, "accept-language": "de"})
    shop.later(minutes=2)
    assert made.post(link(shop)).headers["Location"] == HOME
    return made


def link(shop: Stage) -> str:  # noqa: F811
    """The address in the newest mail that Anna has asked for."""
    ask_link(shop.merchant, "anna@post.example", language="de", at=shop.now)
    send_link_next(clock=shop.clock)
    return f"{HOME}in/{token(Customer.objects.get(email='anna@post.example'))}"


def where(client: Client) -> str:
    """Where the way to the accounts leads: to them, or to the door."""
    return str(client.get(HOME).headers["Location"])


def end(client: Client, session: object = None) -> str:
    told = {} if session is None else {"session": session}
    return str(client.post(f"{ACCESS}sessions", told).headers["Location"])


def test_somebody_sees_each_browser_and_ends_one_of_them(shop: Stage) -> None:  # noqa: F811
    here, phone, other = browser(shop, FOX), browser(shop), browser(shop)
    page = words(other.get(ACCESS))
    assert page.count("Safari · iPhone") == 2
    assert "Firefox · Windows" in page
    assert page.count("dieser Browser") == 1
    first = CentreSession.objects.order_by("began_at").first()
    assert end(other, first.pk) == f"{ACCESS}?ended=1#sessions"
    assert where(here).endswith(OUT)
    assert where(phone).startswith(IN)
    assert where(other).startswith(IN)
    assert "Firefox" not in words(other.get(ACCESS))
    (step,) = [
        each
        for each in steps_of(shop.merchant.pk, "customer", Customer.objects.get().pk)
        if each.verb == "session_ended"
    ]
    assert step.actor == "customer"


def test_all_others_end_at_once(shop: Stage) -> None:  # noqa: F811
    one, two, here = browser(shop), browser(shop), browser(shop)
    assert end(here).endswith("?ended=1#sessions")
    assert [where(one).endswith(OUT), where(two).endswith(OUT), where(here).startswith(IN)] == [True] * 3
    assert "Überall sonst abmelden" not in words(here.get(ACCESS))


def test_who_came_in_long_ago_comes_in_again_first(shop: Stage, time_machine: Any) -> None:  # noqa: F811
    thief, here = browser(shop), browser(shop)
    shop.later(minutes=6)
    time_machine.move_to(shop.now, tick=False)
    assert end(here).endswith("?again=1#sessions")
    assert "Melden Sie sich noch einmal an" in words(here.get(f"{ACCESS}?again=1"))
    assert where(thief).startswith(IN)
    assert here.post(link(shop)).headers["Location"] == HOME
    assert CentreSession.objects.count() == 2  # the same browser is one session
    assert end(here).endswith("?ended=1#sessions")
    assert where(thief).endswith(OUT)


def test_nobody_ends_what_is_another_customers_or_nobodys(shop: Stage) -> None:  # noqa: F811
    somebody = Customer.objects.create(
        merchant=shop.merchant, email="bernd@post.example", created_by="brigitte", created_at=shop.now
    )
    others = begin(somebody, "Edge", at=shop.now)
    here = browser(shop)
    assert "Edge" not in words(here.get(ACCESS))
    for nonsense in (others.pk, "x", "9" * 40, "-1", ""):
        end(here, nonsense)
    end(here)
    assert CentreSession.objects.filter(pk=others.pk).exists()
    assert where(here).startswith(IN)
    assert Client().post(f"{ACCESS}sessions").headers["Location"].endswith(OUT)


def test_a_session_ends_by_itself_by_signing_out_and_by_another_password(
    shop: Stage,  # noqa: F811
    client: Client,
    guarded: str,  # noqa: F811
    time_machine: Any,
) -> None:
    assert CentreSession.objects.count() == 1  # setting the password was by the same browser
    elsewhere = Client()
    code = code_of(guarded, at=shop.now)
    elsewhere.post(f"{HOME}sign-in/password", {"email": "anna@post.example", "password": SILK, "code": code})
    assert where(elsewhere).startswith(IN)
    Customer.objects.update(session=99)
    assert where(elsewhere).endswith(OUT)
    assert where(client).endswith(OUT)
    shop.later(minutes=2)
    time_machine.move_to(shop.now, tick=False)
    code = code_of(guarded, at=shop.now)
    client.post(f"{HOME}sign-in/password", {"email": "anna@post.example", "password": SILK, "code": code})
    assert where(client).startswith(IN)
    shop.later(hours=8)
    time_machine.move_to(shop.now, tick=False)
    assert where(client).endswith(OUT)
    begin(Customer.objects.get(), "", at=shop.now)
    assert CentreSession.objects.count() == 1  # what is over is not kept
