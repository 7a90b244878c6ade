"""The credit check in the office: who waits, why, the rules with what they would have changed, the list and bureaus."""

import re
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from tests.credit.asked import ELSEWHERE, anna
from tests.credit.bureau import listening
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.credit import look_buyer
from zahlmeister.credit.kinds import KINDS
from zahlmeister.credit.models import (
    BlockedKey,
    BureauConnection,
    CreditDecision,
    CreditSettings,
    Review,
    RuleSetVersion,
)
from zahlmeister.credit.reasons import REASONS
from zahlmeister.credit.rule_sets import in_force
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.merchants.models import Person
from zahlmeister.office import credit_inputs, credit_words
from zahlmeister.office.credit_sentences import SENTENCES
from zahlmeister.sandbox.bureau import KEY, Somebody


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture(autouse=True)
def _the_tests_day_is_today(stage: Stage) -> None:
    """Pages read the clock."""
    from django.utils import timezone

    stage.now = timezone.now()


def asks(stage: Stage, order: str = "1", **more: object) -> int:
    return check(stage.merchant, anna(order=order, **more), at=stage.now).decision_id or 0


def posted(client: Client) -> dict[str, str | list[str]]:
    """What a browser would send from the page of the rules as it is."""
    html = page(client, "/credit/rules/")
    told: dict[str, Any] = dict(
        re.findall(r'<input type="(?:text|number|hidden)" name="([\w.]+)" value="([^"]*)"', html)
    )
    for select in re.findall(r'<select name="([\w.]+)".*?</select>', html, re.DOTALL):
        body = html.split(f'<select name="{select}"')[1].split("</select>")[0]
        told[select] = re.search(r'value="(\w+)" selected', body)[1]
    for name, value in re.findall(r'<input type="checkbox" name="([\w.]+)"(?: value="(\w+)")?[^>]* checked', html):
        told.setdefault(name, []).append(value or "on")
    return told


def test_a_merchant_nobody_has_asked_is_told_what_this_is_for(stage: Stage, office: Client) -> None:
    assert "Nobody has asked yet" in page(office, "/credit/")


def test_who_waits_stands_first_and_is_decided_with_a_reason_and_the_next_comes(stage: Stage, office: Client) -> None:
    first, second = (asks(stage, name, delivery=ELSEWHERE, minor=minor) for name, minor in (("1", 4_000), ("2", 4_100)))
    html = page(office, "/credit/")
    assert "Wait for a person" in html
    assert "The goods go to another address than the invoice." in html
    told = page(office, f"/credit/{first}/")
    for expected in (
        "Goods go elsewhere",
        "We are looking at your order",
        'data-key="a"',
        "Bahnhofstraße",
    ):
        assert expected in told
    without = office.post(f"/credit/{first}/decide", {"verdict": "accept", "reason": ""}, follow=True)
    assert "needs its reason" in without.content.decode()
    answer = office.post(f"/credit/{first}/decide", {"verdict": "accept", "reason": "Anna rang"})
    assert answer.headers["Location"] == f"/credit/{second}/"
    assert (
        office.post(f"/credit/{second}/decide", {"verdict": "decline", "reason": "no"}).headers["Location"]
        == "/credit/"
    )
    assert list(CreditDecision.objects.order_by("order").values_list("stands", flat=True)) == [
        "accepted",
        "declined_final",
    ]
    assert "Anna rang" in page(office, f"/credit/{first}/")


def test_a_declined_buyer_can_have_a_person_look(stage: Stage, office: Client) -> None:
    number = asks(stage, minor=90_000)
    assert "exceed the limit of" in page(office, f"/credit/{number}/")
    office.post(f"/credit/{number}/ask", {"text": "I am a school."})
    assert Review.objects.get().text == "I am a school."
    assert "I am a school." in page(office, f"/credit/{number}/")


def test_plots_have_their_figures_behind_them(stage: Stage, office: Client) -> None:
    asks(stage)
    html = page(office, "/credit/")
    assert html.count("<figure") == 2
    assert "1 of 1 orders were accepted." in html
    assert "probab" not in html.lower()


