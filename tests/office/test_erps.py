"""ERPs in the office: connected and tried, keys shown once, documents with their state, tried anew or let go."""

import re
from pathlib import Path

import pytest
from django.test import Client
from tests.flows.test_erps import BY_PROGRAM, a_credit_note, an_invoice
from tests.guaranteed import Market
from tests.office.conftest import signed_in

from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.flows.erps.receive_document import receive
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.programs.keys import may_purchase, shop_of
from zahlmeister.purchase.refusals import NotAuthorised

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    market = Market(merchant, tmp_path)
    market.confirms()
    return market


@pytest.fixture
def office(market: Market) -> Client:
    person = Person.objects.create_user("eva@wolle.example", name="Eva")
    Membership.objects.create(merchant=market.merchant, person=person, role=Role.OWNER)
    return signed_in(person)


def test_a_program_is_connected_and_its_key_is_shown_once(market: Market, office: Client) -> None:
    said = {"name": "Warenwirtschaft", "address_called": "https://erp.example/events"}
    answer = office.post("/erps/new/program/", said)
    page = answer.content.decode()
    key, signing = re.findall(r"<code[^>]*>([^<]+)</code>", page)
    assert answer.headers["Cache-Control"] == "no-store"
    assert may_purchase(key)
    shop = shop_of(key, at=market.stage.now)
    assert shop is not None
    assert shop.name == "Warenwirtschaft"

    erp = ErpConnection.objects.get(merchant=market.merchant)
    page = office.get(f"/erps/{erp.pk}/").content.decode()
    assert key not in page
    assert signing not in page
    assert key[-4:] in page
    again = office.post(f"/erps/{erp.pk}/act", {"act": "signing"}).content.decode()
    assert re.findall(r"<code[^>]*>([^<]+)</code>", again) != [signing]
    office.post(f"/erps/{erp.pk}/act", {"act": "shut-out"})
    assert shop_of(key, at=market.stage.now) is None
    assert "nothing can come in" in office.get(f"/erps/{erp.pk}/").content.decode()


def test_a_folder_is_offered_where_it_is_allowed_tried_and_rests(
    market: Market, office: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"name": "Dateien", "layout": "table", "folder": str(tmp_path / "in"), "outbox": str(tmp_path)}
    assert office.post("/erps/new/folder/", said).status_code == 404
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    refused = office.post("/erps/new/folder/", said)
    assert refused.status_code == 422
    assert "cannot be read" in refused.content.decode()
    (tmp_path / "in").mkdir()
    office.post("/erps/new/folder/", said)
    erp = ErpConnection.objects.get(merchant=market.merchant)

    office.post(f"/erps/{erp.pk}/act", {"act": "pause"})
    (tmp_path / "in").rmdir()
    office.post(f"/erps/{erp.pk}/act", {"act": "try"})
    erp.refresh_from_db()
    assert not erp.is_on
    assert "cannot be read" in erp.error
    (tmp_path / "in").mkdir()
    office.post(f"/erps/{erp.pk}/act", {"act": "resume"})
    changed = office.post(f"/erps/{erp.pk}/", {**said, "layout": "belege"})
    assert changed.status_code == 302
    erp.refresh_from_db()
    assert (erp.is_on, erp.error, erp.profile) == (True, "", "belege")
    page = office.get(f"/erps/{erp.pk}/").content.decode()
    assert all(word in page for word in ("Rests", "Goes on", "Changed", "Connected"))


def test_a_refused_document_is_shown_with_its_reason_tried_anew_and_let_go(market: Market, office: Client) -> None:
    with pytest.raises(NotAuthorised):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    receipt = Receipt.objects.get()
    assert "names invoice R1, which was not reported" in office.get("/erps/?state=refused").content.decode()
    page = office.get(f"/erps/documents/{receipt.pk}/").content.decode()
    assert all(word in page for word in ("Credit note G1", "10.00", "1001", "POST /v2/purchase/documents"))

    office.post(f"/erps/documents/{receipt.pk}/act", {"act": "try"})
    receipt.refresh_from_db()
    assert (receipt.state, receipt.attempts) == ("refused", 2)
    receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)
    office.post(f"/erps/documents/{receipt.pk}/act", {"act": "try"})
    receipt.refresh_from_db()
    assert receipt.state == "taken"
    assert "Try it anew" not in office.get(f"/erps/documents/{receipt.pk}/").content.decode()


def test_what_is_let_go_is_not_tried_any_more(market: Market, office: Client) -> None:
    with pytest.raises(NotAuthorised):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    receipt = Receipt.objects.get()
    office.post(f"/erps/documents/{receipt.pk}/act", {"act": "let-go"})
    receipt.refresh_from_db()
    assert (receipt.state, receipt.due_at) == ("dropped", None)
    assert "No document matches" in office.get("/erps/?state=refused").content.decode()
