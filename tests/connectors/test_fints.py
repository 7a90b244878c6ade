"""A conversation with a FinTS server, over HTTP on this machine: it may stop anywhere to ask a person."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.formats.payments.facts import GERMAN, file, group, order
from tests.stage import ACCOUNT, ANNA, BERND
from zahlmeister.connectors.banks.fints import Lost, WrongPin, talk
from zahlmeister.connectors.banks.fints_client import Access, checked_server
from zahlmeister.connectors.banks.question import Account, Kind, Question, Task, Told
from zahlmeister.formats.payments.fints_order import fints_order
from zahlmeister.formats.payments.parties import OwnAccount
from zahlmeister.formats.payments.write_transfers import write_transfers
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.fints_parameters import BANK_CODE, LISTED, PHOTO, PUSH, TEXT
from zahlmeister.sandbox.fints_server import Customer, FintsServer
from zahlmeister.sandbox.movements import MerchantAccount

OWN = MerchantAccount("Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")
MONDAY = date(2026, 11, 23)
SINCE = date(2026, 11, 1)
Opened = Callable[..., FintsServer]


@pytest.fixture(autouse=True)
def _this_machine_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A bank with one account on which Anna paid last Thursday and Bernd on Friday."""
    servers = []

    def begun(**told: object) -> FintsServer:
        customer = Customer(accounts=(OWN,), **told)
        server = FintsServer(tmp_path / f"bank{len(servers)}.db", customer, today=date(2026, 11, 19)).start()
        servers.append(server)
        bank = server.bank()
        bank.open_account(OWN, Amount(100_000, "EUR"))
        for minor, name, iban in ((4990, "Anna Weber", ANNA), (2498, "Bernd Krause", BERND)):
            bank.pay_in(ACCOUNT, Amount(minor, "EUR"), name=name, iban=iban, text="Order 4711")
            bank.move_to(date(2026, 11, 20) if minor == 4990 else MONDAY)
        return server

    yield begun
    for each in servers:
        each.close()


def access(server: FintsServer, **other: str) -> Access:
    told = {"bank_code": BANK_CODE, "user": "brigitte", "pin": "geheim99", "product": "0123456789"}
    return Access(server.address, **told | other)


def asked(told: Told) -> Question:
    assert told.question is not None
    return told.question


def signed_in(server: FintsServer) -> tuple[dict[str, str], Account]:
    """The memory after the accounts were listed, and the one account."""
    told = talk(access(server), {}, Task())
    [account] = told.accounts
    return told.memory, account


def test_the_accounts_are_listed(opened: Opened) -> None:
    server = opened()
    _, account = signed_in(server)
    assert (account.iban, account.bic) == (ACCOUNT, "BYLADEM1001")
    assert server.products == {"0123456789"}


@pytest.mark.parametrize(("has_camt", "begins"), [(True, b"<?xml"), (False, b":20:")])
def test_statements_come_as_camt_and_where_there_is_none_as_mt940(
    opened: Opened, has_camt: bool, begins: bytes
) -> None:
    server = opened(has_camt=has_camt)
    memory, account = signed_in(server)
    told = talk(access(server), memory, Task((account,), SINCE))
    [(_, files)] = told.statements
    assert all(each.startswith(begins) for each in files)
    assert all(word in b"".join(files) for word in (b"Anna Weber", b"Bernd Krause"))
    assert told.left == ()


def test_answers_in_pages_are_one_delivery(opened: Opened) -> None:
    server = opened(page=1, has_camt=False)
    memory, account = signed_in(server)
    [(_, files)] = talk(access(server), memory, Task((account,), SINCE)).statements
    assert (server.log.count("HKKAZ"), len(files)) == (2, 1)


def test_nothing_new_is_no_file(opened: Opened) -> None:
    server = opened()
    memory, account = signed_in(server)
    [(_, files)] = talk(access(server), memory, Task((account,), date(2026, 12, 1))).statements
    assert files == ()


def test_of_several_methods_a_person_chooses_one(opened: Opened) -> None:
    server = opened(methods=(TEXT, PUSH, LISTED), media=("Card 1", "Card 2"))
    told = talk(access(server), {}, Task())
    assert asked(told).kind is Kind.METHOD
    assert [each.label for each in asked(told).choices] == ["mobileTAN", "pushTAN", "chipTAN manuell"]
    told = talk(access(server), told.memory, Task(), "972")
    assert [each.value for each in asked(told).choices] == ["Card 1", "Card 2"]
    told = talk(access(server), told.memory, Task(), "Card 2")
    assert [each.iban for each in told.accounts] == [ACCOUNT]


