"""A statement of an account that nobody has named: nothing of it is read before somebody says whose account it is."""

from datetime import date

import pytest
from tests.stage import ACCOUNT, BERND, Paid, Stage, camt, order

from zahlmeister.banking import queries
from zahlmeister.banking.claim import claim
from zahlmeister.banking.connections import Wanted, connect, note
from zahlmeister.banking.models import BankAccount, BankTransaction, ConnectionKind, Statement, StatementImport
from zahlmeister.flows.confirm_account import confirm_account, deny_account, line_up_left_out, movements_left_out
from zahlmeister.flows.receive_statement import receive_next, receive_statement
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "DE68210501700012345678"
NUMBERED = Paid(4990, "order 4711", on=date(2026, 11, 20))


@pytest.fixture
def begun(stage: Stage) -> Stage:
    """Brigitte's account is known by its first statement, and an order waits for its money."""
    stage.pays(Paid(-500, "fee"))
    stage.orders(order("4711", "49.90"), order("4712", "24.98"))
    return stage


def of_another(*lines: Paid, number: str = OTHER, file: int = 7) -> bytes:
    return camt(lines, number=file).replace(ACCOUNT.encode(), number.encode())


def asked(stage: Stage) -> BankAccount:
    [account] = queries.asked_accounts(stage.merchant.pk)
    return account


def work(stage: Stage) -> int:
    """The worker's turns until there is nothing to do; returns how many files it read."""
    files = 0
    while line_up_left_out(clock=stage.clock) or receive_next(clock=stage.clock):
        files += 1
    return files


def test_a_statement_of_somebody_elses_account_stays_out_of_everything(begun: Stage) -> None:
    done = begun.receive(of_another(NUMBERED), "other.xml")

    assert (done.state, done.recorded, done.entries_done) == ("done", 0, 0)
    assert done.warnings == [
        f"other.xml: nobody has said yet that account {OTHER} is yours; its statement is read when somebody does."
    ]
    assert begun.item("4711").state == ItemState.OPEN
    assert begun.payments() == []
    assert asked(begun).number == OTHER
    assert [each.number for each in queries.accounts(begun.merchant.pk)] == [ACCOUNT]
    assert balance(begun.merchant.pk, Book.BANK, "EUR", about=asked(begun).pk).minor == 0
    assert work(begun) == 0
    assert begun.books() == []


