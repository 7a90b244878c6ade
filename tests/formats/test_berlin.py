"""Movements as open banking tells them, and the same ones as files tell them."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.formats.reading import entries, problems, records, transactions, until_refused
from tests.stage import ACCOUNT, ANNA, Paid, Stage

from zahlmeister.banking.models import BankTransaction
from zahlmeister.formats.records import Closing, Opening, Status
from zahlmeister.money.amount import Amount


def told(*booked: dict[str, object], pending: tuple[dict[str, object], ...] = (), **more: object) -> bytes:
    account = {"iban": ACCOUNT, "currency": "EUR"}
    return json.dumps({"account": account, "transactions": {"booked": booked, "pending": pending}, **more}).encode()


def moved(amount: str = "49.90", **more: object) -> dict[str, object]:
    return {
        "transactionId": "2026112001", "bookingDate": "2026-11-20", "valueDate": "2026-11-20",
        "transactionAmount": {"amount": amount, "currency": "EUR"},
        "debtorName": "Anna Weber", "debtorAccount": {"iban": ANNA},
        "remittanceInformationUnstructured": "Order 4711",
        "bankTransactionCode": "PMNT-RCDT-ESCT",
    } | more  # fmt: skip


def test_halves_of_signs_and_nul_that_json_spells_are_shown_as_broken_and_the_payment_is_read() -> None:
    [row] = transactions(
        told(moved(debtorName="Anna \ud800Weber", remittanceInformationUnstructured="4711\0 \U0001f9f6"))
    )
    assert (row.counterparty, row.remittance) == ("Anna �Weber", "4711� \U0001f9f6")


def test_a_payment_says_who_what_and_when() -> None:
    [entry] = entries(told(moved(endToEndId="E-1", proprietaryBankTransactionCode="NTRF+166+00931")))
    [row] = entry.transactions
    assert (entry.amount, row.amount) == (Amount(4990, "EUR"), Amount(4990, "EUR"))
    assert (row.booked_on, row.value_on) == (date(2026, 11, 20), date(2026, 11, 20))
    assert (row.counterparty, row.counterparty_iban) == ("Anna Weber", ANNA)
    assert (row.remittance, row.end_to_end_id, row.bank_code) == ("Order 4711", "E-1", "166")
    assert row.bank_reference is None  # numbers of transactions are made up by some banks


def test_money_that_leaves_goes_to_the_creditor() -> None:
    [row] = transactions(told(moved("-12.30", creditorName="Wool Ltd", creditorAccount={"iban": ANNA}, debtorName="B")))
    assert (row.amount, row.counterparty) == (Amount(-1230, "EUR"), "Wool Ltd")


def test_what_came_back_is_no_payment_and_names_the_other_side() -> None:
    back = moved(
        bankTransactionCode="PMNT-ICDT-RRTN", debtorName="Brigittes Wollstube", debtorAccount={"iban": ACCOUNT},
        creditorName="Anna Weber", creditorAccount={"iban": ANNA}, remittanceInformationUnstructured="Retoure AC04",
    )  # fmt: skip
    [row] = transactions(told(back))
    assert (row.is_return, row.return_reason, row.counterparty) == (True, "AC04", "Anna Weber")


def test_announced_money_is_not_booked_and_needs_no_day() -> None:
    announced = moved() | {"bookingDate": None, "valueDate": None}
    [_, row] = transactions(told(moved(), pending=(announced,)))
    assert (row.status, row.booked_on) == (Status.PENDING, None)


def test_pieces_of_a_text_are_joined_where_the_bank_cut_them() -> None:
    pieces = ["x" * 140, "yz"]
    [row] = transactions(told(moved(remittanceInformationUnstructuredArray=pieces)))
    assert row.remittance == "x" * 140 + "yz"


def test_the_statement_begins_with_its_account_and_ends_with_its_balance() -> None:
    balances = [
        {"balanceType": "expected", "balanceAmount": {"amount": "1.00", "currency": "EUR"}},
        {"balanceType": "closingBooked", "balanceAmount": {"amount": "-5.10", "currency": "EUR"},
         "referenceDate": "2026-11-20"},
    ]  # fmt: skip
    first, *_, last = records(told(moved(), balances=balances))
    assert isinstance(first, Opening)
    assert (first.account, first.currency) == (ACCOUNT, "EUR")
    assert isinstance(last, Closing)
    assert last.balance is not None
    assert (last.balance.amount, last.balance.on) == (Amount(-510, "EUR"), date(2026, 11, 20))


def test_pages_that_were_not_fetched_are_told() -> None:
    lists = {"booked": [moved()], "_links": {"next": {"href": "/more"}}}
    data = json.dumps({"account": {"iban": ACCOUNT}, "transactions": lists})
    assert "more pages" in problems(data)[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (moved("49,90"), "no amount such as"),
        (moved(transactionAmount={"amount": "1.00", "currency": "euro"}), "no amount such as"),
        (moved(transactionAmount=None), "no amount such as"),
        (moved("1.234"), "1.234"),
        (moved(bookingDate="yesterday", valueDate=None), "no booking day"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(row: dict[str, object], words: str) -> None:
    before, sentence = until_refused(told(moved(), row), "answer.json")
    assert sentence.startswith("answer.json, statement 1, entry 2: ")
    assert words in sentence
    assert len(before) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (told(moved())[:-20], "damaged or cut off"),
        (b'{"transactions": {"booked": 5}}', "no list of transactions"),
        (b'{"transactions": {"booked": [5]}}', "no list of transactions"),
        (b'{"orders": []}', "looks like JSON"),
    ],
)
def test_other_data_is_refused(data: bytes, words: str) -> None:
    _, sentence = until_refused(data)
    assert words in sentence


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_first", [True, False])
def test_the_same_bookings_by_open_banking_and_by_camt_are_the_same(stage: Stage, is_first: bool) -> None:
    twin = Paid(4990, "Order 4711", on=date(2026, 11, 20))
    files = [told(moved(), moved(transactionId="2")), stage.statement(twin, twin)]
    for number, data in enumerate(files if is_first else reversed(files)):
        assert stage.receive(data, f"{number}").error == ""
    assert BankTransaction.objects.count() == 2
    assert stage.books() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_under_new_numbers_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    for number in ("1", "2"):
        stage.receive(told(moved(transactionId=number), moved(transactionId=number * 2)), number)
    assert BankTransaction.objects.count() == 2
