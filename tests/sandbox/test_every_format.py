"""The same bookings in every form in which the sandbox bank tells them are the same money."""

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.stage import ACCOUNT, ANNA, BERND, Stage, order

from zahlmeister.cli.sandbox_bank import sandbox_bank
from zahlmeister.formats.payments.status import read_status_report
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.paying_bank import SandboxBank
from zahlmeister.sandbox.statement_files import WRITERS

MONDAY, WEDNESDAY = date(2026, 11, 16), date(2026, 11, 18)
OWN = MerchantAccount("Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")


@pytest.fixture
def bank() -> SandboxBank:
    """A bank at which Anna paid once and Bernd the same twice, honestly."""
    bank = SandboxBank(today=MONDAY)
    bank.open_account(OWN, Amount(100_000, "EUR"))
    bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Grün", iban=ANNA, text="Bestellung 4711")
    for _ in range(2):
        bank.pay_in(ACCOUNT, Amount(1000, "EUR"), name="Bernd Krause", iban=BERND, text="Danke schön")
    bank.move_to(WEDNESDAY)
    return bank


@pytest.mark.parametrize("order_of_files", list(permutations(WRITERS))[::17], ids=" ".join)
@pytest.mark.django_db(transaction=True)
def test_in_whatever_order_they_come(stage: Stage, bank: SandboxBank, order_of_files: tuple[str, ...]) -> None:
    stage.orders(order("4711", "49.90", "Anna Grün"))
    for form in order_of_files:
        path = stage.folder / form
        WRITERS[form](path, bank.statements(ACCOUNT))
        assert stage.receive(path.read_bytes(), form).error == ""

    assert sorted(each.amount_minor for each in stage.payments()) == [1000, 1000, 4990]
    assert {each.transaction.account.number for each in stage.payments()} == {ACCOUNT}
    assert stage.item("4711").state == ItemState.PAID
    assert stage.books() == []


def run(books: Path, *words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(sandbox_bank, ["--today", str(MONDAY), str(books), *words])
    assert done.exit_code == code, done.output
    return done


def test_by_its_command(tmp_path: Path) -> None:
    books = tmp_path / "bank.db"
    run(books, "open-account", ACCOUNT, "--owner", OWN.owner, "--balance", "100.00")
    run(books, "pay-in", ACCOUNT, "49.90", "--name", "Anna Weber", "--from", ANNA, "--text", "4711")
    run(books, "expect", BERND, "--holder", "Bernd Krause", "--returns", "AC04")
    assert "2026-11-18" in run(books, "move-to", "2026-11-18").output
    for form in WRITERS:
        assert "Anna Weber" in run(books, "statement", ACCOUNT, "--format", form).output

    assert "does not go back" in run(books, "move-to", "2026-11-17", code=1).output
    assert "is no account at this bank" in run(books, "statement", ANNA, code=1).output
    assert "Nothing was booked" in run(books, "statement", ACCOUNT, "--since", "2026-11-18", code=1).output


def test_by_its_command_it_takes_a_file_once(tmp_path: Path) -> None:
    from tests.formats.payments.facts import file, group
    from tests.formats.payments.facts import order as transfer

    from zahlmeister.formats.payments.parties import OwnAccount
    from zahlmeister.formats.payments.write_transfers import write_transfers

    books, path = tmp_path / "bank.db", tmp_path / "orders.xml"
    paid = group(transfer("E-1"), account=OwnAccount(ACCOUNT), execute_on=date(2026, 11, 24))
    path.write_bytes(write_transfers(file(paid)).data)
    run(books, "open-account", ACCOUNT, "--owner", OWN.owner, "--balance", "100.00")
    first, second = (
        read_status_report(run(books, "hand-in", str(path)).stdout_bytes, name="answer").verdict for _ in range(2)
    )
    assert (first.code, second.code) == ("ACSP", "RJCT")
    assert [each.code for each in second.reasons] == ["DU01"]
    run(books, "move-to", "2026-11-25")
    assert "E-1" in run(books, "statement", ACCOUNT).output
