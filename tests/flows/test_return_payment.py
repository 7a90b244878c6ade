"""Unclear money goes back: by itself on a pooled account when the term is over, approved by a person, and once."""

from contextlib import suppress
from datetime import date

import pytest
from tests.dying import Killed, dying
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.adopt_returns import adopt_next
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.follow_refunds import follow_next
from zahlmeister.flows.make_payment_file import make_payment_file
from zahlmeister.flows.return_payment import SendTo, return_next, return_payment
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import RETURN_ADOPTED
from zahlmeister.merchants.models import Person
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import NotVerified, move_verification
from zahlmeister.receivables.going_back import return_by
from zahlmeister.receivables.models import Payment
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

B = "brigitte@wollstube.example"


@pytest.fixture
def pooled(stage: Stage) -> Stage:
    """Dirk's money on a pooled account, and nobody knows what for."""
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    BankAccount.objects.update(kind=AccountKind.POOLED)
    return stage


def by_itself(stage: Stage) -> list[Payment]:
    done = []
    while payment := return_next(clock=stage.clock):
        done.append(payment)
    return done


def follow(stage: Stage) -> None:
    while follow_next(clock=stage.clock):
        pass


def test_the_term_counts_from_the_booking_and_on_pooled_accounts_only(pooled: Stage) -> None:
    assert return_by(pooled.payment(), 14) == date(2026, 12, 3)
    BankAccount.objects.update(kind=AccountKind.OWN)
    assert return_by(pooled.payment(), 14) is None


def test_after_the_term_a_transfer_to_the_sender_is_drafted_once(pooled: Stage) -> None:
    pooled.later(days=12)  # 2 December
    assert by_itself(pooled) == []
    pooled.later(days=1)
    assert len(by_itself(pooled)) == 1
    assert by_itself(pooled) == []

    drafted = PaymentOrder.objects.get()
    assert (drafted.creditor_number, drafted.creditor_name) == (BERND, "Unbekannt Verzogen")
    assert (drafted.amount_minor, drafted.state, drafted.is_going_back) == (3333, "drafted", True)
    assert pooled.payment().state == "going_back"
    assert pooled.books() == []


def test_on_an_own_account_nothing_goes_back_by_itself(pooled: Stage) -> None:
    BankAccount.objects.update(kind=AccountKind.OWN)
    pooled.later(days=100)
    assert by_itself(pooled) == []


def test_it_goes_through_file_and_statement_and_the_books_clear(pooled: Stage, brigitte: Person) -> None:
    transfer = return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now)
    approve_payment(transfer, by=brigitte, at=pooled.now)
    make_payment_file(BankAccount.objects.get(), by="brigitte", at=pooled.now)
    assert pooled.books() == []
    pooled.receive(sent(pooled, transfer))
    follow(pooled)
    transfer.refresh_from_db()
    assert transfer.state == OrderState.EXECUTED
    assert pooled.books() == []
    from zahlmeister.ledger.queries import balance
    from zahlmeister.ledger.rules import Book

    for book in (Book.UNCLEAR, Book.REFUNDS, Book.OTHER_SPENDING, Book.ON_ITS_WAY):
        assert balance(pooled.merchant.pk, book, "EUR").minor == 0


def sent(stage: Stage, transfer: PaymentOrder) -> bytes:
    """The statement that shows the transfer."""
    line = Paid(-transfer.amount_minor, "Rueckzahlung", "Unbekannt Verzogen", BERND)
    told = f"<Refs><EndToEndId>{transfer.end_to_end_id}</EndToEndId></Refs>".encode()
    return stage.statement(line, opening=103_333).replace(b"<TxDtls><Amt", b"<TxDtls>" + told + b"<Amt")


def test_a_person_who_cancels_has_the_payment_back_and_it_is_not_drafted_again_by_itself(
    pooled: Stage, brigitte: Person
) -> None:
    pooled.later(days=20)
    by_itself(pooled)
    first = PaymentOrder.objects.get()
    for _ in range(2):
        cancel_payment(first, by=brigitte, at=pooled.now)
    assert pooled.payment().state == "unclear"
    assert by_itself(pooled) == []
    assert pooled.books() == []

    again = return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now)
    assert again.pk != first.pk
    assert return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now).pk == again.pk
    assert pooled.books() == []


