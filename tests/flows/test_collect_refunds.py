"""Refunds from the merchant's own account: the operator collects them first and pays out only what is good.

The operator's account is at the sandbox bank, which is the oracle: what it paid and holds is what the books must say.
"""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.flows.test_refunds import Till
from tests.messages import messages
from tests.stage import ACCOUNT, ANNA, Stage

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.flows import collect_refunds
from zahlmeister.flows.change_refund import cancel_refund, change_refund
from zahlmeister.flows.collect_debit import Signed, keep_mandate
from zahlmeister.flows.collect_debt import collect_debt_next
from zahlmeister.flows.confirm_refund import confirm_refund
from zahlmeister.flows.execute_refunds import execute_next
from zahlmeister.flows.follow_refunds import follow_next
from zahlmeister.flows.make_debit_file import export_debit_file, make_debit_file, preview
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.make_payment_file import preview as transfers_preview
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import REFUNDS_NOT_COLLECTED, Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund, RefundCollection, RefundSettings
from zahlmeister.refunds.rules import Rhythm
from zahlmeister.refunds.states import CollectionState, RefundState, Way
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount

pytestmark = pytest.mark.django_db(transaction=True)

OPERATORS = "DE75512108001245126199"
HOLDING = MerchantAccount("Zahlmeister Betrieb", OPERATORS, "SOGEDEFF", "SG", "EUR")


class House(Till):
    """Brigitte's desk in an installation that somebody runs; he has a bank account of his own."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        runs = Merchant.objects.filter(is_operator=True).first()
        self.runs = runs or Merchant.objects.create(name="Betrieb", slug="betrieb", is_operator=True)
        self.holding = BankAccount.objects.create(
            merchant=self.runs, number=OPERATORS, currency="EUR", holder=HOLDING.owner
        )
        self.bank.open_account(HOLDING, Amount(0, "EUR"))
        self.theirs = Stage(self.runs, folder, self.stage.now)
        signed = Signed(
            "DE98ZZZ09999999999", "REFUNDS-1", date(2026, 11, 1), "Brigittes Wollstube", ACCOUNT, notice_days=1
        )
        keep_mandate(self.runs, signed, by="house", at=self.stage.now, customer=merchant)
        RefundSettings.objects.create(merchant=merchant, waiting_days=0, way=Way.DEBIT, good_after_days=5)

    def days(self, count: int, *, hands_in: bool = True) -> None:
        for _ in range(count):
            if hands_in:
                self.hand_in()
            self.bank.move_to(self.bank.today + timedelta(days=1))
            self.stage.now += timedelta(days=1)
            self.theirs.now = self.stage.now
            self.reads_statements()
            if days := self.bank.statements(OPERATORS):
                path = self.stage.folder / "holding"
                write_camt053(path, days)
                assert self.theirs.receive(path.read_bytes(), "holding.xml").error == ""
            self.work()

    def hand_in(self) -> None:
        """The operator's files go to the bank."""
        now = self.stage.now
        if preview(self.holding, at=now).debits:
            self.bank.hand_in(export_debit_file(make_debit_file(self.holding, by="house", at=now), by="h", at=now))
        if transfers_preview(self.holding, at=now).orders:
            self.bank.hand_in(export_file(make_payment_file(self.holding, by="house", at=now), by="h", at=now))

    def work(self) -> None:
        turns = (follow_next, collect_refunds.follow_next, execute_next)
        while any(turn(clock=self.stage.clock) for turn in turns):
            pass

    def held(self) -> tuple[int, int]:
        """What the merchant's books say the operator holds, and what the operator's say."""
        theirs = balance(self.runs.pk, Book.HELD, "EUR").minor
        return self.book(Book.WITH_OPERATOR), -theirs

    def all_add_up(self) -> None:
        assert self.stage.books() == []
        assert self.theirs.books() == []
        ours, theirs = self.held()
        assert ours == theirs
        in_books = balance(self.runs.pk, Book.BANK, "EUR", about=self.holding.pk).minor
        assert in_books == self.bank.balance(OPERATORS).minor