def test_a_tan_is_asked_for_with_a_picture_and_given_in_another_process(opened: Opened) -> None:
    server = opened(methods=(PHOTO,), signs_in_with_tan=True)
    told = talk(access(server), {}, Task())
    assert (asked(told).kind, asked(told).picture_type) == (Kind.TAN, "image/png")
    assert "Anmeldung" in asked(told).text
    told = talk(access(server), told.memory, Task(), "123456")
    assert (told.question, told.is_strong, len(told.accounts)) == (None, True, 1)


def test_what_is_confirmed_in_the_app_is_asked_for_now_and_then(opened: Opened) -> None:
    server = opened(signs_in_with_tan=True)
    server.confirms_after = 2
    told = talk(access(server), {}, Task())
    for _ in range(2):
        assert (asked(told).kind, asked(told).wait, asked(told).tries) == (Kind.CONFIRM, 1, 20)
        told = talk(access(server), told.memory, Task(), "")
    assert asked(told).kind is Kind.CONFIRM
    told = talk(access(server), told.memory, Task(), "")
    assert told.accounts


@pytest.mark.parametrize("has_camt", [True, False])
def test_statements_may_want_a_tan_and_all_pages_follow(opened: Opened, has_camt: bool) -> None:
    server = opened(methods=(TEXT,), statements_with_tan=True, has_camt=has_camt, page=1)
    memory, account = signed_in(server)
    task = Task((account,), SINCE)
    told = talk(access(server), memory, task)
    assert "Auftrag" in asked(told).text
    told = talk(access(server), told.memory, task, "123456")
    [(_, files)] = told.statements
    assert all(word in b"".join(files) for word in (b"Anna Weber", b"Bernd Krause"))


def test_a_wrong_tan_is_told_in_the_banks_words(opened: Opened) -> None:
    server = opened(methods=(TEXT,), signs_in_with_tan=True)
    told = talk(access(server), {}, Task())
    with pytest.raises(Unreachable, match=r"TAN ungueltig. \(9941\)") as refusal:
        talk(access(server), told.memory, Task(), "654321")
    assert refusal.value.permanent


def test_a_wrong_pin_is_tried_once(opened: Opened) -> None:
    server = opened()
    with pytest.raises(WrongPin, match="banks lock an access"):
        talk(access(server, pin="falsch"), {}, Task())
    assert (server.customer.wrong_pins, server.log.count("HKIDN")) == (1, 1)


def test_a_locked_access_says_so(opened: Opened) -> None:
    server = opened()
    server.customer.wrong_pins = 3
    with pytest.raises(Unreachable, match="locked this access") as refusal:
        talk(access(server), {}, Task())
    assert refusal.value.permanent


def test_a_server_that_is_not_there(opened: Opened) -> None:
    server = opened()
    gone = replace(access(server), server="http://127.0.0.1:1/")
    with pytest.raises(Unreachable, match="cannot be reached") as refusal:
        talk(gone, {}, Task())
    assert not refusal.value.permanent


def test_a_transfer_is_handed_in_and_waits_for_its_tan(opened: Opened, one_transfer: bytes) -> None:
    server = opened(methods=(TEXT,))
    memory, account = signed_in(server)
    task = Task(pain=one_transfer, orderer=account, count=1)
    told = talk(access(server), memory, task)
    assert (asked(told).kind, told.is_ordered, server.bank().paid()) == (Kind.TAN, False, {})
    told = talk(access(server), told.memory, task, "123456")
    assert (told.is_ordered, told.refusal) == (True, "")
    server.bank().move_to(date(2026, 11, 24))
    assert server.bank().times_paid("E-1") == 1


def test_what_the_bank_refuses_is_told_and_not_paid(opened: Opened, one_transfer: bytes) -> None:
    server = opened(methods=(TEXT,))
    memory, account = signed_in(server)
    task = Task(pain=one_transfer, orderer=account, count=1)
    told = talk(access(server), talk(access(server), memory, task).memory, task, "999999")
    assert (told.is_ordered, "9941" in told.refusal, server.bank().paid()) == (False, True, {})


@pytest.mark.parametrize("behind", ["HKCCS", "TAN"])
def test_a_line_that_breaks_behind_an_order_leaves_it_unknown(opened: Opened, one_transfer: bytes, behind: str) -> None:
    server = opened(methods=(TEXT,))
    memory, account = signed_in(server)
    task = Task(pain=one_transfer, orderer=account, count=1)
    server.loses_answer_to = behind
    with pytest.raises(Lost, match="Ask the bank"):
        talk(access(server), talk(access(server), memory, task).memory, task, "123456")


