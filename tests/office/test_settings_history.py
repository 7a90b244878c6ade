"""The history of settings is a list like the others: narrowed, looked through and saved."""

from django.test import Client
from tests.stage import Stage

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
