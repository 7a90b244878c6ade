"""The sandbox bank takes our files, answers, executes, returns, and counts what it really paid."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from tests.formats.payments.facts import BRIGITTE, GERMAN, ITALIAN, file, group, order
from tests.formats.payments.schemas import HAS_SCHEMAS, faults
from tests.formats.payments.test_debits import debit
from tests.formats.payments.test_debits import file as debit_file
from tests.formats.payments.test_debits import group as debit_group

from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.formats.payments.payee import PayeeCheck, PayeeResult
from zahlmeister.formats.payments.status import Standing, StatusReport, read_status_report
from zahlmeister.formats.payments.transfers import Speed
from zahlmeister.formats.payments.write_debits import write_direct_debits
from zahlmeister.formats.payments.write_transfers import write_transfers
from zahlmeister.formats.read import read_file
from zahlmeister.formats.records import Closing, Entry, Problem
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreadable
from zahlmeister.sandbox.bank import statements
from zahlmeister.sandbox.bank_books import BankBooks, Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import (
    DEBIT_RETURNED,
    TRANSFER_OUT,
    Disturbance,
    MerchantAccount,
    Movement,
    as_text,
    from_text,
)
from zahlmeister.sandbox.mt940 import write_mt940
from zahlmeister.sandbox.paying_bank import SandboxBank
from zahlmeister.sandbox.shop import orders

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
OWN = MerchantAccount(BRIGITTE.name, "DE02120300000000202051", "BYLADEM1001", "DKB", "EUR")
ANNA, GIULIA = GERMAN, ITALIAN


@pytest.fixture
def bank():
    return opened()


def opened(books=None, euro=1000):
    bank = SandboxBank(books=books, today=MONDAY)
    bank.open_account(OWN, Amount(euro * 100, "EUR"))
    return bank


def transfers(*orders, message_id="M-1", **others):
    return write_transfers(file(group(*orders, account=OwnAccount(OWN.iban), **others), message_id=message_id)).data


def debits(*some, message_id="M-2"):
    return write_direct_debits(debit_file(debit_group(*some, account=OwnAccount(OWN.iban)), message_id=message_id)).data


def answered(data: bytes) -> StatusReport:
    if HAS_SCHEMAS:
        assert not faults(data, "pain.002.001.10")
    return read_status_report(data, name="answer")


def told(bank, tmp_path, write=write_camt053):
    """The entries of all statements until now, as our own readers understand the bank's file."""
    write(tmp_path / "statement", bank.statements(OWN.iban))
    records = list(read_file(tmp_path / "statement"))
    assert not [record for record in records if isinstance(record, Problem)]
    return records


def transactions(records):
    return [one for record in records if isinstance(record, Entry) for one in record.transactions]


def test_a_refund_is_accepted_executed_on_its_day_and_stands_on_the_statement(bank, tmp_path):
    first = answered(bank.hand_in(transfers(order())))

    assert first.verdict_on("R-2026-17", "G-1").standing is Standing.ACCEPTED
    assert bank.times_paid("R-2026-17") == 0
    bank.move_to(WEDNESDAY)
    assert answered(bank.report("M-1")).verdict_on("R-2026-17", "G-1").standing is Standing.DONE
    assert bank.times_paid("R-2026-17") == 1
    assert bank.balance(OWN.iban) == Amount(98001, "EUR")
    records = told(bank, tmp_path)
    (one,) = transactions(records)
    assert (one.amount, one.booked_on, one.end_to_end_id) == (Amount(-1999, "EUR"), TUESDAY, "R-2026-17")
    assert (one.counterparty, one.counterparty_iban) == ("Anna Berger", ANNA)
    assert one.remittance == "Rückerstattung Bestellung 4711"
    assert [record.balance.amount for record in records if isinstance(record, Closing)] == [Amount(98001, "EUR")]


def test_mt940_says_the_same(bank, tmp_path):
    bank.hand_in(transfers(order()))
    bank.move_to(WEDNESDAY)

    (one,) = transactions(told(bank, tmp_path, write_mt940))
    assert (one.amount, one.end_to_end_id, one.counterparty_iban) == (Amount(-1999, "EUR"), "R-2026-17", ANNA)


def test_the_same_file_twice_is_refused_and_paid_once(bank):
    again = transfers(order())
    bank.hand_in(again)
    second = answered(bank.hand_in(again))
    bank.move_to(WEDNESDAY)

    assert second.verdict_on("R-2026-17", "G-1").standing is Standing.REJECTED
    assert second.verdict.reasons[0].code == "DU01"
    assert bank.times_paid("R-2026-17") == 1


