"""A file of direct debits is sent to the bank by the ways that transfers go, and collected once whatever happens.

Server and bank are real: what the bank takes it collects, and its books tell how often.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.dying import Killed, dying
from tests.flows.test_debits import LATER, OWN, Desk
from tests.stage import BERND

from zahlmeister.banking.debit_models import DebitFile, SchemeChoice
from zahlmeister.banking.models import Connection
from zahlmeister.banking.outgoing_queries import transfers_waiting
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.sftp import Access
from zahlmeister.flows import receive_statement as reading
from zahlmeister.flows.connect_bank import FintsAccess, answer_bank, connect_fints, connect_sftp
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.make_debit_file import export_debit_file, make_debit_files
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.send_payment_file import queue_file
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.fints_parameters import BANK_CODE, TEXT
from zahlmeister.sandbox.fints_server import Customer, FintsServer

pytestmark = pytest.mark.django_db(transaction=True)
HANDED_IN = date(2026, 12, 4)


class Line(Desk):
    """The desk with a way to the bank, on the day on which the file is made."""

    connection: Connection

    def worker(self, turns: int = 1, **time: int) -> None:
        for _ in range(turns):
            fetch_next(clock=self.stage.clock)
            while receive_next(clock=self.stage.clock) is not None:
                pass
            self.stage.later(**time or {"minutes": 20})

    def queued(self) -> DebitFile:
        file = self.file()
        self.connection.refresh_from_db()
        queue_file(file, self.connection, by="brigitte", at=self.stage.now)
        return file


class Post(Line):
    """By SFTP: `in` is read by the bank, `out` by us."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        self.root = folder / "server"
        for each in ("in", "out"):
            (self.root / each).mkdir(parents=True)
        self.server = SftpServer(self.root)
        told = {"host": "127.0.0.1", "user": USER, "password": PASSWORD, "folder": "out", "outbox": "in"}
        access = Access(port=self.server.port, fingerprint=self.server.fingerprint, **told)
        self.connection = connect_sftp(merchant, access, name="B", every_minutes=15, by="brigitte", at=self.stage.now)

    def bank_works(self) -> int:
        taken = sorted((self.root / "in").glob("*.xml"))
        for path in taken:
            (self.root / "out" / f"status-{path.name}").write_bytes(self.bank.hand_in(path.read_bytes()))
            path.unlink()
        return len(taken)


