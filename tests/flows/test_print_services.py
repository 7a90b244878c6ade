"""Letters printed by a service: by files on its server, or by Pingen. None is printed twice, and none is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.connectors.mail_server import mail_server
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.dying import Killed, dying
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.letters.asked import printed
from tests.stage import Stage, order

from zahlmeister.connectors.post.pingen import Pingen, PingenAccess
from zahlmeister.connectors.post.server import PrintServer
from zahlmeister.correspondence.models import InformationRule, PrintAccount, SentLetter
from zahlmeister.correspondence.printing import keep_printing, print_service
from zahlmeister.flows import deliver_letter as flow
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.pingen import CLIENT, ORGANISATION, SECRET, PingenStandIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(stage: Stage) -> Iterator[Stage]:
    """Anna and Bernd have ordered; nobody was written to yet."""
    with mail_server() as post:
        set_up(stage, post.port)
        InformationRule.objects.update(is_on=False)
        stage.orders(order("1001", "49.90", **AT_HOME), order("1002", "20.00", "Bernd Kunz", **AT_HOME))
        yield stage


@pytest.fixture
def pingen(office: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[PingenStandIn]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    made = PingenStandIn()
    account = PrintAccount(
        merchant=office.merchant, way="pingen", user=CLIENT, organisation=ORGANISATION, address=made.address
    )
    keep_printing(account, SECRET)
    yield made
    made.close()


class Server:
    """A print service's server: what lies in its folder is what it would print, and it takes it away."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.folder / "server"
        (self.folder / "in").mkdir(parents=True)
        self.server = SftpServer(self.folder)
        self.printed: list[str] = []
        account = PrintAccount(
            merchant=stage.merchant, way="sftp", user=USER, host="127.0.0.1", port=self.server.port, folder="in",
            fingerprint=self.server.fingerprint,
        )  # fmt: skip
        keep_printing(account, PASSWORD)

    def fetch(self) -> list[Path]:
        found = sorted((self.folder / "in").glob("[!.]*.pdf"))
        self.printed += [one.name for one in found]
        return found


@pytest.fixture
def sftp(office: Stage) -> Iterator[Server]:
    made = Server(office)
    yield made
    made.server.close()


def write_to(stage: Stage, *numbers: str) -> None:
    said = [
        Said("letter", f"order:{stage.item(number).order_id}", f"paper:{number}",
             {"kind": "payment_information", "item": stage.item(number).pk})
        for number in numbers
    ]  # fmt: skip
    tell(stage.merchant.pk, said, at=stage.now)


def test_a_letter_lies_on_the_server_under_its_own_name_only_when_it_is_whole(office: Stage, sftp: Server):
    write_to(office, "1001")
    deliver(office)

    [file] = sftp.fetch()
    assert "Hauptstr. 5" in printed(file.read_bytes())
    assert [one.name for one in (sftp.folder / "in").iterdir()] == [file.name]
    assert SentLetter.objects.get().sent_at is not None


def test_pingen_gets_a_draft_and_sends_it_once(office: Stage, pingen: PingenStandIn):
    write_to(office, "1001")
    deliver(office)

    [letter] = pingen.letters.values()
    assert pingen.printed == [letter.name]
    assert "Hauptstr. 5" in printed(letter.pdf)
    row = SentLetter.objects.get()
    assert (row.print_status, row.price_minor, row.price_currency) == ("submitted", 125, "CHF")
    assert row.place == f"pingen {ORGANISATION}:{letter.number}"
    assert letter.product == "fast"


def test_pingen_may_look_at_a_letter_first(office: Stage, pingen: PingenStandIn):
    pingen.looks = 2
    write_to(office, "1001")
    deliver(office)
    assert (pingen.printed, SentLetter.objects.get().print_status) == ([], "validating")

    for _ in range(5):
        office.later(minutes=10)
        deliver(office)
    assert len(pingen.letters) == len(pingen.printed) == 1


def test_what_pingen_does_not_print_waits_for_a_person_who_can_try_again(office: Stage, pingen: PingenStandIn):
    pingen.verdict = "invalid"
    write_to(office, "1001")
    deliver(office)

    message = Message.objects.get(state=MessageState.STUCK)
    assert "which is “invalid” there" in message.error
    assert pingen.printed == []


