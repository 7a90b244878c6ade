"""Purchases on invoice by program: asked, confirmed, reported and heard of; whose it may touch, and doing it twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.guaranteed import Market

from zahlmeister.erps.models import Receipt
from zahlmeister.flows.let_program_in import let_program_in
from zahlmeister.merchants.models import Merchant
from zahlmeister.programs import limits
from zahlmeister.purchase.models import Capture

BY = "brigitte@wollstube.example"
ANNA: dict[str, Any] = {
    "order": "B-1",
    "amount": 99.0,
    "currency": "EUR",
    "firstName": "Anna",
    "lastName": "Weber",
    "bornOn": "1985-04-12",
    "email": "anna@post.example",
    "phone": "+49 30 901820",
    "billing": {"street": "Lindenweg", "houseNumber": "5", "postCode": "10115", "city": "Berlin", "countryCode": "DE"},
    "wasTold": True,
}
INVOICE: dict[str, Any] = {
    "kind": "invoice",
    "number": "R-1",
    "order": "B-1",
    "currency": "EUR",
    "amount": "60.00",
    "date": timezone.localdate().isoformat(),
    "lines": [{"name": "Wool", "amount": 60, "taxPercent": 19}],
}
CREDIT_NOTE = {"kind": "credit_note", "number": "G-1", "invoice": "R-1", "currency": "EUR", "amount": 10}
CREDIT_NOTE = {**CREDIT_NOTE, "date": INVOICE["date"]}


class Erp:
    """An ERP with a key."""

    def __init__(self, merchant: Merchant, *, may_purchase: bool = True) -> None:
        key = let_program_in(merchant, "ERP", by=BY, at=timezone.now(), may_purchase=may_purchase)
        self._client = Client(enforce_csrf_checks=True, headers={"X-Komfortkasse-API-Key": key})

    def get(self, path: str) -> tuple[int, Any]:
        answer = self._client.get(f"/api/v2/purchase{path}")
        return answer.status_code, answer.json()

    def post(self, path: str, data: Any = None) -> tuple[int, Any]:
        body = json.dumps({} if data is None else data)
        answer = self._client.post(f"/api/v2/purchase{path}", body, content_type="application/json")
        return answer.status_code, answer.json()


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    limits._knocks.clear()
    return Market(merchant, tmp_path)


@pytest.fixture
def erp(market: Market) -> Erp:
    made = Erp(market.merchant)
    assert made.post("/authorisations", ANNA)[1]["state"] == "accepted"
    return made


def test_an_order_is_asked_for_confirmed_billed_and_heard_of(erp: Erp, market: Market) -> None:
    status, told = erp.post("/authorisations", ANNA)
    assert (status, told["state"], told["amount"]) == (200, "accepted", "99.00")
    status, told = erp.post("/authorisations/B-1/confirm")
    assert (status, told["state"], told["instruction"]["amount"]) == (200, "confirmed", "99.00")
    assert told["instruction"]["reference"] == told["reference"] != ""

    first = {"kind": "invoice", "number": "R-1", "status": 200, "order": "B-1", "state": "part_captured"}
    assert erp.post("/documents", INVOICE) == (200, {**first, "isNew": True})
    assert erp.post("/documents", INVOICE) == (200, {**first, "isNew": False})
    assert erp.post("/documents", CREDIT_NOTE)[0] == 200
    status, told = erp.get("/authorisations/B-1")
    [invoice] = told["invoices"]
    assert (told["billed"], invoice["credited"], invoice["guarantee"]) == ("60.00", "10.00", "pending")

    status, heard = erp.get("/events")
    assert [event["kind"] for event in heard] == ["decided", "confirmed", "captured", "credited"]
    assert erp.get(f"/events?after={heard[2]['event']}")[1] == heard[3:]
    assert market.wrong() == []


def test_another_content_under_the_same_number_is_a_conflict(erp: Erp) -> None:
    erp.post("/authorisations/B-1/confirm")
    erp.post("/documents", INVOICE)
    other = {**INVOICE, "amount": 61, "lines": [{"name": "Wool", "amount": 61}]}
    status, told = erp.post("/documents", other)
    assert (status, told["error"]) == (
        409,
        "invoice R-1 was sent before with other content; give the new one another number.",
    )
    assert erp.post("/authorisations", {**ANNA, "amount": 100})[0] == 409
    assert Capture.objects.get().gross_minor == 6_000


def test_what_is_another_merchants_is_as_good_as_not_there(erp: Erp, market: Market, tmp_path: Path) -> None:
    erp.post("/authorisations/B-1/confirm")
    erp.post("/documents", INVOICE)
    stranger = Erp(Merchant.objects.create(name="Fremd", slug="fremd"))
    assert stranger.get("/authorisations/B-1")[0] == 404
    assert stranger.post("/authorisations/B-1/confirm")[0] == 404
    assert stranger.post("/authorisations/B-1/cancel")[0] == 404
    assert stranger.post("/documents", CREDIT_NOTE)[0] == 404
    assert stranger.get("/events") == (200, [])
    assert Capture.objects.get().credited_minor == 0


def test_a_key_for_orders_alone_does_not_reach_purchases(market: Market) -> None:
    poor = Erp(market.merchant, may_purchase=False)
    assert poor.post("/authorisations", ANNA)[0] == 403
    assert poor.get("/events")[0] == 403
    assert Client().get("/api/v2/purchase/events").status_code == 401


def test_what_cannot_be_taken_says_why_and_is_kept(erp: Erp) -> None:
    erp.post("/authorisations/B-1/confirm")
    too_much = {**INVOICE, "amount": 99.01, "lines": [{"name": "Wool", "amount": 99.01}]}
    assert erp.post("/documents", too_much)[0] == 422
    wrong_sum = {**INVOICE, "amount": 59}
    assert erp.post("/documents", wrong_sum) == (
        422,
        {"error": "invoice R-1: its lines add up to 60.00 EUR, and it says 59.00 EUR."},
    )
    assert (
        erp.post("/documents", {**INVOICE, "carrier": "DHL"})[1]["error"]
        == "A document of the kind invoice has no “carrier”."
    )
    assert (
        erp.post("/documents", {**INVOICE, "amount": None})[1]["error"]
        == "A document of the kind invoice needs its amount."
    )
    assert erp.post("/documents", {**INVOICE, "amount": 0.001})[1]["error"] == "0.001 EUR has parts of a cent."
    [kept] = erp.get("/documents/refused")[1]
    assert (kept["kind"], kept["number"], kept["order"]) == ("invoice", "R-1", "B-1")
    assert Receipt.objects.get().content["minor"] == 9901


def test_several_documents_are_taken_one_by_one(erp: Erp) -> None:
    erp.post("/authorisations/B-1/confirm")
    stranger = {**CREDIT_NOTE, "number": "G-9", "invoice": "R-9"}
    status, told = erp.post("/documents/several", [INVOICE, stranger, CREDIT_NOTE])
    assert status == 200
    assert [(one["number"], one["status"]) for one in told] == [("R-1", 200), ("G-9", 404), ("G-1", 200)]


def test_less_of_an_order_is_a_change_and_the_rest_is_released(erp: Erp) -> None:
    assert erp.post("/authorisations/B-1/change", {**ANNA, "amount": 80})[1]["amount"] == "80.00"
    erp.post("/authorisations/B-1/confirm")
    erp.post("/documents", INVOICE)
    assert "needs a number of its own" in erp.post("/authorisations/B-1/release", {"amount": 5})[1]["error"]
    for _time in range(2):
        assert erp.post("/authorisations/B-1/release", {"amount": 5, "number": "S-1"})[1]["released"] == "5.00"
    assert erp.post("/authorisations/B-1/release", {"amount": 6, "number": "S-1"})[0] == 409
    assert erp.post("/authorisations/B-1/release")[1]["released"] == "20.00"
    assert erp.post("/authorisations/B-1/cancel", {"reason": "gone"})[0] == 400  # something is billed


def test_a_question_keeps_nothing(market: Market) -> None:
    erp = Erp(market.merchant)
    status, told = erp.post("/checks", {**ANNA, "mode": "precheck"})
    assert (status, told["outcome"]) == (200, "accepted")
    status, told = erp.post("/checks", {**ANNA, "email": "anna@gmial.com", "mode": "validate"})
    assert status == 200
    assert erp.get("/authorisations/B-1")[0] == 404


def test_the_form_for_programs_names_every_call_with_an_example() -> None:
    described = Client().get("/api/v2/openapi.json").json()
    paths = [path for path in described["paths"] if "/purchase/" in path]
    assert len(paths) == 11
    shapes = described["components"]["schemas"]
    assert shapes["DocumentIn"]["examples"][0]["kind"] == "invoice"
    assert shapes["ApplicationIn"]["examples"][0]["order"] == "B-1001"
    answers = described["paths"]["/api/v2/purchase/documents"]["post"]["responses"]
    assert set(answers) >= {"200", "404", "409", "422"}


@pytest.mark.parametrize("path", ["/checks", "/authorisations", "/authorisations/B-1/change", "/documents"])
def test_what_no_database_keeps_is_refused_in_a_sentence(erp: Erp, path: str) -> None:
    said = INVOICE | {"number": "R\0"} if path == "/documents" else ANNA | {"mode": "validate", "lastName": "We\0ber"}
    status, told = erp.post(path, said)
    assert (status, told["error"].partition(":")[0]) == (400, "The request cannot be read")
    assert not Receipt.objects.exists()


def test_no_order_has_the_sign_nul_in_its_number(erp: Erp) -> None:
    sentence = {"error": "The sign NUL is no part of any address."}
    assert erp.get("/authorisations/B%00") == erp.post("/authorisations/B%00/confirm") == (400, sentence)
