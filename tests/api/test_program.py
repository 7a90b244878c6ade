"""A merchant's own program: every call of the existing API, whose it may touch, and doing it twice."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.stage import ACCOUNT, Paid, Stage

from zahlmeister.api import program
from zahlmeister.dunning.models import DunningCase
from zahlmeister.flows.let_program_in import let_program_in, shut_programs_out
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.programs import limits
from zahlmeister.programs.models import HandedInvoice, ProgramKey
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refunds.models import Refund

PDF = b"%PDF-1.4\nan invoice\n%%EOF\n"
BY = "brigitte@wollstube.example"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    limits._knocks.clear()


class Program:
    """A program with a key."""

    def __init__(self, key: str) -> None:
        self._client = Client(enforce_csrf_checks=True, headers={"X-Komfortkasse-API-Key": key})

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v2{path}", query)

    def post(self, path: str, data: Any = None, text: str | None = None, key: str = "") -> Any:
        body = text if text is not None else json.dumps(data) if data is not None else ""
        headers = {"Idempotency-Key": key} if key else {}
        return self._client.post(f"/api/v2{path}", body, content_type="application/json", headers=headers)

    def upload(self, path: str, content: bytes) -> Any:
        return self._client.post(f"/api/v2{path}", {"file": SimpleUploadedFile("r.pdf", content)})


@pytest.fixture
def shop(merchant: Merchant) -> Program:
    return Program(let_program_in(merchant, "Eigener Shop", by=BY, at=timezone.now()))


def order(**changes: Any) -> dict[str, Any]:
    """Anna's order as a program sends it."""
    usual = {
        "date": "18-11-2026",
        "dueDate": "02-12-2026",
        "type": "INVOICE",
        "amount": 49.9,
        "currency": "EUR",
        "customerEmail": "anna@example.org",
        "customerNumber": 4711,
        "paymentMethod": "invoice",
        "paymentMethodDescription": "Kauf auf Rechnung",
        "language": "de-DE",
        "items": [{"number": "W-1", "name": "Wolle"}],
        "invoiceNumbers": ["RE-1"],
        "shippingNumbers": ["00340434161094042557"],
        "billing": {"firstName": "Anna", "lastName": "Weber", "street": "Weg 1", "postCode": "50667", "city": "Köln",
                    "countryCode": "DE", "gender": "female", "phone": None},
        "shipping": {"firstName": "Dirk", "lastName": "Weber", "city": "Wien", "countryCode": "AT"},
    }  # fmt: skip
    return {**usual, **changes}


# --- who may come in


