"""What needs a person: in the order of deadline and money, each line with its rows; and what the next days bring."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from tests.office.conftest import fill
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.look_ahead import look_ahead, look_ahead_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.office.need_sources import SOURCES
from zahlmeister.office.needs import Need, Waits, needs
from zahlmeister.receivables.models import OpenItem, Outlook
from zahlmeister.receivables.outlook import kept

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _friday() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def need(minor: int, due: date | None = None) -> Need:
    return Need(SOURCES[0], Waits(1, minor, due))


def test_what_ends_soon_comes_first_and_then_the_most_money():
    late = need(100, TODAY - timedelta(days=2))
    soon = need(900, TODAY + timedelta(days=3))
    far = need(5000, TODAY + timedelta(days=4))
    most, least, none = need(9000), need(10), need(0)

    lines = sorted([none, least, far, soon, most, late], key=lambda one: one.place(TODAY))

    assert lines == [late, soon, most, far, least, none]


def test_nothing_waits_and_no_line_stands(merchant: Merchant):
    assert needs(merchant, TODAY, SOURCES) == []


def test_every_line_leads_to_as_many_rows_as_it_says(stage: Stage, office: Client):
    fill(stage)
    lines = {one.source.page + one.source.query: one for one in needs(stage.merchant, TODAY, SOURCES)}

    assert len(lines) >= 7
    for line in lines.values():
        answer = office.get(line.source.address)
        assert answer.status_code == 200, line.address
        page = answer.context.get("page") or answer.context.get("pages")
        if page is not None and line.source.query:
            assert page.count == line.waits.count, line.words
        assert office.get(line.address, follow=True).status_code == 200, line.address


def test_money_of_payments_is_added_up_and_the_first_are_named(stage: Stage, office: Client):
    stage.pays(*[Paid(1000 * number, f"x{number}", f"Zahler {number}", BERND) for number in range(1, 6)])
    page = " ".join(office.get("/").content.decode().split())

    assert "5 payments wait for a decision" in page
    assert "150.00" in page
    assert len(re.findall(r"Zahler \d", page)) == 3
    assert "2 more" in page


def test_a_merchant_sees_only_what_is_his(stage: Stage, neighbour: Stage):
    assert [line.source.page for line in needs(stage.merchant, TODAY, SOURCES)] == []
    assert needs(neighbour.merchant, TODAY, SOURCES)


def test_the_outlook_is_worked_out_once_a_day(stage: Stage):
    paid_for_months(stage)

    assert look_ahead_next(clock=stage.clock) == stage.merchant
    assert look_ahead_next(clock=stage.clock) is None
    assert look_ahead(stage.merchant, at=NOW).pk == Outlook.objects.get().pk

    stage.later(days=1)
    assert look_ahead_next(clock=stage.clock) == stage.merchant
    assert Outlook.objects.get().first == date(2026, 11, 21)


def test_an_outlook_that_is_a_week_old_is_not_shown(stage: Stage):
    paid_for_months(stage)
    look_ahead(stage.merchant, at=NOW)

    assert kept(stage.merchant.pk, "EUR", TODAY + timedelta(days=7)) is not None
    assert kept(stage.merchant.pk, "EUR", TODAY + timedelta(days=8)) is None


def test_the_forecast_is_shown_with_its_error_and_explained(stage: Stage, office: Client):
    stage.orders(order("100012345", "24.98"))
    assert "There is no forecast yet" in office.get("/forecast/").content.decode()
    paid_for_months(stage)
    look_ahead(stage.merchant, at=NOW)

    page = " ".join(office.get("/").content.decode().split())
    assert "should come in during the next thirty days" in page
    assert "Expected in the next 30 days" in page
    explained = " ".join(office.get("/forecast/").content.decode().split())
    assert "prepayment" in explained
    assert "4 days" in explained
    assert "How far off it would have been" in explained


def paid_for_months(stage: Stage) -> None:
    """An order a day for two months, each paid four days later."""
    days = [TODAY - timedelta(days=back) for back in range(1, 61)]
    stage.orders(*[order(f"2{number:05}", "10.00", ordered_on=day) for number, day in enumerate(days)])
    for item in OpenItem.objects.filter(merchant=stage.merchant, opened_on__lt=TODAY - timedelta(days=4)):
        if item.order.number.startswith("2"):
            item.state, item.open_minor, item.settled_on = "paid", 0, item.opened_on + timedelta(days=4)
            item.save()