@pytest.fixture
def house(merchant: Merchant, tmp_path: Path) -> House:
    return House(merchant, tmp_path)


@pytest.fixture
def paid(house: House) -> House:
    house.sells()
    house.is_paid()
    return house


def test_all_that_is_due_is_collected_by_one_debit_and_leaves_only_when_that_is_good(paid: House) -> None:
    first, second = paid.asks(2000), paid.asks(1000, source="2")
    paid.work()
    assert [paid.now(each).state for each in (first, second)] == [RefundState.COLLECTING] * 2
    debit = Debit.objects.get()
    assert (debit.amount_minor, debit.state, debit.merchant_id) == (3000, DebitState.APPROVED, paid.runs.pk)
    assert len(messages("debit_announced", channel="people")) == 2  # both owners
    paid.days(3)
    collection = RefundCollection.objects.get()
    assert (collection.state, paid.held()) == (CollectionState.ASKED, (3000, 3000))
    assert not PaymentOrder.objects.exists()
    paid.all_add_up()
    paid.days(6)
    paid.days(3)
    assert [paid.now(each).state for each in (first, second)] == [RefundState.PAID] * 2
    assert sorted(paid.bank.paid().values()) == [1, 1, 1]
    assert (paid.held(), paid.book(Book.REFUNDS)) == ((0, 0), 0)
    assert {each.merchant_id for each in PaymentOrder.objects.all()} == {paid.runs.pk}
    paid.all_add_up()


def test_a_debit_that_comes_back_pays_nothing_out_and_everybody_hears_of_it(paid: House) -> None:
    paid.bank.expect(ACCOUNT, Fate(returns="MS03", after_days=2))
    refund = paid.asks(2000)
    paid.days(12)
    assert RefundCollection.objects.get().state == CollectionState.FAILED
    stopped = paid.now(refund)
    assert (stopped.state, stopped.reason, stopped.collection_id) == (RefundState.STOPPED, "debit_failed", None)
    assert not PaymentOrder.objects.exists()
    assert len(messages("refunds_not_collected", channel="people")) == 2
    assert (paid.held(), paid.book(Book.REFUNDS)) == ((0, 0), -2000)
    paid.all_add_up()
    paid.bank.expect(ACCOUNT, Fate())
    change_refund(stopped, goes=None, on=paid.stage.now.date(), by="b", at=paid.stage.now)
    paid.days(14)
    assert paid.now(refund).state == RefundState.PAID
    paid.all_add_up()


def test_a_debit_taken_back_after_it_was_good_calls_back_what_has_not_left(paid: House) -> None:
    """One refund is at the bank, one is in a file that nobody has, one is held for a second look."""
    paid.bank.expect(ACCOUNT, Fate(returns="MD06", after_days=6))
    first, second = paid.asks(2000), paid.asks(1000, source="2")
    while paid.now(second).state != RefundState.ORDERED:
        paid.days(1)
    transfers = PaymentOrder.objects.filter(pk=paid.now(second).transfer_id)
    transfers.update(state=OrderState.DRAFTED)
    paid.hand_in()
    transfers.update(state=OrderState.APPROVED)
    make_payment_file(paid.holding, by="h", at=paid.stage.now)
    while RefundCollection.objects.get().state != CollectionState.FAILED:
        paid.days(1, hands_in=False)

    files = PaymentFile.objects.order_by("pk").values_list("state", flat=True)
    assert (transfers.get().state, list(files)) == (OrderState.CANCELLED, [FileState.EXPORTED, FileState.WITHDRAWN])
    stopped = paid.now(second)
    assert (stopped.state, stopped.reason, stopped.collection) == (RefundState.STOPPED, "debit_failed", None)
    assert paid.now(first).state == RefundState.PAID
    assert (paid.held(), collect_refunds.left_over(paid.merchant.pk)) == ((-2000, -2000), -2000)
    paid.all_add_up()


