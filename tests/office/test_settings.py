"""The page of all settings: found by their words, changed in place, for one shop, read-only, and as a file."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.dunning.models import DunningPolicy
from zahlmeister.flows.settings.change import Author, change
from zahlmeister.flows.settings.file import write_file
from zahlmeister.flows.settings.registry import SWITCHES
from zahlmeister.flows.settings.switch import Place, Store
from zahlmeister.history.models import Step
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.rights import Area
from zahlmeister.office.areas import AGAIN, OWNERS_CHANGE, place_of
from zahlmeister.orders.models import Shop
from zahlmeister.refunds.models import RefundSettings


@pytest.fixture
def second(stage: Stage) -> Shop:
    return Shop.objects.create(merchant=stage.merchant, name="Zweiter Laden")


def keys(page: str) -> list[str]:
    return re.findall(r'<li id="([a-z_.]+)"', page)


def test_every_switch_stands_on_the_page_with_the_form_that_changes_it(stage: Stage, office: Client) -> None:
    page = office.get("/settings/").content.decode()
    assert keys(page) == [one.key for one in SWITCHES]
    assert set(re.findall(r'name="key"\s+value="([^"]+)"', page)) <= {one.key for one in SWITCHES if one.in_place}
    for address in set(re.findall(r'href="(/(?:refunds|reminders|letters|transfers|collection)/[^"]*)"', page)):
        assert office.get(address).status_code == 200, address


def test_a_switch_needs_the_right_of_the_page_that_changes_it(stage: Stage) -> None:
    for one in SWITCHES:
        place = place_of(one.page)
        assert place is not None
        assert one.store is Store.ACCOUNT or one.area is place.area, one.key
        # whoever changes something here must not escape a question that its page asks
        assert not (one.in_place and one.page in AGAIN | OWNERS_CHANGE), one.key


def test_settings_are_found_by_any_of_their_words_and_the_address_keeps_them(stage: Stage, office: Client) -> None:
    page = office.get("/settings/?q=bank+charges+kept").content.decode()
    assert keys(page) == ["matching.claims_bank_fees"]
    assert 'value="bank charges kept"' in page
    german = office.get("/settings/?q=bankentgelte", headers={"accept-language": "de"}).content.decode()
    assert "matching.claims_bank_fees" in keys(german)
    assert "No setting has these words" in office.get("/settings/?q=xyzzy").content.decode()
    assert "not put aside" in office.get("/settings/?q=everything+assigned").content.decode()


def test_a_setting_is_changed_in_place_and_stands_in_the_history(stage: Stage, office: Client) -> None:
    told = {"key": "refunds.waiting_days", "about": "0", "value": "3"}
    answer = office.post("/settings/?q=refund", told)
    assert answer.headers["Location"] == "/settings/?q=refund#refunds.waiting_days"
    assert RefundSettings.objects.get().waiting_days == 3
    office.post("/settings/", told)
    history = office.get("/settings/history").content.decode()
    assert history.count("<del>7 days</del> → <ins>3 days</ins>") == 1
    assert "brigitte@wollstube.example" in history or "Brigitte" in history


@pytest.mark.parametrize(
    ("key", "typed", "why"),
    [
        ("refunds.waiting_days", "99", "a whole number from 0 to 60"),
        ("refunds.waiting_days", "drei", "a whole number from 0 to 60"),
        ("matching.tolerance", "viel", "is no amount"),
        ("prepayment.days", "6, sechs", "a whole number from 1 to 365"),
        ("cod.ending", "cancel", "one of nothing, overdue"),
        ("prepayment.since", "31.02.2026", "a day such as"),
        ("refunds.way", "debit", "no mandate"),
        ("limits.day_cap", "1", "changed on its own page"),
        ("refunds.announces", "", "something has to be said"),
    ],
)
def test_what_is_refused_stays_in_its_field_with_the_sentence(
    stage: Stage, office: Client, key: str, typed: str, why: str
) -> None:
    answer = office.post("/settings/", {"key": key, "about": "0", "value": typed})
    assert answer.status_code == 422
    assert not Step.objects.filter(subject="settings").exists()
    if key.startswith("limits"):
        return
    page = answer.content.decode()
    said = page[page.index('role="alert"') :][:300]
    assert why in said.replace("\n", " ")
    assert typed == "cancel" or f'value="{typed}"' in page


def test_a_shop_gets_its_own_and_follows_all_shops_again(stage: Stage, office: Client, second: Shop) -> None:
    told = {"key": "prepayment.end_days", "about": str(second.pk), "value": "12"}
    office.post("/settings/", told)
    assert DunningPolicy.objects.get(shop=second).end_days == 12
    page = office.get("/settings/?q=prepayment.end_days").content.decode()
    assert "1 of 1 shop has its own" in page
    assert "rules of its own" in page
    office.post("/settings/", {**told, "as_all": "1"})
    assert not DunningPolicy.objects.filter(shop=second).exists()


def test_lists_amounts_and_choices_are_typed_as_people_write_them(stage: Stage, office: Client) -> None:
    office.post("/settings/", {"key": "invoice.days", "about": "0", "value": "4; 7"})
    office.post("/settings/", {"key": "invoice.fees", "about": "0", "value": "0; 2,50"})
    office.post("/settings/", {"key": "invoice.ways", "about": "0", "value": ["mail", "registered"]})
    office.post("/settings/", {"key": "invoice.since", "about": "0", "value": "2026-11-01"})
    office.post("/settings/", {"key": "matching.tolerance", "about": "0", "value": "0.50"})
    row = DunningPolicy.objects.get()
    assert row.levels == [
        {"days": 4, "sent_by": "mail", "fees": {}},
        {"days": 7, "sent_by": "registered", "fees": {"EUR": 250}},
    ]
    assert str(row.since) == "2026-11-01"
    assert Merchant.objects.get(pk=stage.merchant.pk).tolerance_minor == 50


def test_foreign_shops_and_unknown_keys_are_nothing(stage: Stage, neighbour: Stage, office: Client) -> None:
    theirs = Shop.objects.create(merchant=neighbour.merchant, name="Anderswo")
    for told in (
        {"key": "prepayment.end_days", "about": str(theirs.pk), "value": "3"},
        {"key": "prepayment.colour", "about": "0", "value": "3"},
        {"key": "prepayment.end_days", "about": "x", "value": "3"},
    ):
        assert office.post("/settings/", told).status_code == 404


def test_who_may_only_read_sees_everything_and_no_form(stage: Stage, bookkeeper: Client) -> None:
    page = bookkeeper.get("/settings/").content.decode()
    assert keys(page) == [one.key for one in SWITCHES]
    assert 'name="key"' not in page
    assert bookkeeper.post("/settings/", {"key": "cod.end_days", "about": "0", "value": "3"}).status_code == 403
    assert 'type="file"' not in bookkeeper.get("/settings/file").content.decode()


def test_a_clerk_is_shown_no_form_for_what_owners_say(stage: Stage) -> None:
    carl = Person.objects.create_user("carl@wollstube.example", "x", name="Carl")
    Membership.objects.create(merchant=stage.merchant, person=carl, role=Role.CLERK, rights={"orders": 1})
    client = signed_in(carl)
    page = client.get("/settings/").content.decode()
    assert 'value="prepayment.end_days"' in page
    assert 'value="refunds.waiting_days"' not in page
    assert 'value="matching.ignores_providers"' not in page
    told = {"key": "refunds.waiting_days", "about": "0", "value": "3"}
    assert client.post("/settings/", told).status_code == 422
    assert not RefundSettings.objects.exists()


def test_what_somebody_may_not_read_stands_nowhere(stage: Stage, office: Client) -> None:
    wanted = {Place("matching.ignores_providers"): False, Place("prepayment.end_days"): 12}
    assert not change(stage.merchant, wanted, Author("brigitte"), at=stage.now).refused
    paula = Person.objects.create_user("paula@wollstube.example", "x", name="Paula")
    Membership.objects.create(merchant=stage.merchant, person=paula, role=Role.CLERK, rights={"orders": 0})
    client = signed_in(paula)
    page, saved = client.get("/settings/").content.decode(), client.get("/settings/export").content.decode()
    hidden = {one.key for one in SWITCHES if one.area == Area.ORDERS}
    assert keys(page) == [one.key for one in SWITCHES if one.key not in hidden]
    assert not {key for key in hidden if f'"{key}"' in saved}
    assert '"prepayment.end_days" = 12' in saved
    assert '"matching.ignores_providers" = false' in office.get("/settings/export").content.decode()
    history = client.get("/settings/history").content.decode()
    assert (history.count("<del>"), office.get("/settings/history").content.decode().count("<del>")) == (1, 2)


def upload(office: Client, text: str) -> str:
    file = SimpleUploadedFile("settings.toml", text.encode())
    return office.post("/settings/file", {"file": file}).content.decode()


def confirm(office: Client, page: str) -> object:
    told = dict(re.findall(r'name="(content|seen)"\s+value="([^"]*)"', page))
    return office.post("/settings/file", {**told, "do": "change"})


def test_a_file_is_saved_looked_at_and_taken_once(stage: Stage, office: Client) -> None:
    saved = office.get("/settings/export")
    assert 'filename="settings-' in saved.headers["Content-Disposition"]
    text = saved.content.decode()
    assert text == write_file(stage.merchant)
    assert "all of it is so already" in upload(office, text)

    page = upload(office, text.replace('"refunds.waiting_days" = 7', '"refunds.waiting_days" = 4'))
    assert "Refunds · Days until a refund leaves" in page
    assert not RefundSettings.objects.exists()
    assert confirm(office, page).headers["Location"] == "/settings/history"
    assert RefundSettings.objects.get().waiting_days == 4
    again = confirm(office, page)
    assert again.status_code == 422
    assert "changed since you looked" in again.content.decode()
    assert Step.objects.filter(subject="settings").count() == 1


def test_a_file_with_a_line_that_is_refused_changes_nothing(stage: Stage, office: Client) -> None:
    text = (
        'form = 1\ncurrency = "EUR"\n[all]\n"refunds.waiting_days" = 4\n"refunds.way" = "debit"\n"cod.days" = ["x"]\n'
    )
    page = upload(office, text)
    assert "2 lines are refused" in page
    assert "no mandate" in page
    assert 'name="do"' not in page
    assert confirm(office, page).status_code == 422
    assert not RefundSettings.objects.exists()
    for broken in ("form = ", f"form = {'9' * 5000}", f"form = 1\ncurrency = 0x{'f' * 5000}"):
        assert "no TOML" in upload(office, broken)
    assert "too large" in upload(office, "#" * 100_001)


def test_the_refusals_are_german_for_germans(stage: Stage, brigitte: Person) -> None:
    german = signed_in(brigitte, "de")
    told = {"key": "refunds.waiting_days", "about": "0", "value": "99"}
    page = german.post("/settings/", told).content.decode()
    assert "eine ganze Zahl von 0 bis 60" in page