def test_the_same_order_in_another_file_is_paid_twice_and_counted(bank):
    """Banks do not compare end-to-end ids; whoever sends orders has to."""
    bank.hand_in(transfers(order()))
    bank.hand_in(transfers(order(), message_id="M-other"))
    bank.move_to(WEDNESDAY)

    assert bank.times_paid("R-2026-17") == 2
    assert bank.paid() == {"R-2026-17": 2}


def test_a_wrong_account_is_rejected_and_the_others_are_paid(bank):
    bank.expect(GIULIA, Fate(rejects="AC01"))
    said = answered(bank.hand_in(transfers(order("R-1"), order("R-2", iban=GIULIA))))
    bank.move_to(WEDNESDAY)

    assert said.verdict.code == "PART"
    assert said.verdict_on("R-2", "G-1").reasons[0].known.english == "The account number (IBAN) is wrong."
    assert bank.paid() == {"R-1": 1}


def test_without_money_nothing_is_paid(bank):
    bank = opened(euro=10)
    bank.hand_in(transfers(order("R-1", 900), order("R-2", 200)))
    bank.move_to(WEDNESDAY)
    said = answered(bank.report("M-1"))

    assert bank.paid() == {"R-1": 1}
    assert said.verdict_on("R-2", "G-1").reasons[0].code == "AM04"
    assert bank.balance(OWN.iban) == Amount(100, "EUR")


@pytest.mark.parametrize("write", [write_camt053, write_mt940])
def test_a_refund_to_a_closed_account_comes_back_and_says_why(bank, tmp_path, write):
    bank.expect(ANNA, Fate(returns="AC04", after_days=2))
    bank.hand_in(transfers(order()))
    bank.move_to(date(2026, 11, 27))
    there, back = transactions(told(bank, tmp_path, write))

    assert (there.amount.minor, back.amount.minor) == (-1999, 1999)
    assert back.is_return
    assert not there.is_return
    assert (back.return_reason, back.end_to_end_id, back.booked_on) == ("AC04", "R-2026-17", date(2026, 11, 26))
    assert bank.balance(OWN.iban) == Amount(100000, "EUR")
    assert bank.times_paid("R-2026-17") == 1


def test_a_batch_is_booked_in_one_sum_whose_parts_camt_tells_and_mt940_does_not(bank, tmp_path):
    bank.hand_in(transfers(order("R-1", 300), order("R-2", 500)))
    bank.hand_in(transfers(order("R-3", 100), order("R-4", 200), message_id="M-2", group_id="G-2", is_batch=False))
    bank.move_to(WEDNESDAY)
    camt = [record for record in told(bank, tmp_path) if isinstance(record, Entry)]
    mt940 = [record for record in told(bank, tmp_path, write_mt940) if isinstance(record, Entry)]

    assert [entry.amount.minor for entry in camt] == [entry.amount.minor for entry in mt940] == [-800, -100, -200]
    assert [one.end_to_end_id for one in camt[0].transactions] == ["R-1", "R-2"]
    assert [one.amount.minor for one in camt[0].transactions] == [-300, -500]
    assert len(mt940[0].transactions) == 1
    assert mt940[0].transactions[0].end_to_end_id is None
    assert "G-1" in mt940[0].transactions[0].remittance


def test_a_batch_on_a_statement_is_valid_by_the_official_schema(bank, tmp_path):
    if not HAS_SCHEMAS:
        pytest.skip("The official schema is not beside the project.")
    bank.hand_in(transfers(order("R-1", 300), order("R-2", 500)))
    bank.move_to(WEDNESDAY)
    write_camt053(tmp_path / "statement", bank.statements(OWN.iban))

    assert not faults((tmp_path / "statement").read_bytes(), "camt.053.001.08")


def test_two_customers_who_pay_on_one_day_are_two_bookings(bank, tmp_path):
    for cents in (100, 100):
        bank.pay_in(OWN.iban, Amount(cents, "EUR"), name="Cora Weiß", iban=ANNA, text="Bestellung 4712")
    bank.move_to(TUESDAY)

    assert [one.amount.minor for one in transactions(told(bank, tmp_path))] == [100, 100]


def test_customers_pay_the_way_people_do_beside_our_own_orders(tmp_path):
    today = date(2026, 11, 20)
    delivered = statements(7, orders(7, 60, today), today)
    (own,) = {each.account for each in delivered if each.account.currency == "EUR"}
    coming = [movement for each in delivered if each.account == own for movement in each.movements]
    bank = SandboxBank(books=tmp_path / "bank.sqlite", today=min(movement.booked_on for movement in coming))
    bank.open_account(own, Amount(0, "EUR"))
    bank.receive(own.iban, coming)
    bank.move_to(today)
    said = [movement for each in bank.statements(own.iban) for movement in each.movements]

    assert len(coming) > 40
    assert {movement.disturbance for movement in said} > {Disturbance.EXACT, Disturbance.UNDERPAID}
    assert [replace(one, bank_reference="") for one in said] == [replace(one, bank_reference="") for one in coming]
    assert bank.balance(own.iban) == sum((movement.amount for movement in coming), Amount.zero("EUR"))
    with pytest.raises(Refused, match="is over"):
        bank.receive(own.iban, coming[:1])


