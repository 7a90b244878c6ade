"""Brigitte gives money back: promised, planned, sent, found on the statement, or come back.

The sandbox bank is the oracle: what it paid, and how often, is what refunds and books must say.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests.dying import Killed, dying
from tests.flows.test_outgoing import Desk
from tests.stage import ACCOUNT, ANNA, BERND, CORA, DIRK, Paid, order

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment
from zahlmeister.flows.ask_refund import Asked, ask_refund, limit_of
from zahlmeister.flows.change_refund import cancel_refund, change_refund
from zahlmeister.flows.describe_order import describe, with_status
from zahlmeister.flows.execute_refunds import execute_next
from zahlmeister.flows.follow_refunds import follow_next
from zahlmeister.flows.net_refunds import net_next
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import NotVerified
from zahlmeister.money.amount import Amount
from zahlmeister.office.orders import order_rows
from zahlmeister.orders.record import shop_called
from zahlmeister.payouts.standing import standing_of
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.queries import only_gone_back
from zahlmeister.refunds.rules import AboveLimit
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "100012345"


class Till(Desk):
    """Brigitte's desk with refunds: what the bank books is what our books must say."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        Merchant.objects.filter(pk=merchant.pk).update(verification=Verification.VERIFIED)
        merchant.refresh_from_db()

    def sells(self, number: str = NUMBER, amount: str = "49.90", **more: object) -> None:
        self.stage.orders(order(number, amount, **more))

    def is_paid(self, minor: int = 4990, number: str = NUMBER, name: str = "Anna Weber", iban: str = ANNA) -> None:
        """A buyer pays at the sandbox bank, and the statement of that day is read."""
        self.bank.pay_in(ACCOUNT, Amount(minor, "EUR"), name=name, iban=iban, text=f"Bestellung {number}")
        self.days(1)

    def days(self, count: int) -> None:
        """Time passes at the bank and here, and what the bank booked is read."""
        self.bank.move_to(self.bank.today + timedelta(days=count))
        self.stage.now += timedelta(days=count)
        self.reads_statements()
        self.work()

    def work(self) -> None:
        """What workers do until nothing is left."""
        while follow_next(clock=self.stage.clock) or execute_next(clock=self.stage.clock):
            pass

    def asks(self, minor: int = 2000, number: str = NUMBER, source: str = "office:1", **more: object) -> Refund:
        wanted = replace(Asked(source, Amount(minor, "EUR")), **more)
        item = self.stage.item(number)
        return ask_refund(self.merchant, item.pk, wanted, by=self.brigitte.email, at=self.stage.now)

    def sends(self) -> None:
        """Whatever waits is approved, put into a file and handed in at the bank."""
        self.work()
        for waiting in PaymentOrder.objects.filter(merchant=self.merchant, state=OrderState.DRAFTED):
            approve_payment(waiting, by=self.benno, at=self.stage.now)
        self.hears(self.handed_in(self.file()))

    def now(self, refund: Refund) -> Refund:
        return Refund.objects.select_related("transfer").get(pk=refund.pk)

    def book(self, book: Book) -> int:
        return balance(self.merchant.pk, book, "EUR").minor

    def adds_up(self) -> bool:
        """The books agree with themselves, and with the bank."""
        in_books = balance(self.merchant.pk, Book.BANK, "EUR", about=self.account.pk).minor
        assert self.stage.books() == []
        assert in_books in (0, self.bank.balance(ACCOUNT).minor)
        return True


@pytest.fixture
def till(merchant: Merchant, tmp_path: Path) -> Till:
    return Till(merchant, tmp_path)


@pytest.fixture
def paid(till: Till) -> Till:
    """Anna has ordered for 49.90 and paid."""
    till.sells()
    till.is_paid()
    assert till.stage.item(NUMBER).state == ItemState.PAID
    return till


