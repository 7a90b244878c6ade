"""An instant transfer that cannot go as one goes as an ordinary one, and the bank never pays both."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.flows.test_outgoing import ACCOUNT, MONDAY, WEDNESDAY, Desk
from tests.stage import ANNA

from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows import follow_orders
from zahlmeister.flows.approve_payment import cancel_payment
from zahlmeister.flows.make_payment_file import export_file, withdraw_file
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import TRANSFER_OUT, Disturbance, Movement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


def wished(desk: Desk, code: str = "AB08", *, falls_back: bool = True) -> PaymentOrder:
    """An approved instant transfer to a bank that answers instant ones with that code."""
    desk.bank.expect(ANNA, Fate(rejects_instant=code))
    return desk.approved(is_instant=True, falls_back=falls_back)


def verbs(order: PaymentOrder) -> list[str]:
    return [step.verb for step in steps_of(order.merchant_id, "transfer", order.pk)]


@pytest.mark.parametrize("code", ["AB05", "AB06", "AB08", "AB09", "AB10", "AG11", "AM02", "CNOR"])
def test_what_cannot_go_instantly_goes_once_as_an_ordinary_transfer(desk: Desk, code: str) -> None:
    order = wished(desk, code)
    first_id = order.end_to_end_id
    first = desk.file()
    assert desk.hears(desk.handed_in(first)) == ""
    assert (desk.state(order), order.file, order.fell_back_from) == (OrderState.APPROVED, None, first)
    assert (order.is_instant, order.ids) == (False, (f"{first_id}-2", first_id))
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])

    second = desk.file()  # nobody approves anew: recipient and amount are the same
    assert desk.hears(desk.handed_in(second)) == ""
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    assert desk.state(order) == OrderState.EXECUTED
    assert desk.bank.paid() == {f"{first_id}-2": 1}
    assert (desk.on_its_way(), desk.stage.books(), order.doubt) == (0, [], "")
    assert verbs(order).count("fell_back") == 1


def test_the_same_answer_again_falls_back_once(desk: Desk) -> None:
    order = wished(desk)
    answer = desk.handed_in(desk.file())
    desk.hears(answer, "one.xml")
    desk.hears(answer + b"<!-- once more -->", "two.xml")
    second = desk.file()
    desk.hears(answer + b"<!-- and late -->", "three.xml")
    assert (desk.state(order), order.file, order.doubt) == (OrderState.IN_FILE, second, "")
    assert verbs(order).count("fell_back") == 1
    desk.hears(desk.handed_in(second))
    desk.bank.move_to(WEDNESDAY)
    assert list(desk.bank.paid().values()) == [1]
    assert desk.stage.books() == []


@pytest.mark.parametrize("step", ["post", "record"])
def test_whoever_dies_on_the_way_back_leaves_the_first_attempt_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    order = wished(desk)
    first = desk.file()
    answer = desk.handed_in(first)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(follow_orders, step, die)
        with pytest.raises(KeyboardInterrupt):
            follow_orders.follow_report(desk.merchant, answer, "answer.xml", at=desk.stage.now)
    assert (desk.state(order), order.file, order.is_instant) == (OrderState.IN_FILE, first, True)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()

    follow_orders.follow_report(desk.merchant, answer, "answer.xml", at=desk.stage.now)
    desk.handed_in(desk.file())
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()
    assert desk.state(order) == OrderState.EXECUTED
    assert list(desk.bank.paid().values()) == [1]
    assert (desk.on_its_way(), desk.stage.books()) == (0, [])


@pytest.mark.parametrize("code", ["AC04", "AC01", "AM04", "RR04", "MS03"])
def test_another_reason_than_instant_ends_it(desk: Desk, code: str) -> None:
    order = wished(desk, code)
    desk.hears(desk.handed_in(desk.file()))
    assert (desk.state(order), order.reason, order.fell_back_from) == (OrderState.REJECTED, code, None)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()


def test_instant_only_stays_instant_only(desk: Desk) -> None:
    order = wished(desk, falls_back=False)
    desk.hears(desk.handed_in(desk.file()))
    assert (desk.state(order), order.reason) == (OrderState.REJECTED, "AB08")


@pytest.mark.parametrize("standing", [b"PDNG", b"ACSP", b"XXXX"])
def test_while_nobody_knows_nothing_goes_again(desk: Desk, standing: bytes) -> None:
    """A time-out that is no rejection: the code stands there, but the bank may still pay."""
    order = wished(desk, "AB05")
    desk.hears(desk.handed_in(desk.file()).replace(b"RJCT", standing))
    assert desk.state(order) in {OrderState.IN_FILE, OrderState.ACCEPTED}
    assert order.is_instant
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()


def test_a_rejection_beside_a_doubt_does_not_fall_back(desk: Desk) -> None:
    order = wished(desk)
    answer = desk.handed_in(desk.file())
    PaymentOrder.objects.filter(pk=order.pk).update(doubt=follow_orders.SENT_TWICE)
    desk.hears(answer)
    assert (desk.state(order), order.fell_back_from) == (OrderState.REJECTED, None)


def test_a_file_nobody_was_given_falls_back_to_nothing(desk: Desk) -> None:
    """It could still be handed out, and then both attempts would be on their way."""
    order = wished(desk)
    file = desk.file()
    answer = desk.handed_in(file)
    PaymentFile.objects.filter(pk=file.pk).update(state="made")
    desk.hears(answer)
    assert (desk.state(order), order.fell_back_from) == (OrderState.REJECTED, None)


def test_the_first_file_is_not_handed_out_again(desk: Desk) -> None:
    wished(desk)
    first = desk.file()
    desk.hears(desk.handed_in(first))
    with pytest.raises(Refused, match="goes in another file"):
        export_file(first, by="brigitte", at=desk.stage.now)


def test_the_first_attempt_paid_after_all_stops_the_second(desk: Desk) -> None:
    """The bank rejects and pays: its statement is the truth, and the file that waits is not handed out."""
    order = wished(desk)
    first_id = order.end_to_end_id
    desk.hears(desk.handed_in(desk.file()))
    second = desk.file()
    left = Movement(MONDAY, Amount(-1999, "EUR"), TRANSFER_OUT, Disturbance.OUTGOING, end_to_end_id=first_id, iban=ANNA)
    desk.bank.receive(ACCOUNT, [left])
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements(write_camt053)
    assert (desk.state(order), order.doubt) == (OrderState.IN_FILE, follow_orders.PAID_ANYWAY)
    with pytest.raises(Refused, match="There is a doubt"):
        export_file(second, by="brigitte", at=desk.stage.now)
    withdraw_file(second, by="brigitte", at=desk.stage.now)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()
    order.refresh_from_db()
    cancel_payment(order, by=desk.brigitte, at=desk.stage.now)
    assert desk.bank.paid() == {}  # what the bank did by itself is the only money that left
    assert desk.stage.books() == []


def test_a_report_that_the_first_attempt_was_executed_stops_the_second(desk: Desk) -> None:
    order = wished(desk)
    answer = desk.handed_in(desk.file())
    desk.hears(answer)
    desk.hears(answer.replace(b"RJCT", b"ACSC"), "other.xml")
    assert (desk.state(order), order.doubt) == (OrderState.APPROVED, follow_orders.PAID_ANYWAY)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()


def test_an_ordinary_one_on_a_sunday_waits_for_monday(desk: Desk) -> None:
    sunday = datetime(2026, 11, 29, 9, tzinfo=UTC)
    desk.stage.now = sunday
    desk.bank.move_to(sunday.date())
    desk.bank.expect(ANNA, Fate(rejects_instant="AB08"))
    desk.approved(is_instant=True, falls_back=True, execute_on=sunday.date())
    desk.hears(desk.handed_in(desk.file()))
    assert b"<Dt>2026-11-30</Dt>" in export_file(desk.file(), by="brigitte", at=sunday)
