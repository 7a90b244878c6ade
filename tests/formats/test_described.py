"""A CSV nobody knows: what its columns seem to mean, and what is read when a person has said so."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.formats.records import Entry
from zahlmeister.formats.table import read_table
from zahlmeister.formats.table_described import Described, as_json, fingerprint, from_json
from zahlmeister.formats.table_guess import guess, table_in
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused

FILE = """Export von Brigittes Hausbank

Tag;Wertst.;Wer;Konto des anderen;Zweck;Wieviel;Richtung;Stand
20.11.2026;20.11.2026;Anna Grün;DE02120300000000202051;Bestellung 100012345;49,90;H;149,90
19.11.2026;19.11.2026;Packen & Senden GmbH;DE75512108001245126199;Kartons;12,50;S;100,00
""".encode("cp1252")
HEADER = ("Tag", "Wertst.", "Wer", "Konto des anderen", "Zweck", "Wieviel", "Richtung", "Stand")
SAID = Described(
    HEADER,
    {0: "booked_on", 1: "value_on", 2: "counterparty", 3: "counterparty_iban", 4: "remittance", 5: "amount", 6: "sign"},
    currency="EUR",
    account="de89 3704 0044 0532 0130 00",
    outgoing="S",
)


def read(said, data=FILE):
    records = read_table(BytesIO(data), name="x.csv", known=(said.profile(),))
    return [each.transactions[0] for each in records if isinstance(each, Entry)]


def test_the_table_is_found_below_its_title():
    table = table_in(FILE)

    assert table.header == HEADER
    assert table.column(2) == ["Anna Grün", "Packen & Senden GmbH"]


def test_columns_are_guessed_by_what_stands_in_them():
    assert guess(table_in(FILE)) == {
        0: "booked_on",
        1: "value_on",
        2: "counterparty",
        3: "counterparty_iban",
        4: "remittance",
        5: "amount",
    }


def test_a_date_is_not_guessed_to_be_a_name():
    data = b"Date;Text;Amount;Booking text\n2026-11-20;Anna;5.00;2026-11-20\n2026-11-21;Bernd;6.00;2026-11-20\n"

    assert guess(table_in(data)) == {0: "booked_on", 1: "remittance", 2: "amount"}


@pytest.mark.parametrize("data", [b"", b"hello", b"Liebe Kundin,\nanbei der Auszug.\n", b"1;2;3\n4;5;6\n"])
def test_what_is_no_table_is_none(data):
    assert table_in(data) is None


@given(st.binary(max_size=200))
def test_whatever_is_handed_in_is_a_table_or_none(data):
    table = table_in(data)
    if table is not None:
        guess(table)


def test_a_described_export_is_read():
    [paid, sent] = read(SAID)

    assert (paid.amount, paid.counterparty, paid.remittance) == (
        Amount(4990, "EUR"),
        "Anna Grün",
        "Bestellung 100012345",
    )
    assert paid.counterparty_iban == "DE02120300000000202051"
    assert paid.account == "DE89370400440532013000"
    assert sent.amount == Amount(-1250, "EUR")


def test_what_was_said_survives_being_kept():
    assert from_json(json.loads(json.dumps(as_json(SAID)))) == SAID


def test_another_export_is_not_read_so():
    assert fingerprint(HEADER) != fingerprint(HEADER[:-1])
    assert fingerprint(HEADER) == fingerprint(["TAG ", *HEADER[1:]])


@pytest.mark.parametrize(
    ("fields", "more", "why"),
    [
        ({5: "amount"}, {}, "booking day"),
        ({0: "booked_on"}, {}, "which column has the amount"),
        ({0: "booked_on", 5: "debit"}, {}, "which column has the amount"),
        ({0: "booked_on", 5: "amount", 6: "debit", 7: "credit"}, {}, "not in three"),
        ({0: "booked_on", 1: "booked_on", 5: "amount"}, {}, "cannot say the same"),
        ({0: "booked_on", 5: "amount", 6: "sign"}, {}, "money going out"),
        ({0: "booked_on", 5: "amount"}, {"currency": ""}, "which currency"),
        ({0: "booked_on", 5: "amount"}, {"currency": "E1"}, "three capital letters"),
    ],
)
def test_what_is_not_enough_is_refused(fields, more, why):
    with pytest.raises(Refused, match=why):
        Described(HEADER, fields, **{"currency": "EUR", **more}).profile()
