"""Whatever the sandbox's bank writes, the readers read back: every statement, every entry, every field."""

from datetime import date

import pytest

from zahlmeister.formats.read import read_file
from zahlmeister.formats.records import Closing, Entry, Opening, Problem
from zahlmeister.sandbox.bank import statements
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.mt940 import write_mt940
from zahlmeister.sandbox.shop import orders

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def delivered():
    return statements(11, orders(11, 2500, TODAY), TODAY)


@pytest.fixture(scope="module")
def movements(delivered):
    return [movement for statement in delivered for movement in statement.movements]


@pytest.fixture(scope="module")
def camt(delivered, tmp_path_factory):
    path = tmp_path_factory.mktemp("bank") / "statements.xml"
    write_camt053(path, delivered)
    return list(read_file(path))


@pytest.fixture(scope="module")
def mt940(delivered, tmp_path_factory):
    path = tmp_path_factory.mktemp("bank") / "statements.sta"
    write_mt940(path, delivered)
    return list(read_file(path))


@pytest.fixture(params=["camt", "mt940"])
def records(request):
    return request.getfixturevalue(request.param)


def test_nothing_about_it_is_odd(records):
    assert [record.sentence for record in records if isinstance(record, Problem)] == []


def test_every_statement_opens_and_closes_with_the_banks_balances(records, delivered):
    opened = [(record.balance.amount, record.balance.on) for record in records if isinstance(record, Opening)]
    closed = [(record.balance.amount, record.balance.on) for record in records if isinstance(record, Closing)]

    assert opened == [(statement.opening, statement.opened_on) for statement in delivered]
    assert closed == [(statement.closing, statement.on) for statement in delivered]


def test_every_camt_entry_comes_back_whole(camt, movements):
    """Where nobody wrote a text, the reader gives the bank's own words."""
    written = [
        {
            **expected(movement),
            "text": movement.remittance or movement.booking.text,
            "creditor_reference": movement.creditor_reference,
        }
        for movement in movements
    ]

    assert_alike([transaction(record) for record in camt if isinstance(record, Entry)], written)


def test_every_mt940_entry_comes_back_whole(mt940, movements):
    """The format has no field for a creditor reference: banks write it where the text would be."""
    written = [
        {**expected(movement), "text": movement.remittance or movement.creditor_reference, "creditor_reference": None}
        for movement in movements
    ]

    assert_alike([transaction(record) for record in mt940 if isinstance(record, Entry)], written)


def test_camt_names_the_account_by_its_iban_and_mt940_by_bank_code_and_number(camt, mt940, delivered):
    in_camt = {record.account for record in camt if isinstance(record, Opening)}
    in_mt940 = {record.account for record in mt940 if isinstance(record, Opening)}

    assert in_camt == {statement.account.iban for statement in delivered}
    assert in_mt940 == {f"{s.account.iban[4:12]}/{s.account.iban[12:]}" for s in delivered}


def assert_alike(read, written):
    assert len(read) == len(written)
    for one, other in zip(read, written, strict=True):
        assert one == other


def transaction(entry):
    (one,) = entry.transactions
    return {
        "booked_on": one.booked_on,
        "value_on": one.value_on,
        "entry": entry.amount,
        "amount": one.amount,
        "counterparty": one.counterparty,
        "iban": one.counterparty_iban,
        "bic": one.counterparty_bic,
        "ultimate_party": one.ultimate_party,
        "text": one.remittance,
        "creditor_reference": one.creditor_reference,
        "end_to_end_id": one.end_to_end_id,
        "mandate_id": one.mandate_id,
        "bank_reference": one.bank_reference,
        "bank_code": one.bank_code,
        "booking_text": one.booking_text,
        "is_return": one.is_return,
        "return_reason": one.return_reason,
        "charges": one.charges,
        "original_amount": one.original_amount,
    }


def expected(movement):
    return {
        "booked_on": movement.booked_on,
        "value_on": movement.booked_on,
        "entry": movement.amount,
        "amount": movement.amount,
        "counterparty": movement.counterparty,
        "iban": movement.iban,
        "bic": movement.bic,
        "ultimate_party": movement.ultimate_party,
        "end_to_end_id": movement.end_to_end_id,
        "mandate_id": movement.mandate_id,
        "bank_reference": movement.bank_reference,
        "bank_code": movement.booking.code,
        "booking_text": movement.booking.text,
        "is_return": movement.is_return,
        "return_reason": movement.booking.reason,
        "charges": movement.charges,
        "original_amount": movement.original_amount,
    }
