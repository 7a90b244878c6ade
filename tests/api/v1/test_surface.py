"""The interface as a whole: who comes in, pages, fields, and that a write is done once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.callers import BY, Program, key_for
from tests.dying import Killed
from tests.stage import Paid, Stage, order

from zahlmeister.api.v1 import surface
from zahlmeister.flows.forget_answers import forget_answers_next
from zahlmeister.flows.let_program_in import WantedKey, make_program_key, revoke_program_key
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.record import shop_called
from zahlmeister.programs import limits
from zahlmeister.programs.keys import add_calls
from zahlmeister.programs.models import ProgramKey, Write
from zahlmeister.programs.writes import KEPT, LEASE
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused


def dead(*_: Any, **__: Any) -> None:
    raise Killed


def order_of(program: Program, number: str) -> dict[str, Any]:
    [found] = program.get("/orders", number=number).json()["data"]
    return dict(found)


# --- who comes in


def test_nobody_comes_in_without_a_valid_key(db: None):
    for headers in ({}, {"Authorization": "Bearer zm_guess"}, {"Authorization": "Basic x"}):
        answer = Client().get("/api/v1/orders", headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
        assert (answer.json()["code"], answer.headers["WWW-Authenticate"]) == ("no-key", "Bearer")


def test_a_key_reaches_what_its_scopes_say_and_no_more(wollstube: Stage):
    reader = key_for(wollstube.merchant, "orders:read")

    assert reader.get("/orders").status_code == 200
    refused = reader.get("/payments")
    assert (refused.status_code, refused.json()["code"]) == (403, "no-scope")
    assert "payments:read" in refused.json()["detail"]
    assert reader.write("/orders", {}).status_code == 403
    assert reader.get("/me").json()["scopes"] == ["orders:read"]


def test_a_key_for_one_shop_sees_no_other_one(wollstube: Stage):
    shop_called(wollstube.merchant.pk, "Zweiter")
    second = key_for(wollstube.merchant, "orders:read", "orders:write", "payments:read", "refunds:read", shop="Zweiter")
    everything = key_for(wollstube.merchant)
    annas = order_of(everything, "100012345")

    assert [second.get(path).json()["data"] for path in ("/orders", "/payments", "/refunds", "/items")] == [[]] * 4
    assert second.get(f"/orders/{annas['id']}").status_code == 404
    assert second.write(f"/orders/{annas['id']}/cancel").status_code == 404
    assert len(everything.get("/orders").json()["data"]) == 2


@pytest.mark.parametrize(
    ("scopes", "shop"), [((), ""), (("orders:fly",), ""), (("books:read",), "Wollstube"), (("shop-program",), "")]
)
def test_a_key_is_refused_scopes_that_it_cannot_have(wollstube: Stage, scopes: tuple[str, ...], shop: str):
    with pytest.raises(Refused):
        make_program_key(wollstube.merchant, WantedKey("x", scopes, shop), by=BY, at=wollstube.now)


def test_a_key_of_this_interface_does_not_open_version_2_and_the_other_way_round(wollstube: Stage):
    key = make_program_key(wollstube.merchant, WantedKey("x", ("orders:read",), "Wollstube"), by=BY, at=wollstube.now)

    assert Client().get("/api/v2/orders", headers={"X-Komfortkasse-API-Key": key}).status_code == 401


def test_a_revoked_key_opens_nothing(wollstube: Stage):
    program = key_for(wollstube.merchant)
    revoke_program_key(wollstube.merchant, ProgramKey.objects.get().ending, by=BY, at=wollstube.now)

    assert program.get("/me").status_code == 401


def test_every_answer_says_how_many_calls_are_left(program: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(surface, "MOST_CALLS", 2)

    answers = [program.get("/me") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].json()["code"] == "too-often"


def test_calls_of_a_key_count_over_all_processes(program: Program, monkeypatch: pytest.MonkeyPatch):
    key, now = ProgramKey.objects.get(), [600.0]
    monkeypatch.setattr(limits, "time", lambda: now[0])
    for _ in range(25):  # this process
        limits.allowance(key, most=100)
    limits._calls.clear()  # another one, which knows nothing of it
    assert limits.allowance(key, most=100).left == 100 - 20 - 2  # but what it was told: the first and the next twenty

    now[0] = 660.0
    assert limits.allowance(key, most=100).left == 99
    assert len(limits._calls) == 1


def test_a_call_whose_merchant_has_just_moved_away_is_counted_as_the_first(db: None):
    assert add_calls(ProgramKey(pk=1), 10, 3) == 3


# --- lists


def test_a_list_comes_in_pages_and_loses_no_row(program: Program, wollstube: Stage):
    wollstube.orders(*(order(f"B-{number}", "10.00") for number in range(5)))

    seen, cursor = [], ""
    for _ in range(9):
        page = program.get("/orders", limit=2, cursor=cursor).json()
        seen += [row["number"] for row in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert sorted(seen) == sorted(["100012345", "100012346", *(f"B-{number}" for number in range(5))])
    assert program.get("/orders", cursor="12").status_code == 400
    assert program.get("/orders", cursor="2026-99-99.12").status_code == 400
    assert program.get("/refunds", cursor="2026-11-11.12").status_code == 400


def test_lists_are_narrowed_and_rows_made_sparse(program: Program):
    paid = program.get("/orders", state="paid", fields=["number", "state"]).json()["data"]

    assert [sorted(row) for row in paid] == [["id", "number", "state"]]
    assert (paid[0]["number"], paid[0]["state"]) == ("100012345", "paid")
    one = program.get(f"/orders/{paid[0]['id']}", fields="open").json()
    assert one == {"id": paid[0]["id"], "open": "0.00"}
    assert program.get("/orders", fields="secret").status_code == 400
    assert program.get("/orders", ordered_to="2020-01-01").json()["data"] == []


def test_what_is_asked_for_besides_comes_with_the_order(program: Program):
    plain = order_of(program, "100012345")
    full = program.get(f"/orders/{plain['id']}", embed=["allocations", "refunds"]).json()

    assert "allocations" not in plain
    assert [row["applied"] for row in full["allocations"]] == ["49.90"]
    assert full["refunds"] == []
    [payment] = program.get("/payments", embed="allocations").json()["data"]
    assert payment["allocations"][0]["order"] == plain["id"]
    assert program.get("/allocations", order=plain["id"]).json()["data"] == full["allocations"]


def test_what_is_not_understood_is_named(program: Program):
    answer = program.write("/orders", {"number": "A-1", "total": "1,5", "currency": "eur", "kind": "invoice"})

    assert (answer.status_code, answer.json()["code"]) == (400, "not-understood")
    assert {error["where"] for error in answer.json()["errors"]} == {"total", "currency", "ordered_on"}
    assert program.get("/nothing").json()["code"] == "not-found"


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_no_database_keeps_is_refused_at_the_door(program: Program, name: str):
    assert program.write("/orders", ANNA | {"payment_method": name}).status_code == 400
    assert program.get("/orders", number="a\0b").status_code == 400
    assert program.get("/orders/%00").status_code == 400


# --- writes


ANNA = {"number": "A-1", "kind": "invoice", "total": "30.00", "currency": "EUR", "ordered_on": "2026-11-20"}


def test_an_order_is_made_changed_cancelled_and_asked_for_again(program: Program):
    made = program.write("/orders", ANNA).json()
    assert (made["number"], made["total"], made["state"]) == ("A-1", "30.00", "open")

    changed = program.write("/orders", ANNA | {"total": "25.00"}).json()
    assert (changed["id"], changed["open"]) == (made["id"], "25.00")

    def then(verb: str) -> str:
        return str(program.write(f"/orders/{made['id']}/{verb}").json()["state"])

    assert [then(verb) for verb in ("cancel", "cancel", "reopen", "reopen")] == ["cancelled"] * 2 + ["open"] * 2
    assert [then(verb) for verb in ("mark-paid", "mark-paid", "unmark-paid", "unmark-paid")] == [
        "paid", "paid", "open", "open",
    ]  # fmt: skip
    assert program.write(f"/orders/{made['id']}/remove").json()["presence"] == "disappeared"


def test_a_payment_is_assigned_taken_back_and_set_aside(program: Program, wollstube: Stage):
    wollstube.pays(Paid(2000, "ohne Angabe", name="Dirk Unbekannt"))
    bernd = order_of(program, "100012346")
    [payment] = [row for row in program.get("/payments").json()["data"] if row["open"] != "0.00"]
    here = f"/payments/{payment['id']}"

    assigned = program.write(f"{here}/assign", {"shares": [{"order": bernd["id"]}]}).json()
    assert (assigned["state"], assigned["allocations"][0]["applied"]) == ("assigned", "20.00")
    assert order_of(program, "100012346")["state"] == "paid"

    states = [
        program.write(f"{here}/{verb}").json()["state"] for verb in ("unassign", "unassign", "ignore", "unignore")
    ]
    assert states == ["suggested", "suggested", "ignored", "unclear"]
    too_much = program.write(f"{here}/assign", {"shares": [{"order": bernd["id"], "amount": "99.00"}]})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refused")
    assert wollstube.books() == []


def test_a_refund_asked_for_twice_under_one_key_is_one(program: Program, wollstube: Stage):
    anna = order_of(program, "100012345")
    wanted = {"order": anna["id"], "amount": "9.90", "currency": "EUR"}

    first, again = (program.write("/refunds", wanted, once="r-1") for _ in range(2))
    other = program.write("/refunds", wanted | {"amount": "5.00"}, once="r-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")
    assert Refund.objects.count() == 1
    assert program.write("/refunds", wanted, once="r-2").status_code == 201  # another key is another refund
    assert Refund.objects.count() == 2
    assert wollstube.books() == []


def test_a_refund_is_changed_and_cancelled(program: Program):
    anna = order_of(program, "100012345")
    made = program.write("/refunds", {"order": anna["id"], "amount": "9.90", "currency": "EUR"}).json()
    here = f"/refunds/{made['id']}"

    changed = program.write(here, {"name": "Cora Clausen", "iban": "DE68210501700012345678"}, method="PATCH").json()
    assert (changed["name"], changed["iban"]) == ("Cora Clausen", "DE68210501700012345678")
    assert [program.write(f"{here}/cancel").json()["state"] for _ in range(2)] == ["cancelled"] * 2


def test_a_refusal_is_answered_again_as_well(program: Program):
    anna = order_of(program, "100012345")
    wanted = {"order": anna["id"], "amount": "500.00", "currency": "EUR"}

    first, again = (program.write("/refunds", wanted, once="r-1") for _ in range(2))

    assert (first.status_code, first.content) == (409, again.content)
    assert again.headers["Content-Type"] == "application/problem+json"


def test_a_write_needs_a_key_of_its_own(program: Program):
    answer = program.client.post("/api/v1/orders", ANNA, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "no-idempotency-key")


@pytest.mark.parametrize(
    "place", ["zahlmeister.api.v1.refunds.ask_refund", "zahlmeister.programs.writes.finish"], ids=["before", "after"]
)
def test_a_write_that_dies_in_the_middle_is_gone_on_with_and_done_once(
    program: Program, monkeypatch: pytest.MonkeyPatch, place: str, wollstube: Stage
):
    anna = order_of(program, "100012345")
    wanted = {"order": anna["id"], "amount": "9.90", "currency": "EUR"}
    monkeypatch.setattr(place, dead)
    with pytest.raises(Killed):
        program.write("/refunds", wanted, once="r-1")
    monkeypatch.undo()

    busy = program.write("/refunds", wanted, once="r-1")
    assert (busy.status_code, busy.json()["code"]) == (409, "in-progress")
    Write.objects.update(lease_until=wollstube.now - LEASE)
    again = program.write("/refunds", wanted, once="r-1")

    assert again.status_code == 201
    assert [str(row.pk) for row in Refund.objects.all()] == [again.json()["id"]]
    assert wollstube.books() == []


def test_answers_are_forgotten_when_their_time_is_over(program: Program):
    program.write("/orders", ANNA)
    kept = Write.objects.get()

    assert forget_answers_next(clock=lambda: kept.kept_until - timedelta(hours=1)) is None
    assert forget_answers_next(clock=lambda: kept.kept_until + timedelta(hours=1)) == 1
    assert not Write.objects.exists()
    assert timedelta(days=1) < KEPT


def test_marking_as_paid_twice_under_one_key_after_a_death_is_one_allocation(program: Program, wollstube: Stage):
    bernd = order_of(program, "100012346")
    for _ in range(2):
        assert program.write(f"/orders/{bernd['id']}/mark-paid", once="p-1").status_code == 200
        Write.objects.update(status=None, lease_until=wollstube.now - LEASE)

    assert Allocation.objects.filter(item__order=int(bernd["id"])).count() == 1


# --- strangers


def test_another_merchants_things_are_as_good_as_none(program: Program, stranger: Program, wollstube: Stage):
    anna = order_of(program, "100012345")
    [payment] = program.get("/payments").json()["data"]
    program.write("/refunds", {"order": anna["id"], "amount": "9.90", "currency": "EUR"})

    for path in ("/orders", "/items", "/payments", "/allocations", "/refunds", "/postings", "/shops", "/bank-accounts"):
        assert program.get(path).json()["data"], path
        assert stranger.get(path).json()["data"] == [], path
    assert stranger.get(f"/payments/{payment['id']}").status_code == 404
    assert stranger.write("/refunds", {"order": anna["id"], "amount": "1.00", "currency": "EUR"}).status_code == 404
    assert OpenItem.objects.get(order=int(anna["id"])).state == "paid"
    assert Merchant.objects.count() == 2
