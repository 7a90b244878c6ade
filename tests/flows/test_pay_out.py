"""Brigitte's share of a pooled account is settled and leaves, once, with a statement that adds up to the cent."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.stage import ACCOUNT, ANNA, BERND, CORA, Stage, order

from zahlmeister.banking.models import AccountKind, BankAccount, StatementImport
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows import pay_out as paying
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment
from zahlmeister.flows.check_nightly import check_next, check_today
from zahlmeister.flows.follow_payouts import follow_next
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.payout_account import approve_account, ask_account, confirm_account
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.accounts import token
from zahlmeister.payouts.models import BooksCheck, Payout, PayoutAccount, PayoutLine, PayoutPlan
from zahlmeister.payouts.states import LineKind
from zahlmeister.receivables.models import Payment
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.paying_bank import SandboxBank

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 11, 23)
POOL = MerchantAccount("Treuhand Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")
HOUSE_BANK = "DE75512108001245126199"


class Desk:
    """Brigitte and Karl own a shop whose buyers pay to a pooled account; its trustee bank is played by the sandbox."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        self.stage = Stage(merchant, folder, datetime(2026, 11, 23, 8, tzinfo=UTC))
        self.merchant = merchant
        self.account = BankAccount.objects.create(
            merchant=merchant, number=ACCOUNT, currency="EUR", holder=POOL.owner, kind=AccountKind.POOLED
        )
        self.brigitte, self.karl = (self._owner(name) for name in ("brigitte", "karl"))
        self.bank = SandboxBank(books=folder / f"{merchant.slug}.db", today=MONDAY)
        self.bank.open_account(POOL, Amount(0, "EUR"))
        verify_merchant(merchant, Verification.VERIFIED, why="seen", by="operator", at=self.stage.now)
        self.stage.orders(order("100012345", "49.90", "Anna Weber"), order("100012346", "80.00", "Bernd Krause"))

    def _owner(self, name: str) -> Person:
        person = Person.objects.create_user(f"{name}@{self.merchant.slug}.example", name=name)
        Membership.objects.create(merchant=self.merchant, person=person, role=Role.OWNER)
        return person

    def pays_to(self, number: str = HOUSE_BANK) -> PayoutAccount:
        said = {"name": "Brigittes Wollstube", "number": number}
        asked = ask_account(self.merchant, "EUR", **said, by=self.brigitte, at=self.stage.now)
        confirm_account(asked, token(asked), by=self.brigitte, at=self.stage.now)
        return approve_account(asked, by=self.karl, at=self.stage.now)

    def plan(self, **said: object) -> PayoutPlan:
        wanted = PayoutPlan(**{"rhythm": "daily", "is_approved": True, **said})
        return paying.set_plan(self.account, wanted, by=self.brigitte, at=self.stage.now)

    def buyers_pay(self) -> None:
        self.bank.pay_in(ACCOUNT, Amount(4990, "EUR"), name="Anna Weber", iban=ANNA, text="Bestellung 100012345")
        self.bank.pay_in(ACCOUNT, Amount(8000, "EUR"), name="Bernd Krause", iban=BERND, text="100012346")

    def stranger_pays(self, minor: int = 3333) -> None:
        self.bank.pay_in(ACCOUNT, Amount(minor, "EUR"), name="Xaver Unbekannt", iban=CORA, text="danke")

    def next_day(self) -> None:
        """Night falls: the bank books, its statement is read, the books are checked."""
        self.stage.later(days=1)
        self.bank.move_to(self.stage.now.date())
        self.reads()
        check_today(self.merchant, at=self.stage.now)

    def reads(self) -> None:
        path = self.stage.folder / "statement.xml"
        write_camt053(path, self.bank.statements(ACCOUNT))
        self.stage.receive(path.read_bytes())

    def works(self) -> None:
        while paying.pay_out_next(clock=self.stage.clock) or follow_next(clock=self.stage.clock):
            pass

    def sends(self) -> bytes:
        """Somebody fetches the file of the approved transfers and hands it in."""
        file = make_payment_file(self.account, by="brigitte", at=self.stage.now)
        return self.bank.hand_in(export_file(file, by="brigitte", at=self.stage.now))

    def payout(self) -> Payout:
        return Payout.objects.select_related("order").get(merchant=self.merchant)

    def stopped_by(self) -> str:
        return PayoutPlan.objects.get(merchant=self.merchant).stopped_by


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.pays_to()
    desk.plan()
    desk.buyers_pay()
    desk.stranger_pays()
    desk.next_day()
    return desk


