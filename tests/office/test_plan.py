"""The plan as Brigitte sees it: what this month costs so far, her invoices, and how she stands on them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.flows.test_invoices import charged, works
from tests.flows.test_missed_costs_nothing import BERNDS, take_back
from tests.flows.test_pay_out import Desk
from tests.office.conftest import signed_in

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.merchants.models import Merchant
from zahlmeister.plans.models import Billing, Invoice, Subscription
from zahlmeister.plans.rules import Prices

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return charged(Desk(merchant, tmp_path))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_the_month_costs_so_far(desk: Desk) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 9, tzinfo=UTC), tick=False):
        client = signed_in(desk.brigitte)
        shown = page(client, reverse("office:plan"))
    for words in (
        "1 of 1 free payments are used",
        "Commission 0.50 %",
        "0.57",
        "Pooled accounts in DE",
        "5.00",
        "So far",
    ):
        assert words in shown
    Subscription.objects.all().delete()
    assert "nothing is charged" in page(client, reverse("office:plan"))


def test_an_invoice_on_the_page_as_pdf_and_as_data(desk: Desk) -> None:
    works(desk)
    invoice = Invoice.objects.get()
    client = signed_in(desk.brigitte)
    assert "R000001" in page(client, reverse("office:plan"))
    shown = page(client, reverse("office:plan-invoice", args=[invoice.pk]))
    for words in ("6.63", "1.06", "19.0", "Paid on"):
        assert words in shown
    for form, begin in (("pdf", b"%PDF"), ("xml", b"<?xml")):
        assert client.get(reverse("office:plan-invoice-file", args=[invoice.pk, form])).content.startswith(begin)
    assert client.get(reverse("office:plan-invoice-file", args=[invoice.pk, "doc"])).status_code == 404


def test_the_address_is_changed_by_an_owner_and_a_new_vat_id_is_asked_about(desk: Desk) -> None:
    client = signed_in(desk.brigitte)
    said = {"company": "Wolle", "street": "Gasse 3", "postcode": "79098", "city": "Freiburg", "country": "DE"}
    said |= {"email": "w@wolle.example", "vat_id": "nonsense"}
    assert client.post(reverse("office:plan-billing"), said).status_code == 302
    assert Billing.objects.get(merchant=desk.merchant).vat_id == "NONSENSE"
    shown = page(client, reverse("office:plan"))
    assert "not asked yet" in shown
    told = client.post(reverse("office:plan-validate"), follow=True).content.decode()
    assert "is no VAT id of the EU" in told
    assert client.post(reverse("office:plan-billing"), {**said, "country": "Deutschland"}).status_code == 422


def test_in_german(desk: Desk) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 9, tzinfo=UTC), tick=False):
        shown = page(signed_in(desk.brigitte, "de"), reverse("office:plan"))
    assert "1 von 1 freien Zahlungen sind verbraucht" in shown


def test_the_mandate_is_given_and_taken_back_on_its_page(desk: Desk) -> None:
    client = signed_in(desk.brigitte)
    address = reverse("office:plan-mandate")
    said = {"holder": "Brigittes Wollstube", "number": "DE02100500000054540402", "agrees": "on"}
    assert "no creditor id yet" in client.post(address, said).content.decode()
    Merchant.objects.filter(is_operator=True).update(creditor_id="DE98ZZZ09999999999")
    assert client.post(address, {**said, "agrees": ""}).status_code == 422
    assert client.post(address, {**said, "number": "DE00"}).status_code == 422
    assert client.post(address, said).status_code == 302
    mandate = mandate_from(desk.merchant.pk)
    assert mandate is not None
    for words in (mandate.reference, "DE98ZZZ09999999999", "at least 2 days before"):
        assert words in page(client, address)
    assert mandate.reference in page(client, reverse("office:plan"))
    client.post(reverse("office:plan-mandate-revoke"))
    assert mandate_from(desk.merchant.pk) is None
    Merchant.objects.update(is_operator=False)
    assert client.get(address).status_code == 404


def test_a_fee_found_late_is_shown_before_and_on_the_invoice_that_gives_it_back(
    merchant: Merchant, tmp_path: Path
) -> None:
    desk = charged(Desk(merchant, tmp_path), Prices(free=0, pooled_monthly={"DE": 500}))
    works(desk)
    client = signed_in(desk.brigitte)
    assert "given back" not in page(client, reverse("office:plan"))
    take_back(desk, BERNDS)
    shown = page(client, reverse("office:plan"))
    for words in ("EUR 0.40 without tax is taken off", "80.00", "the guarantee was missed", "November 2026"):
        assert words in shown
    desk.stage.now = datetime(2027, 1, 2, 8, tzinfo=UTC)
    works(desk)
    invoice = Invoice.objects.get(month="2026-12-01")
    assert "without tax is taken off" not in page(client, reverse("office:plan"))
    shown = page(client, reverse("office:plan-invoice", args=[invoice.pk]))
    for words in ("Credit: fees of missed payments of earlier months", "−0.40", "the guarantee was missed", "5.47"):
        assert words in shown
