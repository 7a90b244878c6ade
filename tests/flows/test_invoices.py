"""A month is charged: numbered, taxed, booked on both sides, and paid from the balance or by direct debit."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError
from lxml import etree
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from tests.dying import Killed, dying
from tests.flows.test_pay_out import HOUSE_BANK, Desk

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debits import move_debit
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.connectors.vat.contract import Answer
from zahlmeister.flows.agree_plan import Address, agree_plan, keep_billing, price_plan, validate_vat_id
from zahlmeister.flows.approve_payment import cancel_payment
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.collect_debit import Signed, keep_mandate
from zahlmeister.flows.invoice_month import invoice_month, invoice_next, owe_next
from zahlmeister.flows.settle_invoice import settle_next
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.payouts.models import PayoutLine
from zahlmeister.plans.e_invoices import invoice_pdf, invoice_xml
from zahlmeister.plans.models import BilledMonth, Invoice, PlanVersion
from zahlmeister.plans.rules import Prices
from zahlmeister.plans.usage import usage
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)

NOVEMBER = date(2026, 11, 1)
SELLER = Address(
    "Zahlstelle GmbH", "Markt 1", "10115", "Berlin", "DE", "r@zahlstelle.example", "030 1234", "DE136695976"
)
BUYER = Address("Brigittes Wollstube", "Gasse 3", "79098", "Freiburg", "DE", "b@wollstube.example")
PRICES = Prices(free=1, pooled_monthly={"DE": 500})


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return charged(Desk(merchant, tmp_path))


def charged(desk: Desk, prices: Prices = PRICES) -> Desk:
    """An operator with a plan; in November 49.90, 80.00 and, for nothing known, 33.33 came in."""
    at = desk.stage.now
    runs, _ = Merchant.objects.get_or_create(slug="zahlstelle", defaults={"name": "Zahlstelle GmbH"})
    name_operator(runs, by="root", at=at)
    BankAccount.objects.get_or_create(merchant=runs, number="DE89370400440532013000", currency="EUR")
    price_plan("Basis", NOVEMBER, prices, by="root", at=at)
    agree_plan(desk.merchant, "Basis", NOVEMBER, by="root", at=at)
    keep_billing(runs, SELLER, by="root", at=at)
    keep_billing(desk.merchant, BUYER, by="root", at=at)
    desk.buyers_pay()
    desk.stranger_pays()
    desk.next_day()
    desk.stage.now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    return desk


def works(desk: Desk) -> None:
    clock = desk.stage.clock
    while invoice_next(clock=clock) or owe_next(clock=clock) or settle_next(clock=clock):
        pass


def the_operator() -> Merchant:
    return Merchant.objects.get(is_operator=True)


def test_usage_is_shown_while_the_month_runs(desk: Desk) -> None:
    found = usage(desk.merchant.pk, NOVEMBER)
    assert found is not None
    assert found.free_used == 1
    assert {line.kind: line.net for line in found.lines} == {"commission": 57, "pooled": 500}


def test_a_month_becomes_one_numbered_invoice_booked_on_both_sides(desk: Desk) -> None:
    works(desk)
    works(desk)
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.net_minor, invoice.tax_minor, invoice.total_minor) == ("R000001", 557, 106, 663)
    assert balance(desk.merchant.pk, Book.FEES, "EUR").minor == 557
    assert balance(desk.merchant.pk, Book.INPUT_TAX, "EUR").minor == 106
    runs = the_operator()
    assert balance(runs.pk, Book.OUTPUT_TAX, "EUR").minor == -106
    assert OpenItem.objects.get(merchant=runs, order__number="R000001").total_minor == 663
    assert Message.objects.filter(channel="people", key__startswith="invoice:").count() == 2
    assert (desk.stage.books(), check_books(runs)) == ([], [])


def test_it_is_paid_from_the_balance_and_stands_in_the_next_statement(desk: Desk) -> None:
    works(desk)
    order = PaymentOrder.objects.get(source__startswith="invoice:")
    assert (order.amount_minor, order.state) == (663, "approved")
    assert balance(desk.merchant.pk, Book.OPERATOR, "EUR").minor == 0
    desk.pays_to()
    desk.plan()
    desk.bank.move_to(date(2026, 12, 1))
    desk.sends()
    desk.next_day()
    desk.works()
    assert PayoutLine.objects.get(kind="fee").amount_minor == -663
    assert desk.payout().amount_minor == 12990 - 663
    assert desk.stage.books() == []


def test_a_transfer_that_was_cancelled_is_tried_again_the_next_day(desk: Desk) -> None:
    works(desk)
    cancel_payment(PaymentOrder.objects.get(source__startswith="invoice:"), by=desk.karl, at=desk.stage.now)
    works(desk)
    assert balance(desk.merchant.pk, Book.OPERATOR, "EUR").minor == -663
    desk.stage.later(days=2)
    works(desk)
    assert Invoice.objects.get().attempt == 2
    assert balance(desk.merchant.pk, Book.OPERATOR, "EUR").minor == 0
    assert desk.stage.books() == []


def test_without_a_balance_it_is_collected_and_announced_before(desk: Desk) -> None:
    BankAccount.objects.filter(merchant=desk.merchant).update(kind="own")
    signed = Signed("DE98ZZZ09999999999", "ZM-1", date(2026, 11, 1), "Brigitte Berger", HOUSE_BANK)
    keep_mandate(the_operator(), signed, by="root", at=desk.stage.now, customer=desk.merchant)
    PlanVersion.objects.update(flat_own_minor=1900)
    works(desk)
    debit = Debit.objects.get()
    assert (debit.amount_minor, debit.merchant_id, debit.told_on) == (2261, the_operator().pk, date(2026, 12, 1))
    assert debit.collect_on >= date(2026, 12, 15)
    assert Message.objects.filter(key__startswith=f"debit:{debit.pk}:").count() == 2
    assert balance(desk.merchant.pk, Book.OPERATOR, "EUR").minor == -2261
    move_debit(debit, "cancelled")
    works(desk)
    assert Invoice.objects.get().debit is None


def test_a_month_that_costs_nothing_is_billed_once_without_a_number(desk: Desk) -> None:
    PlanVersion.objects.update(free=100, pooled_monthly={})
    assert invoice_month(desk.merchant, NOVEMBER, at=desk.stage.now) == []
    assert invoice_month(desk.merchant, NOVEMBER, at=desk.stage.now) == []
    assert BilledMonth.objects.get().invoiced == 0


def test_numbers_have_no_gap_and_none_twice(desk: Desk) -> None:
    works(desk)
    first = Invoice.objects.get()
    again = Invoice.objects.get()
    again.pk, again.month = 1, date(2026, 10, 1)
    with pytest.raises(IntegrityError):
        again.save(force_insert=True)
    desk.stage.now = datetime(2027, 1, 2, 8, tzinfo=UTC)
    works(desk)
    assert list(Invoice.objects.order_by("ordinal").values_list("ordinal", flat=True)) == [1, 2]
    assert Invoice.objects.get(ordinal=2).net_minor == 500
    first.refresh_from_db()
    assert first.number == "R000001"


def test_the_vat_id_counts_only_once_the_authority_found_it_valid(desk: Desk) -> None:
    keep_billing(desk.merchant, replace(BUYER, country="AT", vat_id="ATU 1234 5675"), by="b", at=desk.stage.now)

    class Says:
        def __init__(self, is_valid: bool) -> None:
            self.is_valid = is_valid

        def ask(self, vat_id: str) -> Answer:
            assert vat_id == "ATU12345675"
            return Answer(self.is_valid, proof="WAPI1")

    assert not validate_vat_id(desk.merchant, Says(False), by="b", at=desk.stage.now).vat_is_valid
    billing = validate_vat_id(desk.merchant, Says(True), by="b", at=desk.stage.now)
    assert (billing.vat_is_valid, billing.vat_asked_by, billing.vat_proof) == (True, "b", "WAPI1")
    works(desk)
    invoice = Invoice.objects.get()
    assert (invoice.category, invoice.tax_minor) == ("AE", 0)
    assert b"ATU12345675" in invoice_xml(invoice)
    other = keep_billing(desk.merchant, replace(BUYER, country="AT", vat_id="ATU00000033"), by="b", at=desk.stage.now)
    assert not other.vat_is_valid


def test_prices_of_a_month_do_not_change(desk: Desk) -> None:
    at = desk.stage.now
    assert price_plan("Basis", NOVEMBER, PRICES, by="root", at=at).pk == PlanVersion.objects.get().pk
    with pytest.raises(Refused, match="other prices"):
        price_plan("Basis", NOVEMBER, replace(PRICES, commission_bp=60), by="root", at=at)
    with pytest.raises(Refused, match="no plan"):
        agree_plan(desk.merchant, "Profi", date(2027, 1, 1), by="root", at=at)


def test_people_and_programs_can_read_it(desk: Desk) -> None:
    works(desk)
    invoice = Invoice.objects.get()
    root = etree.fromstring(invoice_xml(invoice))
    names = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}
    assert root.findtext(".//ram:GrandTotalAmount", namespaces=names) == "6.63"
    pdf = invoice_pdf(invoice, "de")
    assert pdf.startswith(b"%PDF")
    assert b"factur-x.xml" in pdf


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_commit_it_is_charged_and_paid_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for deaths in range(20):
        slug = f"{moment}-{deaths}"
        Merchant.objects.filter(is_operator=True).update(is_operator=False, slug=f"gone-{slug}")
        desk = charged(Desk(Merchant.objects.create(name=slug, slug=slug), tmp_path))
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                works(desk)
            except Killed:
                fate.append("died")
        desk.stage.later(days=2)
        works(desk)
        invoice = Invoice.objects.get(customer=desk.merchant)
        assert (invoice.ordinal, invoice.total_minor, invoice.is_owed) == (1, 663, True)
        assert PaymentOrder.objects.filter(merchant=desk.merchant).count() == 1
        assert balance(desk.merchant.pk, Book.OPERATOR, "EUR").minor == 0
        assert desk.stage.books() == []
        if not fate:
            break
    assert deaths >= 3


def test_the_pdf_has_what_pdf_a_3_and_factur_x_ask_for(desk: Desk) -> None:
    """ISO 19005-3 and the Factur-X annex: named as PDF/A-3, colours and fonts inside, the data tied to the document."""
    works(desk)
    reader = PdfReader(BytesIO(invoice_pdf(Invoice.objects.get(), "de")))
    root = reader.trailer["/Root"]
    assert not reader.is_encrypted
    told = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part(>|=\")3", told)
    assert re.search(r"fx:DocumentFileName(>|=\")factur-x.xml", told)
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert "/DestOutputProfile" in root["/OutputIntents"][0].get_object()
    tied = [each.get_object() for each in root["/AF"].get_object()]
    assert [(each["/UF"], each["/AFRelationship"]) for each in tied] == [("factur-x.xml", "/Alternative")]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            assert is_embedded(font.get_object()), font


def is_embedded(font: DictionaryObject) -> bool:
    """Whether the outlines of a font are in the file."""
    below = font.get("/DescendantFonts")
    described = (below[0].get_object() if below else font).get("/FontDescriptor")
    return described is not None and any(f"/FontFile{kind}" in described.get_object() for kind in ("", "2", "3"))