def adds_up(payout: Payout) -> bool:
    lines = sum(payout.lines.values_list("amount_minor", flat=True))
    return payout.before_minor + lines - payout.standing.held == payout.amount_minor


def test_what_is_assigned_is_paid_out_and_what_is_unclear_stays(ready: Desk) -> None:
    ready.works()

    payout = ready.payout()
    assert (payout.amount_minor, payout.bank_minor, payout.unclear_minor) == (12990, 16323, 3333)
    assert adds_up(payout)
    assert Counter(payout.lines.values_list("kind", flat=True)) == {LineKind.PAYMENT: 3}
    assert (payout.order.creditor_number, payout.order.state) == (HOUSE_BANK, "approved")
    assert ready.stage.books() == []


def test_worked_twice_it_leaves_once(ready: Desk) -> None:
    ready.works()
    ready.works()
    ready.sends()
    plan = PayoutPlan.objects.get()
    assert paying.pay_out(plan, MONDAY + timedelta(days=1), by="house", at=ready.stage.now) == ready.payout()
    ready.next_day()
    ready.works()

    assert ready.bank.times_paid(ready.payout().order.end_to_end_id) == 1
    assert ready.bank.balance(ACCOUNT).minor == 3333
    assert PaymentOrder.objects.count() == 1
    assert ready.stage.books() == []


def test_the_second_statement_begins_where_the_first_one_ended(ready: Desk) -> None:
    ready.works()
    ready.sends()
    ready.stage.orders(order("100012347", "10.00", "Cora Lindner"))
    ready.bank.pay_in(ACCOUNT, Amount(1000, "EUR"), name="Cora Lindner", iban=CORA, text="100012347")
    ready.next_day()
    ready.works()

    first, second = Payout.objects.order_by("created_at")
    assert second.before_minor == first.bank_minor
    assert second.amount_minor == 1000
    kinds = {line.kind: line.amount_minor for line in second.lines.all()}
    assert kinds == {LineKind.PAYMENT: 1000, LineKind.PAYOUT: -12990}
    assert adds_up(second)
    assert PayoutLine.objects.count() == 5


def test_a_payout_that_the_statement_does_not_show_yet_is_not_paid_again(ready: Desk) -> None:
    ready.works()
    ready.stage.later(days=1)
    check_today(ready.merchant, at=ready.stage.now)
    ready.works()

    assert Payout.objects.count() == 1
    assert PayoutPlan.objects.get().due_on == date(2026, 11, 26)


def test_reserve_and_minimum_stay(desk: Desk) -> None:
    desk.pays_to()
    desk.plan(reserve_minor=10_000, minimum_minor=3000)
    desk.buyers_pay()
    desk.next_day()
    desk.works()
    assert not Payout.objects.exists()  # 29.90 are less than the minimum

    desk.plan(reserve_minor=10_000, minimum_minor=2990)
    desk.next_day()
    desk.works()
    assert desk.payout().amount_minor == 2990
    assert desk.payout().reserve_minor == 10_000


def test_money_that_goes_back_is_not_paid_out(ready: Desk) -> None:
    unclear = Payment.objects.get(amount_minor=3333)
    return_payment(ready.merchant, unclear.pk, by=ready.brigitte, at=ready.stage.now)
    check_today(ready.merchant, at=ready.stage.now)
    ready.works()
    assert (ready.payout().amount_minor, ready.payout().on_its_way_minor) == (12990, 3333)

    approve_payment(PaymentOrder.objects.get(amount_minor=3333), by=ready.karl, at=ready.stage.now)
    ready.sends()
    ready.next_day()
    assert ready.bank.balance(ACCOUNT).minor == 0
    assert ready.stage.books() == []


