"""Everything brought in, in one list: each kind, what was refused of it, and where it led."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.office.test_lists import csv_of
from tests.office.test_rights import works
from tests.stage import Stage

from zahlmeister.erps.models import Receipt
from zahlmeister.merchants.rights import Right
from zahlmeister.office import imports
from zahlmeister.orders.imports import order_imports
from zahlmeister.orders.models import OrderImport
from zahlmeister.orders.record import shop_called

ROWS = b"number;amount\nA-1;10,00\nA-2;\nA-3;30,00\n"


def hand_in(office: Client, rows: bytes = ROWS, name: str = "juli.csv") -> OrderImport:
    office.post("/orders/files/", {"orders": SimpleUploadedFile(name, rows)})
    return OrderImport.objects.get(name=name)


def names(office: Client, query: str = "") -> list[str]:
    return [row.name for row in office.get(f"/imports/{query}").context["rows"]]


def test_statements_orders_and_documents_stand_in_one_list_newest_first(stage: Stage, office: Client) -> None:
    fill(stage)
    rows = office.get("/imports/").context["rows"]
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    assert {row.address.split("/")[1] for row in rows} == {"statements", "imports", "erps"}
    for row in rows:
        assert office.get(row.address).status_code == 200, row.address


def test_the_list_is_narrowed_by_kind_by_what_went_wrong_and_by_words(stage: Stage, office: Client) -> None:
    fill(stage)
    everything = len(names(office))
    by_kind = [len(names(office, f"?kind={kind}")) for kind in ("statement", "file", "shop", "program", "document")]
    assert sum(by_kind) == everything
    assert (by_kind[1], by_kind[4]) == (1, 1)
    assert names(office, "?state=trouble&kind=file") == ["orders.csv"]
    assert len(names(office, "?state=trouble")) + len(names(office, "?state=fine")) == everything
    assert names(office, "?q=orders.c") == ["orders.csv"]
    assert names(office, "?from=2020-01-01&to=2020-01-02") == []


def test_somebody_elses_imports_are_not_there(stage: Stage, office: Client, neighbour: Stage) -> None:
    assert names(office) == []
    assert "Nothing was brought in yet" in office.get("/imports/").content.decode()
    theirs = order_imports(neighbour.merchant.pk)[0]
    assert office.get(f"/imports/{theirs.pk}/").status_code == 404
    assert office.get(f"/orders/?import={theirs.pk}").status_code == 200


def test_who_may_not_see_purchases_sees_no_documents(stage: Stage, office: Client) -> None:
    fill(stage)
    clerk = signed_in(works(stage.merchant, purchase=Right.NONE))
    assert "document" in office.get("/imports/").content.decode()
    assert Receipt.objects.filter(merchant=stage.merchant).exists()
    seen = clerk.get("/imports/?kind=document")
    assert {row.address.split("/")[1] for row in seen.context["rows"]} == {"statements", "imports"}


def test_refused_rows_are_shown_and_had_as_a_file_with_line_and_reason(stage: Stage, office: Client) -> None:
    row = hand_in(office)
    page = office.get(f"/imports/{row.pk}/").content.decode()
    assert "the amount is missing" in page
    head, line = csv_of(office, f"/imports/{row.pk}/?as=csv")
    assert head.startswith("File;Line;")
    assert line.startswith("juli.csv;3;")
    assert "the amount is missing" in line


def test_a_file_taken_in_full_offers_no_list_of_refused_rows(stage: Stage, office: Client) -> None:
    row = hand_in(office, b"number;amount\nA-1;10,00\n")
    page = office.get(f"/imports/{row.pk}/").content.decode()
    assert "?as=csv" not in page
    assert "What was refused" not in page


def test_the_new_orders_of_a_file_are_a_list_of_just_them(stage: Stage, office: Client) -> None:
    fill(stage)
    row = hand_in(office)
    answer = office.get(f"/orders/?import={row.pk}")
    assert [each.number for each in answer.context["rows"]] == ["A-3", "A-1"]
    assert answer.context["page"].count == row.new
    assert "juli.csv" in answer.content.decode()
    assert len(csv_of(office, f"/orders/export?import={row.pk}&as=csv")) == row.new + 1


def test_whoever_handed_in_a_file_with_bad_rows_is_led_to_them(stage: Stage, office: Client) -> None:
    answer = office.post("/orders/files/", {"orders": SimpleUploadedFile("juli.csv", ROWS)})
    assert answer.headers["Location"] == f"/imports/{OrderImport.objects.get().pk}/"
    good = SimpleUploadedFile("gut.csv", b"number;amount\nA-1;10,00\n")
    assert office.post("/orders/files/", {"orders": good}).headers["Location"] == "/"


def test_a_reading_without_an_end_is_being_read_and_later_said_to_have_broken_off(stage: Stage, office: Client) -> None:
    shop = shop_called(stage.merchant.pk, "File")
    said = {"merchant": stage.merchant, "shop": shop, "kind": "file", "created_by": "x"}
    now = imports.timezone.now()
    OrderImport.objects.create(name="old.csv", created_at=now - timedelta(hours=2), **said)
    OrderImport.objects.create(name="new.csv", created_at=now, **said)
    assert {row.name: row.state for row in office.get("/imports/").context["rows"]} == {
        "old.csv": "broken",
        "new.csv": "running",
    }
    assert names(office, "?state=trouble") == ["old.csv"]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_pages_go_on_where_the_one_before_ended_whatever_the_rows_are(stage: Stage, office: Client, page: int) -> None:
    fill(stage)
    shop = shop_called(stage.merchant.pk, "File")
    OrderImport.objects.bulk_create(
        OrderImport(
            merchant=stage.merchant, shop=shop, kind="file", name=f"f{place}", created_by="x",
            created_at=stage.now - timedelta(minutes=place), ended_at=stage.now,
        )
        for place in range(120)
    )  # fmt: skip
    seen = [row.address for turn in range(1, page + 1) for row in office.get(f"/imports/?page={turn}").context["rows"]]
    assert len(seen) == len(set(seen)) == min(page * 50, office.get("/imports/").context["page"].count)