def test_a_refund_waits_seven_days_goes_to_the_account_that_paid_and_clears_the_books(paid: Till) -> None:
    refund = paid.asks(2000)
    assert (refund.state, refund.iban, refund.due_on) == (RefundState.PLANNED, ANNA, date(2026, 12, 1))
    assert (paid.book(Book.REFUNDS), paid.book(Book.ORDERS)) == (-2000, -2990)
    paid.days(6)
    assert paid.now(refund).state == RefundState.PLANNED
    assert paid.adds_up()
    paid.days(1)
    transfer = paid.now(refund).transfer
    assert transfer is not None
    assert (transfer.creditor_number, transfer.amount_minor, transfer.state) == (ANNA, 2000, OrderState.DRAFTED)
    assert transfer.text == "Rueckerstattung ZMR00000001 100012345 Wollstube"
    paid.sends()
    paid.days(1)
    assert paid.now(refund).state == RefundState.PAID
    assert paid.bank.times_paid(transfer.end_to_end_id) == 1
    for book in (Book.REFUNDS, Book.OTHER_SPENDING, Book.ON_ITS_WAY, Book.SURPLUS):
        assert paid.book(book) == 0
    assert paid.stage.item(NUMBER).state == ItemState.PAID
    assert paid.adds_up()


def test_the_same_wish_twice_is_one_refund_and_another_under_its_name_is_refused(paid: Till) -> None:
    first = paid.asks(2000)
    assert paid.asks(2000).pk == first.pk
    with pytest.raises(Refused, match="asked for before as ZMR00000001"):
        paid.asks(2001)
    assert paid.book(Book.REFUNDS) == -2000


def test_what_was_paid_too_much_goes_back_first_and_the_order_is_no_longer_overpaid(till: Till) -> None:
    till.sells()
    till.is_paid(5990)
    assert till.stage.item(NUMBER).surplus_minor == 1000
    refund = till.asks(1500)
    assert (refund.of_surplus_minor, refund.of_order_minor) == (1000, 500)
    assert (till.stage.item(NUMBER).surplus_minor, till.book(Book.SURPLUS)) == (0, 0)
    assert till.adds_up()
    for _ in range(2):
        cancel_refund(refund, by="brigitte", at=till.stage.now)
    assert till.stage.item(NUMBER).surplus_minor == 1000
    assert (till.book(Book.SURPLUS), till.book(Book.REFUNDS), till.book(Book.ORDERS)) == (-1000, 0, -4990)
    assert till.adds_up()


def test_the_limit_counts_all_earlier_refunds_but_those_withdrawn(paid: Till) -> None:
    first = paid.asks(6000)
    with pytest.raises(AboveLimit, match=r"At most 39\.80 EUR may still go back"):
        paid.asks(3981, source="2")
    paid.asks(3980, source="2")
    with pytest.raises(AboveLimit):
        paid.asks(1, source="3")
    cancel_refund(first, by="brigitte", at=paid.stage.now)
    assert limit_of(paid.stage.item(NUMBER)).left == 6000
    assert paid.adds_up()


def test_nothing_is_promised_before_the_merchant_is_verified(paid: Till) -> None:
    Merchant.objects.update(verification=Verification.SUBMITTED)
    with pytest.raises(NotVerified):
        paid.asks()
    assert not Refund.objects.exists()


def test_a_refund_waits_when_the_verification_ended_meanwhile_and_goes_on_after_it(paid: Till) -> None:
    refund = paid.asks(due_on=None)
    Merchant.objects.update(verification=Verification.MISSING)
    paid.days(8)
    assert (paid.now(refund).state, paid.now(refund).reason) == (RefundState.SHORT, "not_verified")
    Merchant.objects.update(verification=Verification.VERIFIED)
    paid.stage.later(hours=1)
    paid.work()
    assert paid.now(refund).state == RefundState.ORDERED