def test_what_the_operator_has_paid_for_nothing_is_in_the_next_debit(paid: House) -> None:
    paid.bank.expect(ACCOUNT, Fate(returns="MD06", after_days=6))
    first = paid.asks(2000)
    while not RefundCollection.objects.filter(state=CollectionState.FAILED).exists():
        paid.days(1)
    assert (paid.now(first).state, paid.held()) == (RefundState.PAID, (-2000, -2000))
    paid.bank.expect(ACCOUNT, Fate())
    second = paid.asks(1000, source="2")
    paid.days(21)
    assert [each.amount_minor for each in Debit.objects.order_by("pk")] == [2000, 3000]
    assert paid.now(second).state == RefundState.PAID
    assert max(paid.bank.paid().values()) == 1
    assert paid.held() == (0, 0)
    paid.all_add_up()


def test_what_the_operator_has_paid_for_nothing_is_collected_by_itself_after_four_weeks(paid: House) -> None:
    paid.bank.expect(ACCOUNT, Fate(returns="MD06", after_days=6))
    paid.asks(2000)
    while not RefundCollection.objects.filter(state=CollectionState.FAILED).exists():
        paid.days(1)
    assert collect_debt_next(clock=paid.stage.clock) is None  # not at once
    for fate, waits in ((Fate(returns="AM04", after_days=1), 28), (Fate(), 28)):
        paid.bank.expect(ACCOUNT, fate)
        paid.stage.now += timedelta(days=waits)
        paid.theirs.now = paid.stage.now
        paid.bank.move_to(paid.stage.now.date())
        assert collect_debt_next(clock=paid.stage.clock) is not None
        assert collect_debt_next(clock=paid.stage.clock) is None
        paid.days(12)
    assert [each.amount_minor for each in Debit.objects.order_by("pk")] == [2000, 2000, 2000]
    assert [each.source.partition(":")[0] for each in Debit.objects.order_by("pk")] == ["refunds", "debt", "debt"]
    assert len(messages("debt_not_collected", channel="people")) == 2
    assert (paid.held(), collect_refunds.left_over(paid.merchant.pk)) == ((0, 0), 0)
    assert collect_debt_next(clock=paid.stage.clock) is None
    assert max(paid.bank.paid().values()) == 1
    paid.all_add_up()


def test_a_refund_that_comes_back_after_its_debit_did_is_collected_anew(paid: House) -> None:
    paid.bank.expect(ACCOUNT, Fate(returns="MD06", after_days=6))
    paid.bank.expect(ANNA, Fate(returns="AC04", after_days=3))
    refund = paid.asks(2000)
    paid.days(16)
    back = paid.now(refund)
    assert (back.state, back.collection) == (RefundState.ACCOUNT_MISSING, None)
    assert (paid.held(), collect_refunds.left_over(paid.merchant.pk)) == ((0, 0), 0)
    paid.bank.expect(ACCOUNT, Fate())
    goes = GoesTo("Anna Weber", "DE27100777770209299700")
    change_refund(back, goes=goes, on=paid.stage.now.date(), by="b", at=paid.stage.now)
    paid.days(14)
    assert paid.now(refund).state == RefundState.PAID
    assert [each.amount_minor for each in Debit.objects.order_by("pk")] == [2000, 2000]
    paid.all_add_up()


def test_a_refund_that_came_back_before_its_debit_did_is_collected_anew(paid: House) -> None:
    paid.bank.expect(ACCOUNT, Fate(returns="MD06", after_days=14))
    paid.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    refund = paid.asks(2000)
    paid.days(14)
    back = paid.now(refund)
    assert (back.state, paid.held()) == (RefundState.ACCOUNT_MISSING, (2000, 2000))
    assert back.collection is not None
    paid.days(12)
    assert RefundCollection.objects.get().state == CollectionState.FAILED
    back = paid.now(refund)
    assert (back.state, back.collection) == (RefundState.ACCOUNT_MISSING, None)
    assert (paid.held(), collect_refunds.left_over(paid.merchant.pk)) == ((0, 0), 0)
    paid.all_add_up()
    paid.bank.expect(ACCOUNT, Fate())
    goes = GoesTo("Anna Weber", "DE27100777770209299700")
    change_refund(back, goes=goes, on=paid.stage.now.date(), by="b", at=paid.stage.now)
    paid.days(14)
    assert paid.now(refund).state == RefundState.PAID
    assert [each.amount_minor for each in Debit.objects.order_by("pk")] == [2000, 2000]
    assert (paid.held(), paid.book(Book.REFUNDS)) == ((0, 0), 0)
    paid.all_add_up()