def test_the_rules_are_shown_with_meaning_and_default_and_publishing_no_change_is_refused(
    stage: Stage, office: Client
) -> None:
    html = page(office, "/credit/rules/")
    assert "Nobody may owe more" in html
    assert "in the shadow, a person decides · From hour 0" in html
    answer = office.post("/credit/rules/", {**posted(office), "what": "publish", "why": "x"})
    assert "Nothing of the rules is changed" in answer.content.decode()
    assert RuleSetVersion.objects.count() == 0


def test_a_change_is_previewed_then_published_with_a_reason(stage: Stage, office: Client) -> None:
    asks(stage, minor=12_000)
    wanted = {**posted(office), "tier.new_minor": "100.00", "at_night.state": "on", "listed.effect": "review"}
    html = office.post("/credit/rules/", {**wanted, "what": "preview"}).content.decode()
    assert "1 were accepted, 0 would be." in html
    assert "ABOVE_LIMIT" in html
    assert RuleSetVersion.objects.count() == 0
    refused = office.post("/credit/rules/", {**wanted, "what": "publish", "why": ""})
    assert "Say why the rules are changed" in refused.content.decode()
    assert office.post("/credit/rules/", {**wanted, "what": "publish", "why": "fewer losses"}).status_code == 302
    row = RuleSetVersion.objects.get()
    assert (row.version, row.preview["accepted_now"], row.by) == (1, 0, "brigitte@wollstube.example")
    now = in_force(stage.merchant.pk, "EUR")
    assert (now.of("tier").values["new_minor"], now.of("at_night").state) == (10_000, "on")
    assert now.of("complete").values["needs"] == ("born_on", "phone", "email", "house_number")
    late = office.post(
        "/credit/rules/", {**wanted, "version": "0", "tier.new_minor": "90", "what": "publish", "why": "y"}
    )
    assert "published meanwhile" in late.content.decode()
    assert "fewer losses" in page(office, "/credit/rules/")


def test_what_is_no_amount_is_said_beside_its_field(stage: Stage, office: Client) -> None:
    answer = office.post("/credit/rules/", {**posted(office), "tier.new_minor": "viel", "what": "preview"})
    assert answer.status_code == 422
    assert "“viel” is no amount" in answer.content.decode()


def test_the_block_list_shows_hints_only(stage: Stage, office: Client) -> None:
    told = {"what": "block", "kind": "email", "typed": "eva.eilig@example.org", "why": "never paid", "until": ""}
    assert office.post("/credit/setup/", told).status_code == 302
    html = page(office, "/credit/setup/")
    assert "ev…@example.org" in html
    assert "eva.eilig" not in html
    assert "already" in office.post("/credit/setup/", told).content.decode()
    assert "can be put on the block list" in office.post("/credit/setup/", {**told, "kind": "iban"}).content.decode()
    office.post(f"/credit/setup/blocked/{BlockedKey.objects.get().pk}/unblock")
    assert BlockedKey.objects.count() == 0


def test_since_when_buyers_are_told_needs_its_document(stage: Stage, office: Client) -> None:
    told = {"what": "settings", "told_since": "2026-11-01", "told_by": "", "keep_days": "180"}
    assert "wants it documented" in office.post("/credit/setup/", told).content.decode()
    office.post("/credit/setup/", {**told, "told_by": "terms, § 7"})
    assert CreditSettings.objects.get().keep_days == 180
    assert "Nobody has said" not in page(office, "/credit/")


