"""The commands that work on the database, as somebody at a terminal meets them."""

import json
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.stage import Paid, camt

from zahlmeister.cli.main import main
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.programs.models import Callback, ProgramKey
from zahlmeister.receivables.models import Allocation, OpenItem, Payment

ORDERS = "number,amount,name,date\n100012345,24.98,Anna Weber,2026-11-16\n100012346,49.90,Bernd Krause,2026-11-17\n"


def run(*command: str) -> Result:
    return CliRunner().invoke(main, command)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "november.xml"
    path.write_bytes(camt([Paid(2498, "100012345"), Paid(-500, "Gebühr")], number=1))
    return path


def test_from_orders_and_statement_to_paid(merchant: Merchant, orders: Path, statement: Path) -> None:
    assert run("import-orders", str(orders)).exit_code == 0
    done = run("import-statement", str(statement))
    assert done.exit_code == 0, done.output
    assert OpenItem.objects.get(order__number="100012345").state == "paid"
    assert "Every balance" in run("check-books").output


def test_the_same_files_again_change_nothing(merchant: Merchant, orders: Path, statement: Path) -> None:
    for _ in range(2):
        assert run("import-orders", str(orders)).exit_code == 0
        last = run("import-statement", str(statement))
    assert "imported before" in last.stderr
    assert Payment.objects.count() == 1


def test_money_that_waited_is_settled_by_the_orders_that_come(
    merchant: Merchant, orders: Path, statement: Path
) -> None:
    run("import-statement", str(statement))
    assert Payment.objects.get().state != "assigned"
    assert "1 payments that were waiting" in run("import-orders", str(orders)).output
    assert Payment.objects.get().state == "assigned"