@pytest.mark.parametrize("headers", [{}, {"X-Komfortkasse-API-Key": "zm_guess"}, {"X-Komfortkasse-API-Key": ""}])
def test_nobody_comes_in_without_a_key(db: None, headers: dict[str, str]):
    answer = Client().get("/api/v2/orders", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"].endswith("not valid.")


def test_a_key_is_shown_once_and_kept_as_a_hash(merchant: Merchant):
    key = let_program_in(merchant, "Eigener Shop", by=BY, at=timezone.now())
    kept = ProgramKey.objects.get()

    assert len(key) > 40
    assert key not in {kept.hashed, kept.ending}
    assert key.endswith(kept.ending)


def test_a_revoked_key_opens_nothing(merchant: Merchant):
    program = Program(let_program_in(merchant, "Eigener Shop", by=BY, at=timezone.now()))
    assert program.get("/orders").status_code == 200

    assert shut_programs_out(merchant, "Eigener Shop", by=BY, at=timezone.now()) == 1

    assert program.get("/orders").status_code == 401


def test_another_merchants_order_is_as_good_as_none(shop: Program):
    shop.post("/order/A-1", order())
    stranger = Merchant.objects.create(name="Andere", slug="andere")
    other = Program(let_program_in(stranger, "Eigener Shop", by=BY, at=timezone.now()))

    calls = [
        other.get("/order/A-1"),
        *(other.post(f"/order/A-1/{verb}") for verb in ("setpaid", "setunpaid", "cancel")),
        other.post("/order/A-1/refund", {"amount": 5}),
        other.post("/order/remove/A-1"),
        other.upload("/order/A-1/invoice/RE-1", PDF),
    ]

    assert {answer.status_code for answer in calls} == {404}
    assert {answer.json()["error"] for answer in calls} == {"There is no order A-1."}
    assert other.get("/orders").json() == []
    assert shop.get("/order/A-1").json()["paymentStatus"] == "UNPAID"
    assert shop.get("/order/A-1").json()["invoiceNumbers"] == ["RE-1"]


def test_another_shop_of_the_same_merchant_is_not_touched(merchant: Merchant, shop: Program):
    shop.post("/order/A-1", order())
    second = Program(let_program_in(merchant, "Zweiter Shop", by=BY, at=timezone.now()))

    assert second.post("/order/A-1/cancel").status_code == 404
    assert second.post("/ordersync", []).json() == 0
    assert shop.get("/order/A-1").json()["paymentStatus"] == "UNPAID"


def test_a_program_that_calls_without_end_is_asked_to_wait(shop: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program, "MOST_CALLS", 3)

    assert [shop.get("/orders").status_code for _ in range(4)] == [200, 200, 200, 429]


# --- orders come in


def test_an_order_comes_in_whole_and_is_told_back(shop: Program, merchant: Merchant):
    answer = shop.post("/order/A-1", order())

    told = answer.json()
    kept = Order.objects.get(merchant=merchant)
    assert answer.status_code == 200
    assert (told["number"], told["paymentStatus"], told["amount"], told["currency"]) == ("A-1", "UNPAID", 49.9, "EUR")
    assert (told["date"], told["dueDate"], told["type"]) == ("18-11-2026", "02-12-2026", "INVOICE")
    assert (told["customerNumber"], told["paymentMethod"]) == ("4711", "Kauf auf Rechnung")
    assert (told["billing"]["firstName"], told["billing"]["lastName"], told["billing"]["city"]) == (
        "Anna", "Weber", "Köln",
    )  # fmt: skip
    assert (told["shipping"]["firstName"], told["shipping"]["countryCode"]) == ("Dirk", "AT")
    assert (told["items"], told["invoiceNumbers"]) == ([{"name": "W-1 Wolle"}], ["RE-1"])
    assert told["shippingNumbers"] == ["00340434161094042557"]
    assert b'"amount": 49.9,' in answer.content
    assert (kept.total_minor, kept.payment_kind, kept.ordered_on) == (4990, "invoice", date(2026, 11, 18))
    assert shop.get("/order/A-1").json() == told


def test_the_same_order_again_changes_nothing_and_another_amount_is_followed(shop: Program, merchant: Merchant):
    first = shop.post("/order/A-1", order()).json()
    again = shop.post("/order/A-1", order()).json()
    raised = shop.post("/order/A-1", order(amount="59.90")).json()

    assert again == first
    assert raised["amount"] == 59.9
    assert OpenItem.objects.get(merchant=merchant).open_minor == 5990
    assert [step.verb for step in steps_of(merchant.pk, "item", OpenItem.objects.get().pk)] == ["opened", "changed"]


@pytest.mark.parametrize(
    ("amount", "minor"), [("0.1", 10), ("0.29", 29), ("1.005", 101), ("12345678.90", 1234567890), ("4990e-2", 4990)]
)
def test_amounts_are_never_floats_on_their_way_in(shop: Program, amount: str, minor: int):
    text = json.dumps(order(amount="AMOUNT")).replace('"AMOUNT"', amount)

    assert shop.post("/order/A-1", text=text).status_code == 200
    assert Order.objects.get().total_minor == minor


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"date": "2026-11-18"}, "date: a day is written as dd-MM-yyyy"),
        ({"date": None}, "date: "),
        ({"type": "GIFT"}, "type: "),
        ({"amount": "viel"}, "amount: "),
        ({"amount": 1e15}, "amount: this is no amount of an order."),
        ({"currency": "Euro"}, "currency: "),
        ({"currency": "eur"}, "currency: "),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(shop: Program, changes: dict[str, Any], sentence: str):
    answer = shop.post("/order/A-1", order(**changes))

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert not Order.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '"A-1"', '{"amount": NaN}', "\x00"])
def test_what_is_no_order_is_refused(shop: Program, text: str):
    answer = shop.post("/order/A-1", text=text)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_number_that_is_too_long_and_another_currency_are_refused(shop: Program):
    shop.post("/order/A-1", order())

    long, currency = shop.post(f"/order/{'9' * 65}", order()), shop.post("/order/A-1", order(currency="CHF"))

    assert {long.status_code, currency.status_code} == {400}
    assert shop.get("/order/A-1").json()["currency"] == "EUR"


