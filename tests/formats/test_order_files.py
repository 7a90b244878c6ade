"""Orders from spreadsheets and JSON, and columns that a person has told."""

import json
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from zahlmeister.formats.order_columns import Meant
from zahlmeister.formats.order_files import read_order_file
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


def orders(folder: Path, content: bytes, **how) -> list[OrderRow]:
    path = folder / "orders.any"
    path.write_bytes(content)
    return list(read_order_file(path, **how))


def workbook(*sheets: list[list[str | int | float | None]]) -> bytes:
    """A spreadsheet of the least that a program reads."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        numbers = range(1, len(sheets) + 1)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in numbers
        )
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>',
        )
        links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
        archive.writestr(
            "_rels/.rels",
            links.format(f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            links.format(
                "".join(
                    f'<Relationship Id="r{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                    for n in numbers
                )
            ),
        )
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        named = "".join(f'<sheet name="Blatt{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{space}" xmlns:r="{relation}"><sheets>{named}</sheets></workbook>'
        )
        for n, rows in zip(numbers, sheets, strict=True):
            lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml", f'<worksheet xmlns="{space}"><sheetData>{lines}</sheetData></worksheet>'
            )
    return held.getvalue()


def _cell(value: str | float | None) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def test_a_spreadsheet_is_read_below_its_title(tmp_path):
    notes = [["Notizen"], ["Wolle nachbestellen"]]
    sheet = [
        ["Offene Bestellungen", "Stand 20.11.2026"],
        [],
        ["Bestellnummer", "Name", "Betrag", "Datum"],
        [100012345, "Anna Arendt", 49.9, "20.11.2026"],
        ["A-2", None, "1.234,56", "2026-11-20"],
    ]

    first, second = orders(tmp_path, workbook(notes, sheet))

    assert (first.number, first.amount, first.name) == ("100012345", Amount(4990, "EUR"), "Anna Arendt")
    assert (first.ordered_on, first.line) == (date(2026, 11, 20), 4)
    assert (second.number, second.amount, second.name) == ("A-2", Amount(123456, "EUR"), None)


def test_a_spreadsheet_without_amounts_names_its_columns(tmp_path):
    with pytest.raises(
        Unreadable, match=r"orders\.any, line 1: there is no column “amount”, only “Bestellnummer”, “Farbe”"
    ):
        orders(tmp_path, workbook([["Bestellnummer", "Farbe"], ["A-1", "blau"]]))


def test_an_empty_spreadsheet_is_a_sentence(tmp_path):
    with pytest.raises(Unreadable, match=r"orders\.any is empty"):
        orders(tmp_path, workbook([]))


def test_a_bad_row_of_a_spreadsheet_is_told_and_passed_over(tmp_path):
    told: list[str] = []
    rows = workbook([["number", "amount"], ["A-1", "viel"], ["A-2", "5,00"]])

    [order] = orders(tmp_path, rows, refused=told.append)

    assert order.number == "A-2"
    assert len(told) == 1
    assert "orders.any, line 2" in told[0]


@pytest.mark.parametrize(
    "shape",
    [
        json.dumps,
        lambda rows: json.dumps({"orders": rows, "total": 2}),
        lambda rows: "\n".join(json.dumps(row) for row in rows) + "\n",
        lambda rows: "\ufeff" + json.dumps({"data": rows}, indent=2),
    ],
    ids=["list", "object", "lines", "indented"],
)
def test_json_in_every_shape(tmp_path, shape):
    rows = [
        {"number": 100012345, "amount": 49.9, "currency": "EUR", "isPaid": False, "invoiceNumber": None},
        {
            "number": "A-2",
            "amount": "12.00",
            "currency": "CHF",
            "tracking_numbers": ["00340434161094000001", "00340434161094000018"],
        },
    ]

    first, second = orders(tmp_path, shape(rows).encode())

    assert (first.number, first.amount, first.invoice_number) == ("100012345", Amount(4990, "EUR"), None)
    assert (second.amount, second.tracking_numbers) == (
        Amount(1200, "CHF"),
        ("00340434161094000001", "00340434161094000018"),
    )


def test_json_knows_the_buyer_by_inner_objects_and_not_the_receiver(tmp_path):
    row = {
        "orderNumber": "A-1",
        "total": {"amount": "49.90", "currency": "EUR"},
        "shippingAddress": {"lastName": "Dorn", "city": "Bern"},
        "billingAddress": {"firstName": "Anna", "lastName": "Arendt", "city": "Köln"},
    }

    [order] = orders(tmp_path, json.dumps([row]).encode())

    assert (order.name, order.city, order.amount) == ("Anna Arendt", "Köln", Amount(4990, "EUR"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[{"number": "A-1", "amount": 5}', "line 1: this is no JSON"),
        ("[1, 2]", "no list of orders"),
        ('[{"colour": "blue"}]', "order 1: there is no column “number”, only “colour”"),
    ],
)
def test_json_that_is_no_list_of_orders(tmp_path, content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        orders(tmp_path, content.encode())


KNOWN = Meant({"Vorgang": "number", "Zu zahlen": "amount", "Bestellnummer": "reference", "Unsinn": "no such column"})


@pytest.mark.parametrize(
    "content",
    [
        b"Vorgang;Zu zahlen;Bestellnummer\nA-1;49,90;R7\n",
        workbook([["Vorgang", "Zu zahlen", "Bestellnummer"], ["A-1", 49.9, "R7"]]),
        json.dumps([{"Vorgang": "A-1", "zu_zahlen": "49.90", "Bestellnummer": "R7"}]).encode(),
    ],
    ids=["csv", "spreadsheet", "json"],
)
def test_what_a_person_told_of_a_column_counts_before_what_we_know(tmp_path, content):
    [order] = orders(tmp_path, content, known=KNOWN)

    assert (order.number, order.amount, order.reference) == ("A-1", Amount(4990, "EUR"), "R7")


@pytest.mark.parametrize("row", ["Summe;;54,90;", ";Gesamt:;54,90;", "TOTAL;;;54,90"])
def test_a_sum_below_the_orders_is_none(tmp_path, row):
    content = f"number;name;amount;paid\nA-1;Anna;49,90;\nA-2;Bernd;5,00;\n{row}\n"

    assert [order.number for order in orders(tmp_path, content.encode())] == ["A-1", "A-2"]


def test_an_order_without_a_number_is_no_sum(tmp_path):
    with pytest.raises(Unreadable, match=r"line 2.*order number is missing"):
        orders(tmp_path, b"number;name;amount\n;Summe Sabine;49,90\n")


def test_halves_of_signs_in_json_are_shown_as_broken_and_what_is_nested_too_deeply_is_refused(tmp_path):
    half, deep = tmp_path / "half.json", tmp_path / "deep.json"
    half.write_text('[{"number": "SW1", "amount": "1.50", "name": "Anna \\ud800Weber"}]')
    deep.write_text("[" * 100_000)
    (order,) = read_order_file(half)

    assert order.name == "Anna �Weber"
    with pytest.raises(Unreadable, match=r"^deep\.json, line 1: this is no JSON \(it is nested too deeply\)\.$"):
        list(read_order_file(deep))