def test_headers_told_at_the_terminal(merchant: Merchant, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text('[{"Vorgang": "A-1", "Summe": "24.98"}]')

    assert run("import-orders", "--column", "Vorgang=number", str(path)).exit_code == 0
    assert OpenItem.objects.get().order.number == "A-1"
    assert "HEADER=COLUMN" in run("import-orders", "--column", "Vorgang=nummer", str(path)).stderr


def test_a_bad_row_is_named_and_the_others_are_imported(merchant: Merchant, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(ORDERS + "100012347,zwölf,Cora Lindner,2026-11-17\n100012348,5.00,Dirk Ott,2026-11-17\n")
    done = run("import-orders", str(path))
    assert done.exit_code == 2
    assert "line 4" in done.stderr
    assert OpenItem.objects.count() == 3


def test_a_file_that_is_no_statement_ends_with_2_and_a_sentence(merchant: Merchant, tmp_path: Path) -> None:
    path = tmp_path / "rechnung.pdf"
    path.write_bytes(b"%PDF-1.7 nothing for us")
    done = run("import-statement", str(path))
    assert done.exit_code == 2
    assert "rechnung.pdf" in done.stderr


@pytest.mark.parametrize("command", ["import-orders", "import-statement"])
def test_a_file_that_is_not_there_is_one_sentence_and_the_others_are_imported(
    merchant: Merchant, orders: Path, statement: Path, tmp_path: Path, command: str
) -> None:
    there = orders if command == "import-orders" else statement
    done = run(command, str(tmp_path / "fort"), str(tmp_path), str(there))
    assert done.exit_code == 2
    assert "fort: the file cannot be opened (No such file or directory)." in done.stderr
    assert "the file cannot be opened (Is a directory)." in done.stderr
    assert "Usage" not in done.stderr
    assert OpenItem.objects.exists() if command == "import-orders" else Payment.objects.exists()


def test_an_empty_statement_is_named_once(merchant: Merchant, tmp_path: Path) -> None:
    (tmp_path / "leer.csv").touch()
    done = run("import-statement", str(tmp_path / "leer.csv"))
    assert (done.exit_code, done.stderr) == (2, "“leer.csv” is empty; please export the statement again.\n")


def test_without_a_merchant_it_says_what_to_do(db: None, orders: Path) -> None:
    done = run("import-orders", str(orders))
    assert done.exit_code == 1
    assert "new-merchant" in done.stderr


def test_of_several_merchants_one_must_be_named(merchant: Merchant, orders: Path) -> None:
    Merchant.objects.create(name="Karls Kaffee", slug="karl")
    assert "--merchant" in run("import-orders", str(orders)).stderr
    assert run("import-orders", "--merchant", "karl", str(orders)).exit_code == 0
    assert "karla" in run("import-orders", "--merchant", "karla", str(orders)).stderr


def test_a_new_merchant_can_sign_in(db: None) -> None:
    done = run("new-merchant", "Wollstube", "--email", "Brigitte@wollstube.example")
    assert done.exit_code == 0
    password = done.output.split(" with ")[-1].strip()
    assert Person.objects.get(email="brigitte@wollstube.example").check_password(password)


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [("nonsense", "sehr-geheim-2026", "no e-mail address"), ("b@wollstube.example", "x", "short")],
)
def test_a_careless_new_merchant_is_refused(db: None, email: str, password: str, why: str) -> None:
    done = run("new-merchant", "Wollstube", "--email", email, "--password", password)
    assert done.exit_code == 1
    assert why in done.stderr
    assert Merchant.objects.count() == 0


def test_a_name_that_is_taken_is_refused(merchant: Merchant) -> None:
    Merchant.objects.create(name="Wollstube", slug="wollstube")
    assert "already" in run("new-merchant", "Wollstube", "--email", "b@wollstube.example").stderr


def test_the_demo_is_loaded_once(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_HOME", str(tmp_path))
    first = run("demo", "--no-serve")
    assert first.exit_code == 0, first.output
    payments = Payment.objects.count()
    assert payments > 200
    assert run("demo", "--no-serve").exit_code == 0
    assert Payment.objects.count() == payments
    assert run("check-books", "--all").exit_code == 0


@time_machine.travel("2026-11-20 09:00+00:00")
def test_replay_prints_differences_with_their_clues_and_writes_nothing(
    merchant: Merchant, orders: Path, statement: Path
) -> None:
    run("import-orders", str(orders))
    run("import-statement", str(statement))
    same = run("replay", "--months", "12")
    assert same.exit_code == 0, same.output
    assert "1  decided as it stands in the books" in same.stdout
    assert "Note: Orders are taken with the amounts" in same.stderr
    Payment.objects.update(decided_by="somebody@example.com")
    told = run("replay", "--months", "12", "--format", "jsonl", "--language", "de")
    difference, summary = map(json.loads, told.stdout.splitlines())
    assert (difference["difference"], difference["stands"]["orders"]) == ("automatic", ["100012345"])
    assert difference["candidates"][0]["orders"] == ["100012345"]
    assert "Bestellnummer 100012345" in [clue["text"] for clue in difference["candidates"][0]["clues"]]
    assert (summary["summary"]["payments"], summary["summary"]["automatic"]) == (1, 1)


@time_machine.travel("2026-11-20 09:00+00:00")
def test_replay_says_by_its_exit_status_that_something_would_be_wrong(
    merchant: Merchant, orders: Path, statement: Path
) -> None:
    run("import-orders", str(orders))
    run("import-statement", str(statement))
    Allocation.objects.update(item=OpenItem.objects.get(order__number="100012346"))
    wrong = run("replay", "--months", "12")
    assert wrong.exit_code == 1
    assert "would be wrong: other orders stand in the books, or none" in wrong.stdout
    assert "in the books: 100012346, decided by matcher" in wrong.stdout


def test_a_program_is_given_a_key_once_and_can_be_shut_out(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)
    made = run("program-key", "Eigener Shop")
    assert (made.exit_code, len(made.stdout.strip())) == (0, 46)
    assert "not shown again" in made.stderr
    assert ProgramKey.objects.get().ending == made.stdout.strip()[-4:]

    called = run("program-key", "Eigener Shop", "--call", "https://shop.example/paid", "--code", "x")
    assert called.output.strip() == "The program of “Eigener Shop” is called at https://shop.example/paid."
    assert run("program-key", "Eigener Shop", "--call", "http://shop.example").exit_code == 1
    assert run("program-key", "Anderer", "--no-calls").stderr.strip().endswith("There is no shop “Anderer”.")
    assert run("program-key", "Eigener Shop", "--no-calls").exit_code == 0
    assert not Callback.objects.exists()
    assert "1 keys" in run("program-key", "Eigener Shop", "--revoke").output
    assert ProgramKey.objects.get().revoked_at is not None


def test_a_program_gets_a_key_with_the_rights_it_needs_and_the_description(merchant: Merchant) -> None:
    made = run("api-key", "warehouse", "--scope", "orders:read", "--scope", "refunds:write")
    kept = ProgramKey.objects.get()
    assert (made.exit_code, kept.scopes, kept.shop) == (0, "orders:read refunds:write", None)
    assert "no scope “fly”" in run("api-key", "x", "--scope", "fly").stderr
    assert run("api-key", "--revoke", kept.ending).exit_code == 0
    assert run("api-key", "--revoke", kept.ending).exit_code == 1

    told = json.loads(run("openapi").stdout)
    assert (told["openapi"], "/api/v1/orders" in told["paths"]) == ("3.1.0", True)


def test_a_merchant_is_verified_at_the_terminal(merchant: Merchant) -> None:
    assert run("verify-merchant", "brigitte", "--why", "seen").exit_code == 2
    done = run("verify-merchant", "brigitte", "--verified", "--why", "register extract")
    assert done.exit_code == 0, done.output
    assert Merchant.objects.get().verification == "verified"
    assert "nobody" in run("verify-merchant", "nobody", "--failed", "--why", "x").stderr


def test_an_operator_is_named_at_the_terminal(merchant: Merchant) -> None:
    Merchant.objects.create(name="Zahlstelle", slug="zahlstelle")
    assert run("operator", "zahlstelle").exit_code == 0
    assert Merchant.objects.get(is_operator=True).slug == "zahlstelle"
    assert "one operator" in run("operator", "brigitte").stderr
