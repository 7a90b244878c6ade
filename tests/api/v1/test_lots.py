"""Many orders in one call: each as if it had come alone, none twice, and none kept back by another."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.callers import Program, key_for
from tests.dying import Killed
from tests.stage import Stage

from zahlmeister.flows import receive_program_orders
from zahlmeister.flows.check_books import check_books
from zahlmeister.ledger.models import Posting
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order, Shop
from zahlmeister.orders.record import shop_called
from zahlmeister.programs.models import Write

ORDER = {"kind": "invoice", "total": "10.00", "currency": "EUR", "ordered_on": "2026-11-20"}


def dead(*_: Any, **__: Any) -> None:
    raise Killed


def lot(*orders: dict[str, Any]) -> dict[str, Any]:
    """Orders with the numbers B-1, B-2 … and what is said of each besides."""
    return {"orders": [{**ORDER, "number": f"B-{place}", **said} for place, said in enumerate(orders, start=1)]}


def test_a_lot_does_what_single_calls_do(program: Program, wollstube: Stage):
    told = program.write("/orders/batch", lot({"total": "10.00"}, {"total": "25.50"}, {})).json()

    assert told["taken"] == 3
    assert [row["number"] for row in told["orders"]] == ["B-1", "B-2", "B-3"]
    for row in told["orders"]:
        alone = program.get(f"/orders/{row['id']}").json()
        assert {name: row[name] for name in ("number", "state", "open")} == {
            name: alone[name] for name in ("number", "state", "open")
        }
    assert [row["open"] for row in told["orders"]] == ["10.00", "25.50", "10.00"]
    again = program.write("/orders", {**ORDER, "number": "B-2", "total": "20.00"}).json()
    assert (again["id"], again["open"]) == (told["orders"][1]["id"], "20.00")
    assert check_books(wollstube.merchant) == []


def test_the_same_lot_again_changes_nothing_under_its_name_and_under_another(program: Program, wollstube: Stage):
    first = program.write("/orders/batch", lot({}, {}), once="lot-1")
    orders, postings = Order.objects.count(), Posting.objects.count()
    again = program.write("/orders/batch", lot({}, {}), once="lot-1")
    under_another = program.write("/orders/batch", lot({}, {}), once="lot-2")

    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json() == under_another.json()
    assert program.write("/orders/batch", lot({}), once="lot-1").json()["code"] == "idempotency-key-reused"
    assert (Order.objects.count(), Posting.objects.count()) == (orders, postings)


def test_one_that_cannot_be_taken_keeps_back_no_other(program: Program, wollstube: Stage):
    program.write("/orders", {**ORDER, "number": "B-3", "currency": "CHF"})

    told = program.write(
        "/orders/batch", lot({}, {"total": "1.005"}, {}, {"shop": "4711"}, {"number": "B-1", "total": "99.00"}, {})
    ).json()

    codes = [row.get("problem", {}).get("code") for row in told["orders"]]
    assert codes == [None, "unreadable", "refused", "not-found", "unreadable", None]
    assert [row["id"] is None for row in told["orders"]] == [code is not None for code in codes]
    assert told["taken"] == 2
    assert told["orders"][2]["problem"]["detail"].startswith("Line 3: order B-3 came in CHF before")
    assert told["orders"][4]["problem"]["detail"] == "Line 5: order B-1 stands in line 1 already."
    assert {order.number for order in Order.objects.filter(number__startswith="B-")} == {"B-1", "B-3", "B-6"}
    assert Order.objects.get(number="B-1").total_minor == 1000, "the second of a number has changed nothing"


def test_orders_of_a_lot_go_to_the_shops_they_name(program: Program, wollstube: Stage):
    known = Shop.objects.get(merchant=wollstube.merchant)
    other = shop_called(wollstube.merchant.pk, "Zweitladen")

    told = program.write("/orders/batch", lot({"shop": str(other.pk)}, {"shop": str(known.pk)}, {})).json()

    assert [Order.objects.get(pk=row["id"]).shop_id for row in told["orders"][:2]] == [other.pk, known.pk]
    assert told["orders"][2]["problem"]["detail"] == "There is not one shop; name the one in the field “shop”."


def test_a_key_of_one_shop_and_a_stranger_reach_no_other_shop(program: Program, stranger: Program, wollstube: Stage):
    known = Shop.objects.get(merchant=wollstube.merchant)
    other = shop_called(wollstube.merchant.pk, "Zweitladen")
    of_one = key_for(wollstube.merchant, "orders:write", shop=known.name)

    for who, shop in ((of_one, other), (stranger, known)):
        told = who.write("/orders/batch", lot({"shop": str(shop.pk)})).json()
        assert told["orders"][0]["problem"]["code"] == "not-found"
    assert of_one.write("/orders/batch", lot({})).json()["taken"] == 1
    assert not Order.objects.filter(shop=other).exists()
    assert not Order.objects.filter(merchant=Merchant.objects.get(slug="andere")).exists()


@pytest.mark.parametrize("orders", [[], [{**ORDER, "number": f"B-{place}"} for place in range(1001)]])
def test_nothing_and_more_than_a_thousand_are_no_lot(program: Program, orders: list[dict[str, Any]]):
    answer = program.write("/orders/batch", {"orders": orders})

    assert (answer.status_code, answer.json()["code"]) == (400, "not-understood")
    assert not Order.objects.filter(number__startswith="B-").exists()


@pytest.mark.django_db(transaction=True)
def test_a_lot_that_died_in_the_middle_is_gone_on_with(
    program: Program, wollstube: Stage, monkeypatch: pytest.MonkeyPatch
):
    asked = lot({}, {}, {})
    with monkeypatch.context() as dying:
        dying.setattr(receive_program_orders, "_back", dead)
        with pytest.raises(Killed):
            program.write("/orders/batch", asked, once="lot-1")
    assert program.write("/orders/batch", asked, once="lot-1").json()["code"] == "in-progress"
    Write.objects.update(lease_until=timezone.now())
    postings = Posting.objects.count()

    answer = program.write("/orders/batch", asked, once="lot-1")

    assert answer.json()["taken"] == 3
    assert Order.objects.filter(number__startswith="B-").count() == 3
    assert Posting.objects.count() == postings, "what was kept before it died is not booked again"
    assert check_books(wollstube.merchant) == []


def test_refused_orders_cost_what_taken_ones_do(program: Program, wollstube: Stage) -> None:
    taken, refused = [{} for _ in range(16)], [{"number": f"R-{place}", "currency": "CHF"} for place in range(16)]
    program.write("/orders/batch", lot(*({**row, "currency": "EUR"} for row in refused)))
    with CaptureQueriesContext(connection) as of_taken:
        assert program.write("/orders/batch", lot(*taken)).json()["taken"] == 16
    with CaptureQueriesContext(connection) as of_refused:
        told = program.write("/orders/batch", lot(*refused)).json()
    assert told["taken"] == 0
    assert {row["problem"]["code"] for row in told["orders"]} == {"refused"}
    assert [row["problem"]["detail"].partition(":")[0] for row in told["orders"]] == [
        f"Line {line}" for line in range(1, 17)
    ]
    assert len(of_refused) <= len(of_taken)
