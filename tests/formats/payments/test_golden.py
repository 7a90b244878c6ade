"""Files for the bank say what they said before; `python -m tests.formats.payments.test_golden` writes them anew."""

from datetime import date
from pathlib import Path

import pytest
from tests.formats.payments.facts import BRITISH, GERMAN, ITALIAN, QR, QRR, SWISS, file, group, order
from tests.formats.payments.schemas import HAS_SCHEMAS, faults
from tests.formats.payments.test_debits import CREDITOR_ID, debit
from tests.formats.payments.test_debits import file as debit_file
from tests.formats.payments.test_debits import group as debit_group

from zahlmeister.formats.payments.mandates import Amendment, Mandate, Scheme, Sequence
from zahlmeister.formats.payments.parties import Address, OwnAccount, Party
from zahlmeister.formats.payments.transfers import Speed
from zahlmeister.formats.payments.write_debits import write_direct_debits
from zahlmeister.formats.payments.write_transfers import write_transfers

GOLDEN = Path(__file__).parent / "golden"
ZURICH = Address("Zürich", "CH", "8001", "Bahnhofstrasse", "1")
FLORENCE = Address("Firenze", "IT", "50122", lines=("Via dei Calzaiuoli 10", "Scala B"))


def refunds():
    return file(
        group(
            order("R-1", 1999, bic="COBADEFFXXX", purpose="RFND"),
            order("R-2", 250, creditor=Party("Giulia Rossi", FLORENCE), iban=ITALIAN, text="Rimborso 4712"),
            order("R-3", 1, text=None, reference="RF18539007547034", on_behalf_of="Wolle & Mehr GmbH"),
            account=OwnAccount(GERMAN, "COBADEFFXXX"),
            category="SUPP",
        ),
        group(order("R-4"), group_id="G-2", speed=Speed.INSTANT, is_batch=False, execute_on=date(2026, 11, 28)),
    )


def swiss():
    slip = order("S-1", 4950, "CHF", creditor=Party("Muster AG", ZURICH), iban=QR, reference=QRR, text="Rechnung 7")
    plain = order("S-2", 100, "CHF", creditor=Party("Reto Müller", ZURICH), iban=SWISS, text="Rückerstattung")
    euro = order("S-3", 200)
    pounds = order("S-4", 300, "GBP", creditor=Party("Ann Smith", Address("Leeds", "GB")), iban=BRITISH, bic="NWBKGB2L")
    francs = group(slip, plain, iban=SWISS, group_id="francs")
    return file(francs, group(euro, iban=SWISS, group_id="euro"), group(pounds, iban=SWISS, group_id="pounds"))


def debits():
    moved = Mandate("M-2", date(2025, 1, 2), Amendment(is_other_account=True))
    renamed = Mandate("M-3", date(2024, 1, 2), Amendment("M-old", CREDITOR_ID, "Wolle & Mehr"))
    return debit_file(
        debit_group(debit(), debit("D-2", mandate=moved), debit("D-3", mandate=renamed)),
        debit_group(debit("D-4"), group_id="L-2", scheme=Scheme.COMPANIES, sequence=Sequence.FIRST),
    )


WRITTEN = {
    "refunds.xml": ("pain.001.001.09", lambda: write_transfers(refunds())),
    "swiss.xml": ("pain.001.001.09.ch.03", lambda: write_transfers(swiss())),
    "debits.xml": ("pain.008.001.08", lambda: write_direct_debits(debits())),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_says_what_it_said_before(name):
    schema, write = WRITTEN[name]
    data = write().data

    assert data == (GOLDEN / name).read_bytes()
    if HAS_SCHEMAS:
        assert not faults(data, schema)


if __name__ == "__main__":
    for each, (_, make) in WRITTEN.items():
        (GOLDEN / each).write_bytes(make().data)