def test_a_line_that_breaks_before_the_order_is_only_a_broken_line(opened: Opened, one_transfer: bytes) -> None:
    server = opened(methods=(TEXT,))
    memory, account = signed_in(server)
    server.loses_answer_to = "HKIDN"
    with pytest.raises(Unreachable) as refusal:
        talk(access(server), memory, Task(pain=one_transfer, orderer=account, count=1))
    assert not isinstance(refusal.value, Lost)
    assert "HKCCS" not in server.log


@pytest.mark.parametrize("address", ["http://bank.example/", "ftp://bank.example", "https://u:p@bank.example", ""])
def test_a_pin_is_told_to_nobody_who_can_be_overheard(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    with pytest.raises(Refused, match="https"):
        checked_server(address)


def test_the_pin_is_in_no_picture_of_the_access(opened: Opened) -> None:
    assert "geheim99" not in repr(access(opened()))


@pytest.fixture
def one_transfer() -> bytes:
    paid = group(order("E-1"), account=OwnAccount(ACCOUNT), execute_on=MONDAY)
    return fints_order(write_transfers(file(paid)).data, earliest=MONDAY).pain


def test_an_order_that_is_refused_outright_is_a_no_and_no_riddle(opened: Opened, one_transfer: bytes) -> None:
    server = opened(methods=(PUSH,))
    memory, account = signed_in(server)
    server.declines = "Limit überschritten"
    told = talk(access(server), memory, Task(pain=one_transfer, orderer=account, count=1))
    assert (told.is_ordered, "Limit" in told.refusal, server.bank().paid()) == (False, True, {})


# ---- verification of payee -----------------------------------------------------------------------------------------


def test_a_payee_of_that_name_is_told_with_the_question_for_the_tan(opened: Opened, one_transfer: bytes) -> None:
    server = opened(methods=(TEXT,), verifies_payees=True)
    server.bank().expect(GERMAN, Fate(holder="Anna Berger"))
    memory, account = signed_in(server)
    task = Task(pain=one_transfer, orderer=account, count=1)
    told = talk(access(server), memory, task)
    assert (asked(told).kind, told.payee) == (Kind.TAN, ("RCVC", ""))
    told = talk(access(server), told.memory, task, "123456")
    assert (told.is_ordered, server.log.count("HKVPA")) == (True, 1)


@pytest.mark.parametrize(
    ("holder", "found"),
    [("Anna Berger-Weber", ("RVMC", "Anna Berger-Weber")), ("Eva", ("RVNM", "")), (None, ("RVNA", ""))],
)
def test_a_payee_of_another_name_is_asked_about_before_the_tan(
    opened: Opened, one_transfer: bytes, holder: str | None, found: tuple[str, str]
) -> None:
    server = opened(methods=(TEXT,), verifies_payees=True)
    server.bank().expect(GERMAN, Fate(holder=holder))
    memory, account = signed_in(server)
    task = Task(pain=one_transfer, orderer=account, count=1)
    told = talk(access(server), memory, task)
    assert (asked(told).kind, told.payee) == (Kind.PAYEE, found)
    assert "Sie haften selbst" in asked(told).text

    told = talk(access(server), told.memory, task, "yes")
    assert (asked(told).kind, server.bank().paid()) == (Kind.TAN, {})
    told = talk(access(server), told.memory, task, "123456")
    assert (told.is_ordered, told.refusal) == (True, "")
    server.bank().move_to(date(2026, 11, 24))
    assert server.bank().times_paid("E-1") == 1


def test_the_names_of_several_payees_cannot_be_confirmed_and_nothing_is_ordered(opened: Opened) -> None:
    """The bank says so by a warning, which the library takes for a yes."""
    server = opened(methods=(TEXT,), verifies_payees=True)
    memory, account = signed_in(server)
    paid = group(order("E-1"), order("E-2"), account=OwnAccount(ACCOUNT), execute_on=MONDAY)
    pain = fints_order(write_transfers(file(paid)).data, earliest=MONDAY)
    told = talk(access(server), memory, Task(pain=pain.pain, orderer=account, count=2, total=pain.total))
    assert (told.is_ordered, "(3945)" in told.refusal, server.bank().paid()) == (False, True, {})
