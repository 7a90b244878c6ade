"""Who reaches what, for every call of the description: no key, no scope, and another merchant's things."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from tests.callers import Program, key_for, webhook_of
from tests.office.conftest import Ids, fill
from tests.stage import Stage

from zahlmeister.api.v1.document import document, operations
from zahlmeister.merchants.models import Merchant
from zahlmeister.programs import limits
from zahlmeister.programs.scopes import OF_A_MERCHANT
from zahlmeister.receivables.models import OpenItem

CALLS = sorted(
    ((method.upper(), path.removeprefix("/api/v1"), said) for path, method, said in operations(document())),
    key=lambda one: one[0] == "DELETE",  # what is deleted is there until then
)


@pytest.fixture
def brigittes(stage: Stage) -> Ids:
    return fill(stage)


@pytest.fixture
def neighbour(tmp_path: Any, stage: Stage) -> Program:
    """Another merchant with as much in his house, and a key for all of it."""
    karl = Stage(Merchant.objects.create(name="Karls Kaffee", slug="karl"), tmp_path, stage.now)
    fill(karl)
    webhook_of(karl.merchant)
    return key_for(karl.merchant)


def named(ids: Ids) -> dict[str, str]:
    """What stands in addresses, and in the content of writes."""
    item = OpenItem.objects.get(order=ids.order_id)
    told = {name: getattr(ids, name) for name in ("order_id", "payment_id", "refund_id", "payout_id", "case_id")}
    told["webhook_id"] = webhook_of(item.merchant).pk
    told |= {"purchase_id": ids.purchase_id, "batch_id": ids.batch_id, "account_id": ids.balance_id}
    told |= {"customer_id": ids.customer_id, "settlement_id": ids.settlement_id}
    return {name: str(number) for name, number in {**told, "item_id": item.pk, "key": "letter-17"}.items()}


def asked(said: dict[str, Any], ids: dict[str, str]) -> Any:
    """The example of a write, about things that are there."""
    if "requestBody" not in said:
        return None
    body = deepcopy(said["requestBody"]["content"]["application/json"]["example"])
    for part in [body, *body.get("shares", [])]:
        if "order" in part:
            part["order"] = ids["order_id"]
    return body


def call(program: Program, method: str, path: str, said: dict[str, Any], ids: dict[str, str]) -> Any:
    limits._knocks.clear()
    address = path.format(**ids)
    return program.get(address) if method == "GET" else program.write(address, asked(said, ids), method=method)


def about_things() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The calls that name something in their address or content."""
    for method, path, said in CALLS:
        if "{" in path or (path in {"/refunds", "/cases"} and method == "POST"):
            yield method, path, said


def test_without_a_key_nothing_is_open(brigittes: Ids):
    nobody = Program("zm_guess")
    for method, path, said in CALLS:
        assert call(nobody, method, path, said, named(brigittes)).status_code == 401, f"{method} {path}"


def test_without_its_scope_a_call_is_refused_and_changes_nothing(brigittes: Ids, stage: Stage):
    ids = named(brigittes)
    for method, path, said in CALLS:
        for scope in said["security"][0]["key"]:
            others = key_for(stage.merchant, *(OF_A_MERCHANT - {scope}))
            answer = call(others, method, path, said, ids)
            assert (answer.status_code, answer.json()["code"]) == (403, "no-scope"), f"{method} {path}"
            only = key_for(stage.merchant, scope)
            assert call(only, method, path, said, ids).status_code not in {401, 403, 404}, f"{method} {path}"


def test_another_merchants_things_are_as_good_as_none(brigittes: Ids, neighbour: Program, stage: Stage):
    ids, own = named(brigittes), key_for(stage.merchant)
    for method, path, said in about_things():
        answer = call(neighbour, method, path, said, ids)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), f"{method} {path}: {answer.content}"
        assert call(own, method, path, said, ids).status_code != 404, f"{method} {path}: the example is of nothing"


def test_no_list_shows_another_merchants_rows(brigittes: Ids, neighbour: Program, stage: Stage):
    ids, own = named(brigittes), key_for(stage.merchant)
    lists = [
        path for method, path, _ in CALLS if method == "GET" and "{" not in path and path not in {"/me", "/settings"}
    ]
    assert len(lists) > 10
    for path in lists:
        mine, theirs = ({row["id"] for row in who.get(path.format(**ids)).json()["data"]} for who in (own, neighbour))
        assert mine, f"{path} shows nothing of the merchant's own"
        assert theirs, f"{path} shows nothing of the neighbour's own"
        assert not mine & theirs, path


def test_a_neighbours_order_in_the_content_of_a_write_is_as_good_as_none(
    brigittes: Ids, neighbour: Program, stage: Stage
):
    [payment, *_] = neighbour.get("/payments", state=["unclear", "suggested"]).json()["data"]

    answer = neighbour.write(f"/payments/{payment['id']}/assign", {"shares": [{"order": str(brigittes.order_id)}]})

    assert answer.status_code == 404
    assert neighbour.get("/orders", shop=str(brigittes.shop_id)).json()["data"] == []
