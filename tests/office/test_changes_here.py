"""The pages of settings tell who changed what, and what it was before: of their own group, and of no other."""

import pytest
from django.test import Client
from tests.office.conftest import fill, ids
from tests.stage import Stage

#: A switch → what it is changed to, the page of its group, and how the change reads there.
CHANGES = {
    "refunds.waiting_days": ("3", "/refunds/settings", "<del>7 days</del> → <ins>3 days</ins>"),
    "invoice.end_days": ("12", "/reminders/rules/invoice/", "→ <ins>12 days</ins>"),
}
PAGES = ("/refunds/settings", "/letters/notices", "/reminders/rules/invoice/", "/reminders/rules/prepayment/")


def history_on(office: Client, address: str) -> str:
    answer = office.get(address)
    assert answer.status_code == 200
    return answer.content.decode().partition("<summary>History</summary>")[2].partition("</details>")[0]


@pytest.mark.parametrize("address", PAGES)
def test_where_nothing_was_changed_the_page_says_so(stage: Stage, office: Client, address: str) -> None:
    assert "Nothing has happened yet." in history_on(office, address)


@pytest.mark.parametrize("key", CHANGES)
def test_a_change_stands_on_the_page_of_its_group_once_and_on_no_other(stage: Stage, office: Client, key: str) -> None:
    value, of_its_group, reads = CHANGES[key]
    for _ in range(2):
        office.post("/settings/", {"key": key, "about": "0", "value": value})
    assert history_on(office, of_its_group).count(reads) == 1
    assert [page for page in PAGES if "<ins>" in history_on(office, page)] == [of_its_group]


def test_the_rule_of_payment_information_tells_changes_and_the_sender_has_no_switches(
    stage: Stage, office: Client
) -> None:
    fill(stage)
    assert "Nothing has happened yet." in history_on(office, f"/letters/rules/{ids(stage).shop_id}/prepayment")
    assert not history_on(office, "/letters/sender")


def test_a_change_of_one_shop_stands_there_with_its_name(stage: Stage, office: Client) -> None:
    fill(stage)
    office.post("/settings/", {"key": "invoice.end_days", "about": str(ids(stage).shop_id), "value": "12"})
    told = history_on(office, "/reminders/rules/invoice/")
    assert "<ins>12 days</ins>" in told
    assert stage.item("100012346").order.shop.name in told
    assert "Nothing has happened yet." in history_on(office, "/reminders/rules/prepayment/")
