"""A fee whose payment is found to be missed after the invoice is given back on the next one, and once only."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models import F
from lxml import etree
from pypdf import PdfReader
from tests.dying import Killed, dying
from tests.flows.test_invoices import BUYER, charged, works
from tests.flows.test_missed_costs_nothing import ANNAS, BERNDS, STRANGERS, give, of, take_back
from tests.flows.test_pay_out import Desk
from tests.formats.en16931 import broken

from zahlmeister.connectors.vat.contract import Answer
from zahlmeister.flows.agree_plan import keep_billing, validate_vat_id
from zahlmeister.flows.check_books import check_books
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.plans.credits import sums, to_give_back
from zahlmeister.plans.e_invoices import invoice_pdf, invoice_xml
from zahlmeister.plans.models import BilledFee, FeeCredit, Invoice
from zahlmeister.plans.rules import Prices

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}


class Valid:
    """An authority that knows every VAT id."""

    def ask(self, vat_id: str) -> Answer:
        return Answer(True, proof=vat_id)


def billed(merchant: Merchant, folder: Path, prices: Prices) -> Desk:
    """November is billed: 17, 25 and 40 cents of commission, and what the account costs."""
    desk = charged(Desk(merchant, folder), prices)
    works(desk)
    return desk


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return billed(merchant, tmp_path, Prices(free=0, pooled_monthly={"DE": 500}))


def next_month(desk: Desk) -> Invoice:
    """The month after the last that was billed is billed; its invoice."""
    day = desk.stage.now
    desk.stage.now = datetime(day.year + day.month // 12, day.month % 12 + 1, 2, 8, tzinfo=UTC)
    works(desk)
    return invoices(desk)[-1]


def invoices(desk: Desk) -> list[Invoice]:
    return list(Invoice.objects.filter(customer=desk.merchant).order_by("month"))


def waiting(desk: Desk) -> int:
    return sum(amount.minor for amount in sums(to_give_back(desk.merchant.pk)))


def test_a_wrong_one_taken_back_after_the_invoice_is_credited_on_the_next(desk: Desk) -> None:
    assert invoices(desk)[0].net_minor == 582
    take_back(desk, BERNDS)
    assert sums(to_give_back(desk.merchant.pk)) == [Amount(40, "EUR")]
    invoice = next_month(desk)
    assert (invoice.allowance_minor, invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (40, 460, 87, 547)
    assert [(one.fee.payment_id, one.minor) for one in FeeCredit.objects.all()] == [(of(desk, BERNDS).pk, 40)]
    assert balance(desk.merchant.pk, Book.FEES, "EUR").minor == 582 + 460
    assert (desk.stage.books(), check_books(Merchant.objects.get(is_operator=True))) == ([], [])
    assert to_give_back(desk.merchant.pk) == []


def test_it_is_credited_once(desk: Desk) -> None:
    take_back(desk, BERNDS)
    assert next_month(desk).net_minor == 460
    give(desk, BERNDS, "100012345")
    assert next_month(desk).net_minor == 500
    works(desk)
    assert len(invoices(desk)) == 3
    assert FeeCredit.objects.count() == 1


def test_what_a_person_found_after_the_invoice_is_credited(desk: Desk) -> None:
    take_back(desk, ANNAS)
    give(desk, STRANGERS, "100012345")
    assert next_month(desk).allowance_minor == 25 + 17


def test_whoever_gives_the_same_again_gets_nothing_back(desk: Desk) -> None:
    take_back(desk, BERNDS)
    give(desk, BERNDS, "100012346")
    assert waiting(desk) == 0
    assert next_month(desk).net_minor == 500
    assert not FeeCredit.objects.exists()


def test_what_cost_nothing_on_the_invoice_gives_nothing_back(merchant: Merchant, tmp_path: Path) -> None:
    desk = charged(Desk(merchant, tmp_path), Prices(free=0, pooled_monthly={"DE": 500}))
    take_back(desk, BERNDS)
    works(desk)
    assert invoices(desk)[0].net_minor == 582 - 40
    assert next_month(desk).net_minor == 500


def test_what_was_charged_is_given_back_and_not_what_it_would_cost_today(merchant: Merchant, tmp_path: Path) -> None:
    prices = Prices(free=0, cap_without_order_minor=5, pooled_monthly={"DE": 500})
    desk = billed(merchant, tmp_path, prices)
    assert invoices(desk)[0].net_minor == 5 + 25 + 40 + 500
    take_back(desk, ANNAS)
    give(desk, STRANGERS, "100012345")
    assert next_month(desk).allowance_minor == 5 + 25


def test_more_than_the_next_invoice_goes_on_to_those_after(merchant: Merchant, tmp_path: Path) -> None:
    desk = billed(merchant, tmp_path, Prices(free=0, pooled_monthly={"DE": 30}))
    take_back(desk, BERNDS)
    take_back(desk, ANNAS)
    nothing = next_month(desk)
    assert (nothing.allowance_minor, nothing.total_minor, nothing.settled_on) == (30, 0, nothing.issued_on)
    assert waiting(desk) == 35
    assert next_month(desk).total_minor == 0
    assert (next_month(desk).allowance_minor, invoices(desk)[-1].net_minor) == (5, 25)
    assert waiting(desk) == 0
    assert [one.ordinal for one in invoices(desk)] == [1, 2, 3, 4]
    assert desk.stage.books() == []


def test_a_free_one_that_was_missed_makes_another_free(merchant: Merchant, tmp_path: Path) -> None:
    desk = billed(merchant, tmp_path, Prices(free=1, pooled_monthly={"DE": 500}))
    order = BilledFee.objects.order_by("payment__booked_on", "payment_id")
    free, first, second = order
    assert (free.payment.amount_minor, free.minor) == (ANNAS, 0)
    take_back(desk, ANNAS)
    assert next_month(desk).allowance_minor == first.minor
    first.refresh_from_db()
    assert first.found == "free"
    if first.payment.amount_minor == BERNDS:
        take_back(desk, BERNDS)
    else:
        give(desk, STRANGERS, "100012345")
    assert next_month(desk).allowance_minor == second.minor
    assert next_month(desk).allowance_minor == 0


def test_a_fee_under_another_tax_waits_for_an_invoice_with_that_tax(desk: Desk) -> None:
    take_back(desk, BERNDS)
    vienna = replace(BUYER, country="AT", vat_id="ATU12345675")
    keep_billing(desk.merchant, vienna, by="b", at=desk.stage.now)
    validate_vat_id(desk.merchant, Valid(), by="b", at=desk.stage.now)
    elsewhere = next_month(desk)
    assert (elsewhere.category, elsewhere.net_minor, waiting(desk)) == ("AE", 500, 40)
    keep_billing(desk.merchant, BUYER, by="b", at=desk.stage.now)
    assert (next_month(desk).net_minor, waiting(desk)) == (460, 0)


def test_the_tables_refuse_to_give_back_twice(desk: Desk) -> None:
    take_back(desk, BERNDS)
    next_month(desk)
    with pytest.raises(IntegrityError):
        BilledFee.objects.filter(credited_minor__gt=0).update(credited_minor=F("credited_minor") + 1)
    again = FeeCredit.objects.get()
    with pytest.raises(IntegrityError):
        FeeCredit.objects.create(merchant=desk.merchant, invoice_id=again.invoice_id, fee=again.fee, minor=1)
    with pytest.raises(IntegrityError):
        BilledFee.objects.filter(found="").update(credited_minor=1)


@pytest.mark.parametrize("pooled", [500, 30])
def test_programs_and_people_read_it(merchant: Merchant, tmp_path: Path, pooled: int) -> None:
    desk = billed(merchant, tmp_path, Prices(free=0, pooled_monthly={"DE": pooled}))
    take_back(desk, BERNDS)
    validate_vat_id(Merchant.objects.get(is_operator=True), Valid(), by="b", at=desk.stage.now)
    invoice = next_month(desk)
    path = tmp_path / "invoice.xml"
    path.write_bytes(invoice_xml(invoice))
    assert broken([path]) == []
    root = etree.fromstring(path.read_bytes())
    assert root.findtext(".//ram:AllowanceTotalAmount", namespaces=NAMES) == f"0.{min(40, pooled)}"
    assert root.findtext(".//ram:LineTotalAmount", namespaces=NAMES) == f"{pooled / 100:.2f}"
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(invoice_pdf(invoice, "en"))).pages)
    assert "Credit: fees of missed payments of earlier months" in said
    assert ("Nothing is to be paid" in said) == (invoice.total_minor == 0)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_commit_it_is_credited_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for deaths in range(20):
        slug = f"{moment}-{deaths}"
        Merchant.objects.filter(is_operator=True).update(is_operator=False, slug=f"gone-{slug}")
        prices = Prices(free=0, pooled_monthly={"DE": 500})
        desk = billed(Merchant.objects.create(name=slug, slug=slug), tmp_path, prices)
        take_back(desk, BERNDS)
        desk.stage.now = datetime(2027, 1, 2, 8, tzinfo=UTC)
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                works(desk)
            except Killed:
                fate.append("died")
        desk.stage.later(days=2)
        works(desk)
        assert [(one.allowance_minor, one.net_minor) for one in invoices(desk)] == [(0, 582), (40, 460)]
        assert waiting(desk) == 0
        assert balance(desk.merchant.pk, Book.FEES, "EUR").minor == 582 + 460
        assert desk.stage.books() == []
        if not fate:
            break
    assert deaths >= 3
