"""An ERP's files become documents by a profile; one row that nobody can read stops no other."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    InvoiceDocument,
    Kind,
    Line,
    ReturnReceived,
    ShipmentDocument,
    TaxShare,
)
from zahlmeister.connectors.erps.profile import profile, titles
from zahlmeister.connectors.erps.read_documents import documents_of
from zahlmeister.refusals import Unreadable

HEADER = "kind;number;order;invoice;currency;amount;date;due;line_name;line_amount;line_quantity;"
TABLE = f"""{HEADER}tax_percent;tax_net;tax_amount;fee
invoice;R-1;B-1;;EUR;99.00;2026-11-22;2026-12-06;Wool;89.00;2;19;83.19;15.81;
invoice;R-1;;;;;;;Needles;10.00;1;;;;
shipment;L-1;B-1;R-1;EUR;;2026-11-22;;;;;;;;
credit_note;G-1;;R-1;EUR;10.00;2026-11-30;;;;;;;;
return_received;W-1;B-1;R-1;EUR;10.00;2026-11-29;;;;;;;;2.50
cancellation;S-1;B-2;;EUR;;2026-11-25;;;;;;;;
direct_payment;Z-1;;R-1;EUR;89,00;2026-12-01;;;;;;;;
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<documents xmlns="urn:example:erp">
  <document kind="invoice">
    <number>R-1</number><order>B-1</order><currency>EUR</currency><amount>99.00</amount>
    <date>2026-11-22</date><due>2026-12-06</due>
    <lines>
      <line><line_name>Wool</line_name><line_amount>89.00</line_amount><line_quantity>2</line_quantity></line>
      <line><line_name>Needles</line_name><line_amount>10.00</line_amount></line>
    </lines>
    <taxes><tax><tax_percent>19</tax_percent><tax_net>83.19</tax_net><tax_amount>15.81</tax_amount></tax></taxes>
  </document>
  <document kind="credit_note"><number>G-1</number><invoice>R-1</invoice><amount>ten</amount>
    <currency>EUR</currency><date>2026-11-30</date></document>
