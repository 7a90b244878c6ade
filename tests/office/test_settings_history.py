"""The history of settings is a list like the others: narrowed, looked through and saved."""

import pytest
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.flows.settings.change import Author, change
from zahlmeister.flows.settings.switch import Place
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.office import settings
from zahlmeister.orders.models import Shop


def lines(office: Client, query: str) -> list[str]:
    answer = office.get(f"/settings/history?as=csv&{query}")
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]


def test_changes_are_narrowed_by_kind_words_person_and_day_and_saved(stage: Stage, office: Client) -> None:
    for key, value in (("refunds.waiting_days", "3"), ("matching.tolerance", "0.50")):
        assert office.post("/settings/", {"key": key, "about": "0", "value": value}).status_code == 302
    assert len(lines(office, "")) == 2
    [refund] = lines(office, "group=refunds")
    assert refund.endswith(";7 days;3 days")
    assert lines(office, "q=days+until+a+refund") == [refund]
    assert "brigitte" in refund.lower()
    for query in ("q=nobody", "by=somebody@else.example", "to=2020-01-01", "group=refunds&q=tolerance"):
        assert lines(office, query) == [], query
    page = office.get("/settings/history?group=refunds").content.decode()
    assert page.count("<del>") == 1
    assert "Show everything" in office.get("/settings/history?q=nobody").content.decode()


def test_a_change_for_one_shop_is_of_its_kind_too(stage: Stage, office: Client) -> None:
    shop = Shop.objects.create(merchant=stage.merchant, name="Zweiter Laden")
    told = {"key": "prepayment.days", "about": str(shop.pk), "value": "8, 9"}
    assert office.post("/settings/", told).status_code == 302
    assert [line for line in lines(office, "group=prepayment") if "Zweiter Laden" in line]
    assert lines(office, "group=refunds") == []


def both(stage: Stage) -> None:
    """Two settings changed at once, of which one is of orders."""
    wanted = {Place("matching.ignores_providers"): False, Place("prepayment.end_days"): 12}
    assert not change(stage.merchant, wanted, Author("brigitte"), at=stage.now).refused


def test_the_page_counts_the_rows_that_the_file_has(stage: Stage, office: Client) -> None:
    both(stage)
    assert office.post("/settings/", {"key": "refunds.waiting_days", "about": "0", "value": "3"}).status_code == 302
    for query, count in (("", 3), ("group=prepayment", 1), ("q=nobody", 0)):
        page = office.get(f"/settings/history?{query}")
        assert page.context["page"].count == len(lines(office, query)) == count, query
        assert page.content.decode().count("<del>") == count, query


def test_what_somebody_may_not_read_is_not_counted_and_leaves_no_empty_row(stage: Stage, office: Client) -> None:
    hidden = {Place("matching.ignores_providers"): False}
    assert not change(stage.merchant, hidden, Author("brigitte"), at=stage.now).refused
    paula = Person.objects.create_user("paula@wollstube.example", "x", name="Paula")
    Membership.objects.create(merchant=stage.merchant, person=paula, role=Role.CLERK, rights={"orders": 0})
    assert office.get("/settings/history").context["page"].count == 1
    page = signed_in(paula).get("/settings/history")
    assert (page.context["page"].count, page.context["steps"], lines(signed_in(paula), "")) == (0, [], [])
    assert "Nothing has been changed yet" in page.content.decode()


def test_a_page_ends_in_the_middle_of_what_was_saved_at_once(
    stage: Stage, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    both(stage)
    office.get("/settings/history")  # pages that are loaded only now would keep the figure below for good
    monkeypatch.setattr(settings, "ROWS", 1)
    monkeypatch.setattr("zahlmeister.office.listing.ROWS", 1)
    pages = [office.get(f"/settings/history?page={number}") for number in (1, 2)]
    shown = [one.name for page in pages for _step, changes in page.context["steps"] for one in changes]
    assert [page.context["page"].last for page in pages] == [2, 2]
    assert len(shown) == len(set(shown)) == 2
