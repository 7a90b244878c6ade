"""A pooled account is overdrawn: the operator collects it and pays it in, with the sandbox bank as the oracle."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from tests.dying import Killed, dying
from tests.flows.test_pay_out import HOUSE_BANK, Desk
from tests.messages import messages
from tests.stage import ACCOUNT, Stage

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.models import BankAccount, BankTransaction
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.flows import collect_refunds
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment
from zahlmeister.flows.assign_payment import unassign, unignore
from zahlmeister.flows.check_nightly import check_today
from zahlmeister.flows.collect_refunds import left_over
from zahlmeister.flows.cover_balance import cover_next, owed_to
from zahlmeister.flows.give_mandate import Given, give_mandate, take_mandate_back
from zahlmeister.flows.make_debit_file import export_debit_file, make_debit_file
from zahlmeister.flows.make_debit_file import preview as debits_preview
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.make_payment_file import preview as transfers_preview
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.history.models import Step
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.payouts.models import PayoutLine
from zahlmeister.receivables.models import Payment
from zahlmeister.refunds.models import RefundCollection
from zahlmeister.refunds.states import CollectionState
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount

pytestmark = pytest.mark.django_db(transaction=True)

OPERATORS = "DE75512108001245126199"
BRIGITTES = "DE02100500000054540402"
CREDITOR = "DE98ZZZ09999999999"
HOLDING = MerchantAccount("Zahlmeister Betrieb", OPERATORS, "SOGEDEFF", "SG", "EUR")
assert OPERATORS == HOUSE_BANK


class Trust(Desk):
    """Brigitte's pooled account in an installation that somebody runs; both have their account at the sandbox bank."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        super().__init__(merchant, folder)
        runs, _ = Merchant.objects.get_or_create(slug="betrieb", defaults={"name": "Betrieb"})
        name_operator(runs, by="root", at=self.stage.now, creditor_id=CREDITOR)
        self.runs = Merchant.objects.get(pk=runs.pk)
        self.holding, _ = BankAccount.objects.get_or_create(
            merchant=runs, number=OPERATORS, currency="EUR", defaults={"holder": HOLDING.owner}
        )
        self.theirs = Stage(self.runs, folder, self.stage.now)
        self.bank.open_account(HOLDING, Amount(0, "EUR"))

    def gives_mandate(self) -> None:
        given = Given("Brigittes Wollstube", BRIGITTES)
        give_mandate(self.merchant, given, by=self.brigitte, at=self.stage.now)

    def owes(self) -> None:
        """80.00 were paid out; then Bernd's payment turns out to be for nothing, and goes back to him."""
        self.pays_to("DE68210501700012345678")
        self.plan()
        self.buyers_pay()
        self.next_day()
        self.works()
        self.sends()
        self.next_day()
        bernd = Payment.objects.get(merchant=self.merchant, amount_minor=8000)
        unassign(self.merchant, bernd.pk, by="brigitte", at=self.stage.now)
        order = return_payment(self.merchant, bernd.pk, by=self.brigitte, at=self.stage.now)
        approve_payment(order, by=self.karl, at=self.stage.now)

    def days_until(self, state: CollectionState, *, hands_in: bool = True) -> RefundCollection:
        """Day by day, until the collection stands so."""
        for _ in range(20):
            self.days(1, hands_in=hands_in)
            if RefundCollection.objects.get().state == state:
                return RefundCollection.objects.get()
        raise AssertionError(f"It never was {state}.")

    def days(self, count: int, *, hands_in: bool = True) -> None:
        for _ in range(count):
            self.work()
            if hands_in:
                self.hand_in()
            self.next_day()
            self.theirs.now = self.stage.now
            if days := self.bank.statements(OPERATORS):
                path = self.stage.folder / "holding.xml"
                write_camt053(path, days)
                assert self.theirs.receive(path.read_bytes(), "holding.xml").error == ""
            self.work()

    def work(self) -> None:
        clock = self.stage.clock
        while cover_next(clock=clock) or collect_refunds.follow_next(clock=clock):
            pass

    def hand_in(self) -> None:
        now = self.stage.now
        if debits_preview(self.holding, at=now).debits:
            self.bank.hand_in(export_debit_file(make_debit_file(self.holding, by="h", at=now), by="h", at=now))
        if transfers_preview(self.holding, at=now).orders:
            answer = self.bank.hand_in(export_file(make_payment_file(self.holding, by="h", at=now), by="h", at=now))
            assert self.theirs.receive(answer, "answer.xml").error == ""

    def all_add_up(self) -> bool:
        assert (self.stage.books(), self.theirs.books()) == ([], [])
        ours = balance(self.merchant.pk, Book.BANK, "EUR", about=self.account.pk).minor
        theirs = balance(self.runs.pk, Book.BANK, "EUR", about=self.holding.pk).minor
        assert (ours, theirs) == (self.bank.balance(ACCOUNT).minor, self.bank.balance(OPERATORS).minor)
        return True

    def held(self) -> tuple[int, int]:
        """What the merchant's books say the operator holds, and what the operator's say."""
        theirs = balance(self.runs.pk, Book.HELD, "EUR").minor
        return balance(self.merchant.pk, Book.WITH_OPERATOR, "EUR").minor, -theirs


