"""Brigitte's bank is asked by FinTS: statements come, transfers go, and she is asked when the bank asks her."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.flows.test_killed_at_every_commit import Killed
from tests.flows.test_outgoing import OPENING, OWN, WEDNESDAY, Desk
from tests.stage import ACCOUNT, ANNA, BERND, order

from zahlmeister.banking.conversation import conversation_of
from zahlmeister.banking.models import BankTransaction, Connection, StatementImport
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.question import Kind, Question
from zahlmeister.flows import receive_statement as reading
from zahlmeister.flows import talk_to_bank
from zahlmeister.flows.approve_payment import confirm_payee
from zahlmeister.flows.connect_bank import FintsAccess, answer_bank, connect_fints, pause, renew_pin, resume
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.make_payment_file import make_payment_files
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.send_payment_file import queue_file, tell_outcome
from zahlmeister.formats.payments.payee import PayeeResult
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.fints_parameters import BANK_CODE, PHOTO, PUSH, TEXT
from zahlmeister.sandbox.fints_server import Customer, FintsServer
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.mt940 import write_mt940

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = MerchantAccount("Brigittes Wollstube", "DE75512108001245126199", "SOGEDEFFXXX", "SG", "EUR")
PIN = "geheim99"


@pytest.fixture(autouse=True)
def _registered(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    settings.FINTS_PRODUCT = "0123456789"


class Line(Desk):
    """The desk, with a line to the bank."""

    def __init__(self, merchant: Merchant, folder: Path, **told: object) -> None:
        super().__init__(merchant, folder)
        customer = Customer(**{"accounts": (OWN,), "methods": (TEXT,)} | told)
        self.server = FintsServer(folder / "bank.db", customer, today=self.bank.today).start()
        if SECOND in customer.accounts:
            self.bank.open_account(SECOND, Amount(OPENING, "EUR"))
        self.connection = self.connect()

    def connect(self, name: str = "House bank", **other: str) -> Connection:
        told = {"server": self.server.address, "bank_code": BANK_CODE, "user": "brigitte", "pin": PIN} | other
        return connect_fints(
            self.merchant, FintsAccess(**told), name=name, every_minutes=360, by="brigitte", at=self.stage.now
        )

    def worker(self, turns: int = 4, seconds: int = 2) -> None:
        """Turns of the worker within a few seconds each."""
        for _ in range(turns):
            fetch_next(clock=self.stage.clock)
            while receive_next(clock=self.stage.clock) is not None:
                pass
            self.stage.later(seconds=seconds)

    def next_day(self) -> None:
        self.stage.later(days=1)
        self.bank.move_to(self.stage.now.date())

    def asked(self) -> Question:
        self.connection.refresh_from_db()
        assert self.connection.state == ConnectionState.ASKING, self.connection.error
        question = conversation_of(self.connection).question
        assert question is not None
        return question

    def says(self, answer: str) -> None:
        self.connection.refresh_from_db()
        answer_bank(self.connection, answer, by="brigitte", at=self.stage.now)
        self.worker()

    def state_of_line(self) -> str:
        self.connection.refresh_from_db()
        return self.connection.state

    def queued(self) -> PaymentFile:
        file = self.file()
        self.connection.refresh_from_db()
        queue_file(file, self.connection, by="brigitte", at=self.stage.now)
        return file


@pytest.fixture
def line(merchant: Merchant, tmp_path: Path) -> Iterator[Callable[..., Line]]:
    lines = []

    def made(**told: object) -> Line:
        lines.append(Line(merchant, tmp_path, **told))
        return lines[-1]

    yield made
    for each in lines:
        each.server.close()


def test_a_statement_fetched_from_the_bank_pays_the_order(line: Callable[..., Line]) -> None:
    desk = line()
    desk.stage.orders(order("4711", "49.90"))
    desk.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="4711")
    desk.next_day()
    desk.worker()
    assert desk.state_of_line() == ConnectionState.CONNECTED
    assert desk.stage.item("4711").open_minor == 0
    assert desk.stage.books() == []


@pytest.mark.parametrize("has_camt", [True, False])
def test_what_is_told_again_is_neither_booked_nor_handed_in_again(line: Callable[..., Line], has_camt: bool) -> None:
    desk = line(has_camt=has_camt)
    for _ in range(2):  # honest twins: the same people, the same amount, the same day
        desk.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="Club")
    desk.next_day()
    for _ in range(3):
        desk.worker(turns=2)
        desk.stage.later(hours=6)
    assert (BankTransaction.objects.count(), StatementImport.objects.count()) == (2, 1)
    assert desk.server.log.count("HKCAZ" if has_camt else "HKKAZ") == 3


def test_pages_cut_through_a_day_leave_twins_two(line: Callable[..., Line]) -> None:
    desk = line(page=1)
    for _ in range(3):
        desk.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="Club")
        desk.next_day()
    desk.worker()
    assert (BankTransaction.objects.count(), StatementImport.objects.count()) == (3, 1)


@pytest.mark.parametrize("write", [write_camt053, write_mt940])
def test_what_a_file_had_told_before_is_the_same_booking(line: Callable[..., Line], write: Callable[..., None]) -> None:
    desk = line()
    desk.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="4711")
    desk.bank.pay_in(ACCOUNT, Amount(2990, "EUR"), name="Bernd Krause", iban=BERND, text="4712")
    desk.next_day()
    desk.reads_statements(write)
    desk.worker()
    assert BankTransaction.objects.count() == 2


def test_of_several_accounts_she_chooses(line: Callable[..., Line]) -> None:
    desk = line(accounts=(OWN, SECOND))
    desk.worker()
    assert [each.value for each in desk.asked().choices] == [ACCOUNT, SECOND.iban]
    with pytest.raises(Refused, match="offered"):
        desk.says("DE89370400440532013000")
    desk.says(SECOND.iban)
    assert desk.state_of_line() == ConnectionState.CONNECTED
    assert [each["iban"] for each in desk.connection.settings["accounts"]] == [SECOND.iban]


def test_she_chooses_how_to_sign_and_types_the_tan(line: Callable[..., Line]) -> None:
    desk = line(methods=(TEXT, PHOTO), signs_in_with_tan=True)
    desk.worker()
    assert desk.asked().kind is Kind.METHOD
    desk.says(PHOTO.function)
    assert (desk.asked().kind, desk.asked().picture_type) == (Kind.TAN, "image/png")
    desk.server.customer.signs_in_with_tan = False
    desk.says("123456")
    assert desk.state_of_line() == ConnectionState.CONNECTED
    assert desk.connection.consent_until == desk.stage.now.date() + timedelta(days=90)


def test_the_bank_is_asked_whether_she_has_confirmed_and_goes_on_by_itself(line: Callable[..., Line]) -> None:
    desk = line(methods=(PUSH,), signs_in_with_tan=True)
    desk.server.confirms_after = 3
    desk.worker(turns=3)
    assert desk.asked().kind is Kind.CONFIRM
    desk.server.customer.signs_in_with_tan = False
    desk.worker(turns=4)
    assert desk.state_of_line() == ConnectionState.CONNECTED


def test_a_question_that_nobody_answers_waits_for_a_person_and_not_for_ever(line: Callable[..., Line]) -> None:
    desk = line(signs_in_with_tan=True)
    desk.worker()
    first = len(desk.server.log)
    desk.worker(turns=3)
    assert len(desk.server.log) == first  # nobody is asked again while the question is open
    desk.worker(turns=2, seconds=700)
    assert desk.state_of_line() == ConnectionState.STUCK
    assert "Nobody answered" in desk.connection.error
    desk.worker(turns=2)
    assert len(desk.server.log) == first
    with pytest.raises(Refused, match="nothing any more"):
        desk.says("123456")

    resume(desk.connection, by="brigitte", at=desk.stage.now)
    desk.worker()
    desk.server.customer.signs_in_with_tan = False
    assert desk.asked().kind is Kind.TAN
    desk.says("123456")
    assert desk.state_of_line() == ConnectionState.CONNECTED


def test_a_wrong_pin_is_never_tried_again(line: Callable[..., Line]) -> None:
    desk = line()
    desk.server.customer.pin = "other-one"
    desk.worker(turns=6, seconds=4000)
    assert (desk.state_of_line(), desk.server.customer.wrong_pins) == (ConnectionState.STUCK, 1)
    assert "enter the PIN anew" in desk.connection.error
    resume(desk.connection, by="brigitte", at=desk.stage.now)
    desk.worker()
    assert (desk.state_of_line(), desk.server.customer.wrong_pins) == (ConnectionState.STUCK, 1)
    assert desk.connection.error == "The PIN is missing; enter it anew."
    renew_pin(desk.connection, "other-one", by="brigitte", at=desk.stage.now)
    desk.worker()
    assert desk.state_of_line() == ConnectionState.CONNECTED


def test_a_pause_in_the_middle_of_a_question_begins_anew_afterwards(line: Callable[..., Line]) -> None:
    desk = line(signs_in_with_tan=True)
    desk.worker()
    desk.state_of_line()
    pause(desk.connection, by="brigitte", at=desk.stage.now)
    desk.state_of_line()
    resume(desk.connection, by="brigitte", at=desk.stage.now)
    desk.worker()
    assert desk.asked().kind is Kind.TAN


def test_the_pin_stands_nowhere_in_the_database(line: Callable[..., Line]) -> None:
    desk = line(signs_in_with_tan=True)
    desk.worker()
    row = Connection.objects.values().get()
    assert conversation_of(desk.connection) is not None
    assert PIN not in repr(
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"server": "ftp://bank.example"}, "https"),
        ({"bank_code": "1007"}, "eight digits"),
        ({"name": "House bank"}, "another name"),
    ],
)
def test_what_cannot_be_connected_is_said_at_once(
    line: Callable[..., Line], change: dict[str, str], words: str
) -> None:
    desk = line()
    with pytest.raises(Refused, match=words):
        desk.connect(**{"name": "Second"} | change)


def test_without_a_registration_nothing_is_connected(line: Callable[..., Line], settings: object) -> None:
    desk = line()
    settings.FINTS_PRODUCT = ""
    with pytest.raises(Refused, match="ZAHLMEISTER_FINTS"):
        desk.connect("Second")
    desk.worker()
    assert desk.state_of_line() == ConnectionState.STUCK


# ---- transfers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transfers", [1, 3])
def test_a_file_is_sent_with_a_tan_and_paid_once(line: Callable[..., Line], transfers: int) -> None:
    desk = line()
    desk.worker()
    orders = [desk.approved(str(number)) for number in range(transfers)]
    file = desk.queued()
    desk.worker()
    assert (state(file), desk.asked().is_release, desk.bank.paid()) == (FileState.SENDING, True, {})
    desk.says("123456")
    assert state(file) == FileState.SENT
    assert ("HKCCM" in desk.server.log) == (transfers > 1)
    desk.worker(turns=6)
    desk.bank.move_to(WEDNESDAY)
    desk.stage.later(days=2)
    desk.worker()
    assert [desk.state(each) for each in orders] == [OrderState.EXECUTED] * transfers
    assert [desk.bank.times_paid(each.end_to_end_id) for each in orders] == [1] * transfers
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])


def test_a_wrong_tan_sends_nothing_and_says_so(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    desk.approved()
    file = desk.queued()
    desk.worker()
    desk.says("654321")
    assert (state(file), "9941" in file.error, desk.bank.paid()) == (FileState.MADE, True, {})


def test_nobody_gives_the_tan_and_nothing_is_sent(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    desk.approved()
    file = desk.queued()
    desk.worker()
    desk.worker(turns=2, seconds=700)
    assert (state(file), desk.bank.paid()) == (FileState.MADE, {})
    assert "not answered in time" in file.error


def test_nobody_knows_whether_an_app_has_confirmed_after_the_last_look(line: Callable[..., Line]) -> None:
    desk = line(methods=(PUSH,))
    desk.worker()
    desk.approved()
    file = desk.queued()
    desk.server.confirms_after = 99
    desk.worker(turns=30)
    assert state(file) == FileState.UNSURE
    assert desk.state_of_line() == ConnectionState.STUCK


@pytest.mark.parametrize("behind", ["HKCCS", "TAN"])
def test_a_line_that_breaks_behind_the_order_leaves_the_file_unsure(line: Callable[..., Line], behind: str) -> None:
    desk = line()
    desk.worker()
    order_ = desk.approved()
    file = desk.queued()
    desk.server.loses_answer_to = behind
    desk.worker(turns=2)
    if behind == "TAN":
        desk.says("123456")
    assert state(file) == FileState.UNSURE
    desk.worker(turns=6, seconds=4000)
    assert desk.server.log.count("HKCCS") == 1
    if behind == "TAN":  # the bank had it, and the statement says so
        desk.bank.move_to(WEDNESDAY)
        desk.stage.later(days=2)
        desk.worker()
        assert (state(file), desk.bank.times_paid(order_.end_to_end_id)) == (FileState.SENT, 1)
    else:
        tell_outcome(file, has_arrived=False, by="brigitte", at=desk.stage.now)
        assert state(file) == FileState.MADE


def test_a_line_that_breaks_before_the_order_sends_it_later(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    desk.approved()
    file = desk.queued()
    desk.server.loses_answer_to = "HKIDN"
    desk.worker(turns=1)
    assert state(file) == FileState.QUEUED
    desk.worker(turns=2, seconds=120)
    desk.says("123456")
    assert state(file) == FileState.SENT


def test_what_fints_cannot_send_is_said_when_it_is_put_in_line(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    desk.approved("1", is_instant=True)
    desk.approved("2")
    with pytest.raises(Refused, match="one for each"):
        desk.queued()
    assert PaymentFile.objects.get().state == FileState.MADE


def test_instant_goes_as_instant(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    order_ = desk.approved(is_instant=True)
    file = desk.queued()
    desk.worker()
    desk.says("123456")
    assert (state(file), desk.bank.times_paid(order_.end_to_end_id)) == (FileState.SENT, 1)
    assert "HKIPZ" in desk.server.log


#: What a turn of the worker is made of, as far as it is seen outside of it.
STEPS = ("keep", "step", "talk", "asks")


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_step_no_transfer_is_paid_twice(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(reading, "release", lambda *_: None)  # the dead release nothing
    ends, deaths = [], 0
    while True:
        folder = tmp_path / f"{moment}-{deaths}"
        folder.mkdir()
        desk = Line(Merchant.objects.create(name="W", slug=f"{moment}-{deaths}"), folder)
        desk.worker()
        desk.approved()
        file = desk.queued()
        has_died = dies(monkeypatch, desk, at=deaths + 1, moment=moment)
        if has_died:
            desk.stage.later(minutes=6)  # the leases of the dead end
            sends(desk)
        ends.append(the_end(desk, file, f"died {moment} step {deaths + 1}"))
        if not has_died:
            break
        deaths += 1
    assert deaths > 6
    assert {FileState.UNSURE, FileState.SENT} <= set(ends)


def dies(monkeypatch: pytest.MonkeyPatch, desk: Line, *, at: int, moment: str) -> bool:
    """The worker is killed before or after the n-th step; whether it came to that."""
    taken = count(1)

    def deadly(real: Callable[..., object]) -> Callable[..., object]:
        def taking(*told: object, **more: object) -> object:
            is_last = next(taken) == at
            if is_last and moment == "before":
                raise Killed
            result = real(*told, **more)
            if is_last:
                raise Killed
            return result

        return taking

    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(talk_to_bank, name, deadly(getattr(talk_to_bank, name)))
        try:
            sends(desk)
        except Killed:
            return True
    return False


def the_end(desk: Line, file: PaymentFile, when: str) -> str:
    """Days later the statement is read: the state of the file, after what we believe was compared with the bank."""
    before = state(file)
    desk.bank.pay_in(ACCOUNT, Amount(100, "EUR"), name="Anna Weber", iban=ANNA, text="-")
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    [order_] = file.orders.all()
    paid = desk.bank.times_paid(order_.end_to_end_id)
    assert paid <= 1, when
    assert (order_.state == OrderState.EXECUTED, state(file) == FileState.SENT) == (paid == 1, paid == 1), when
    assert desk.stage.books() == []
    desk.server.close()
    Connection.objects.update(state=ConnectionState.PAUSED)
    return before


def sends(desk: Line) -> None:
    """The worker, and Brigitte who types the TAN when she is asked for one."""
    desk.worker()
    desk.connection.refresh_from_db()
    if desk.connection.state == ConnectionState.ASKING:
        desk.says("123456")


def state(file: PaymentFile) -> str:
    file.refresh_from_db()
    return file.state


def test_the_turns_of_the_worker_are_few(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    before = len(desk.server.log)
    desk.worker(turns=5, seconds=60)
    assert len(desk.server.log) == before  # nothing is due for six hours
    assert talk_to_bank.FIRST_DAYS < 90
    assert date(2026, 11, 23) == desk.bank.today


# ---- verification of payee -----------------------------------------------------------------------------------------


@pytest.fixture
def verifying(line: Callable[..., Line]) -> Callable[[str | None], Line]:
    """A bank at which Anna's account belongs to somebody of that name."""

    def made(holder: str | None) -> Line:
        desk = line(verifies_payees=True)
        desk.bank.expect(ANNA, Fate(holder=holder))
        desk.worker()
        return desk

    return made


