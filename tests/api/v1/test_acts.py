"""What programs do besides orders and refunds: sell on invoice, hand over, pause, let in, and hand in invoices."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.callers import Program, key_for
from tests.dying import Killed
from tests.guaranteed import Market
from tests.office.conftest import Ids, fill
from tests.stage import Stage

from zahlmeister.collection.models import Case, CaseEvent
from zahlmeister.erps.models import Receipt
from zahlmeister.flows.change_webhook import Wanted, make_webhook
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.tell_webhooks import said_of
from zahlmeister.history.models import Step
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.prepaid.models import Account, CentreSettings
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.programs import writes
from zahlmeister.programs.models import HandedInvoice, Write
from zahlmeister.programs.webhooks import Topic
from zahlmeister.purchase.models import Authorisation, Capture

TODAY = timezone.localdate().isoformat()
ANNA: dict[str, Any] = {
    "order_number": "B-1",
    "amount": "99.00",
    "currency": "EUR",
    "first_name": "Anna",
    "last_name": "Weber",
    "born_on": "1985-04-12",
    "email": "anna@post.example",
    "phone": "+49 30 901820",
    "billing": {"street": "Lindenweg", "house_number": "5", "postcode": "10115", "city": "Berlin", "country": "DE"},
    "was_told": True,
}
LINES = [{"name": "Wool", "amount": "60.00", "tax_percent": "19"}]
INVOICE: dict[str, Any] = {"number": "R-1", "amount": "60.00", "invoiced_on": TODAY, "lines": LINES}


# --- purchases on invoice


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    return Market(merchant, tmp_path)


@pytest.fixture
def seller(market: Market) -> Program:
    return key_for(market.merchant, "purchases:read", "purchases:write")


def test_a_purchase_is_asked_for_confirmed_billed_shipped_returned_and_credited(seller: Program, market: Market):
    checked = seller.write("/purchase-checks", {**ANNA, "mode": "precheck"}).json()
    assert (checked["outcome"], checked["methods"]) == ("accepted", [{"method": "invoice", "outcome": "accepted"}])
    assert not Authorisation.objects.exists()
    bought = seller.write("/purchases", ANNA).json()
    assert (bought["state"], bought["amount"]) == ("accepted", "99.00")
    here = f"/purchases/{bought['id']}"

    confirmed = seller.write(f"{here}/confirm").json()
    assert confirmed["instruction"]["reference"] == confirmed["payment_reference"] != ""
    assert (confirmed["instruction"]["amount"], len(confirmed["instruction"]["notices"])) == ("99.00", 2)
    smaller = seller.write(f"{here}/change", {**ANNA, "amount": "80.00"}).json()
    assert (smaller["amount"], smaller["decision"]) == ("80.00", None)
    billed = seller.write(f"{here}/invoices", INVOICE)
    assert (billed.status_code, billed.json()["billed"]) == (201, "60.00")
    for path, said in (
        ("shipments", {"number": "L-1", "shipped_on": TODAY, "tracking": "0034"}),
        ("announced-returns", {"number": "A-1", "amount": "10.00", "announced_on": TODAY}),
        ("returns", {"number": "Z-1", "amount": "10.00", "received_on": TODAY, "announced": "A-1", "fee": "2.00"}),
        ("credit-notes", {"number": "G-1", "amount": "10.00", "credited_on": TODAY, "invoice": "R-1"}),
        ("direct-payments", {"number": "D-1", "amount": "5.00", "paid_on": TODAY, "invoice": "R-1"}),
    ):
        taken = seller.write(f"{here}/{path}", said)
        assert taken.status_code == 201, taken.content
    [invoice] = seller.get(here).json()["invoices"]
    assert (invoice["number"], invoice["credited"]) == ("R-1", "10.00")
    assert seller.write(f"{here}/cancel", {}).status_code == 409  # something is billed
    assert seller.write(f"{here}/release", {}).json()["released"] == "20.00"
    assert [check_books(each) for each in (market.party, market.merchant)] == [[], []]


def test_a_document_counts_once_whoever_dies_and_other_content_is_refused(
    seller: Program, market: Market, monkeypatch: pytest.MonkeyPatch
):
    here = f"/purchases/{seller.write('/purchases', ANNA).json()['id']}"
    seller.write(f"{here}/confirm")

    def dead(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(writes, "finish", dead)
        dying.setattr(writes, "let_go", dead)
        with pytest.raises(Killed):
            seller.write(f"{here}/invoices", INVOICE, once="r1")
    Write.objects.update(lease_until=timezone.now())
    assert seller.write(f"{here}/invoices", INVOICE, once="r1").json()["billed"] == "60.00"
    assert seller.write(f"{here}/invoices", INVOICE, once="r1 again").json()["billed"] == "60.00"
    assert Capture.objects.count() == 1
    other = seller.write(f"{here}/invoices", {**INVOICE, "due_on": "2099-01-01"})
    assert (other.status_code, Capture.objects.count()) == (409, 1)


def test_a_document_that_does_not_add_up_is_told_so_and_one_that_came_too_early_is_kept(
    seller: Program, market: Market
):
    here = f"/purchases/{seller.write('/purchases', ANNA).json()['id']}"
    wrong = seller.write(f"{here}/invoices", {**INVOICE, "amount": "61.00"})
    assert (wrong.status_code, "add up" in wrong.json()["detail"]) == (422, True)
    early = seller.write(f"{here}/credit-notes", {"number": "G-1", "amount": "1.00", "credited_on": TODAY})
    assert (early.status_code, Receipt.objects.get().state) == (409, "refused")


# --- agencies and reminders


@pytest.fixture
def brigittes(stage: Stage) -> Ids:
    return fill(stage)


def test_a_case_is_taken_back_at_the_cost_that_was_told_and_once(brigittes: Ids, stage: Stage):
    program = key_for(stage.merchant, "cases:read", "cases:write")
    here = f"/cases/{brigittes.case_id}"

    assert program.get(f"{here}/cost-of-ending").json()["cost"] == "0.00"
    assert program.write(f"{here}/end", {"reason": "paid", "cost": "25.00"}).status_code == 409
    assert not CaseEvent.objects.exists()
    for _ in range(2):
        assert program.write(f"{here}/end", {"reason": "paid", "cost": "0.00"}).status_code == 200
    assert [event.kind for event in CaseEvent.objects.all()] == ["withdraw"]
    assert program.write(f"{here}/answer", {"text": "so"}).status_code == 409  # it asks nothing


def test_an_order_is_not_handed_over_twice_and_the_reasons_against_it_are_told(brigittes: Ids, stage: Stage):
    program = key_for(stage.merchant, "cases:write", "orders:read")
    annas = str(stage.item("100012345").order_id)

    same = program.write("/cases", {"order": str(brigittes.order_id)})
    assert (same.status_code, same.json()["id"], Case.objects.count()) == (201, str(brigittes.case_id), 1)
    refused = program.write("/cases", {"order": annas})
    assert refused.status_code == 409
    assert "not_owed" in {error["why"] for error in refused.json()["errors"]}


def test_reminders_rest_and_go_on_and_saying_so_twice_is_once(brigittes: Ids, stage: Stage):
    program = key_for(stage.merchant, "cases:read", "cases:write")
    here = f"/orders/{brigittes.order_id}"

    for _ in range(2):
        program.write(f"{here}/pause-reminders", {"reason": "agreement", "until": "2027-01-31"})
    assert program.get(f"{here}/reminders").json()["paused_until"] == "2027-01-31"
    for _ in range(2):
        assert program.write(f"{here}/resume-reminders").json()["paused_for"] == ""
    verbs = Step.objects.filter(verb__startswith="asking_").order_by("pk")
    assert [step.verb for step in verbs] == ["asking_paused", "asking_resumed"]


# --- the customer centre


def test_a_customer_is_let_in_signed_in_granted_once_and_blocked(brigittes: Ids, stage: Stage):
    CentreSettings.objects.update_or_create(merchant=stage.merchant, defaults={"is_on": True})
    program = key_for(stage.merchant, "customers:read", "customers:write")
    account = Account.objects.get(pk=brigittes.balance_id)
    before = balance_of(account)

    new = program.write("/customers", {"email": "cora@post.example", "name": "Cora"}).json()
    assert program.get("/customers", email="Cora@post.example").json()["data"][0]["id"] == new["id"]
    signed = program.write(
        "/customer-sign-ins", {"email": "cora@post.example", "name": "Cora", "shop": str(brigittes.shop_id)}
    )
    assert (signed.status_code, "://" in signed.json()["address"]) == (201, True)
    voucher = {"amount": "5.00", "currency": "EUR", "reason": "welcome"}
    for _ in range(2):
        granted = program.write(f"/accounts/{account.pk}/grants", voucher, once="voucher-1").json()
    assert granted["kind"] == "grant"
    assert balance_of(account).granted == before.granted + 500
    other = program.write(f"/accounts/{account.pk}/grants", {**voucher, "currency": "CHF"})
    assert other.status_code == 409

    assert program.write(f"/customers/{new['id']}/block").json()["is_blocked"]
    refused = program.write("/customer-sign-ins", {"email": "cora@post.example", "shop": str(brigittes.shop_id)})
    assert refused.status_code == 409
    assert not program.write(f"/customers/{new['id']}/unblock").json()["is_blocked"]


# --- invoices


def test_an_invoice_is_handed_in_once_and_what_is_none_is_refused(brigittes: Ids, stage: Stage):
    program = key_for(stage.merchant, "orders:read", "orders:write")
    here = f"/orders/{brigittes.order_id}/invoices"
    pdf = {"number": "RE-1", "content": b64encode(b"%PDF-1.4 example").decode()}

    made = [program.write(here, pdf) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert HandedInvoice.objects.count() == 1
    assert [row["id"] for row in program.get(here).json()["data"]] == [made[0].json()["id"]]
    assert program.write(here, {**pdf, "content": "abc"}).status_code == 422
    assert program.write(here, {**pdf, "content": b64encode(b"GIF").decode()}).status_code == 409


# --- what is told of it


def test_webhooks_hear_of_cases_customers_balances_and_settlements(brigittes: Ids, stage: Stage):
    topics = (Topic.CASE, Topic.CUSTOMER, Topic.ACCOUNT, Topic.SETTLEMENT)
    hook = make_webhook(stage.merchant, Wanted("https://shop.example/all", topics), by="b", at=stage.now)
    last = Step.objects.order_by("-pk").values_list("pk", flat=True)[0]
    item = stage.item("100012346").pk
    buyer = 1  # of the shops, and none of the centre
    happened = [
        Happened("item", item, "agency_told", "house"),
        Happened("item", item, "allocated", "house"),
        Happened("customer", brigittes.customer_id, "let_in", "house"),
        Happened("customer", buyer, "blocked", "brigitte"),
        Happened("account", brigittes.balance_id, "grant", "house"),
        Happened("account", brigittes.account_id, "changed", "brigitte"),  # of the bank
        Happened("settlement", brigittes.settlement_id, "paid", "house"),
    ]
    record(stage.merchant.pk, happened, at=stage.now)

    said = said_of(hook, Step.objects.filter(pk__gt=last).order_by("pk"))

    assert [(one.payload["topic"], one.payload["id"]) for one in said] == [
        ("case.changed", str(brigittes.case_id)),
        ("customer.changed", str(brigittes.customer_id)),
        ("account.changed", str(brigittes.balance_id)),
        ("settlement.changed", str(brigittes.settlement_id)),
    ]