def test_an_order_comes_in_at_the_level_reached_elsewhere(shop: Program):
    for level in (2, 3):  # the second time it is not new
        assert shop.post("/order/A-1", order(initialDunningLevel=level)).status_code == 200

    assert DunningCase.objects.get().level == 2
    assert shop.post("/order/A-2", order(initialDunningLevel=9)).status_code == 400


def test_an_order_of_nothing_is_paid(shop: Program):
    assert shop.post("/order/A-1", order(amount=0)).json()["paymentStatus"] == "PAID"


def test_several_orders_come_at_once_and_a_refused_one_keeps_no_other_away(shop: Program):
    shop.post("/order/10", order())
    several = [order(number="1001"), order(number="10", currency="CHF"), order(number="1002", itemNumbers=["W-2"])]

    answer = shop.post("/orders", several)

    assert answer.status_code == 200
    assert [one["number"] for one in answer.json()] == ["1001", "10", "1002"]
    assert [bool(one.get("error")) for one in answer.json()] == [False, True, False]
    assert "EUR" in answer.json()[1]["error"]


def test_a_list_without_numbers_or_too_long_a_list_is_refused(shop: Program):
    assert shop.post("/orders", [order()]).json()["error"] == "Each order of a list needs its number."
    assert "split the list" in shop.post("/orders", [order(number=str(n)) for n in range(501)]).json()["error"]
    assert shop.post("/orders", [order(number="1", amount="x")]).json()["error"].startswith("1 amount: ")


# --- orders are asked for


def test_orders_are_asked_for_by_age_and_status(shop: Program):
    today = timezone.localdate()
    shop.post("/order/new", order(date=f"{today:%d-%m-%Y}"))
    shop.post("/order/paid", order(date=f"{today:%d-%m-%Y}"))
    shop.post("/order/old", order(date=f"{today - timedelta(days=200):%d-%m-%Y}"))
    shop.post("/order/paid/setpaid")

    def numbers(**query: Any) -> set[str]:
        return {one["number"] for one in shop.get("/orders", **query).json()}

    assert numbers() == {"new", "paid"}
    assert numbers(maxAge=365) == {"new", "paid", "old"}
    assert numbers(paymentStatus="PAID") == {"paid"}
    assert numbers(paymentStatus="unpaid, PAID_PARTIAL") == {"new"}
    assert numbers(minPostingDate=f"{today:%d-%m-%Y}") == set()
    assert shop.get("/orders", maxAge="bald").status_code == 400

    shop.post("/order/remove/new")
    shop.post("/order/remove/paid")
    assert numbers(paymentStatus="UNPAID") == set()
    assert numbers(paymentStatus="DISAPPEARED") == {"new"}
    assert numbers(paymentStatus="DISAPPEARED,PAID") == {"new", "paid"}
    assert numbers(paymentStatus="NONSENSE") == set()


def test_a_payment_is_told_with_its_order_and_the_order_with_its_payment(shop: Program, stage: Stage):
    shop.post("/order/100012345", order(type="PREPAYMENT"))
    stage.pays(Paid(4990, "Bestellung 100012345"))

    told = shop.get("/order/100012345", includePostings="true", includeRefunds="true").json()
    [posting] = shop.get("/postings", createdMin="01-11-2026", includeOrders="true", iban=ACCOUNT).json()

    assert (told["paymentStatus"], told["amountPaid"], told["refunds"]) == ("PAID", 49.9, [])
    assert [(one["amount"], one["assigned"], one["originator"]) for one in told["postings"]] == [
        (49.9, 49.9, "Anna Weber")
    ]
    assert (posting["text"], posting["postingDate"]) == ("Bestellung 100012345", "19-11-2026")
    assert [one["number"] for one in posting["orders"]] == ["100012345"]
    assert [one["number"] for one in shop.get("/orders", minPostingDate="19-11-2026", maxAge=999).json()] == [
        "100012345"
    ]
    assert "postings" not in shop.get("/order/100012345").json()


def test_postings_are_asked_for_by_the_day_they_came(shop: Program, stage: Stage):
    stage.pays(Paid(4990, "Bestellung 100012345"))
    came, after = "20-11-2026", "21-11-2026"

    def count(**query: str) -> int:
        return len(shop.get("/postings", **query).json())

    assert count(createdMin=came) == 1
    assert count(createdMin=came, createdMax=after) == 1
    assert count(createdMin="01-11-2026", createdMax=came) == 0
    assert count(createdMin=after) == 0
    assert count(createdMin=came, iban="DE89370400440532013000") == 0