@pytest.fixture
def trust(merchant: Merchant, tmp_path: Path) -> Trust:
    return Trust(merchant, tmp_path)


@pytest.fixture
def owing(trust: Trust) -> Trust:
    trust.gives_mandate()
    trust.owes()
    check_today(trust.merchant, at=trust.stage.now)
    return trust


def test_what_is_owed_is_announced_collected_and_paid_in(owing: Trust) -> None:
    owing.work()
    owing.work()
    debit = Debit.objects.get()
    assert (debit.amount_minor, debit.merchant_id, debit.state) == (8000, owing.runs.pk, "approved")
    assert debit.collect_on >= owing.stage.now.date() + timedelta(days=2)
    assert len(messages("debit_announced")) == 2  # both owners
    owing.days(12)

    collection = RefundCollection.objects.get()
    assert collection.arrived is not None
    assert (collection.arrived.amount_minor, collection.arrived.state) == (8000, "ignored")
    assert owing.held() == (0, 0)
    assert owing.bank.balance(OPERATORS).minor == 0
    assert owing.all_add_up()
    assert balance(owing.merchant.pk, Book.UNCLEAR, "EUR").minor == 0
    assert max(owing.bank.paid().values()) == 1
    owing.works()
    assert not PayoutLine.objects.filter(kind="payment", amount_minor=8000, payout__created_at=owing.stage.now).exists()


def test_a_debit_that_comes_back_pays_nothing_in_and_is_not_tried_again_at_once(owing: Trust) -> None:
    owing.bank.expect(BRIGITTES, Fate(returns="AM04", after_days=1))
    owing.days(12)
    assert RefundCollection.objects.get().state == CollectionState.FAILED
    assert len(messages("balance_not_collected")) == 2
    assert (owing.held(), owing.bank.balance(OPERATORS).minor) == ((0, 0), 0)
    assert owing.all_add_up()
    owing.bank.expect(BRIGITTES, Fate())
    owing.stage.later(days=28)
    owing.bank.move_to(owing.stage.now.date())
    owing.days(1)
    assert RefundCollection.objects.count() == 2


def test_a_debit_taken_back_after_it_was_good_calls_the_transfer_back(owing: Trust) -> None:
    owing.bank.expect(BRIGITTES, Fate(returns="MD06", after_days=8))
    transfer = owing.days_until(CollectionState.GOOD).transfer
    assert transfer is not None
    assert transfer.state == OrderState.APPROVED
    make_payment_file(owing.holding, by="h", at=owing.stage.now)  # nobody fetches it
    collection = owing.days_until(CollectionState.FAILED, hands_in=False)
    transfer.refresh_from_db()
    assert (collection.state, transfer.state) == (CollectionState.FAILED, OrderState.CANCELLED)
    assert PaymentFile.objects.filter(merchant=owing.runs).get().state == FileState.WITHDRAWN
    assert (owing.held(), owing.bank.balance(OPERATORS).minor) == ((0, 0), 0)
    assert len(messages("balance_not_collected")) == 2
    assert owing.all_add_up()