class Fints(Line):
    """By FinTS, each order with a TAN."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        customer = Customer(accounts=(OWN,), methods=(TEXT,))
        self.server = FintsServer(folder / "bank.db", customer, today=self.bank.today).start()
        access = FintsAccess(server=self.server.address, bank_code=BANK_CODE, user="brigitte", pin=customer.pin)
        self.connection = connect_fints(
            merchant, access, name="House bank", every_minutes=360, by="brigitte", at=self.stage.now
        )
        self.worker(turns=3, seconds=2)

    def says(self, answer: str) -> None:
        self.connection.refresh_from_db()
        assert self.connection.state == ConnectionState.ASKING, self.connection.error
        answer_bank(self.connection, answer, by="brigitte", at=self.stage.now)
        self.worker(turns=4, seconds=2)


@pytest.fixture
def post(merchant: Merchant, tmp_path: Path) -> Iterator[Post]:
    made = Post(merchant, tmp_path)
    yield made
    made.server.close()


@pytest.fixture
def fints(merchant: Merchant, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fints]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    settings.FINTS_PRODUCT = "0123456789"
    made = Fints(merchant, tmp_path)
    yield made
    made.server.close()


def state(file: DebitFile) -> str:
    file.refresh_from_db()
    return file.state


def test_by_sftp_it_is_sent_and_the_answer_picked_up(post: Post) -> None:
    debit = post.approved(post.mandate())
    post.on(HANDED_IN)
    file = post.queued()
    post.worker()
    assert (state(file), post.bank_works()) == (FileState.SENT, 1)
    post.worker(turns=2)
    assert post.state(debit) == "accepted"

    post.on(LATER)
    post.reads()
    assert (post.state(debit), post.bank.times_paid(debit.end_to_end_id)) == ("collected", 1)
    assert post.stage.item("100012345").open_minor == 0
    assert post.stage.books() == []


def test_what_is_sent_cannot_be_downloaded(post: Post) -> None:
    post.approved(post.mandate())
    post.on(HANDED_IN)
    file = post.queued()
    with pytest.raises(Refused, match="cannot become"):
        export_debit_file(file, by="brigitte", at=post.stage.now)


def test_by_fints_it_is_sent_with_a_tan_and_collected_once(fints: Fints) -> None:
    debit = fints.approved(fints.mandate())
    fints.on(HANDED_IN)
    file = fints.queued()
    fints.worker(turns=4, seconds=2)
    assert (state(file), fints.bank.paid()) == (FileState.SENDING, {})
    fints.says("123456")
    assert (state(file), "HKDSE" in fints.server.log) == (FileState.SENT, True)

    fints.on(LATER)
    fints.worker(turns=4, seconds=2)
    assert (fints.state(debit), fints.bank.times_paid(debit.end_to_end_id)) == ("collected", 1)
    assert fints.stage.books() == []


def test_by_fints_each_sort_and_day_is_a_file_of_its_own(fints: Fints) -> None:
    first, second = fints.mandate(), fints.mandate("M-2", BERND)
    debits = [fints.approved(first, "1"), fints.approved(first, "2"), fints.approved(second, "3")]
    fints.on(HANDED_IN)
    files = make_debit_files(fints.account, by="brigitte", at=fints.stage.now)
    assert sorted(file.count for file in files) == [1, 2]  # one recurrent, two first ones
    fints.connection.refresh_from_db()
    for file in files:
        queue_file(file, fints.connection, by="brigitte", at=fints.stage.now)
    for _ in files:
        fints.worker(turns=4, seconds=2)
        fints.says("123456")
    assert [state(file) for file in files] == [FileState.SENT] * 2
    assert {"HKDSE", "HKDME"} <= set(fints.server.log)
    fints.on(LATER)
    assert [fints.bank.times_paid(debit.end_to_end_id) for debit in debits] == [1, 1, 1]


def test_by_fints_one_file_of_several_sorts_is_refused(fints: Fints) -> None:
    mandate = fints.mandate()
    fints.approved(mandate, "1"), fints.approved(mandate, "2")
    fints.on(HANDED_IN)
    with pytest.raises(Refused, match="go together"):
        fints.queued()


def test_by_fints_companies_are_not_collected_from(fints: Fints) -> None:
    fints.approved(fints.mandate(scheme=SchemeChoice.COMPANIES))
    fints.on(HANDED_IN)
    with pytest.raises(Refused, match="none for companies"):
        fints.queued()


@pytest.mark.parametrize("behind", ["HKDSE", "TAN"])
def test_a_line_that_breaks_behind_the_order_leaves_the_file_unsure(fints: Fints, behind: str) -> None:
    debit = fints.approved(fints.mandate())
    fints.on(HANDED_IN)
    file = fints.queued()
    fints.server.loses_answer_to = behind
    fints.worker(turns=4, seconds=2)
    if behind == "TAN":
        fints.says("123456")
    assert (state(file), transfers_waiting(fints.merchant.pk)) == (FileState.UNSURE, 1)
    fints.worker(turns=4, minutes=30)
    assert fints.server.log.count("HKDSE") == 1

    fints.on(LATER)
    if behind == "HKDSE":  # without a TAN nothing was collected, and nobody knows yet
        assert (state(file), fints.bank.times_paid(debit.end_to_end_id)) == (FileState.UNSURE, 0)
        return
    fints.reads()
    assert (state(file), fints.bank.times_paid(debit.end_to_end_id)) == (FileState.SENT, 1)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_each_debit_is_collected_exactly_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(reading, "release", lambda *_: None)  # the dead release nothing
    deaths = 0
    while True:
        folder = tmp_path / f"{moment}-{deaths}"
        folder.mkdir()
        post = Post(Merchant.objects.create(name="W", slug=f"{moment}-{deaths}"), folder)
        debits = [post.approved(post.mandate(), "1"), post.approved(post.mandate("M-2", BERND), "2")]
        post.on(HANDED_IN)
        file = post.file()
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                work(post, file)
            except Killed:
                fate.append("died")
        if fate:
            post.stage.later(minutes=6)  # the leases of the dead end
            work(post, file)
        assert [post.state(each) for each in debits] == ["collected"] * 2, f"died {moment} commit {deaths}"
        assert [post.bank.times_paid(each.end_to_end_id) for each in debits] == [1, 1], f"died {moment} {deaths}"
        assert (state(file), post.stage.books()) == (FileState.SENT, [])
        post.server.close()
        Connection.objects.update(state=ConnectionState.PAUSED)
        if not fate:
            break
        deaths += 1
    assert deaths > 8


def work(post: Post, file: DebitFile) -> None:
    """What people and workers do, and do again from the beginning when they do not know how far they came."""
    file.refresh_from_db()
    if file.state == FileState.MADE:
        queue_file(file, post.connection, by="brigitte", at=post.stage.now)
    post.worker()
    post.bank_works()
    post.worker(turns=2)
    post.bank.move_to(LATER)
    post.reads()