def test_a_program_sees_only_the_payments_of_its_own_shop(merchant: Merchant, shop: Program, stage: Stage):
    second = Program(let_program_in(merchant, "Zweiter Shop", by=BY, at=timezone.now()))
    shop.post("/order/100012345", order(type="PREPAYMENT"))
    stage.pays(Paid(4990, "Bestellung 100012345"))

    assert second.get("/postings", createdMin="01-11-2026").json() == []
    assert len(shop.get("/postings", createdMin="01-11-2026").json()) == 1


# --- what is decided by hand


def test_an_order_is_set_paid_once_and_unpaid_again(shop: Program, merchant: Merchant):
    shop.post("/order/A-1", order())

    states = [shop.post(f"/order/A-1/{verb}").json()["paymentStatus"] for verb in ("setpaid", "setpaid")]
    assert (states, Allocation.objects.count()) == (["PAID", "PAID"], 1)

    states = [shop.post(f"/order/A-1/{verb}").json()["paymentStatus"] for verb in ("setunpaid", "setunpaid")]
    assert (states, Allocation.objects.count()) == (["UNPAID", "UNPAID"], 2)
    verbs = [step.verb for step in steps_of(merchant.pk, "item", OpenItem.objects.get().pk)]
    assert (verbs.count("marked_paid"), verbs.count("unmarked")) == (1, 1)


def test_an_order_is_cancelled_once_and_asked_for_again(shop: Program):
    shop.post("/order/A-1", order())

    states = [shop.post(f"/order/A-1/{verb}").json()["paymentStatus"] for verb in ("cancel", "cancel", "setunpaid")]

    assert states == ["CANCELLED", "CANCELLED", "UNPAID"]


def test_what_the_bank_has_told_is_not_set_unpaid(shop: Program, stage: Stage):
    shop.post("/order/100012345", order(type="PREPAYMENT"))
    stage.pays(Paid(4990, "Bestellung 100012345"))

    answer = shop.post("/order/100012345/setunpaid")

    assert answer.status_code == 400
    assert shop.get("/order/100012345").json()["paymentStatus"] == "PAID"


def test_an_order_that_is_removed_has_disappeared_and_comes_back_when_it_is_handed_in(shop: Program):
    shop.post("/order/A-1", order())

    gone = [shop.post("/order/remove/A-1").json()["paymentStatus"] for _ in range(2)]

    assert gone == ["DISAPPEARED", "DISAPPEARED"]
    assert shop.post("/order/A-1", order()).json()["paymentStatus"] == "UNPAID"


def test_a_refund_is_asked_for_under_a_reference_that_is_used_once(shop: Program):
    shop.post("/order/A-1", order())
    wanted = {"externalReference": "r-1", "amount": 5, "currency": "EUR"}

    assert "not verified" in shop.post("/order/A-1/refund", wanted).json()["error"]
    Merchant.objects.update(verification="verified")
    answer = shop.post("/order/A-1/refund", wanted)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["status"], told["amount"]) == ("ZMR00000001", "BANKDETAILS_MISSING", 5)
    assert (told["externalReference"], told["executionDate"]) == ("r-1", None)
    again = shop.post("/order/A-1/refund", wanted)
    assert (again.status_code, Refund.objects.count()) == (400, 1)
    assert "used for another refund" in again.json()["error"]
    [listed] = shop.get("/order/A-1", includeRefunds="true").json()["refunds"]
    assert listed == told


