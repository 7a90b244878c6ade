"""The pages of mandates and direct debits, from the signed mandate to the file."""

from django.test import Client
from django.utils import timezone
from tests.stage import DIRK, Paid, Stage

from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate

MANDATE = {
    "debtor_name": "Dirk Daus", "debtor_number": DIRK, "reference": "M-7", "signed_on": "2026-01-02",
    "creditor_id": "DE98ZZZ09999999999", "scheme": "CORE", "notice_days": "1",
}  # fmt: skip


def test_from_the_mandate_to_the_file(stage: Stage, office: Client) -> None:
    stage.pays(Paid(100, "danke"))
    assert office.post("/debits/mandates/new", MANDATE).status_code == 302
    mandate = Mandate.objects.get()
    address = f"/debits/mandates/{mandate.pk}/"
    account = stage.payment().transaction.account
    said = {
        "account": account.pk,
        "amount": "12,50",
        "text": "Beitrag",
        "collect_on": str(timezone.localdate()),
        "key": "once",
    }
    for _ in range(2):
        assert office.post(address, said).status_code == 302
    debit = Debit.objects.get()
    assert "Mandate of Dirk Daus" in office.get(address).content.decode()

    page = office.get(f"/debits/{debit.pk}/").content.decode()
    assert "or the day moves" in page
    office.post(f"/debits/{debit.pk}/tell", {"on": ""})
    office.post(f"/debits/{debit.pk}/approve")
    assert "can be handed in" in office.get("/debits/").content.decode()
    office.post(f"/debits/from/{account.pk}/")
    file = DebitFile.objects.get()
    answer = office.post(f"/debits/files/{file.pk}/download")
    assert b"pain.008.001.08" in answer.content
    assert b"<SeqTp>FRST</SeqTp>" in answer.content
    debit.refresh_from_db()
    assert debit.state == "in_file"


def test_what_a_bank_would_reject_is_said_on_the_form(stage: Stage, office: Client) -> None:
    answer = office.post("/debits/mandates/new", {**MANDATE, "debtor_number": "DE00 1"})
    assert answer.status_code == 422
    assert not Mandate.objects.exists()


def test_a_revoked_mandate_collects_no_more(stage: Stage, office: Client) -> None:
    office.post("/debits/mandates/new", MANDATE)
    mandate = Mandate.objects.get()
    office.post(f"/debits/mandates/{mandate.pk}/revoke")
    page = office.get(f"/debits/mandates/{mandate.pk}/").content.decode()
    assert "Revoked" in page
    assert 'id="collect"' not in page
