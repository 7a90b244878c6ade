"""A file of transfers is laid down for the bank: once, whatever happens to whoever lays it down.

The server and the bank behind it are real: what the bank takes from the folder it pays, and its books tell how often.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.dying import Killed, dying
from tests.flows.test_outgoing import WEDNESDAY, Desk
from tests.stage import CORA

from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_queries import transfers_waiting, ways_out
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.sftp import Access, Sftp
from zahlmeister.flows import receive_statement as reading
from zahlmeister.flows.connect_bank import connect_sftp
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.make_payment_file import export_file, withdraw_file
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.send_payment_file import queue_file, take_back, tell_outcome
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


class Post(Desk):
    """The desk, with a server between the house and the bank: `in` is read by the bank, `out` by us."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        self.root = folder / "server"
        for each in ("in", "out"):
            (self.root / each).mkdir(parents=True)
        self.server = SftpServer(self.root)
        self.connection = connect_sftp(
            merchant, self.access(), name="Bank", every_minutes=15, by="brigitte", at=self.stage.now
        )

    def access(self, **other: str) -> Access:
        told = {"host": "127.0.0.1", "user": USER, "password": PASSWORD, "folder": "out", "outbox": "in"} | other
        return Access(port=self.server.port, fingerprint=self.server.fingerprint, **told)

    def queued(self) -> PaymentFile:
        file = self.file()
        queue_file(file, self.connection, by="brigitte", at=self.stage.now)
        return file

    def worker(self, times: int = 1) -> None:
        for _ in range(times):
            fetch_next(clock=self.stage.clock)
            while receive_next(clock=self.stage.clock) is not None:
                pass
            self.stage.later(minutes=20)

    def bank_works(self) -> int:
        """The bank takes what lies in its folder, and answers; how many files that were."""
        taken = sorted((self.root / "in").glob("*.xml"))
        for path in taken:
            answer = self.bank.hand_in(path.read_bytes())
            (self.root / "out" / f"status-{path.name}").write_bytes(answer)
            path.unlink()
        return len(taken)


@pytest.fixture
def post(merchant: Merchant, tmp_path: Path) -> Iterator[Post]:
    made = Post(merchant, tmp_path)
    yield made
    made.server.close()


def test_a_file_is_sent_and_the_answer_is_picked_up_at_the_same_place(post: Post) -> None:
    order = post.approved()
    file = post.queued()

    post.worker()
    assert state(file) == FileState.SENT
    assert [path.name for path in (post.root / "in").iterdir()] == [f"{file.message_id}.xml"]
    assert post.bank_works() == 1
    post.worker(times=2)  # the first look sees the answer, the second takes it

    assert post.state(order) == OrderState.ACCEPTED
    post.bank.move_to(WEDNESDAY)
    post.reads_statements()
    assert (post.state(order), post.bank.times_paid(order.end_to_end_id)) == (OrderState.EXECUTED, 1)
    assert (post.on_its_way(), post.stage.books()) == (0, [])


def test_what_is_sent_is_not_sent_again(post: Post) -> None:
    order = post.approved()
    post.queued()
    for _ in range(3):
        post.worker()
        post.bank_works()
    post.bank.move_to(WEDNESDAY)
    assert post.bank.times_paid(order.end_to_end_id) == 1


def test_a_file_goes_one_way_only(post: Post) -> None:
    post.approved()
    file = post.queued()
    for other_way in (export_file, withdraw_file):
        with pytest.raises(Refused, match="cannot become"):
            other_way(file, by="brigitte", at=post.stage.now)
    with pytest.raises(Refused, match="cannot become"):
        queue_file(file, post.connection, by="brigitte", at=post.stage.now)

    take_back(file, by="brigitte", at=post.stage.now)
    post.worker()
    assert (state(file), post.bank_works()) == (FileState.MADE, 0)
    export_file(file, by="brigitte", at=post.stage.now)
    with pytest.raises(Refused, match="cannot become"):
        queue_file(file, post.connection, by="brigitte", at=post.stage.now)