def test_a_refund_that_cannot_be_collected_keeps_no_other_waiting(paid: House) -> None:
    """It stands in a collection that goes on, which nobody has noted with it."""
    first, second = paid.asks(2000), paid.asks(1000, source="2")
    other = collection(paid, CollectionState.ASKED, days=35)
    Refund.objects.filter(pk=first.pk).update(collection=other)
    assert [execute_next(clock=paid.stage.clock) for _ in range(3)] == [first, second, None]
    assert [paid.now(each).state for each in (first, second)] == [RefundState.PLANNED, RefundState.COLLECTING]


def test_a_debit_that_is_rejected_stops_the_refunds(paid: House) -> None:
    refund = paid.asks(2000)
    paid.work()
    Debit.objects.update(state=DebitState.CANCELLED)
    RefundCollection.objects.update(has_news=True)
    paid.work()
    assert paid.now(refund).state == RefundState.STOPPED
    paid.all_add_up()


def test_within_a_week_is_collected_once_and_each_by_itself_where_that_is_agreed(paid: House) -> None:
    paid.asks(2000)
    paid.work()
    later = paid.asks(1000, source="2")
    paid.work()
    assert paid.now(later).state == RefundState.PLANNED
    assert Debit.objects.count() == 1
    RefundSettings.objects.update(rhythm=Rhythm.EACH)
    Refund.objects.update(look_at=None)
    paid.asks(500, source="3")
    paid.work()
    assert sorted(Debit.objects.values_list("amount_minor", flat=True)) == [500, 1000, 2000]


def test_what_was_collected_for_a_refund_that_was_withdrawn_is_used_for_the_next_one(paid: House) -> None:
    first = paid.asks(2000)
    paid.days(3)
    RefundCollection.objects.update(good_on=paid.stage.now.date())
    collect_refunds.follow_next(clock=paid.stage.clock)
    cancel_refund(paid.now(first), by="b", at=paid.stage.now)
    assert paid.held() == (2000, 2000)
    paid.all_add_up()
    paid.stage.now += timedelta(days=7)
    second = paid.asks(1500, source="2")
    execute_next(clock=paid.stage.clock)
    collection = RefundCollection.objects.order_by("-id").first()
    assert collection is not None
    assert collection.amount_minor == 0
    paid.work()
    assert paid.now(second).state == RefundState.ORDERED
    assert Debit.objects.count() == 1


def test_a_refund_that_comes_back_to_the_operator_is_held_there_and_not_collected_again(paid: House) -> None:
    paid.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    refund = paid.asks(2000)
    paid.days(14)
    assert paid.now(refund).state == RefundState.ACCOUNT_MISSING
    assert (paid.held(), paid.book(Book.REFUNDS)) == ((2000, 2000), -2000)
    paid.all_add_up()
    goes = GoesTo("Anna Weber", "DE27100777770209299700")
    change_refund(paid.now(refund), goes=goes, on=paid.stage.now.date(), by="b", at=paid.stage.now)
    paid.days(4)
    assert paid.now(refund).state == RefundState.PAID
    assert Debit.objects.count() == 1
    assert paid.held() == (0, 0)
    paid.all_add_up()


