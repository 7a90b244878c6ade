"""Each thing's page tells what happened to it, and every link of every page leads somewhere."""

import html
import re
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import resolve
from tests.office.conftest import fill
from tests.stage import Stage

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.change_account import Said, change_account
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant, Person

#: So many pages of one kind are opened: the third order is made like the first two.
OF_A_KIND = 2


def shown(office: Client, address: str) -> str:
    return office.get(address).content.decode()


def test_an_account_tells_who_changed_it(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    account = BankAccount.objects.get(pk=numbers.account_id)
    change_account(account, Said("Girokonto"), by="brigitte@wollstube.example", at=stage.now)
    page = shown(office, f"/accounts/{account.pk}/").partition("History")[2]
    assert "Changed" in page
    assert "brigitte@wollstube.example" in page


def test_a_persons_page_tells_what_happened_to_them_and_not_to_others(
    stage: Stage, brigitte: Person, office: Client
) -> None:
    change = Happened("person", brigitte.pk, "rights_changed", "owner@wollstube.example")
    record(stage.merchant.pk, [change, Happened("person", brigitte.pk + 1, "removed", "")], at=stage.now)
    page = shown(office, f"/people/{brigitte.pk}/").partition("History")[2]
    assert "rights changed" in page
    assert "works here no more" not in page


def test_the_plans_page_tells_what_was_said_for_invoices_and_nothing_else(stage: Stage, office: Client) -> None:
    merchant = stage.merchant.pk
    changed = Happened("merchant", merchant, "billing_changed", "owner@wollstube.example")
    record(merchant, [changed, Happened("merchant", merchant, "exported_for_audit", "carl@x.example")], at=stage.now)
    page = shown(office, "/plan/").partition("History")[2]
    assert "Address for invoices changed" in page
    assert "owner@wollstube.example" in page
    assert "carl@x.example" not in page


def test_the_limits_page_tells_what_they_were_before_and_of_no_other_setting(stage: Stage, office: Client) -> None:
    assert "Nothing has happened yet." in shown(office, "/transfers/limits")
    both = {"limits.return_after": [30, 7], "matching.claims_bank_fees": [False, True]}
    record(stage.merchant.pk, [Happened("settings", stage.merchant.pk, "changed", "", "", both)], at=stage.now)
    other = {"gone.setting": ["before it went", "after"]}
    record(stage.merchant.pk, [Happened("settings", stage.merchant.pk, "changed", "", "", other)], at=stage.now)
    page = shown(office, "/transfers/limits").partition("History")[2]
    assert page.count("<del>") == 1
    assert "Unclear money goes back after" in page
    assert "before it went" not in page
    assert "before it went" in shown(office, "/settings/history")


def test_movements_of_an_account_are_narrowed_looked_through_and_saved(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    account = f"/accounts/{numbers.account_id}/"
    assert "Nothing matches" in shown(office, f"{account}?q=nobody is called like this")
    assert "Nothing matches" in shown(office, f"{account}?way=out&from=2001-01-01&to=2001-01-01")
    lines = b"".join(office.get(f"{account}?way=in&as=csv").streaming_content).decode().splitlines()
    assert lines[0].split(";")[1:3] == ["Who", "Account"]
    assert len(lines) > 1
    assert "Keep these filters" not in shown(office, f"{account}?way=in")  # a view is of a list, not of one account


def test_every_link_of_every_page_leads_to_a_page_and_every_page_back(stage: Stage, office: Client) -> None:
    fill(stage)
    Merchant.objects.update(is_operator=False)
    Merchant.objects.filter(pk=stage.merchant.pk).update(is_operator=True)
    opened: dict[str, int] = {}
    waiting, seen, wrong = ["/"], {"/": ""}, []
    while waiting:
        address = waiting.pop(0)
        name = resolve(urlsplit(address).path).url_name or ""
        if opened.get(name, 0) == OF_A_KIND:
            continue
        opened[name] = opened.get(name, 0) + 1
        answer = office.get(address, follow=True)
        if answer.status_code != 200:
            wrong.append((address, f"{answer.status_code}, from {seen[address]}"))
        is_page = answer.headers["Content-Type"].startswith("text/html")
        if 'id="content"' not in (page := answer.content.decode() if is_page else ""):
            continue  # a file, or a letter in its frame
        if name != "today" and 'href="/"' not in page:
            wrong.append((address, "no way back"))
        found = {urljoin(address, html.unescape(link)) for link in re.findall(r'<a [^>]*href="([^"#]+)', page)}
        inside = sorted(link for link in found - seen.keys() if link.startswith("/") and not link.startswith("/static"))
        seen.update(dict.fromkeys(inside, address))
        waiting.extend(inside)
    assert not wrong
    assert len(opened) > 100
