"""What can be ordered can be written, is what the bank's schema wants, and says what was meant."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from lxml import etree
from tests.formats.payments.facts import (
    AT,
    AUSTRIAN,
    BRITISH,
    GERMAN,
    QR,
    QRR,
    SWISS,
    file,
    foreign_orders,
    group,
    order,
    sepa_orders,
    swiss_orders,
    transfer_files,
)
from tests.formats.payments.schemas import HAS_SCHEMAS, NEEDS_SCHEMAS, faults
from tests.formats.payments.schemas import SWISS as SWISS_SCHEMA

from zahlmeister.formats.payments.letters import Change, Letters
from zahlmeister.formats.payments.parties import Address, OwnAccount, Party
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.transfers import Kind, Market, Speed, TransferFile, kind_of
from zahlmeister.formats.payments.write_transfers import write_transfers
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreadable

ZURICH = Address("Zürich", "CH", "8001", "Bahnhofstrasse", "1")
WORLDS = {
    "from Germany": (GERMAN, sepa_orders(), {Kind.SEPA}),
    "from Austria": (AUSTRIAN, sepa_orders(), {Kind.SEPA}),
    "within Switzerland": (SWISS, swiss_orders(), {Kind.DOMESTIC}),
    "from Switzerland abroad": (SWISS, foreign_orders(), {Kind.FOREIGN}),
}


@pytest.mark.parametrize("world", WORLDS)
def test_whatever_can_be_made_is_written_read_back_and_valid(world):
    """And what was changed is told, and nothing else was changed. What the facts refuse is no order."""
    iban, orders, kinds = WORLDS[world]
    seen = set()

    @settings(
        deadline=None, max_examples=25, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def holds(data):
        try:
            made = data.draw(transfer_files(iban, orders))
        except Refused:
            reject()
        seen.update(group.kind for group in made.groups)
        written = write_transfers(made)
        meant, changes = made.as_written()
        assert read_payment_orders(written.data, name="orders.xml") == meant
        assert written.changes == changes
        everything_changed_is_told(made, changes)
        the_sums_agree(written.data, made)
        if HAS_SCHEMAS:
            assert not faults(written.data, "pain.001.001.09")
            assert not (iban == SWISS and faults(written.data, SWISS_SCHEMA))

    holds()
    assert seen == kinds


def everything_changed_is_told(made, changes):
    told = {change.before for change in changes}
    letters = (made.letters or made.groups[0].market.letters).value
    for each in made.orders:
        for text in filter(None, (each.text, each.creditor.name, each.on_behalf_of)):
            is_fine = letters.issuperset(text) and text == " ".join(text.split())
            assert (text in told) is not is_fine


def the_sums_agree(written, made):
    header = etree.fromstring(written).find("{*}CstmrCdtTrfInitn/{*}GrpHdr")
    assert Decimal(header.findtext("{*}CtrlSum")) == sum(Decimal(each.amount.text()) for each in made.orders)
    assert header.findtext("{*}NbOfTxs") == str(len(made.orders))


@NEEDS_SCHEMAS
def test_a_refund_to_anna_is_valid_by_the_official_schema():
    assert not faults(write_transfers(file()).data, "pain.001.001.09")
    assert faults(write_transfers(file()).data.replace(b"SLEV", b"FREE"), "pain.001.001.09")


def test_a_refund_to_anna_says_who_pays_whom_how_much_and_why():
    root = etree.fromstring(write_transfers(file()).data)

    def said(path):
        return root.xpath(
            f"string(//{path})".replace("/", "/p:").replace("/p:/p:", "//p:"), namespaces={"p": root.nsmap[None]}
        )

    assert said("GrpHdr/CtrlSum") == "19.99"
    assert said("PmtInf/PmtTpInf/SvcLvl/Cd") == "SEPA"
    assert said("PmtInf/ChrgBr") == "SLEV"
    assert said("PmtInf/ReqdExctnDt/Dt") == "2026-11-24"
    assert said("DbtrAgt/FinInstnId/Othr/Id") == "NOTPROVIDED"
    assert said("PmtId/EndToEndId") == "R-2026-17"
    assert said("Cdtr/Nm") == "Anna Berger"
    assert said("CdtrAcct/Id/IBAN") == GERMAN
    assert said("RmtInf/Ustrd") == "Rückerstattung Bestellung 4711"


def test_an_instant_order_says_so_and_may_go_on_a_sunday():
    sunday = date(2026, 11, 29)
    written = write_transfers(file(group(speed=Speed.INSTANT, execute_on=sunday))).data

    assert b"<Cd>INST</Cd>" in written
    assert b"INST" not in write_transfers(file()).data
    with pytest.raises(Refused, match=r"closed on 2026-11-29.*2026-11-30"):
        group(execute_on=sunday)


def test_francs_follow_the_swiss_calendar():
    francs = order(currency="CHF", iban=SWISS, creditor=Party("Reto", ZURICH))
    ascension = date(2027, 5, 6)

    assert group(execute_on=ascension)
    with pytest.raises(Refused, match="closed on 2027-05-06"):
        group(francs, iban=SWISS, execute_on=ascension)


@pytest.mark.parametrize(
    ("iban", "currency", "account", "kind"),
    [
        (GERMAN, "EUR", GERMAN, Kind.SEPA),
        (GERMAN, "EUR", SWISS, Kind.SEPA),
        (SWISS, "EUR", GERMAN, Kind.SEPA),
        (SWISS, "EUR", SWISS, Kind.DOMESTIC),
        (SWISS, "CHF", SWISS, Kind.DOMESTIC),
        (QR, "CHF", SWISS, Kind.DOMESTIC),
        (GERMAN, "CHF", SWISS, Kind.FOREIGN),
        (BRITISH, "GBP", SWISS, Kind.FOREIGN),
    ],
)
def test_the_sort_of_payment_follows_from_currency_and_countries(iban, currency, account, kind):
    one = order(currency=currency, iban=iban, reference=QRR if iban == QR else None)

    assert kind_of(one, Market.of(account)) is kind


def test_a_swiss_slip_is_paid_with_its_reference_and_message():
    one = order(currency="CHF", iban=QR, reference=QRR, text="Danke", creditor=Party("Robert Schneider AG", ZURICH))
    written = write_transfers(file(group(one, iban=SWISS))).data.decode()

    assert re.search(rf"<Prtry>QRR</Prtry>.*<Ref>{QRR}</Ref>.*<AddtlRmtInf>Danke<", written, re.DOTALL)
    assert "<MmbId>762</MmbId>" in written
    assert "SLEV" not in written
    assert "<SvcLvl>" not in written


def test_an_austrian_payment_reference_is_any_id_elsewhere_it_is_a_creditor_reference():
    invoice = order(reference="RE-2026/17", text=None)

    assert b"<Ref>RE-2026/17</Ref>" in write_transfers(file(group(invoice, iban=AUSTRIAN))).data
    with pytest.raises(Refused, match="no creditor reference"):
        group(invoice)


def test_a_bank_that_takes_only_the_basic_letters_gets_them_and_we_are_told():
    written = write_transfers(file(group(order(creditor=Party("Jürgen Weiß & Co"))), letters=Letters.SEPA))

    assert b"Juergen Weiss + Co" in written.data
    assert Change("name of the creditor of R-2026-17", "Jürgen Weiß & Co", "Juergen Weiss + Co") in written.changes
    assert not write_transfers(file(group(order(creditor=Party("Jürgen Weiß & Co"))))).changes


def pounds():
    return order(currency="GBP", iban=BRITISH, bic="NWBKGB2L", creditor=Party("Ann Smith", Address("Leeds", "GB")))


def test_a_french_account_may_be_at_a_bank_of_its_own_islands():
    assert order(iban="FR1420041010050500013M02606", bic="AGRIRERX").bic == "AGRIRERX"


REFUSALS = [
    (lambda: order(end_to_end_id="a//b"), "end-to-end id: a slash"),
    (lambda: order(end_to_end_id="Ü-1"), "only letters without accents"),
    (lambda: order(end_to_end_id="x" * 36), "36 characters and 35"),
    (lambda: order(end_to_end_id="NOTPROVIDED"), "means that there is none"),
    (lambda: order(end_to_end_id=" a"), "blank"),
    (lambda: order(minor=0), "from 0.01"),
    (lambda: order(minor=-5), "from 0.01"),
    (lambda: order(minor=100_000_000_000), "999,999,999.99"),
    (lambda: order(iban="DE00123456789"), "no IBAN"),
    (lambda: order(iban="DE89 3704 0044 0532 0130 00"), "no IBAN"),
    (lambda: order(bic="COBADEFF1"), "no BIC"),
    (lambda: order(bic="GIBAATWW"), "different countries"),
    (lambda: order(purpose="refund"), "four capital letters"),
    (lambda: order(iban=QR, currency="CHF"), "belong together"),
    (lambda: order(reference=QRR), "belong together"),
    (lambda: group(order(currency="CHF")), "in euro and within SEPA, not in CHF"),
    (lambda: group(order(iban="TR330006100519786457841326")), "not in EUR to TR"),
    (lambda: group(order(iban=QR, reference=QRR)), "ask for the ordinary IBAN"),
    (lambda: group(orders=()), "holds no order"),
    (lambda: TransferFile("M-1", AT, "Brigitte", ()), "holds no order"),
    (lambda: group(pounds(), iban=SWISS, speed=Speed.INSTANT), "cannot be instant"),
    (lambda: group(iban=QR), "only receives"),
    (lambda: group(order(reference="RF18539007547034")), "a text or a reference"),
    (lambda: group(order(text=None, reference="RF19539007547034")), "no creditor reference"),
    (lambda: group(order(), order(currency="CHF", creditor=Party("R", ZURICH), iban=SWISS), iban=SWISS), "mixes"),
    (lambda: group(order(currency="CHF", iban=SWISS), iban=SWISS), "town and country"),
    (lambda: group(order(currency="GBP", iban=BRITISH, creditor=Party("R", ZURICH)), iban=SWISS), "needs the BIC"),
    (lambda: group(order(iban=BRITISH), debtor=Party("Brigitte")), "payer's own town and country"),
    (lambda: file(group(), group()), "“G-1” stands in the file twice"),
    (lambda: file(group(), group(group_id="G-2")), "“R-2026-17” stands in the file twice as end-to-end id"),
    (lambda: file(group(), group(order("R-2"), iban=AUSTRIAN, group_id="G-2")), "several countries"),
    (lambda: file(group(execute_on=date(2026, 11, 20))), "which is over"),
    (lambda: file(group(order(creditor=Party("x" * 71)))), "has 71 characters; banks take 70"),
    (lambda: file(group(order(text="x" * 141))), "has 141 characters; banks take 140"),
    (lambda: file(group(order(creditor=Party("张伟")))), "“张”.*for which banks have no letter"),
    (lambda: file(group(order(creditor=Party(" ")))), "name of the creditor of R-2026-17 is empty"),
    (lambda: file(group(order(text="🎉"))), "text of R-2026-17 is empty"),
    (lambda: file(letters=Letters.SWISS), "need not accept the letters"),
    (lambda: Address("Köln", "Deutschland"), "two capital letters"),
    (lambda: Address("Köln", "DE", lines=("a", "b", "c")), "two lines"),
    (lambda: Address("Köln", "DE", street="Domplatz", lines=("Domplatz 1",)), "not in both"),
    (lambda: Address("Köln", "DE", "50667", lines=("50667 Köln",)), "repeats"),
    (lambda: OwnAccount("DE00"), "own account"),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSALS)
def test_what_no_bank_takes_is_refused_in_one_sentence(make, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        make()
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_umlauts_spelled_out_count_when_the_length_is_checked():
    assert file(group(order(creditor=Party("ü" * 70))))
    with pytest.raises(Refused, match="140 characters; banks take 70"):
        file(group(order(creditor=Party("ü" * 70))), letters=Letters.SEPA)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("<NbOfTxs>1</NbOfTxs>", "<NbOfTxs>2</NbOfTxs>", "orders.xml.*should hold 2 orders and holds 1"),
        ("<CtrlSum>19.99<", "<CtrlSum>29.99<", "should add up to 29.99 and add up to 19.99"),
        (">19.99</InstdAmt>", ">1O.00</InstdAmt>", "order R-2026-17: “1O.00” is no amount"),
        (">19.99</InstdAmt>", ">19,99</InstdAmt>", "has a comma"),
        (' Ccy="EUR"', "", "the amount .* or its currency is missing"),
        ("<EndToEndId>R-2026-17</EndToEndId>", "", "without end-to-end id: PmtId/EndToEndId is missing"),
        ("<Nm>Anna Berger</Nm>", "", "Cdtr: Nm is missing"),
        ("</Ustrd>", "</Ustrd><Ustrd>and more</Ustrd>", "order R-2026-17: 2 texts or references stand in RmtInf"),
        ("<Dt>2026-11-24</Dt>", "<Dt>soon</Dt>", "“soon” is no date"),
        ("</Document>", "", "cut off"),
        ("<Document", "<!DOCTYPE x [<!ENTITY a 'b'>]><Document", "document type"),
        ("CstmrCdtTrfInitn", "CstmrPmtStsRpt", "no file of orders"),
        ("CdtrAcct>", "CdtrAccount>", "CdtrAcct/Id/IBAN is missing"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(before, after, sentence):
    text = write_transfers(file()).data.decode()
    assert before in text

    with pytest.raises(Unreadable, match=sentence):
        read_payment_orders(text.replace(before, after).encode(), name="orders.xml")


def test_the_control_sum_adds_bare_numbers_whatever_the_currency():
    francs = group(order("F-1", 1000, "CHF", iban=SWISS, creditor=Party("Reto", ZURICH)), iban=SWISS, group_id="francs")
    euro = group(order("E-1", 505), iban=SWISS, group_id="euro")
    written = write_transfers(file(francs, euro)).data

    assert b"<CtrlSum>15.05</CtrlSum>" in written
    assert read_payment_orders(written, name="x").groups[0].total == Amount(1000, "CHF")