def test_a_bureau_is_kept_and_tried(stage: Stage, office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with listening() as server:
        server.knows("Erika Mustermann", "1964-08-12", Somebody(Decimal(2)))
        told = {"name": "Auskunft", "address": server.address, "key": "wrong", "green_to": "2,5", "yellow_to": "3,5"}
        told |= {"cache_days": "30", "on_error": "stop", "position": "0", "is_on": "on"}
        answer = office.post("/credit/setup/bureaus/new", told, follow=True)
        assert "does not accept the key" in answer.content.decode()
        number = BureauConnection.objects.get().pk
        answer = office.post(f"/credit/setup/bureaus/{number}/", {**told, "key": KEY}, follow=True)
        assert "Auskunft answers." in answer.content.decode()
        assert KEY not in page(office, f"/credit/setup/bureaus/{number}/")
        wrong = office.post(f"/credit/setup/bureaus/{number}/", {**told, "green_to": "4"})
        assert "its grade must be the smaller one" in wrong.content.decode()


def test_every_rule_reason_and_setting_has_its_words() -> None:
    assert set(credit_words.RULES) == set(KINDS)
    assert {value.name for kind in KINDS.values() for value in kind.values} == set(credit_words.VALUES)
    told = {kind.text for code, kind in REASONS.items() if code != "SAID_BY_PERSON"}
    assert told <= set(SENTENCES)


def test_reasons_speak_german(stage: Stage, brigitte: Person) -> None:
    number = asks(stage, minor=90_000)
    html = signed_in(brigitte, "de").get(f"/credit/{number}/").content.decode()
    assert "Zurzeit können wir Ihnen" in html
    assert "übersteigen den Rahmen von" in html


def test_what_rules_saw_is_said_in_words_with_units(stage: Stage, office: Client) -> None:
    asks(stage, delivery=ELSEWHERE, was_told=False)
    decision = CreditDecision.objects.get()
    CreditDecision.objects.update(corrections={"billing.house_number": "7a"})
    shown = page(office, f"/credit/{decision.pk}/")
    assert decision.reasons
    for words in ("goods go elsewhere: yes", "orders within a day: 1", " EUR", "Invoice to: House number"):
        assert words in shown
    for raw in ("billing.house_number", "orders_day", "minor_day", *(one["code"] for one in decision.reasons)):
        assert raw not in shown


def test_whatever_a_rule_sees_has_a_label() -> None:
    package = Path(look_buyer.__file__).parent
    told = "\n".join((package / name).read_text() for name in ("look_buyer.py", "look_data.py"))
    seen = re.findall(r"(?:Seen\(|inputs = )\{([^}]*)\}", told)
    names = {name for each in seen for name in re.findall(r'"(\w+)":', each)}
    assert len(names) > 20
    assert names <= set(credit_inputs.LABELS)
    assert {f"{what}_{span}" for what in ("orders", "minor") for span in ("day", "week")} <= set(credit_inputs.LABELS)


@pytest.mark.parametrize("name", [*asdict(anna().billing), "born_on", "vat_id", "email", "phone", "iban", "articles"])
def test_every_field_to_correct_has_a_name(name: str) -> None:
    assert "_" not in credit_inputs.field(name)
    assert credit_inputs.field(f"billing.{name}").startswith("Invoice to: ")


@pytest.mark.parametrize(
    ("language", "field", "guest"),
    [("en", "“Date of birth” is missing.", "As a guest buyer"), ("de", "„Geburtsdatum“ fehlt", "„Gast“")],
)
def test_reasons_name_fields_and_how_well_a_buyer_is_known(language: str, field: str, guest: str) -> None:
    with override(language):
        assert field in credit_inputs.reason("“born_on” is missing.")
        assert guest in credit_inputs.reason("As a guest buyer he may owe 150.00 EUR.")


@pytest.mark.parametrize("version", ["²", "9" * 30, "", "-1", "einst"])
def test_what_is_no_version_of_the_rules_shows_those_in_force(stage: Stage, office: Client, version: str) -> None:
    assert "Nobody may owe more" in page(office, f"/credit/rules/?version={version}")


def test_what_can_be_chosen_for_a_rule_is_ticked(stage: Stage, office: Client) -> None:
    shown = page(office, "/credit/rules/")
    assert re.search(r'name="complete.needs" value="born_on"[^>]* checked[^>]*>\s*Date of birth', shown)
    assert not re.search(r'name="complete.needs" value="vat_id"[^>]* checked', shown)
    office.post(
        "/credit/rules/", {**posted(office), "complete.needs": ["vat_id", "email"], "why": "x", "what": "publish"}
    )
    assert in_force(stage.merchant.pk, "EUR").of("complete").values["needs"] == ("vat_id", "email")


def test_nothing_is_said_of_what_a_rule_did_not_see() -> None:
    assert credit_inputs.inputs({"grade": "", "marks": [], "limit": None, "owed": 0}, "EUR") == [("owed", "0.00 EUR")]


def test_the_rail_counts_who_waits_and_a_late_one_is_marked(stage: Stage, office: Client) -> None:
    asks(stage, delivery=ELSEWHERE)
    Review.objects.update(due_at=stage.now - timedelta(hours=1))
    html = page(office, "/credit/")
    assert '<span class="waits">1<' in html
    assert '<span class="error">' in html