def test_a_debit_taken_back_when_the_money_has_left_is_owed_and_not_collected_twice(owing: Trust) -> None:
    owing.bank.expect(BRIGITTES, Fate(returns="MD06", after_days=6))
    owing.days_until(CollectionState.GOOD)
    owing.days(1)  # the bank has the transfer
    owing.days_until(CollectionState.FAILED)
    check_today(owing.merchant, at=owing.stage.now)
    owing.days(3)

    collection = RefundCollection.objects.get()
    assert collection.arrived is not None
    assert (collection.arrived.state, collection.arrived.reason) == ("ignored", "set_apart")
    assert (owing.held(), owing.bank.balance(OPERATORS).minor) == ((-8000, -8000), -8000)
    assert left_over(owing.merchant.pk) == -8000
    assert owing.all_add_up()
    owing.stage.later(days=28)
    owing.bank.move_to(owing.stage.now.date())
    check_today(owing.merchant, at=owing.stage.now)
    owing.work()
    assert owed_to(owing.account, at=owing.stage.now) == 0
    assert not RefundCollection.objects.filter(covers__isnull=False).exclude(pk=collection.pk).exists()


def test_a_transfer_that_never_gets_there_is_told_and_nothing_is_collected_again(owing: Trust) -> None:
    owing.days_until(CollectionState.GOOD)
    operator = Person.objects.create_user(email="betrieb@example.org", name="Betrieb", password=None)
    Membership.objects.create(merchant=owing.runs, person=operator, role=Role.OWNER)
    owing.bank.expect(ACCOUNT, Fate(rejects="AC01"))
    owing.days(4)
    assert RefundCollection.objects.get().attempt == 3
    assert len(messages("balance_not_brought", merchant=owing.merchant)) == 2
    assert len(messages("balance_not_brought", merchant=owing.runs)) == 1
    check_today(owing.merchant, at=owing.stage.now)
    owing.work()
    assert (RefundCollection.objects.count(), Debit.objects.count()) == (1, 1)
    assert owing.held() == (8000, 8000)

    owing.bank.expect(ACCOUNT, Fate())
    owing.stage.later(days=28)
    owing.bank.move_to(owing.stage.now.date())
    owing.days(3)
    assert RefundCollection.objects.get().arrived is not None
    assert owing.held() == (0, 0)
    assert owing.all_add_up()


def test_a_transfer_that_the_bank_takes_off_the_account_again_is_held_and_covers_it_anew(owing: Trust) -> None:
    operator = Person.objects.create_user(email="betrieb@example.org", name="Betrieb", password=None)
    Membership.objects.create(merchant=owing.runs, person=operator, role=Role.OWNER)
    owing.days_until(CollectionState.GOOD)
    owing.bank.expect(ACCOUNT, Fate(returns="AC06", after_days=2))
    owing.days(1)
    assert RefundCollection.objects.get().arrived is not None
    assert (owing.held(), owing.all_add_up()) == ((0, 0), True)
    owing.bank.expect(ACCOUNT, Fate())
    owing.days(4)
    assert (owing.held(), owing.bank.balance(OPERATORS).minor) == ((8000, 8000), 8000)
    assert owing.all_add_up()
    assert (
        len(messages("balance_recalled", merchant=owing.merchant)),
        len(messages("balance_recalled", merchant=owing.runs)),
    ) == (2, 1)

    check_today(owing.merchant, at=owing.stage.now)
    owing.days(3)
    assert list(RefundCollection.objects.order_by("pk").values_list("amount_minor", flat=True)) == [8000, 0]
    assert (owing.held(), owing.bank.balance(OPERATORS).minor, Debit.objects.count()) == ((0, 0), 0, 1)
    assert owing.all_add_up()


def nights(trust: Trust, count: int) -> None:
    """Pass; nobody reads the operator's statement."""
    for _ in range(count):
        trust.next_day()
        trust.work()


def test_what_does_not_come_back_is_waited_for_ten_banking_days_then_told_and_collected_anew(owing: Trust) -> None:
    operator = Person.objects.create_user(email="betrieb@example.org", name="Betrieb", password=None)
    Membership.objects.create(merchant=owing.runs, person=operator, role=Role.OWNER)
    owing.days_until(CollectionState.GOOD)
    owing.bank.expect(ACCOUNT, Fate(returns="AC06", after_days=2))
    owing.days(1)
    nights(owing, 5)
    gone = BankTransaction.objects.filter(merchant=owing.merchant, amount_minor=-8000)
    last = banking_day(gone.latest("booked_on").booked_on, later=10)
    nights(owing, (last - owing.stage.now.date()).days)
    assert owed_to(owing.account, at=owing.stage.now) == 8000
    assert (RefundCollection.objects.count(), len(messages("balance_not_back"))) == (1, 0)

    nights(owing, 3)
    assert (
        len(messages("balance_not_back", merchant=owing.merchant)),
        len(messages("balance_not_back", merchant=owing.runs)),
    ) == (2, 1)
    assert list(RefundCollection.objects.order_by("pk").values_list("amount_minor", flat=True)) == [8000, 8000]
    owing.bank.expect(ACCOUNT, Fate())
    owing.days(15)  # the statements are read: what was looked for is there
    assert owing.held() == (8000, 8000)
    assert left_over(owing.merchant.pk) == 8000
    assert owing.all_add_up()
    assert RefundCollection.objects.count() == 2


