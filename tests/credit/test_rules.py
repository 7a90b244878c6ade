"""What is kept of an application and of an answer: words and days as they stand in tables and are told to shops."""

from dataclasses import replace
from datetime import date

import pytest
from tests.credit.asked import ANNA, ELSEWHERE, HOME

from zahlmeister.credit.rules import (
    Application,
    Asked,
    Decision,
    Earlier,
    Facts,
    Light,
    Method,
    Mode,
    Opinion,
    Outcome,
    Overdue,
    Place,
    Receiving,
)

LEAST = Application("100012345", 8_990, "EUR", HOME)


def test_the_words_that_are_kept_and_told_stay_as_they_are() -> None:
    """They stand in rows and answers of years ago: another word would be another meaning."""
    assert [str(one) for one in Method] == ["invoice", "direct_debit"]
    assert [str(one) for one in Mode] == ["validate", "precheck", "check"]
    assert [str(one) for one in Outcome] == ["accepted", "review", "declined", "declined_final"]
    assert [str(one) for one in Receiving] == ["address", "pick_up_box", "pick_up_shop", "collected"]
    assert [str(one) for one in Light] == ["green", "yellow", "red", "unknown", "silent"]


def test_what_a_shop_does_not_say_is_kept_as_nothing_said() -> None:
    place = {
        "street": "Hauptstraße", "postcode": "79098", "city": "Freiburg", "country": "DE", "house_number": "12",
        "name": "", "receiving": "address",
    }  # fmt: skip
    texts = (
        "first_name", "last_name", "company", "vat_id", "email", "phone", "iban", "ip", "device", "customer_number",
    )  # fmt: skip

    assert LEAST.as_document() == {
        "order": "100012345", "minor": 8_990, "currency": "EUR", "billing": place, **dict.fromkeys(texts, ""),
        "born_on": None, "delivery": None, "registered_on": None, "language": "de", "method": "invoice",
        "others": [], "customer_history": [], "articles": [], "is_express": False, "was_told": False,
    }  # fmt: skip


def test_an_application_is_kept_with_its_days() -> None:
    document = replace(ANNA, customer_history=(Earlier(date(2026, 2, 3), 500),)).as_document()

    assert (document["born_on"], document["registered_on"]) == ("1990-05-01", "2026-01-01")
    assert document["customer_history"] == [{"ordered_on": "2026-02-03", "minor": 500, "method": "", "is_paid": True}]
    assert document["articles"] == [{"name": "Wolle", "minor": 8_990, "quantity": 1, "number": "", "category": "yarn"}]


def test_of_whom_nothing_is_known_nothing_is_assumed() -> None:
    known = Facts()

    assert (known.open_minor, known.reserved_minor, known.bought_minor, known.returned_minor) == (0, 0, 0, 0)
    assert (known.dunned, known.names_at_address, known.opinion) == (0, 0, None)
    assert (known.overdue, known.paid_on, known.asked) == ((), (), ())
    assert (known.known_places, known.listed, known.cities) == (frozenset(), frozenset(), {})
    assert (known.is_insolvent, known.is_blocked) == (False, False)
    assert Overdue(1, date(2026, 9, 1)) == Overdue(1, date(2026, 9, 1), (), is_disputed=False, is_collected=False)
    assert Asked.__dataclass_fields__["sort"].default == ""


def test_the_same_application_has_the_same_fingerprint_and_another_has_another() -> None:
    assert ANNA.fingerprint() == replace(ANNA).fingerprint()
    assert len(ANNA.fingerprint()) == 64
    assert ANNA.fingerprint() != replace(ANNA, minor=8_991).fingerprint()
    assert ANNA.fingerprint() != replace(ANNA, delivery=HOME).fingerprint()


@pytest.mark.parametrize(
    ("changes", "name", "is_company"),
    [
        ({}, "Anna Arnold", False),
        ({"first_name": ""}, "Arnold", False),
        ({"last_name": ""}, "Anna", False),
        ({"company": " Wolle GmbH "}, "Wolle GmbH", True),
        ({"company": "  "}, "Anna Arnold", False),
    ],
)
def test_who_buys_is_the_company_or_the_person(changes: dict[str, str], name: str, is_company: bool) -> None:
    application = replace(ANNA, **changes)

    assert (application.name, application.is_company) == (name, is_company)


@pytest.mark.parametrize(
    ("delivery", "elsewhere"), [(None, False), (HOME, False), (ELSEWHERE, True), (replace(HOME, name="Bernd"), True)]
)
def test_goods_go_elsewhere_when_the_place_differs(delivery: Place | None, elsewhere: bool) -> None:
    assert replace(ANNA, delivery=delivery).receives_elsewhere is elsewhere


def test_an_opinion_of_which_nothing_more_is_said_has_no_words() -> None:
    bare = Opinion(Light.SILENT)

    assert (bare.bureau, bare.grade, bare.marks, bare.why, bare.heard_at) == ("", "", (), "", None)


def test_only_accepted_is_accepted() -> None:
    assert [Decision(outcome).is_accepted for outcome in Outcome] == [True, False, False, False]


def test_a_decision_of_which_nothing_more_is_said_has_no_limit_and_no_end() -> None:
    bare = Decision(Outcome.ACCEPTED)

    assert (bare.reasons, bare.public_text, bare.corrections, bare.methods) == ((), "accepted", {}, {})
    assert (bare.retry_after, bare.limit_minor, bare.decision_id, bare.expires_at) == (None, None, None, None)
    assert bare.rule_set_version == 0