def collection(house: House, state: CollectionState, *, days: int, came: bool = True) -> RefundCollection:
    """A collection of 20.00 that was asked for some days ago."""
    day = house.stage.now.date() - timedelta(days=days)
    return RefundCollection.objects.create(
        merchant=house.merchant,
        amount_minor=2000,
        currency="EUR",
        state=state,
        asked_on=day,
        came_on=day if came else None,
        created_at=house.stage.now,
    )


def owes(house: House, days: int = 28) -> None:
    """A debit over 20.00 came back, when what it was for had left."""
    failed = collection(house, CollectionState.FAILED, days=days)
    booking = Booking(REFUNDS_NOT_COLLECTED, Amount(2000, "EUR"), "debt", failed.asked_on)
    post(house.merchant.pk, [booking], at=house.stage.now)


@pytest.mark.parametrize(
    ("newest", "came", "is_collected"),
    [
        (CollectionState.GOOD, True, True),  # the older debit was taken back weeks after
        (CollectionState.FAILED, False, True),  # no mandate, or a debit that was rejected at once
        (CollectionState.ASKED, True, False),
    ],
)
def test_no_later_collection_hides_what_is_owed(
    house: House, newest: CollectionState, came: bool, is_collected: bool
) -> None:
    owes(house, days=60)
    later = collection(house, newest, days=27, came=came)
    assert collect_debt_next(clock=house.stage.clock) is None
    RefundCollection.objects.filter(pk=later.pk).update(asked_on=later.asked_on - timedelta(days=1))
    found = collect_debt_next(clock=house.stage.clock)
    assert [found.amount_minor if found else 0, collect_debt_next(clock=house.stage.clock)] == [
        2000 * is_collected,
        None,
    ]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_a_debt_is_collected_it_is_collected_once(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A debit over 20.00 came back four weeks ago, when what it was for had left."""
    owes(house)
    with dying(monkeypatch, at=1, moment=moment), suppress(Killed):
        collect_debt_next(clock=house.stage.clock)
    while collect_debt_next(clock=house.stage.clock):
        pass
    house.work()
    assert RefundCollection.objects.get(state=CollectionState.ASKED).amount_minor == 2000
    assert Debit.objects.get().amount_minor == 2000
    assert collect_refunds.left_over(house.merchant.pk) == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_commit_it_is_collected_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for deaths in range(14):
        slug = f"{moment}-{deaths}"
        Merchant.objects.filter(is_operator=True).update(is_operator=False, slug=f"gone-{slug}")
        folder = tmp_path / slug
        folder.mkdir()
        house = House(Merchant.objects.create(name=slug, slug=slug), folder)
        house.sells()
        house.is_paid()
        refund = house.asks(2000)
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                house.work()
            except Killed:
                fate.append("died")
        house.work()
        debit = Debit.objects.get(merchant=house.runs)
        assert (debit.amount_minor, debit.state) == (2000, DebitState.APPROVED)
        assert RefundCollection.objects.get(merchant=house.merchant).debit == debit
        assert house.now(refund).state == RefundState.COLLECTING
        assert len(messages("debit_announced", merchant=house.merchant)) == 2
        if not fate:
            break
    assert deaths >= 4
    house.days(14)
    assert house.now(refund).state == RefundState.PAID
    house.all_add_up()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_the_buyer_confirms_it_leaves_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for deaths in range(8):
        slug = f"buyer-{moment}-{deaths}"
        folder = tmp_path / slug
        folder.mkdir()
        till = Till(Merchant.objects.create(name=slug, slug=slug), folder)
        till.sells()
        till.is_paid()
        refund = till.asks(2000)
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                confirm_refund(till.now(refund), at=till.stage.now)
                till.work()
            except Killed:
                fate.append("died")
        confirm_refund(till.now(refund), at=till.stage.now) if till.now(refund).state == RefundState.PLANNED else None
        till.work()
        assert till.now(refund).state == RefundState.ORDERED
        assert PaymentOrder.objects.filter(merchant=till.merchant).count() == 1
        assert till.stage.books() == []
        if not fate:
            break
    assert deaths >= 2