def test_a_payee_of_that_name_is_kept_with_the_transfer(verifying: Callable[[str | None], Line]) -> None:
    desk = verifying("Anna Berger")
    order_ = desk.approved()
    file = desk.queued()
    desk.worker()
    desk.says("123456")
    order_.refresh_from_db()
    assert (state(file), order_.payee_result) == (FileState.SENT, PayeeResult.MATCH)


def test_a_transfer_to_somebody_else_stays_here(verifying: Callable[[str | None], Line]) -> None:
    desk = verifying("Eva Ohnegeld")
    order_ = desk.approved()
    file = desk.queued()
    desk.worker()
    order_.refresh_from_db()
    assert (state(file), order_.payee_result) == (FileState.MADE, PayeeResult.NO_MATCH)
    assert "belongs to somebody else" in file.error
    desk.connection.refresh_from_db()
    with pytest.raises(Refused, match="payee"):
        queue_file(file, desk.connection, by="brigitte", at=desk.stage.now)
    desk.bank.move_to(WEDNESDAY)
    assert desk.bank.paid() == {}


def test_a_name_that_nearly_fits_is_sent_after_a_person_has_confirmed_it(
    verifying: Callable[[str | None], Line],
) -> None:
    desk = verifying("Anna Berger-Weber")
    order_ = desk.approved()
    file = desk.queued()
    desk.worker()
    order_.refresh_from_db()
    assert (state(file), order_.payee_result, order_.payee_name) == ("made", PayeeResult.CLOSE, "Anna Berger-Weber")

    confirm_payee(order_, by=desk.brigitte, at=desk.stage.now)
    desk.connection.refresh_from_db()
    queue_file(file, desk.connection, by="brigitte", at=desk.stage.now)
    desk.worker()
    assert desk.asked().kind is Kind.PAYEE  # the bank wants it said to itself, too
    desk.says("yes")
    desk.says("123456")
    assert state(file) == FileState.SENT
    desk.bank.move_to(WEDNESDAY)
    assert desk.bank.times_paid(order_.end_to_end_id) == 1


def test_transfers_of_two_speeds_are_files_of_their_own(line: Callable[..., Line]) -> None:
    desk = line()
    desk.worker()
    for number in ("1", "2"):
        desk.approved(number)
        desk.approved(f"instant {number}", is_instant=True)
    made = make_payment_files(desk.account, by="brigitte", at=desk.stage.now)
    assert sorted(file.count for file in made) == [1, 1, 2]  # instant ones go one by one
    assert desk.stage.books() == []
