"""Brigitte's bank is read through an open-banking aggregator: she consents at the bank, for so many days."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.flows.test_outgoing import OWN, WEDNESDAY, Desk
from tests.stage import ACCOUNT, ANNA, BERND, order

from zahlmeister.banking.conversation import conversation_of
from zahlmeister.banking.models import BankTransaction, Connection, StatementImport
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.question import Kind, Question
from zahlmeister.flows.connect_bank import (
    OpenBanking,
    answer_bank,
    connect_aggregator,
    renew_consent,
    resume,
    returned_from_bank,
)
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.aggregator_server import SECRET_ID, SECRET_KEY, AggregatorServer
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.mt940 import write_mt940

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _this_machine_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


class Line(Desk):
    """The desk, with an aggregator between the house and the bank."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        self.server = AggregatorServer(folder / "bank.db", (OWN,), today=self.bank.today).start()
        self.connection = self.connect("Open")

    def connect(self, name: str, **other: str) -> Connection:
        told = {
            "server": self.server.address, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, "country": "DE",
            "back_to": "http://localhost:8000/statements/connections/0/back",
        } | other  # fmt: skip
        return connect_aggregator(
            self.merchant, OpenBanking(**told), name=name, every_minutes=360, by="brigitte", at=self.stage.now
        )

    def worker(self, turns: int = 3) -> None:
        for _ in range(turns):
            fetch_next(clock=self.stage.clock)
            while receive_next(clock=self.stage.clock) is not None:
                pass
            self.stage.later(seconds=1)

    def asked(self) -> Question:
        self.connection.refresh_from_db()
        assert self.connection.state == ConnectionState.ASKING, self.connection.error
        question = conversation_of(self.connection).question
        assert question is not None
        return question

    def chooses(self, bank: str = "SANDBOX_BANK") -> None:
        self.worker()
        assert self.asked().kind is Kind.BANK
        answer_bank(self.connection, bank, by="brigitte", at=self.stage.now)
        self.worker()

    def consents(self, said: str = "yes") -> str:
        """She goes to the bank's page and comes back; where to."""
        link = self.asked().address
        assert "read your accounts for 90 days" in httpx.get(link).text
        back = httpx.post(link, data={"said": said}).headers["Location"]
        returned_from_bank(self.connection, at=self.stage.now)
        self.worker()
        return back

    def state_of_line(self) -> str:
        self.connection.refresh_from_db()
        return self.connection.state

    def next_day(self) -> None:
        self.stage.later(days=1)
        self.bank.move_to(self.stage.now.date())


@pytest.fixture
def line(merchant: Merchant, tmp_path: Path) -> Iterator[Line]:
    made = Line(merchant, tmp_path)
    yield made
    made.server.close()


def test_she_chooses_her_bank_consents_there_and_the_order_is_paid(line: Line) -> None:
    line.stage.orders(order("4711", "49.90"))
    line.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="4711")
    line.next_day()
    line.chooses()
    back = line.consents()
    assert re.search(rf"/statements/connections/{line.connection.pk}/back\?ref=", back)
    assert line.state_of_line() == ConnectionState.CONNECTED
    assert line.connection.consent_until == line.stage.now.date() + timedelta(days=90)
    assert line.stage.item("4711").open_minor == 0
    assert line.stage.books() == []


@pytest.mark.parametrize("write", [write_camt053, write_mt940])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_a_file_tells_and_the_aggregator_tells_is_one_booking(
    line: Line, write: Callable[..., None], is_first: bool
) -> None:
    for text, name, iban in (
        ("4711", "Anna Weber", ANNA),
        ("4712", "Bernd Krause", BERND),
        ("4711", "Anna Weber", ANNA),
    ):
        line.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name=name, iban=iban, text=text)
    line.next_day()
    if is_first:
        line.reads_statements(write)
    line.chooses()
    line.consents()
    if not is_first:
        line.reads_statements(write)
    assert BankTransaction.objects.count() == 3
    assert line.stage.books() == []