def test_what_goes_back_cannot_be_assigned_meanwhile(pooled: Stage, brigitte: Person) -> None:
    payment = pooled.payment()
    return_payment(pooled.merchant, payment.pk, by=brigitte, at=pooled.now)
    with pytest.raises(Refused):
        assign(pooled.merchant, payment.pk, [(pooled.item("100012345").pk, 2498)], by="b", at=pooled.now, source="once")
    assert pooled.books() == []


def test_assigned_money_does_not_go_back(pooled: Stage, brigitte: Person) -> None:
    pooled.pays(Paid(2498, "Bestellung 100012345", iban=ANNA))
    paid = Payment.objects.get(amount_minor=2498)
    with pytest.raises(Refused):
        return_payment(pooled.merchant, paid.pk, by=brigitte, at=pooled.now)
    assert not PaymentOrder.objects.exists()


def test_where_nothing_can_be_sent_back_to_a_person_is_asked_for_an_account(pooled: Stage, brigitte: Person) -> None:
    pooled.pays(Paid(5000, "SB-Einzahlung Musterweg 7", "Anna Weber"))
    cash = Payment.objects.get(amount_minor=5000)
    pooled.later(days=20)
    by_itself(pooled)
    cash.refresh_from_db()
    assert (cash.state, cash.reason) == ("suggested", "ask_account")

    with pytest.raises(Refused, match="enter an account"):
        return_payment(pooled.merchant, cash.pk, by=brigitte, at=pooled.now)
    with pytest.raises(NotVerified):
        return_payment(pooled.merchant, cash.pk, by=brigitte, at=pooled.now, to=SendTo("Anna Weber", ANNA))
    move_verification(pooled.merchant, Verification.VERIFIED, on=date(2026, 12, 1))
    made = return_payment(pooled.merchant, cash.pk, by=brigitte, at=pooled.now, to=SendTo("Anna Weber", ANNA))
    assert (made.creditor_number, made.is_going_back) == (ANNA, False)
    assert pooled.books() == []


def test_a_transfer_that_dies_in_the_middle_leaves_nothing(
    pooled: Stage, brigitte: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zahlmeister.flows import return_payment as flow

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(flow, "post", die)
        with pytest.raises(RuntimeError):
            return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now)
    assert pooled.payment().state == "unclear"
    assert not PaymentOrder.objects.exists()
    return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now)
    assert PaymentOrder.objects.count() == 1
    assert pooled.books() == []


def report(message_id: str) -> bytes:
    """The bank rejects the whole file: the account is closed."""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
        "<CreDtTm>2026-11-20T10:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>RJCT</GrpSts>"
        "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def test_a_rejected_transfer_leaves_the_payment_to_a_person(pooled: Stage, brigitte: Person) -> None:
    transfer = return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now)
    approve_payment(transfer, by=brigitte, at=pooled.now)
    file = make_payment_file(BankAccount.objects.get(), by="brigitte", at=pooled.now)
    pooled.receive(report(file.message_id), "report.xml")
    follow(pooled)
    transfer.refresh_from_db()
    assert transfer.state == OrderState.REJECTED
    assert (pooled.payment().state, pooled.payment().reason) == ("unclear", "ask_account")
    assert pooled.books() == []


def sent_back_long_ago(pooled: Stage, by: Person) -> PaymentOrder:
    """As it was done before refunds were kept: a transfer, a posting, and nothing else."""
    payment = pooled.payment()
    transfer = return_payment(pooled.merchant, payment.pk, by=by, at=pooled.now)
    refund = Refund.objects.get()
    undone = Booking(RETURN_ADOPTED.turned("x"), payment.amount, "x", payment.booked_on)
    post(pooled.merchant.pk, [undone], at=pooled.now)
    refund.delete()
    PaymentOrder.objects.filter(pk=transfer.pk).update(source=f"return:{payment.pk}:1")
    assert pooled.books() == []
    return transfer