Unready = Callable[[Desk], object]
CASES: dict[str, tuple[Unready, str]] = {
    "not verified": (
        lambda d: verify_merchant(d.merchant, Verification.FAILED, why="gone", by="o", at=d.stage.now),
        "not verified",
    ),
    "not checked today": (lambda d: BooksCheck.objects.all().delete(), "not checked today"),
    "a difference": (
        lambda d: (
            Account.objects.filter(book="orders").update(balance_minor=1),
            check_today(d.merchant, at=d.stage.now),
        ),
        "do not add up",
    ),
    "no account": (lambda d: PayoutAccount.objects.update(state="refused"), "No account is known"),
    "still reading": (lambda d: StatementImport.objects.update(state="running"), "being read"),
    "a cached balance is wrong": (
        lambda d: Account.objects.filter(book="bank").update(balance_minor=99_999_999),
        "do not make the balance",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_leaves_while_something_is_not_in_order(ready: Desk, case: str) -> None:
    unready, why = CASES[case]
    unready(ready)
    ready.works()
    assert not Payout.objects.exists()
    assert not PaymentOrder.objects.exists()
    assert why in ready.stopped_by()


def test_what_was_stopped_is_tried_again_later(ready: Desk) -> None:
    BooksCheck.objects.all().delete()
    ready.works()
    assert check_next(clock=ready.stage.clock) is not None
    assert check_next(clock=ready.stage.clock) is None
    ready.works()
    assert not Payout.objects.exists()
    ready.stage.later(hours=2)
    ready.works()
    assert ready.payout().amount_minor == 12990
    assert ready.stopped_by() == ""


def test_above_the_limit_for_two_people_the_plan_does_not_approve(ready: Desk) -> None:
    Merchant.objects.update(four_eyes_above_minor=12_989)
    ready.works()
    assert ready.payout().order.state == "drafted"
    with pytest.raises(Refused):
        ready.sends()


def test_a_cancelled_payout_is_there_again_the_next_day(ready: Desk) -> None:
    ready.works()
    cancel_payment(ready.payout().order, by=ready.karl, at=ready.stage.now)
    ready.works()
    assert balance(ready.merchant.pk, Book.PAID_OUT, "EUR").minor == 0
    ready.next_day()
    ready.works()
    assert [payout.amount_minor for payout in Payout.objects.all()] == [12990, 12990]
    assert all(adds_up(payout) for payout in Payout.objects.all())
    assert ready.stage.books() == []


def test_a_payout_that_comes_back_is_paid_out_with_the_next_one(ready: Desk) -> None:
    ready.bank.expect(HOUSE_BANK, Fate(returns="AC04", after_days=1))
    ready.works()
    ready.sends()
    ready.next_day()
    ready.next_day()
    ready.next_day()
    ready.works()
    first, *_, last = Payout.objects.order_by("created_at")
    assert first.undone_on is not None
    assert last.amount_minor == 12990
    assert {line.kind for line in last.lines.all()} == {LineKind.PAYOUT, LineKind.CAME_BACK}
    assert adds_up(last)
    assert ready.stage.books() == []


def test_only_pooled_accounts_are_paid_out_and_only_owners_say_when(desk: Desk) -> None:
    clerk = Person.objects.create_user("clerk@wollstube.example", name="Clerk")
    Membership.objects.create(merchant=desk.merchant, person=clerk, role=Role.CLERK)
    with pytest.raises(Refused, match="owner"):
        paying.set_plan(desk.account, PayoutPlan(rhythm="daily"), by=clerk, at=desk.stage.now)
    BankAccount.objects.update(kind=AccountKind.OWN)
    desk.account.refresh_from_db()
    with pytest.raises(Refused, match="pooled"):
        desk.plan()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_commit_the_money_leaves_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    deaths = 0
    while True:
        slug = f"{moment}-{deaths}"
        desk = Desk(Merchant.objects.create(name=slug, slug=slug), tmp_path)
        desk.pays_to()
        desk.plan()
        desk.buyers_pay()
        desk.next_day()
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                desk.works()
            except Killed:
                fate.append("died")
        desk.works()
        payout = desk.payout()
        assert (payout.amount_minor, adds_up(payout), desk.stage.books()) == (12990, True, [])
        assert PaymentOrder.objects.filter(merchant=desk.merchant).count() == 1
        assert Posting.objects.filter(merchant=desk.merchant, text="paid_out").count() == 1
        if not fate:
            break
        deaths += 1
    assert deaths >= 1