</documents>"""
BELEGE = "Belegart;Belegnummer;Auftragsnummer;Rechnungsnummer;Bruttobetrag;Belegdatum;Fällig am;"
GERMAN = f"""{BELEGE}Bezeichnung;Positionsbetrag;MwSt-Satz
Rechnung;R-1;B-1;;1.099,00;22.11.2026;06.12.2026;Wolle für Anna;1.099,00;19
Gutschrift;G-1;;R-1;99,00;30.11.2026;;;;
"""


def test_a_table_has_a_row_for_each_line_of_a_document() -> None:
    found = [one.document for one in documents_of(TABLE.encode(), profile("table"))]
    common = {"order": "B-1", "currency": "EUR"}
    assert found == [
        InvoiceDocument(
            **common,
            number="R-1",
            minor=9900,
            invoiced_on=date(2026, 11, 22),
            due_on=date(2026, 12, 6),
            lines=(Line("Wool", 8900, Decimal(2)), Line("Needles", 1000, Decimal(1))),
            taxes=(TaxShare(Decimal(19), 8319, 1581),),
        ),
        ShipmentDocument(**common, number="L-1", invoice="R-1", shipped_on=date(2026, 11, 22)),
        CreditNoteDocument(
            order="", currency="EUR", number="G-1", invoice="R-1", minor=1000, credited_on=date(2026, 11, 30)
        ),
        ReturnReceived(
            **common, number="W-1", invoice="R-1", minor=1000, received_on=date(2026, 11, 29), fee_minor=250
        ),
        Cancellation(order="B-2", currency="EUR", number="S-1", cancelled_on=date(2026, 11, 25)),
        DirectPayment(order="", currency="EUR", number="Z-1", invoice="R-1", minor=8900, paid_on=date(2026, 12, 1)),
    ]


def test_the_same_documents_in_xml_are_the_same() -> None:
    [invoice, wrong] = documents_of(XML.encode(), profile("xml"))
    [of_table, *_] = documents_of(TABLE.encode(), profile("table"))
    assert invoice.document is not None
    assert of_table.document is not None
    assert invoice.document.fingerprint() == of_table.document.fingerprint()
    assert wrong.document is None
    assert wrong.why == "line 12: “ten” is no amount: digits such as 1.234,56 or 1234.56 are expected."
    assert (wrong.kind, wrong.number) == ("credit_note", "G-1")


def test_another_erps_columns_are_data() -> None:
    [invoice, credit] = documents_of(GERMAN.encode("cp1252"), profile("belege"))
    assert isinstance(invoice.document, InvoiceDocument)
    assert invoice.document.minor == 109900
    assert invoice.document.lines == (Line("Wolle für Anna", 109900, tax_percent=Decimal(19)),)
    assert isinstance(credit.document, CreditNoteDocument)
    assert credit.document.credited_on == date(2026, 11, 30)


def test_a_merchants_own_profile_says_what_is_different(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "Mine"\nlike = "table"\namounts = "minor"\ncurrency = "CHF"\n'
        '[names]\nnumber = "Doc"\n[files]\n"pay*.csv" = "direct_payment"\n'
    )
    mine = profile("mine", also=tmp_path)
    [found] = documents_of(b"Doc;invoice;amount;date\n7;R-1;8900;2026-12-01\n", mine, name="PAY-2026.csv")
    assert found.document == DirectPayment(
        order="", currency="CHF", number="7", invoice="R-1", minor=8900, paid_on=date(2026, 12, 1)
    )
    assert titles(also=tmp_path)["mine"] == "Mine"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("invoice;R-9;B-1;EUR;1.00", "row 2: It has 5 columns, and the first row names 6."),
        ("bill;R-9;B-1;EUR;1.00;2026-11-22", "row 2: “bill” is no kind of document; one of invoice,"),
        ("credit_note;R-9;B-1;EUR;;2026-11-22", "row 2: It has no “amount”."),
        ("credit_note;R-9;B-1;EUR;1.00;", "row 2: It has no “date”."),
        ("credit_note;R-9;B-1;;1.00;2026-11-22", "row 2: It does not say its currency, such as EUR."),
        (
            "credit_note;R-9;B-1;EUR;1.00;22.11.26",
            "row 2: “22.11.26” in “date” is no day; write it such as 2026-11-22.",
        ),
        ("invoice;R-9;B-1;EUR;1.00;2026-11-22", "row 2: invoice R-9 has no lines; each thing that is billed is one."),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_stops_no_other(row: str, sentence: str) -> None:
    content = f"kind;number;order;currency;amount;date\n{row}\ncancellation;S-1;B-2;EUR;;2026-11-25\n"
    [wrong, right] = documents_of(content.encode(), profile("table"))
    assert wrong.document is None
    assert wrong.why.startswith(sentence)
    assert right.kind == Kind.CANCELLATION


def test_rows_of_one_document_that_contradict_each_other_are_refused() -> None:
    content = (
        "kind;number;order;currency;amount;date;line_name;line_amount\n"
        "invoice;R-1;B-1;EUR;2.00;2026-11-22;Wool;1.00\ninvoice;R-1;B-2;EUR;2.00;2026-11-22;Wool;1.00\n"
    )
    [wrong] = documents_of(content.encode(), profile("table"))
    assert wrong.why == "row 2: Its rows say different things about “order”."


def test_half_a_last_row_is_not_believed() -> None:
    whole = TABLE.encode().rstrip(b"\n")
    *before, last = documents_of(whole[:-5], profile("table"))
    assert all(one.document for one in before)
    assert last.why.endswith("The file stops within its last row; write the whole row and end it with a line break.")


@pytest.mark.parametrize(
    ("content", "by", "sentence"),
    [
        (b"a;b\n1;2\n", "table", "The first row names no column “number”, parted by “;”"),
        (b"", "table", "The first row names no column “number”, parted by “;”"),
        (XML[:300].encode(), "xml", "The file is broken XML: "),
        (b"<x/>", "xml", "The file has no element “document”; it is not of the profile “XML”."),
    ],
)
def test_a_file_of_another_make_is_refused_as_a_whole(content: bytes, by: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(documents_of(content, profile(by)))
    assert str(refused.value).startswith(sentence)


def test_a_profile_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('title = "x"\nformat = "pdf"\n')
    (tmp_path / "unknown.toml").write_text('title = "x"\ncolour = "red"\n')
    for name in ("broken", "unknown", "absent"):
        with pytest.raises(Unreadable):
            profile(name, also=tmp_path)


def test_a_file_in_an_encoding_of_two_bytes_is_refused_in_a_sentence() -> None:
    with pytest.raises(Unreadable, match="holds the sign NUL; write it in UTF-8"):
        list(documents_of(TABLE.encode("utf-16-le"), profile("table")))