def test_a_program_that_was_not_answered_in_time_repeats_its_call_and_refunds_once(shop: Program):
    shop.post("/order/A-1", order())
    Merchant.objects.update(verification="verified")

    answers = [shop.post("/order/A-1/refund", {"amount": 5}, key="again-1").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Refund.objects.count() == 1
    assert shop.post("/order/A-1/refund", {"amount": 6}, key="again-1").status_code == 400
    assert shop.post("/order/A-1/refund", {"amount": 5}, key="again-2").status_code == 200
    assert Refund.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"plannedDate": "22-11-2020"}, "must lie in the future"),
        ({"amount": 99.81}, "may still go back"),
        ({"amount": 0}, "above zero"),
        ({"amount": 0.001}, "parts of a cent"),
        ({"currency": "CHF"}, "nothing can go back in CHF"),
        ({"iban": "DE00"}, "DE00"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_in_a_sentence(shop: Program, changed: dict[str, object], says: str):
    shop.post("/order/A-1", order())
    Merchant.objects.update(verification="verified")

    answer = shop.post("/order/A-1/refund", {"amount": 5, "currency": "EUR", **changed})

    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert not Refund.objects.exists()


# --- the whole list


def test_what_is_missing_in_the_list_is_from_before(shop: Program):
    for number in range(1, 11):
        shop.post(f"/order/A-{number}", order())
    shop.post("/order/A-9/setpaid")
    listed = [f"A-{number}" for number in range(1, 9)]

    assert shop.post("/ordersync", listed).json() == 1
    assert shop.post("/ordersync", listed).json() == 0
    states = {number: shop.get(f"/order/A-{number}").json()["paymentStatus"] for number in (1, 9, 10)}
    assert states == {1: "UNPAID", 9: "PAID", 10: "LEGACY"}
    assert shop.post("/ordersync", [*listed, "A-10"]).json() == 0
    assert shop.get("/order/A-10").json()["paymentStatus"] == "UNPAID"


def test_a_list_that_is_suddenly_short_is_not_believed_unless_it_is_meant(shop: Program):
    for number in range(1, 11):
        shop.post(f"/order/{number}", order())

    doubted = shop.post("/ordersync", [])
    assert doubted.status_code == 400
    assert "sure=true" in doubted.json()["error"]
    assert shop.get("/order/1").json()["paymentStatus"] == "UNPAID"

    assert shop.post("/ordersync?sure=true", [1, 2]).json() == 8
    assert [shop.get(f"/order/{number}").json()["paymentStatus"] for number in (1, 3)] == ["UNPAID", "LEGACY"]


def test_a_list_that_was_not_sent_is_no_empty_list(shop: Program):
    shop.post("/order/A-1", order())

    assert shop.post("/ordersync").status_code == 400
    assert shop.post("/ordersync", {"orders": []}).status_code == 400
    assert shop.get("/order/A-1").json()["paymentStatus"] == "UNPAID"


# --- invoices


def test_an_invoice_is_kept_once_as_it_is(shop: Program, settings: Any):
    from django.core.files.storage import default_storage

    shop.post("/order/A-1", order(invoiceNumbers=[]))

    first, again = (shop.upload("/order/A-1/invoice/RE-7", PDF) for _ in range(2))
    other = shop.upload("/order/A-1/invoice/RE-7", PDF + b"corrected")

    assert (first.status_code, first.json(), again.json()) == (
        200, {"orderNumber": "A-1", "invoiceNumber": "RE-7"}, first.json(),
    )  # fmt: skip
    assert other.status_code == 200
    kept = list(HandedInvoice.objects.order_by("pk"))
    assert len(kept) == 2
    with default_storage.open(kept[0].path) as file:
        assert file.read() == PDF


def test_what_is_no_pdf_is_no_invoice(shop: Program):
    shop.post("/order/A-1", order())

    assert (
        shop.upload("/order/A-1/invoice/RE-7", b"<html>").json()["error"] == "The document of invoice RE-7 is no PDF."
    )
    assert shop.post("/order/A-1/invoice/RE-7", {}).status_code == 400
    assert not HandedInvoice.objects.exists()


def test_decimals_are_not_lost_on_their_way_out(shop: Program):
    shop.post("/order/A-1", order(amount="90071992547.41"))

    assert json.loads(shop.get("/order/A-1").content, parse_float=Decimal)["amount"] == Decimal("90071992547.41")


@pytest.mark.parametrize("name", ["Anna\0Weber", "half a sign: \ud83d"])
def test_what_no_database_keeps_is_refused_at_the_door(shop: Program, name: str):
    answer = shop.post("/order/A-1", order(paymentMethodDescription=name))
    assert answer.status_code == 400
    assert "without the sign NUL" in answer.json()["error"]
    assert not Order.objects.exists()


def test_no_address_holds_what_no_database_keeps(shop: Program):
    for answer in (shop.get("/order/A%00"), shop.get("/orders", status="a\0b")):
        assert (answer.status_code, answer.json()) == (400, {"error": "The sign NUL is no part of any address."})


def test_what_only_looks_like_the_sign_is_taken(shop: Program):
    assert shop.post("/order/A-1", order(paymentMethodDescription="C:\\u0000 \\0")).status_code == 200
