"""Cash on delivery: the carrier collects from many buyers and pays in one sum; every buyer's order is paid."""

from pathlib import Path

from django.conf import LazySettings
from django.test import Client
from tests.formats.lists import LEFT, RIGHT, pdf
from tests.office.conftest import signed_in
from tests.stage import BERND, Paid, Stage

from zahlmeister.flows.import_orders import import_orders
from zahlmeister.formats.orders_csv import read_orders
from zahlmeister.ledger.queries import balance, balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Person
from zahlmeister.orders.record import shop_called
from zahlmeister.receivables.models import AdviceList, PayerAccount
from zahlmeister.receivables.states import ItemState, PaymentState

#: What the shop exported on the day the parcels went out.
EXPORT = """Bestellnummer;Bestelldatum;Gesamtbetrag;Zahlungsart;Name;E-Mail;Sendungsnummern
100012345;16.11.2026;24,98;Nachnahme;Anna Weber;anna@post.example;00340434161094012345
100012346;16.11.2026;49,90;Nachnahme;Bernd Krause;bernd@post.example;00340434161094012352 00340434161094012369
100012347;16.11.2026;19,95;Nachnahme;Cora Lindner;cora@post.example;
100012348;16.11.2026;88,40;Nachnahme;Dirk Vogel;dirk@post.example;00340434161094012376
"""

#: What the carrier sends a week later: Dirk has not taken his parcel.
COLUMNS = [(40, LEFT), (190, LEFT), (270, LEFT), (430, RIGHT), (520, RIGHT)]
LIST = [
    ["DHL Paket GmbH", "", "", "", ""],
    ["Nachnahme-Auszahlung vom 19.11.2026", "", "", "", ""],
    ["Sendungsnummer", "Referenz", "Empfänger", "Nachnahmebetrag", "Entgelt"],
    ["00340434161094012345", "", "Anna Weber", "24,98", "2,00"],
    ["00340434161094012369", "", "Bernd Krause", "49,90", "2,00"],
    ["", "100012347", "Cora Lindner", "19,95", "2,00"],
    ["Summe", "", "", "94,83", "6,00"],
    ["Auszahlungsbetrag", "", "", "88,83", ""],
]


def test_from_the_shops_export_to_paid_orders(
    stage: Stage, brigitte: Person, tmp_path: Path, settings: LazySettings
) -> None:
    settings.STATIC_ROOT = tmp_path
    office = signed_in(brigitte, "de")
    export = tmp_path / "bestellungen.csv"
    export.write_text(EXPORT, encoding="cp1252")
    import_orders(shop_called(stage.merchant.pk, "Wollstube"), read_orders(export), by="shop", clock=stage.clock)

    stage.pays(Paid(8883, "DHL NACHNAHME KW47 SAMMELUEBERWEISUNG", "Deutsche Post AG", BERND))
    assert stage.payment().state in {PaymentState.UNCLEAR, PaymentState.SUGGESTED}

    seen = hand_in(office, stage, tmp_path)
    assert "Die Liste erklärt die Zahlung auf den Cent, und jede Zeile hat ihre Bestellung gefunden." in seen

    assign(office, stage)
    assert [stage.item(f"10001234{last}").state for last in "567"] == [ItemState.PAID] * 3
    assert stage.item("100012348").state == ItemState.OPEN
    assert balance(stage.merchant.pk, Book.CARRIER_FEES, "EUR").minor == 600
    assert balance(stage.merchant.pk, Book.UNCLEAR, "EUR").minor == 0
    assert sum(amount.minor for _, _, amount in balances(stage.merchant.pk)) == 0
    assert not PayerAccount.objects.exists()  # the account is the carrier's: nobody is refunded to it or known by it
    assert stage.books() == []

    office.post(f"/payments/{stage.payment().pk}/unassign")
    assert [stage.item(f"10001234{last}").state for last in "5678"] == [ItemState.OPEN] * 4
    assert stage.payment().open_minor == 8883
    assert stage.books() == []


def hand_in(office: Client, stage: Stage, folder: Path) -> str:
    path = folder / "Nachnahmeliste.pdf"
    path.write_bytes(pdf([LIST], COLUMNS))
    with path.open("rb") as file:
        answer = office.post(f"/payments/{stage.payment().pk}/list", {"file": file}, follow=True)
    return answer.content.decode()


def assign(office: Client, stage: Stage) -> None:
    address = f"/payments/{stage.payment().pk}/list/{AdviceList.objects.get().pk}/"
    lines = [str(number) for number in (4, 5, 6)]
    office.post(address, {"line": lines, "key": "form-1"})
