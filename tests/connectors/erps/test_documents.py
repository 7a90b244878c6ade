"""Documents of an ERP: what makes one the same, and what one is refused for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from zahlmeister.connectors.erps.documents import (
    DOCUMENTS,
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    Document,
    InvoiceDocument,
    Kind,
    Line,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
    TaxShare,
    WrongDocument,
    as_plain,
    from_plain,
)
from zahlmeister.refusals import Refusal

TODAY = date(2026, 11, 22)
LINES = (
    Line("Wool", 8900, Decimal(2), "W-1", Decimal(19)),
    Line("Needles", 2000, Decimal(1), "N-1", Decimal(19)),
    Line("Voucher", -1000),
)
COMMON: dict[str, Any] = {"order": "B-1", "currency": "EUR"}
ALL: tuple[Document, ...] = (
    InvoiceDocument(
        **COMMON,
        number="R-1",
        minor=9900,
        invoiced_on=TODAY,
        due_on=date(2026, 12, 6),
        lines=LINES,
        taxes=(TaxShare(Decimal(19), 8319, 1581),),
    ),
    ShipmentDocument(**COMMON, number="L-1", shipped_on=TODAY, invoice="R-1", carrier="DHL", tracking="00340"),
    ReturnAnnounced(**COMMON, number="A-1", minor=2000, announced_on=TODAY, invoice="R-1", reason="too small"),
    ReturnReceived(
        **COMMON, number="W-1", minor=2000, received_on=TODAY, invoice="R-1", announced="A-1", fee_minor=495
    ),
    CreditNoteDocument(**COMMON, number="G-1", minor=2000, credited_on=TODAY, invoice="R-1", reason="return"),
    Cancellation(**COMMON, number="S-1", cancelled_on=TODAY),
    DirectPayment(**COMMON, number="Z-1", minor=7900, paid_on=TODAY, invoice="R-1"),
)
INVOICE = ALL[0]


def test_every_kind_has_its_document() -> None:
    assert [document.kind for document in ALL] == list(Kind)
    assert [type(document) for document in ALL] == list(DOCUMENTS.values())


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.kind)
def test_a_document_survives_being_kept(document: Document) -> None:
    again = from_plain(document.kind, as_plain(document))
    assert again == document
    assert again.fingerprint() == document.fingerprint()


def test_the_fingerprint_sees_every_change_and_no_other_way_of_writing_a_rate() -> None:
    same = replace(INVOICE, taxes=(TaxShare(Decimal("19.00"), 8319, 1581),))
    assert same.fingerprint() == INVOICE.fingerprint()
    changed = replace(INVOICE, due_on=date(2026, 12, 7))
    assert changed.fingerprint() != INVOICE.fingerprint()
    numbers = {replace(document, number="1").fingerprint() for document in ALL}
    assert len(numbers) == len(ALL)
    # Written down once: what is kept as fingerprint must stay the same in every later version.
    assert ALL[5].fingerprint() == "498d2e8828e1b03d729b33efe66d054769d6b9484386b8f226e137dfe9004e0b"


@pytest.mark.parametrize(
    ("document", "change", "sentence"),
    [
        (INVOICE, {"minor": 9901}, "invoice R-1: its lines add up to 99.00 EUR, and it says 99.01 EUR."),
        (
            INVOICE,
            {"taxes": (TaxShare(Decimal(19), 8319, 1580),)},
            "invoice R-1: its tax shares add up to 98.99 EUR, and it says 99.00 EUR.",
        ),
        (INVOICE, {"lines": ()}, "invoice R-1 has no lines; each thing that is billed is one."),
        (INVOICE, {"number": ""}, "invoice without a number: the ERP's own number of the document is needed."),
        (INVOICE, {"order": ""}, "invoice R-1 does not say which order it belongs to."),
        (
            INVOICE,
            {"due_on": date(2026, 11, 1)},
            "invoice R-1 is due on 2026-11-01, before its own day 2026-11-22.",
        ),
        (INVOICE, {"currency": "Euro"}, "“Euro” is no currency: three capital letters such as EUR are expected."),
        (ALL[1], {"method": "drone"}, "shipment L-1: “drone” is no way of shipping; delivery or pick_up is."),
        (ALL[2], {"minor": 0}, "return announced A-1: 0.00 EUR is no amount above zero."),
        (ALL[3], {"fee_minor": 2001}, "return received W-1: a return fee lies between nothing and what is returned."),
        (ALL[3], {"lines": LINES}, "return received W-1: its lines add up to 99.00 EUR, and it says 20.00 EUR."),
        (
            ALL[4],
            {"order": "", "invoice": ""},
            "credit note G-1 needs the number of the order or of the invoice it belongs to.",
        ),
        (ALL[5], {"minor": -5}, "cancellation S-1: -0.05 EUR is no amount above zero."),
        (
            ALL[6],
            {"invoice": "9" * 65},
            "direct payment Z-1: the invoice “99999999999999999999…” is longer than 64 signs.",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_in_one_sentence(
    document: Document, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        replace(document, **change)
    assert str(refused.value) == sentence


def test_a_credit_note_may_name_only_its_invoice() -> None:
    assert replace(ALL[4], order="").order == ""


def test_a_wrong_document_is_not_made_of_what_was_kept() -> None:
    with pytest.raises(WrongDocument):
        from_plain("direct_payment", {**as_plain(ALL[6]), "minor": 0})