def test_what_was_sent_back_before_refunds_were_kept_waits_again_when_it_does_not_arrive(
    pooled: Stage, brigitte: Person
) -> None:
    transfer = sent_back_long_ago(pooled, brigitte)
    cancel_payment(transfer, by=brigitte, at=pooled.now)
    assert pooled.payment().state == "going_back"
    assert adopt_next(clock=pooled.clock) == pooled.payment()
    assert pooled.books() == []
    follow(pooled)
    assert (pooled.payment().state, Refund.objects.get().state) == ("unclear", "cancelled")
    assert adopt_next(clock=pooled.clock) is None
    assert pooled.books() == []
    assert return_payment(pooled.merchant, pooled.payment().pk, by=brigitte, at=pooled.now) != transfer


def test_what_was_sent_back_before_refunds_were_kept_and_arrived_is_paid_back(pooled: Stage, brigitte: Person) -> None:
    transfer = sent_back_long_ago(pooled, brigitte)
    approve_payment(transfer, by=brigitte, at=pooled.now)
    make_payment_file(BankAccount.objects.get(), by="brigitte", at=pooled.now)
    pooled.receive(sent(pooled, transfer))
    assert adopt_next(clock=pooled.clock) is not None
    follow(pooled)
    assert (pooled.payment().state, Refund.objects.get().state) == ("going_back", "paid")
    assert pooled.books() == []


# ---- what no order needed ----------------------------------------------------------------------------------------


@pytest.fixture
def half(pooled: Stage) -> Stage:
    """24.98 of the 33.33 are for an order, 8.35 for nothing."""
    assign(pooled.merchant, pooled.payment().pk, [(pooled.item("100012345").pk, 2498)], by=B, at=pooled.now, source="a")
    assert (pooled.payment().state, pooled.payment().open_minor) == ("part_assigned", 835)
    return pooled


def test_the_rest_of_a_payment_goes_back_once_and_the_order_stays_paid(half: Stage, brigitte: Person) -> None:
    transfer = return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    assert return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now) == transfer
    assert (transfer.amount_minor, transfer.creditor_number, PaymentOrder.objects.count()) == (835, BERND, 1)
    assert (half.payment().state, half.payment().open_minor) == ("assigned", 0)
    assert half.item("100012345").state == "paid"
    assert half.books() == []

    approve_payment(transfer, by=brigitte, at=half.now)
    make_payment_file(BankAccount.objects.get(), by=B, at=half.now)
    half.receive(sent(half, transfer))
    follow(half)
    assert Refund.objects.get().state == "paid"
    assert half.books() == []


def test_a_rest_that_does_not_arrive_waits_again_whatever_was_done_meanwhile(half: Stage, brigitte: Person) -> None:
    transfer = return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    cancel_payment(transfer, by=brigitte, at=half.now)
    assert (half.payment().state, half.payment().open_minor) == ("part_assigned", 835)
    again = return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    assert again != transfer
    unassign(half.merchant, half.payment().pk, by=B, at=half.now)
    assert (half.payment().state, half.payment().open_minor) == ("unclear", 2498)  # nothing of it is assigned
    whole = return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    assert (whole.amount_minor, half.payment().state) == (2498, "going_back")
    assert half.books() == []

    cancel_payment(again, by=brigitte, at=half.now)
    assert (half.payment().state, half.payment().open_minor) == ("unclear", 835)
    assert half.books() == []
    cancel_payment(whole, by=brigitte, at=half.now)
    assert (half.payment().state, half.payment().open_minor) == ("unclear", 3333)
    assert half.books() == []


def test_the_rest_on_a_pooled_account_goes_back_by_itself_when_the_term_is_over(half: Stage) -> None:
    half.later(days=13)
    assert by_itself(half) == [half.payment()]
    assert by_itself(half) == []
    assert PaymentOrder.objects.get().amount_minor == 835
    assert half.books() == []


def test_of_money_that_a_carrier_kept_a_part_of_no_rest_goes_back(half: Stage, brigitte: Person) -> None:
    Payment.objects.update(kept_minor=100)
    with pytest.raises(Refused, match="carrier"):
        return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    assert not PaymentOrder.objects.exists()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_a_rest_goes_back_it_goes_back_once(
    half: Stage, brigitte: Person, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    with dying(monkeypatch, at=1, moment=moment), suppress(Killed):
        return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    return_payment(half.merchant, half.payment().pk, by=brigitte, at=half.now)
    assert (PaymentOrder.objects.get().amount_minor, Refund.objects.count()) == (835, 1)
    assert half.payment().open_minor == 0
    assert half.books() == []