@pytest.mark.parametrize(
    ("name", "iban", "kind", "why"),
    [
        ("Anna Weber", "", "prepayment", "none"),
        ("DHL Paket GmbH", DIRK, "prepayment", "carrier"),
        ("Anna Weber", ANNA, "cod", "carrier"),  # whoever the bank names: at the door a carrier was paid
        ("Anna Weber", "DE79100777770000000021", "prepayment", "bank_internal"),
    ],
)
def test_where_nothing_can_go_back_to_an_account_is_waited_for(
    till: Till, name: str, iban: str, kind: str, why: str
) -> None:
    till.sells(payment_kind=kind)
    till.stage.pays(Paid(4990, NUMBER, name, iban))
    from zahlmeister.flows.assign_payment import assign

    payment = till.stage.payment()
    if payment.open_minor:
        item = till.stage.item(NUMBER)
        assign(till.merchant, payment.pk, [(item.pk, 4990)], by="b", at=till.stage.now, source="x")
    refund = till.asks()
    assert (refund.state, refund.reason, refund.iban) == (RefundState.ACCOUNT_MISSING, why, "")
    till.stage.later(days=30)
    till.work()
    assert till.now(refund).state == RefundState.ACCOUNT_MISSING
    changed = change_refund(refund, goes=GoesTo("Anna Weber", BERND), on=None, by="brigitte", at=till.stage.now)
    assert (changed.state, changed.iban) == (RefundState.PLANNED, BERND)
    assert till.stage.books() == []


def test_a_returned_refund_is_owed_again_and_never_goes_to_that_account_again(paid: Till) -> None:
    paid.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.sends()
    paid.days(1)
    assert paid.now(refund).state == RefundState.PAID
    paid.days(2)
    reopened = paid.now(refund)
    assert (reopened.state, reopened.reason, reopened.failed) == (RefundState.ACCOUNT_MISSING, "returned:AC04", [ANNA])
    assert (paid.book(Book.REFUNDS), paid.book(Book.OTHER_SPENDING)) == (-2000, 0)
    assert paid.adds_up()
    with pytest.raises(Refused, match="came back from that account"):
        change_refund(reopened, goes=GoesTo("Anna Weber", ANNA), on=None, by="b", at=paid.stage.now)
    change_refund(reopened, goes=GoesTo("Anna Weber", CORA), on=date(2026, 11, 27), by="b", at=paid.stage.now)
    paid.sends()
    paid.days(3)
    assert paid.now(refund).state == RefundState.PAID
    assert [each.creditor_number for each in PaymentOrder.objects.order_by("id")] == [ANNA, CORA]
    assert sorted(paid.bank.paid().values()) == [1, 1]
    assert (paid.book(Book.REFUNDS), paid.book(Book.OTHER_SPENDING)) == (0, 0)
    assert paid.adds_up()


def test_a_rejected_account_is_asked_for_anew_and_any_other_rejection_is_for_a_person(paid: Till) -> None:
    paid.bank.expect(ANNA, Fate(rejects="AC01"))
    first = paid.asks(due_on=date(2026, 11, 24))
    paid.sends()
    paid.work()
    assert (paid.now(first).state, paid.now(first).failed) == (RefundState.ACCOUNT_MISSING, [ANNA])
    paid.bank.expect(BERND, Fate(rejects="AM04"))
    second = paid.asks(1000, source="2", account=GoesTo("Anna Weber", BERND), due_on=date(2026, 11, 24))
    paid.sends()
    paid.work()
    assert paid.now(second).state == RefundState.STOPPED
    assert paid.book(Book.REFUNDS) == -3000
    assert paid.adds_up()


def test_a_person_who_cancels_the_transfer_stops_the_refund_and_can_let_it_go_on_or_withdraw_it(paid: Till) -> None:
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.work()
    transfer = paid.now(refund).transfer
    assert transfer is not None
    cancel_payment(transfer, by=paid.brigitte, at=paid.stage.now)
    stopped = paid.now(refund)
    assert (stopped.state, stopped.iban, stopped.failed) == (RefundState.STOPPED, ANNA, [])
    paid.work()
    assert PaymentOrder.objects.count() == 1
    change_refund(stopped, goes=None, on=date(2026, 11, 24), by="b", at=paid.stage.now)
    paid.work()
    assert PaymentOrder.objects.count() == 2
    assert paid.adds_up()


def test_what_is_being_transferred_changes_no_more(paid: Till) -> None:
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.work()
    for verb in (
        lambda: change_refund(refund, goes=GoesTo("A", CORA), on=None, by="b", at=paid.stage.now),
        lambda: cancel_refund(refund, by="b", at=paid.stage.now),
    ):
        with pytest.raises(Refused, match="being transferred"):
            verb()