@pytest.mark.parametrize(
    "lost",
    [
        ("POST", "/auth/access-tokens"),
        ("GET", "/file-upload"),
        ("PUT", ""),
        ("POST", "/deliveries/letters"),
        ("GET", "/letter-1"),
        ("PATCH", "/send"),
    ],
)
def test_an_answer_that_is_lost_loses_no_letter_and_doubles_none(office: Stage, pingen: PingenStandIn, lost):
    pingen.lose = {lost}
    write_to(office, "1001", "1002")
    for _ in range(4):
        deliver(office)
        office.later(minutes=30)

    assert pingen.lose == set()
    assert sorted(name[:4] for name in pingen.printed) == ["1001", "1002"]
    assert SentLetter.objects.filter(sent_at=None).count() == 0


def test_while_pingen_is_away_letters_wait(office: Stage, pingen: PingenStandIn):
    pingen.down = True
    write_to(office, "1001")
    deliver(office)
    assert Message.objects.get(channel="letter").state == MessageState.WAITING

    pingen.down = False
    office.later(hours=1)
    deliver(office)
    assert len(pingen.printed) == 1


def test_a_wrong_secret_is_said_before_it_is_kept_and_leads_nowhere(pingen: PingenStandIn):
    with pytest.raises(Unreachable, match="401"):
        Pingen(PingenAccess(ORGANISATION, CLIENT, "wrong", pingen.address)).check()
    with pytest.raises(Unreachable, match="404"):
        Pingen(PingenAccess("another", CLIENT, SECRET, pingen.address)).check()
    assert SECRET not in repr(print_service(PrintAccount.objects.get().merchant_id))


def test_a_letter_that_lies_at_another_service_is_not_printed_here_too(
    office: Stage, pingen: PingenStandIn, request: pytest.FixtureRequest
):
    pingen.looks = 9
    write_to(office, "1001")
    deliver(office)
    PrintAccount.objects.all().delete()
    sftp = request.getfixturevalue("sftp")
    office.later(hours=1)
    deliver(office)

    assert sftp.fetch() == []
    assert "lies at another print service" in Message.objects.get(state=MessageState.STUCK).error


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("way", ["sftp", "pingen"])
def test_a_worker_that_dies_at_any_commit_prints_none_twice_and_loses_none(
    office: Stage, way: str, moment: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    service = request.getfixturevalue(way)
    deaths = 0
    for nth in range(1, 60):
        office.orders(order(f"2{nth:03d}", "20.00", f"Name{nth} Weber", **AT_HOME))
        write_to(office, f"2{nth:03d}")
        died = _until_killed(monkeypatch, nth, moment, lambda: deliver(office))
        taken(service)
        office.later(minutes=11)
        deliver(office)
        taken(service)
        deaths += died
        assert sorted(name[:4] for name in service.printed) == [f"2{n:03d}" for n in range(1, nth + 1)]
        if not died:
            break
    assert deaths >= 1
    assert SentLetter.objects.filter(sent_at=None).count() == 0


STEPS = {
    "lay_down": (Pingen, PrintServer),
    "hand_in": (Pingen, PrintServer),
    "keep": (flow,),
    "note_place": (flow,),
    "note_posting": (flow,),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("way", ["sftp", "pingen"])
def test_a_worker_that_dies_at_any_step_prints_none_twice_and_loses_none(
    office: Stage, way: str, step: str, moment: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    service = request.getfixturevalue(way)
    write_to(office, "1001", "1002")
    with monkeypatch.context() as patched:
        for owner in STEPS[step]:
            patched.setattr(owner, step, _deadly(getattr(owner, step), moment))
        with pytest.raises(Killed):
            deliver(office)
    for _ in range(2):
        taken(service)
        office.later(minutes=11)
        deliver(office)
    taken(service)

    assert sorted(name[:4] for name in service.printed) == ["1001", "1002"]
    assert SentLetter.objects.filter(sent_at=None).count() == 0


def _deadly(step: Callable[..., object], moment: str) -> Callable[..., object]:
    def die(*given: object, **named: object) -> object:
        if moment == "after":
            step(*given, **named)
        raise Killed

    return die


def taken(service: Server | PingenStandIn) -> None:
    """The print service takes away what lies there."""
    if isinstance(service, Server):
        for file in service.fetch():
            file.unlink()


def _until_killed(monkeypatch: pytest.MonkeyPatch, nth: int, moment: str, work: Callable[[], None]) -> bool:
    with dying(monkeypatch, at=nth, moment=moment):
        try:
            work()
        except Killed:
            return True
    return False
