"""The report of a settlement as a program reads it: every line, and the net column makes the transfer."""

import csv
from collections.abc import Iterator
from io import StringIO

from zahlmeister.money.amount import minor_text
from zahlmeister.purchase.models import Due, Settlement
from zahlmeister.purchase.states import DueKind

COLUMNS = (
    "payout_id", "payout_date", "bank_reference", "line_type", "order_ref", "invoice_no", "capture_id",
    "credit_note_no", "gross", "fee", "vat_on_fee", "net", "currency", "customer_type", "event_date",
)  # fmt: skip


def file_name(of: Settlement) -> str:
    """Day, merchant and what it is: `20261130_brigitte_settlement_report.csv`."""
    return f"{of.on:%Y%m%d}_{of.merchant.slug}_settlement_report.csv"


def as_csv(of: Settlement) -> str:
    """The report: every field quoted, semicolons, CRLF; amounts with a decimal point, in the settlement's currency."""
    file = StringIO()
    writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(of))
    return file.getvalue()


def rows(of: Settlement) -> Iterator[tuple[str, ...]]:
    """The lines in the order in which they happened, between what was brought forward and what is carried on."""
    if of.brought_minor:
        yield _row(of, "brought_forward", of.brought_minor)
    lines = of.lines.select_related("capture__authorisation").order_by("pk")
    for line in lines.iterator(chunk_size=2000):
        yield _line(of, line)
    if of.forward_minor:
        yield _row(of, "carried_forward", -of.forward_minor)


def _line(of: Settlement, line: Due) -> tuple[str, ...]:
    capture = line.capture
    if capture is None:
        return _row(of, line.kind, line.minor, event_date=line.on.isoformat())
    company = capture.authorisation.application.get("company")
    return _row(
        of,
        line.kind,
        line.minor,
        order_ref=capture.authorisation.order_number,
        invoice_no=capture.number,
        capture_id=str(capture.pk),
        credit_note_no=line.document if line.kind == DueKind.CREDIT_NOTE else "",
        customer_type="company" if company else "person",
        event_date=line.on.isoformat(),
    )


#: In which column besides `net` an amount stands.
_COLUMN = {DueKind.FEE: "fee", DueKind.FEE_TAX: "vat_on_fee"}


def _row(of: Settlement, kind: str, minor: int, **facts: str) -> tuple[str, ...]:
    amount = minor_text(minor, of.currency)
    said = {
        "payout_id": str(of.pk),
        "payout_date": of.on.isoformat(),
        "bank_reference": of.reference if of.order_id else "",
        "line_type": str(kind),
        _COLUMN.get(DueKind(kind), "gross") if kind in DueKind.values else "gross": amount,
        "net": amount,
        "currency": of.currency,
        **facts,
    }
    return tuple(said.get(name, "") for name in COLUMNS)