def test_until_then_day_recipient_and_account_can_be_changed(paid: Till) -> None:
    refund = paid.asks()
    with pytest.raises(Refused, match="is over"):
        change_refund(refund, goes=None, on=date(2026, 11, 1), by="b", at=paid.stage.now)
    with pytest.raises(Refused):
        change_refund(refund, goes=GoesTo("Anna Weber", "DE00123"), on=None, by="b", at=paid.stage.now)
    goes = GoesTo("Anna Krause", "DE68 2105 0170 0012 3456 78")
    change_refund(refund, goes=goes, on=date(2026, 11, 25), by="b", at=paid.stage.now)
    paid.days(1)
    transfer = paid.now(refund).transfer
    assert transfer is not None
    assert (transfer.creditor_name, transfer.creditor_number, transfer.is_going_back) == ("Anna Krause", CORA, False)


def test_from_a_pooled_account_it_leaves_by_itself_and_waits_while_the_balance_is_short(paid: Till) -> None:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    left = standing_of(paid.account).available
    assert left == paid.bank.balance(ACCOUNT).minor
    paid.sells("100099999", "99999.00")
    big = paid.draft(source="payout", minor=left - 1000, execute_on=date(2026, 11, 24))
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.work()
    assert (paid.now(refund).state, paid.now(refund).reason) == (RefundState.SHORT, "short")
    assert paid.now(refund).transfer is None
    cancel_payment(big, by=paid.brigitte, at=paid.stage.now)
    paid.work()
    assert paid.now(refund).state == RefundState.SHORT  # not asked every second
    paid.stage.later(hours=1)
    paid.work()
    sent = paid.now(refund)
    assert sent.state == RefundState.ORDERED
    assert sent.transfer is not None
    assert sent.transfer.state == OrderState.APPROVED
    paid.hears(paid.handed_in(paid.file()))
    paid.days(1)
    assert paid.now(refund).state == RefundState.PAID
    assert paid.adds_up()


def test_of_a_pooled_account_nobody_gets_what_belongs_to_a_sender_nobody_knows(paid: Till) -> None:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    before = standing_of(paid.account).available
    paid.bank.pay_in(ACCOUNT, Amount(7777, "EUR"), name="Unbekannt", iban=DIRK, text="danke")
    paid.days(1)
    assert standing_of(paid.account).available == before


def test_above_the_limit_for_two_a_refund_from_a_pooled_account_waits_for_a_person(paid: Till) -> None:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    Merchant.objects.update(four_eyes_above_minor=1999)
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.work()
    transfer = paid.now(refund).transfer
    assert transfer is not None
    assert transfer.state == OrderState.DRAFTED