def test_it_is_shown_by_its_first_movements(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")

    [shown] = movements_left_out(asked(begun))
    assert (shown.amount.minor if shown.amount else 0, shown.remittance) == (4990, "order 4711")


def test_a_yes_reads_what_was_left_out_once(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")
    account = asked(begun)
    for _ in range(2):
        confirm_account(account, by="brigitte", at=begun.now)
        work(begun)

    assert begun.item("4711").state == ItemState.PAID
    assert BankTransaction.objects.filter(account=account).count() == 1
    assert balance(begun.merchant.pk, Book.BANK, "EUR", about=account.pk).minor == 104_990
    rest = StatementImport.objects.get(rest_of__isnull=False)
    assert (rest.name, rest.state, rest.recorded, rest.settled) == ("other.xml", "done", 1, 1)
    assert begun.books() == []


def test_what_comes_after_the_yes_is_read_at_once(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")
    confirm_account(asked(begun), by="brigitte", at=begun.now)
    work(begun)
    begun.receive(of_another(Paid(2498, "4712"), file=8), "next.xml")

    assert begun.item("4712").state == ItemState.PAID
    assert begun.books() == []


def test_a_no_is_remembered_and_may_become_a_yes(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")
    account = asked(begun)
    deny_account(account, by="brigitte", at=begun.now)
    begun.receive(of_another(NUMBERED, Paid(2498, "4712")), "again.xml")

    assert work(begun) == 0
    assert begun.payments() == []
    assert not queries.asked_accounts(begun.merchant.pk)

    confirm_account(account, by="brigitte", at=begun.now)
    work(begun)
    assert [begun.item(number).state for number in ("4711", "4712")] == [ItemState.PAID, ItemState.PAID]
    assert len(begun.payments()) == 2  # the first stands in both files
    assert begun.books() == []


def test_after_a_yes_there_is_no_no(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")
    account = asked(begun)
    confirm_account(account, by="brigitte", at=begun.now)

    with pytest.raises(Refused, match="its money is in the books"):
        deny_account(account, by="eva", at=begun.now)


def test_in_one_file_with_ours_only_the_strange_statement_waits(begun: Stage) -> None:
    ours, strange = begun.statement(Paid(2498, "4712")), of_another(NUMBERED)
    inside = strange[strange.index(b"<Stmt>") : strange.index(b"</BkToCstmrStmt>")]
    begun.receive(ours.replace(b"<Stmt>", inside + b"<Stmt>", 1), "both.xml")

    assert [begun.item(number).state for number in ("4711", "4712")] == [ItemState.OPEN, ItemState.PAID]
    confirm_account(asked(begun), by="brigitte", at=begun.now)
    work(begun)

    assert begun.item("4711").state == ItemState.PAID
    assert [row.is_left_out for row in Statement.objects.order_by("pk")] == [False, True, False, False]
    assert begun.books() == []


def test_buyers_are_not_asked_to_pay_to_it(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED, number="AT611904300234573201"), "other.xml")
    begun.orders(order("4713", "10.00", country="AT"))

    chosen = account_for(begun.item("4713").order)
    assert chosen is not None
    assert chosen.number == ACCOUNT


def test_an_account_that_a_connection_names_is_not_asked_for(begun: Stage) -> None:
    told = {"accounts": [{"iban": OTHER}], "server": "https://bank.example/fints"}
    connection = connect(begun.merchant.pk, Wanted(ConnectionKind.FINTS, "Bank", {}), at=begun.now)
    note(connection, **told)
    begun.receive(of_another(NUMBERED), "other.xml")

    assert begun.item("4711").state == ItemState.PAID


def test_all_accounts_of_the_first_file_are_the_merchants(stage: Stage) -> None:
    stage.orders(order("4711", "49.90"))
    ours, other = stage.statement(Paid(2498, "nothing")), of_another(NUMBERED)
    inside = other[other.index(b"<Stmt>") : other.index(b"</BkToCstmrStmt>")]
    stage.receive(ours.replace(b"<Stmt>", inside + b"<Stmt>", 1), "both.xml")

    assert stage.item("4711").state == ItemState.PAID


def test_a_known_account_in_another_currency_is_not_asked_for(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED, number=ACCOUNT).replace(b'Ccy="EUR"', b'Ccy="USD"').replace(b">EUR<", b">USD<"))

    assert {(each.currency, each.is_ours) for each in BankAccount.objects.all()} == {("EUR", True), ("USD", True)}


N26 = (
    "Booking Date,Value Date,Partner Name,Partner Iban,Type,Payment Reference,Account Name,Amount (EUR),"
    "Original Amount,Original Currency,Exchange Rate\n"
    f"2026-11-20,2026-11-20,Anna Weber,{BERND},Credit Transfer,order 4711,Main Account,49.90,,,\n"
)


def same(iban: str = ACCOUNT) -> Paid:
    return Paid(4990, "order 4711", iban=BERND, on=date(2026, 11, 20))


def test_an_export_with_only_the_banks_name_is_asked_for_once_and_told_once(begun: Stage) -> None:
    begun.pays(same())
    begun.receive(N26.encode(), "n26.csv")
    known = BankAccount.objects.get(number=ACCOUNT)
    assert asked(begun).number == "N26"

    confirm_account(asked(begun), by="brigitte", at=begun.now, same_as=known)
    work(begun)
    begun.receive((N26 + N26.splitlines()[1].replace("4711", "4712").replace("49.90", "24.98")).encode(), "next.csv")

    assert [each.transaction.account for each in begun.payments()] == [known, known]
    assert [each.amount_minor for each in begun.payments()] == [4990, 2498]
    assert not queries.asked_accounts(begun.merchant.pk)
    assert [each.pk for each in queries.accounts(begun.merchant.pk)] == [known.pk]
    assert begun.books() == []


def test_the_number_may_come_after_the_name(stage: Stage) -> None:
    """The first file was an export with the bank's name; the first camt brings the IBAN."""
    stage.orders(order("4711", "49.90"))
    stage.receive(N26.encode(), "n26.csv")
    known = BankAccount.objects.get()
    stage.pays(same())
    confirm_account(asked(stage), by="brigitte", at=stage.now, same_as=known)
    work(stage)

    known.refresh_from_db()
    assert (known.number, BankAccount.objects.get(same_as=known).number) == (ACCOUNT, "N26")
    [payment] = stage.payments()
    assert payment.transaction.account == known
    stage.receive((N26 + "\n").encode(), "n26 again.csv")
    stage.payment()
    assert stage.books() == []


def test_two_ibans_are_never_one_account(begun: Stage) -> None:
    begun.receive(of_another(NUMBERED), "other.xml")
    known = BankAccount.objects.get(number=ACCOUNT)

    with pytest.raises(Refused, match="Two accounts with an IBAN each"):
        confirm_account(asked(begun), by="brigitte", at=begun.now, same_as=known)
    assert asked(begun).number == OTHER


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_a_worker_that_dies_in_the_rest_leaves_nothing_twice(
    begun: Stage, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    begun.receive(of_another(*(Paid(100, "nothing", iban=BERND) for _ in range(5)), NUMBERED), "other.xml")
    confirm_account(asked(begun), by="brigitte", at=begun.now)
    rest = line_up_left_out(clock=begun.clock)
    assert rest is not None
    monkeypatch.setattr("zahlmeister.banking.batches.BATCH", 2)
    batches = iter(range(1, 9))

    def die(_: StatementImport) -> None:
        if next(batches) == dies_at:
            raise KeyboardInterrupt

    work_on = claim(begun.now, only=rest.pk)
    assert work_on is not None
    with pytest.raises(KeyboardInterrupt):
        receive_statement(work_on, clock=begun.clock, watch=die)
    begun.later(minutes=2)
    work(begun)

    assert BankTransaction.objects.filter(account__number=OTHER).count() == 6
    assert begun.item("4711").state == ItemState.PAID
    assert begun.books() == []