def test_new_numbers_in_each_answer_are_nothing_new(line: Line) -> None:
    line.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="4711")
    line.next_day()
    line.chooses()
    line.consents()
    for _ in range(3):
        line.stage.later(hours=6)
        line.worker()
    assert BankTransaction.objects.count() == 1


def test_pages_are_one_delivery(line: Line) -> None:
    line.server.page_size = 2
    for _ in range(5):
        line.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="Club")
    line.next_day()
    line.chooses()
    line.consents()
    assert (BankTransaction.objects.count(), StatementImport.objects.count()) == (5, 1)


def test_the_fifth_call_of_a_day_waits_until_the_bank_allows_it(line: Line) -> None:
    line.chooses()
    line.consents()
    for _ in range(4):
        Connection.objects.update(due_at=line.stage.now)
        line.worker(turns=1)
    assert line.state_of_line() == ConnectionState.TROUBLED
    assert "fewer questions (429)" in line.connection.error
    assert line.connection.due_at >= line.stage.now + timedelta(hours=11)
    line.next_day()
    line.worker()
    assert line.state_of_line() == ConnectionState.CONNECTED


def test_a_consent_that_ends_is_asked_for_anew(line: Line) -> None:
    line.chooses()
    line.consents()
    line.stage.later(days=90)
    line.bank.move_to(line.stage.now.date())
    line.worker()
    assert line.asked().kind is Kind.CONSENT
    line.consents()
    assert line.state_of_line() == ConnectionState.CONNECTED
    assert line.connection.consent_until == line.stage.now.date() + timedelta(days=90)


def test_a_consent_is_renewed_before_it_ends(line: Line) -> None:
    line.chooses()
    line.consents()
    line.stage.later(days=85)
    line.bank.move_to(line.stage.now.date())
    line.worker()
    line.connection.refresh_from_db()
    renew_consent(line.connection, by="brigitte", at=line.stage.now)
    line.worker()
    line.consents()
    line.connection.refresh_from_db()
    assert line.connection.consent_until == line.stage.now.date() + timedelta(days=90)


def test_a_consent_withdrawn_at_the_bank_is_asked_for_anew(line: Line) -> None:
    line.chooses()
    line.consents()
    line.server.withdraw_consents()
    line.stage.later(hours=7)
    line.worker()
    assert line.asked().kind is Kind.CONSENT


def test_who_says_no_at_the_bank_is_not_asked_again_by_itself(line: Line) -> None:
    line.chooses()
    line.consents("no")
    assert line.state_of_line() == ConnectionState.STUCK
    assert "not given" in line.connection.error
    line.stage.later(days=1)
    line.worker()
    assert line.state_of_line() == ConnectionState.STUCK
    resume(line.connection, by="brigitte", at=line.stage.now)
    line.worker()
    assert line.asked().kind is Kind.CONSENT


def test_somebody_who_takes_a_day_for_the_consent_finds_it_done(line: Line) -> None:
    line.chooses()
    for _ in range(70):
        line.stage.later(seconds=10)
        line.worker(turns=1)
    line.stage.later(hours=20)
    line.worker()
    link = line.asked().address
    httpx.post(link, data={"said": "yes"})
    line.stage.later(hours=2)
    line.worker()
    assert line.state_of_line() == ConnectionState.CONNECTED


def test_wrong_keys_wait_for_a_person(line: Line) -> None:
    wrong = line.connect("Wrong", secret_key="something-else")
    line.worker()
    wrong.refresh_from_db()
    assert wrong.state == ConnectionState.STUCK
    assert "does not accept the key" in wrong.error


def test_the_keys_stand_nowhere_in_the_database(line: Line) -> None:
    line.chooses()
    kept = [bytes(each) if isinstance(each, memoryview) else each for each in Connection.objects.values_list().get()]
    assert SECRET_KEY not in repr(kept)


def test_only_a_connection_by_open_banking_has_a_consent(line: Line) -> None:
    line.worker()
    line.connection.refresh_from_db()
    with pytest.raises(Refused, match="no consent"):
        renew_consent(line.connection, by="brigitte", at=line.stage.now)
    assert line.bank.today < WEDNESDAY