def test_a_shop_uses_its_reference_once_and_the_database_says_so_too(paid: Till) -> None:
    shop = shop_called(paid.merchant.pk, "Wollstube")
    asked = {"shop": shop, "external_reference": "GS-1", "origin": Origin.PROGRAM}
    first = paid.asks(1000, source="program:1", **asked)
    with pytest.raises(Refused, match="GS-1 was used for another refund"):
        paid.asks(1000, source="program:2", **asked)
    other = paid.asks(1000, source="3", shop=shop_called(paid.merchant.pk, "Garnladen"), external_reference="GS-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=other.pk).update(shop=first.shop_id)


def test_the_shop_gets_back_at_most_what_was_paid_when_the_merchant_says_so(till: Till) -> None:
    till.sells()
    with pytest.raises(AboveLimit):
        till.asks(1000, origin=Origin.SHOP)
    RefundSettings.objects.create(merchant=till.merchant, only_paid=False)
    assert till.asks(9980, origin=Origin.SHOP).amount_minor == 9980


def test_the_waiting_period_is_the_merchants(paid: Till) -> None:
    RefundSettings.objects.create(merchant=paid.merchant, waiting_days=5, in_banking_days=True)
    assert paid.asks().due_on == date(2026, 12, 1)
    RefundSettings.objects.update(waiting_days=0)
    refund = paid.asks(1000, source="2")
    assert refund.due_on == date(2026, 11, 24)
    paid.work()
    assert paid.now(refund).state == RefundState.ORDERED


def test_a_refund_whose_earlier_transfer_is_in_doubt_stops(paid: Till) -> None:
    paid.bank.expect(ANNA, Fate(rejects="AC01"))
    refund = paid.asks(due_on=date(2026, 11, 24))
    paid.sends()
    paid.work()
    PaymentOrder.objects.update(doubt="paid_anyway")
    change_refund(paid.now(refund), goes=GoesTo("Anna", CORA), on=date(2026, 11, 24), by="b", at=paid.stage.now)
    paid.work()
    assert (paid.now(refund).state, paid.now(refund).reason) == (RefundState.STOPPED, "doubt")
    assert PaymentOrder.objects.count() == 1


def test_an_order_that_the_shop_lowers_after_the_refund_is_not_owed_again(paid: Till) -> None:
    refund = paid.asks(2000)
    paid.sells(amount="29.90")
    assert paid.stage.item(NUMBER).surplus_minor == 2000
    assert net_next(clock=paid.stage.clock) is not None
    assert net_next(clock=paid.stage.clock) is None
    assert paid.stage.item(NUMBER).surplus_minor == 0
    assert (paid.now(refund).of_surplus_minor, paid.now(refund).of_order_minor) == (2000, 0)
    assert paid.adds_up()
    paid.bank.pay_in(ACCOUNT, Amount(2990, "EUR"), name="Anna Weber", iban=ANNA, text=f"Bestellung {NUMBER}")
    paid.days(1)
    assert net_next(clock=paid.stage.clock) is None  # who pays twice has a surplus
    cancel_refund(paid.now(refund), by="b", at=paid.stage.now)
    assert paid.stage.item(NUMBER).surplus_minor in (2000, 4990)
    assert paid.adds_up()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_a_refund_is_promised_once_and_sent_once(
    till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    BankAccount.objects.update(kind=AccountKind.POOLED)
    deaths = 0
    while True:
        number = f"10001{deaths:04d}"
        till.sells(number)
        till.stage.pays(Paid(4990, number))
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                till.asks(2000, number, source=number, due_on=date(2026, 11, 23))
                till.work()
            except Killed:
                fate.append("died")
        till.asks(2000, number, source=number, due_on=date(2026, 11, 23))
        till.work()
        refund = Refund.objects.get(source=number)
        assert (refund.state, refund.attempt) == (RefundState.ORDERED, 1), f"died {moment} commit {deaths + 1}"
        assert PaymentOrder.objects.count() == deaths + 1
        assert till.stage.books() == []
        if not fate:
            break
        deaths += 1
    assert deaths >= 2


def test_an_order_that_went_back_is_called_refunded_in_part_or_whole(paid: Till) -> None:
    def status() -> str:
        items = OpenItem.objects.filter(merchant=paid.merchant).select_related("order")
        [told] = describe(paid.merchant, list(items))
        assert list(with_status(items, [told["paymentStatus"]])) == list(items)
        others = {"PAID", "REFUNDED", "REFUNDED_PARTIAL"} - {told["paymentStatus"]}
        assert not with_status(items, others).exists()
        return str(told["paymentStatus"])

    for minor, source, said, listed in (
        (2000, "1", "REFUNDED_PARTIAL", "refunded_part"),
        (2990, "2", "REFUNDED", "refunded"),
    ):
        before = status()
        paid.asks(minor, source=source, due_on=paid.bank.today)
        assert status() == before  # promised is not refunded
        paid.sends()
        paid.days(1)
        item = paid.stage.item(NUMBER)
        assert (status(), order_rows(paid.merchant.pk, [item.pk])[0].state) == (said, listed)
    assert only_gone_back(OpenItem.objects.all()).count() == 1


def test_what_too_much_was_paid_and_went_back_makes_no_order_refunded(till: Till) -> None:
    till.sells()
    till.is_paid(5990)
    till.asks(1000, due_on=till.bank.today)
    till.sends()
    till.days(1)
    assert Refund.objects.get().state == RefundState.PAID
    assert not only_gone_back(OpenItem.objects.all()).exists()