def test_what_was_taken_off_before_the_house_booked_such_things_is_booked_once(
    owing: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    owing.days_until(CollectionState.GOOD)
    owing.bank.expect(ACCOUNT, Fate(returns="AC06", after_days=2))
    with monkeypatch.context() as before:
        before.setattr(collect_refunds, "tell_if_recalled", lambda *_facts, **_more: None)
        owing.days(5)
    assert (owing.held(), owing.bank.balance(OPERATORS).minor) == ((0, 0), 8000)
    migration = import_module("zahlmeister.refunds.migrations.0008_recalled_before")
    for _ in range(2):
        migration.look_again(apps, None)
        owing.work()
        assert owing.held() == (8000, 8000)
    assert len(messages("balance_recalled", merchant=owing.merchant)) == 2
    assert Step.objects.filter(merchant=owing.merchant, verb="balance_recalled").count() == 1
    assert owing.all_add_up()


def test_a_transfer_that_a_person_cancelled_is_not_drafted_again_at_once(owing: Trust) -> None:
    transfer = owing.days_until(CollectionState.GOOD).transfer
    assert transfer is not None
    cancel_payment(transfer, by=owing.karl, at=owing.stage.now)
    owing.work()
    assert RefundCollection.objects.get().attempt == 1


def test_without_a_mandate_nothing_is_collected(trust: Trust) -> None:
    trust.owes()
    check_today(trust.merchant, at=trust.stage.now)
    trust.work()
    assert not RefundCollection.objects.exists()


def test_a_mandate_that_was_taken_back_stops_what_the_bank_does_not_have(owing: Trust) -> None:
    owing.work()
    with pytest.raises(Refused, match="owner"):
        take_mandate_back(Merchant.objects.create(name="x", slug="x"), by=owing.brigitte, at=owing.stage.now)
    take_mandate_back(owing.merchant, by=owing.brigitte, at=owing.stage.now)
    owing.work()
    assert Debit.objects.get().state == "cancelled"
    assert RefundCollection.objects.get().state == CollectionState.FAILED


def test_what_was_paid_in_cannot_be_taken_for_an_order(owing: Trust) -> None:
    owing.days(12)
    arrived = RefundCollection.objects.get().arrived
    assert arrived is not None
    with pytest.raises(Refused, match="by the operator"):
        unignore(owing.merchant, arrived.pk, by="brigitte", at=owing.stage.now)


def test_only_an_owner_gives_a_mandate_and_the_same_one_is_one(trust: Trust) -> None:
    trust.gives_mandate()
    trust.gives_mandate()
    assert len(messages("mandate_given")) == 2
    with pytest.raises(Refused, match="IBAN"):
        give_mandate(trust.merchant, Given("B", "DE00"), by=trust.brigitte, at=trust.stage.now)
    Merchant.objects.update(creditor_id="")
    with pytest.raises(Refused, match="creditor id"):
        give_mandate(trust.merchant, Given("B", ACCOUNT), by=trust.brigitte, at=trust.stage.now)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_commit_it_is_collected_and_paid_in_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for deaths in range(12):
        slug = f"{moment}-{deaths}"
        Merchant.objects.filter(is_operator=True).update(is_operator=False, slug=f"gone-{slug}")
        trust = Trust(Merchant.objects.create(name=slug, slug=slug), tmp_path)
        trust.gives_mandate()
        trust.owes()
        check_today(trust.merchant, at=trust.stage.now)
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                trust.work()
            except Killed:
                fate.append("died")
        trust.work()
        debit = Debit.objects.get(merchant=trust.runs)
        assert (debit.amount_minor, debit.state) == (8000, "approved")
        assert RefundCollection.objects.get(merchant=trust.merchant).debit == debit
        assert len(messages("debit_announced", merchant=trust.merchant)) == 2
        assert trust.stage.books() == []
        if not fate:
            break
    assert deaths >= 3