def test_a_movement_survives_being_written_down():
    part = Movement(MONDAY, Amount(-1, "EUR"), TRANSFER_OUT, Disturbance.OUTGOING, charges=Amount(3, "EUR"))
    whole = replace(part, amount=Amount(-2, "EUR"), parts=(part, part), pays=("4711",), booking=DEBIT_RETURNED)

    assert from_text(as_text(whole)) == whole


def test_a_direct_debit_brings_money_and_may_be_asked_back(bank, tmp_path):
    bank.expect(GIULIA, Fate(returns="MD06", after_days=5))
    said = answered(bank.hand_in(debits(debit(), debit("D-2", iban=GIULIA))))
    bank.move_to(date(2026, 12, 4))
    first, second, back = transactions(told(bank, tmp_path))

    assert said.original_format == "pain.008.001.08"
    assert (first.amount, first.mandate_id, first.booked_on) == (Amount(4200, "EUR"), "M-4711", WEDNESDAY)
    assert second.end_to_end_id == back.end_to_end_id == "D-2"
    assert (back.is_return, back.return_reason, back.amount) == (True, "MD06", Amount(-4200, "EUR"))
    assert bank.balance(OWN.iban) == Amount(104200, "EUR")


def test_an_instant_order_goes_at_once_also_on_a_sunday(bank):
    sunday = date(2026, 11, 29)
    bank.move_to(sunday)
    said = answered(bank.hand_in(transfers(order(), speed=Speed.INSTANT, execute_on=sunday)))

    assert said.verdict_on("R-2026-17", "G-1").standing is Standing.DONE
    assert bank.times_paid("R-2026-17") == 1


def test_an_instant_order_to_a_bank_that_is_offline_is_refused_an_ordinary_one_is_not(bank):
    bank.expect(ANNA, Fate(rejects_instant="AB08"))
    said = answered(bank.hand_in(transfers(order("R-1"), speed=Speed.INSTANT)))
    bank.hand_in(transfers(order("R-2"), message_id="M-2"))
    bank.move_to(WEDNESDAY)

    assert said.verdict_on("R-1", "G-1").reasons[0].code == "AB08"
    assert bank.paid() == {"R-2": 1}


def test_ordinary_orders_wait_over_the_weekend(bank):
    bank.move_to(date(2026, 11, 28))
    bank.hand_in(transfers(order(), execute_on=date(2026, 11, 30)))
    bank.move_to(date(2026, 11, 29))
    assert bank.paid() == {}
    bank.move_to(date(2026, 11, 30))
    assert bank.times_paid("R-2026-17") == 1


def test_an_order_for_the_same_day_is_booked_on_it(bank, tmp_path):
    bank.hand_in(transfers(order(), execute_on=MONDAY))
    bank.move_to(TUESDAY)

    assert [one.booked_on for one in transactions(told(bank, tmp_path))] == [MONDAY]


def test_a_statement_comes_when_the_day_is_over_and_never_changes(bank, tmp_path):
    bank.pay_in(OWN.iban, Amount(5000, "EUR"), name="Cora Weiß", iban=ANNA, text="Bestellung 4712")
    assert bank.statements(OWN.iban) == []
    bank.move_to(TUESDAY)
    monday = bank.statements(OWN.iban)
    bank.pay_in(OWN.iban, Amount(100, "EUR"), name="Cora Weiß", iban=ANNA, text="noch etwas")
    bank.move_to(WEDNESDAY)

    assert len(monday) == 1
    assert bank.statements(OWN.iban)[:1] == monday
    assert [one.amount.minor for one in transactions(told(bank, tmp_path))] == [5000, 100]


@pytest.mark.parametrize(
    ("holder", "check"),
    [
        ("Anna Berger", PayeeCheck(PayeeResult.MATCH)),
        ("Anna M. Berger", PayeeCheck(PayeeResult.CLOSE, "Anna M. Berger")),
        ("Xaver Wolf", PayeeCheck(PayeeResult.NO_MATCH)),
        (None, PayeeCheck(PayeeResult.NOT_POSSIBLE)),
    ],
)
def test_the_payee_is_verified_before_anything_is_paid(bank, holder, check):
    bank.expect(ANNA, Fate(holder=holder))
    said = answered(bank.verify(transfers(order())))
    bank.move_to(WEDNESDAY)

    assert said.payee_check("R-2026-17", "G-1") == check
    assert bank.paid() == {}


