"""Our invoices keep the rules of EN 16931, not only its schema: for each tax and each way of paying."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from tests.formats.en16931 import broken

from zahlmeister.formats.e_invoice import Invoiced, InvoiceItem, InvoiceParty, xrechnung, zugferd

SELLER = InvoiceParty(
    "Zahlstelle GmbH", "Markt 1", "10115", "Berlin", "DE", "r@zahlstelle.example", "030 1234", "DE136695976"
)
BUYER = InvoiceParty("Brigittes Wollstube", "Gasse 3", "79098", "Freiburg", "DE", "b@wollstube.example")
VIENNA = InvoiceParty("Wolle Wien GmbH", "Gasse 1", "1010", "Wien", "AT", "w@wolle.example", vat_id="ATU12345675")
BERN = InvoiceParty("Wolle Bern AG", "Weg 1", "3000", "Bern", "CH", "b@wolle.example")
TAXED = Invoiced(
    number="2026-17",
    issued_on=date(2026, 12, 1),
    first_day=date(2026, 11, 1),
    last_day=date(2026, 11, 30),
    currency="EUR",
    seller=SELLER,
    buyer=BUYER,
    items=(InvoiceItem("Provision 0,50 %", 1234, "57 Zahlungen"), InvoiceItem("Sammelkonten in DE", 500)),
    category="S",
    per_mille=190,
    tax=329,
    terms="Wird vom Guthaben einbehalten oder per Lastschrift eingezogen.",
)
INVOICES = {
    "taxed": TAXED,
    "transferred": replace(TAXED, iban="DE75512108001245126199"),
    "collected": replace(TAXED, mandate="ZM-1", debtor_iban="DE02120300000000202051", creditor_id="DE98ZZZ09999999999"),
    "reverse-charge": replace(TAXED, buyer=VIENNA, category="AE", per_mille=0, tax=0),
    "not-taxable": replace(TAXED, buyer=BERN, category="O", per_mille=0, tax=0),
}
LESS = {"allowance": 734, "allowance_reason": "Gutschrift: Gebühren verfehlter Zahlungen"}
INVOICES |= {
    "with-credit": replace(TAXED, tax=190, **LESS),
    "with-credit-reverse-charge": replace(INVOICES["reverse-charge"], **LESS),
    "with-credit-not-taxable": replace(INVOICES["not-taxable"], **LESS),
    "credited-whole": replace(TAXED, tax=0, allowance=1734, allowance_reason="Gutschrift"),
}


def test_no_rule_is_broken_by_any_tax_or_way_of_paying(tmp_path: Path) -> None:
    written = []
    for name, said in INVOICES.items():
        data = {"xrechnung": xrechnung(said), "zugferd": _inside(zugferd(_blank(), said))}
        for form, xml in data.items():
            written.append(tmp_path / f"{name}.{form}.xml")
            written[-1].write_bytes(xml)
    assert broken(written) == []


def test_a_sum_that_is_wrong_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "wrong.xml"
    path.write_bytes(xrechnung(replace(TAXED, tax=529)))
    assert any("BR-CO-17" in fault or "BR-S-09" in fault for fault in broken([path]))


def test_nothing_is_said_about_an_account_that_is_not_known() -> None:
    said = xrechnung(TAXED).decode()
    assert "<ram:TypeCode>1</ram:TypeCode>" in said
    assert "IBANID" not in said


def test_what_is_not_taxable_names_no_vat_id() -> None:
    assert b"DE136695976" not in xrechnung(INVOICES["not-taxable"])


@pytest.mark.parametrize("name", list(INVOICES))
def test_the_pdf_holds_the_data(name: str) -> None:
    assert b"urn:cen.eu:en16931:2017<" in _inside(zugferd(_blank(), INVOICES[name]))


def _blank() -> bytes:
    writer, pdf = PdfWriter(), BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(pdf)
    return pdf.getvalue()


def _inside(pdf: bytes) -> bytes:
    [content] = PdfReader(BytesIO(pdf)).attachments["factur-x.xml"]
    return content