def test_the_line_breaks_while_the_file_is_laid_down(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    order = post.approved()
    file = post.queued()
    (post.root / "in").rmdir()
    post.worker()
    assert state(file) == FileState.QUEUED
    post.connection.refresh_from_db()
    assert post.connection.state == ConnectionState.TROUBLED
    assert "takes no file" in post.connection.error

    (post.root / "in").mkdir()
    post.worker()
    assert (state(file), post.bank_works(), post.bank.times_paid(order.end_to_end_id)) == (FileState.SENT, 1, 0)


def test_nobody_knows_whether_it_arrived_and_it_is_never_sent_again_by_itself(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = post.approved()
    file = post.queued()
    die_after(monkeypatch, post, Sftp.release)
    assert state(file) == FileState.SENDING
    assert post.bank_works() == 1  # the bank is quicker than the next worker

    post.worker()
    assert state(file) == FileState.UNSURE
    assert "Ask the bank" in file.error
    assert transfers_waiting(post.merchant.pk) == 1  # a person is told
    post.worker(times=2)  # ... which finds the bank's answer
    assert (state(file), file.error) == (FileState.SENT, "")
    post.bank.move_to(WEDNESDAY)
    assert post.bank.times_paid(order.end_to_end_id) == 1


def test_the_statement_tells_that_it_arrived(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.approved()
    file = post.queued()
    die_after(monkeypatch, post, Sftp.release)
    post.bank_works()
    for answer in (post.root / "out").iterdir():
        answer.unlink()
    post.worker()
    post.bank.move_to(WEDNESDAY)
    post.reads_statements()
    assert state(file) == FileState.SENT


@pytest.mark.parametrize(("has_arrived", "becomes"), [(True, FileState.SENT), (False, FileState.MADE)])
def test_a_person_asks_the_bank(post: Post, monkeypatch: pytest.MonkeyPatch, has_arrived: bool, becomes: str) -> None:
    post.approved()
    file = post.queued()
    with pytest.raises(Refused, match="nobody knows"):
        tell_outcome(file, has_arrived=has_arrived, by="brigitte", at=post.stage.now)
    die_after(monkeypatch, post, Sftp.release)
    for path in (post.root / "in").iterdir():
        path.unlink()  # somebody has tidied up
    post.worker()
    assert state(file) == FileState.UNSURE
    tell_outcome(file, has_arrived=has_arrived, by="brigitte", at=post.stage.now)
    assert state(file) == becomes


def test_the_folder_of_what_is_sent_is_not_the_one_that_is_read(post: Post) -> None:
    with pytest.raises(Refused, match="folder of their own"):
        connect_sftp(
            post.merchant, post.access(outbox="./out"), name="B", every_minutes=15, by="brigitte", at=post.stage.now
        )


def test_a_server_that_takes_nothing_sends_nothing(post: Post) -> None:
    post.approved()
    Connection.objects.update(settings=post.connection.settings | {"outbox": ""})
    post.connection.refresh_from_db()
    assert ways_out(post.account) == []
    with pytest.raises(Refused, match="does not send"):
        queue_file(post.file(), post.connection, by="brigitte", at=post.stage.now)
    assert post.connection.kind == ConnectionKind.SFTP


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_each_transfer_is_paid_exactly_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(reading, "release", lambda *_: None)  # the dead release nothing
    deaths = 0
    while True:
        folder = tmp_path / f"{moment}-{deaths}"
        folder.mkdir()
        post = Post(Merchant.objects.create(name="W", slug=f"{moment}-{deaths}"), folder)
        orders = [post.approved("1"), post.approved("2", iban=CORA)]
        file = post.file()
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                work(post, file)
            except Killed:
                fate.append("died")
        if fate:
            post.stage.later(minutes=6)  # the leases of the dead end
            work(post, file)
        assert [post.state(each) for each in orders] == [OrderState.EXECUTED] * 2, f"died {moment} commit {deaths}"
        assert [post.bank.times_paid(each.end_to_end_id) for each in orders] == [1, 1], f"died {moment} {deaths}"
        assert (state(file), post.on_its_way(), post.stage.books()) == (FileState.SENT, 0, [])
        post.server.close()
        Connection.objects.update(state=ConnectionState.PAUSED)
        if not fate:
            break
        deaths += 1
    assert deaths > 8


def work(post: Post, file: PaymentFile) -> None:
    """What people and workers do, and do again from the beginning when they do not know how far they came."""
    file.refresh_from_db()
    if file.state == FileState.MADE:
        queue_file(file, post.connection, by="brigitte", at=post.stage.now)
    post.worker()
    post.bank_works()
    post.worker(times=2)
    post.bank.move_to(WEDNESDAY)
    post.reads_statements()


def die_after(monkeypatch: pytest.MonkeyPatch, post: Post, step: Callable[..., object]) -> None:
    """The worker is killed right behind a step of the connector."""

    def dies(*told: object) -> None:
        step(*told)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Sftp, step.__name__, dies)
        with pytest.raises(Killed):
            post.worker()
    post.stage.now = max(post.stage.now, datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


def state(file: PaymentFile) -> str:
    file.refresh_from_db()
    return file.state