def test_what_is_no_file_of_ours_is_answered_or_refused_and_never_paid(bank):
    damaged = transfers(order()).replace(b"<CtrlSum>19.99<", b"<CtrlSum>29.99<")
    said = answered(bank.hand_in(damaged))
    stranger = write_transfers(file(message_id="M-3")).data  # from an account this bank does not have
    bank_says = answered(bank.hand_in(stranger))
    bank.move_to(WEDNESDAY)

    assert said.verdict.reasons[0].code == "FF01"
    assert "add up to 29.99" in "".join(said.verdict.reasons[0].texts)
    assert bank_says.verdict.reasons[0].code == "AC02"
    assert bank.paid() == {}
    with pytest.raises(Unreadable, match="message id"):
        bank.hand_in(b"<Document/>")
    answered(bank.hand_in(transfers(order())))  # a rejected file did not use up its id


def test_the_bank_refuses_what_it_cannot_do_in_a_sentence(bank):
    for wrong in (
        lambda: bank.move_to(date(2026, 11, 22)),
        lambda: bank.statements(ANNA),
        lambda: bank.balance(ANNA),
        lambda: bank.report("M-unknown"),
        lambda: bank.verify(debits(debit())),
        lambda: bank.open_account(OWN, Amount(1, "CHF")),
    ):
        with pytest.raises(Refused, match=r"\.$"):
            wrong()


def test_its_books_outlive_it_and_two_may_use_them(tmp_path):
    books = tmp_path / "bank.sqlite"
    opened(books).hand_in(transfers(order()))
    other = SandboxBank(books=books, today=date(2020, 1, 1))  # the clock of books that exist stays
    other.move_to(WEDNESDAY)

    assert SandboxBank(books=books, today=MONDAY).times_paid("R-2026-17") == 1


def test_a_bank_that_dies_in_the_middle_of_taking_a_file_has_not_taken_it(tmp_path, monkeypatch):
    books = tmp_path / "bank.sqlite"
    bank = opened(books)
    whole = BankBooks.add
    monkeypatch.setattr(
        BankBooks, "add", lambda self, task: whole(self, task) if task.end_to_end_id == "R-1" else 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        bank.hand_in(transfers(order("R-1"), order("R-2")))
    monkeypatch.undo()

    again = SandboxBank(books=books, today=MONDAY)
    assert answered(again.hand_in(transfers(order("R-1"), order("R-2")))).verdict.code == "ACSP"
    again.move_to(WEDNESDAY)
    assert again.paid() == {"R-1": 1, "R-2": 1}


SENDER = """
import sys
from datetime import date
from pathlib import Path
from zahlmeister.sandbox.paying_bank import SandboxBank
folder = Path(sys.argv[1])
bank = SandboxBank(books=folder / "bank.sqlite", today=date(2020, 1, 1))
for orders in sorted(folder.glob("*.xml")):
    bank.hand_in(orders.read_bytes())
    print(orders.name, flush=True)
"""


@pytest.mark.slow
def test_whoever_sends_orders_may_be_killed_and_send_all_again_and_each_is_paid_once(tmp_path):
    """Sent again in the same files: that is what the message id is for."""
    opened(tmp_path / "bank.sqlite")
    for number in range(40):
        some = [order(f"R-{number}-{each}", 100) for each in range(5)]
        (tmp_path / f"{number:03d}.xml").write_bytes(transfers(*some, message_id=f"M-{number}"))
    for sent in (3, 17):
        child = subprocess.Popen([sys.executable, "-c", SENDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(sent):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        child.stdout.close()
    subprocess.run([sys.executable, "-c", SENDER, str(tmp_path)], check=True, stdout=subprocess.DEVNULL)
    bank = SandboxBank(books=tmp_path / "bank.sqlite", today=MONDAY)
    bank.move_to(WEDNESDAY)

    assert len(bank.paid()) == 200
    assert set(bank.paid().values()) == {1}
    assert bank.balance(OWN.iban) == Amount(100_000 - 200 * 100, "EUR")


def test_the_name_of_the_payee_arrives_as_it_was_ordered(bank, tmp_path):
    bank.hand_in(transfers(order(creditor=Party("Łukasz Şahin"))))
    bank.move_to(WEDNESDAY)

    assert [one.counterparty for one in transactions(told(bank, tmp_path))] == ["Lukasz Sahin"]
