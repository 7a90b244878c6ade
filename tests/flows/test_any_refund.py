"""Whatever is refunded, sent back, collected and paid out, in whatever order: the bank's books and ours agree.

The sandbox bank is the oracle. It keeps three accounts, Brigitte's own, her pooled one and the operator's, and pays
it is told as often as it is told. Chance says who pays, what goes back, which account is closed, and when days pass.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.stage import ANNA, BERND, CORA, Stage, order

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.cli.duties import Duty, turns_of
from zahlmeister.flows.approve_payment import approve_payment, cancel_payment
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.change_refund import cancel_refund, change_refund
from zahlmeister.flows.confirm_refund import confirm_refund
from zahlmeister.flows.give_mandate import Given, give_mandate
from zahlmeister.flows.make_debit_file import export_debit_file, make_debit_file
from zahlmeister.flows.make_debit_file import preview as debits_preview
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.make_payment_file import preview as transfers_preview
from zahlmeister.flows.pay_out import set_plan
from zahlmeister.flows.payout_account import approve_account, ask_account, confirm_account
from zahlmeister.flows.refund_settings import save_settings
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.flows.verify_merchant import name_operator, verify_merchant
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.accounts import token
from zahlmeister.payouts.models import PayoutPlan
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund, RefundCollection
from zahlmeister.refunds.states import RefundState, Way
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.paying_bank import SandboxBank

MONDAY = date(2026, 11, 23)
OWN, POOL, HOLDING = (
    MerchantAccount(owner, iban, "BYLADEM1001", "DKB", "EUR")
    for owner, iban in (
        ("Brigittes Wollstube", "DE02120300000000202051"),
        ("Treuhand Wollstube", "DE02500105170137075030"),
        ("Betrieb GmbH", "DE75512108001245126199"),
    )
)
#: The three buyers, an account nobody else uses, and the one that payouts go to.
BUYERS = (("Anna Weber", ANNA), ("Bernd Krause", BERND), ("Cora Lindner", CORA))
SPARE, PAYOUTS = "DE12500105170648489890", "DE02100500000054540402"
CENTS = st.integers(1, 9_999)
PICK = st.integers(0, 10_000)
PLACE = st.sampled_from([OWN, POOL])
OPENING = 50_000
#: Open, closed, closed at once, not covered, and a direct debit that is taken back when it was good already.
FATES = (
    Fate(),
    Fate(returns="AC04", after_days=1),
    Fate(rejects="AC01"),
    Fate(returns="AM04"),
    Fate(returns="MD06", after_days=7),
)
_numbers = count(1)


class Town(RuleBasedStateMachine):
    """Brigitte, her buyers, the operator and their bank, by chance."""

    @initialize(way=st.sampled_from(list(Way)))
    def everybody_is_set_up(self, way: Way) -> None:
        self.folder = TemporaryDirectory()
        slug = f"t{next(_numbers)}"
        Merchant.objects.filter(is_operator=True).update(is_operator=False)
        at = datetime(2026, 11, 23, 8, tzinfo=UTC)
        self.merchant, self.runs = (Merchant.objects.create(name=name, slug=f"{slug}{name}") for name in "ab")
        self.brigitte, self.karl = (self._owner(f"{name}@{slug}.example") for name in ("brigitte", "karl"))
        self.bank = SandboxBank(today=MONDAY)
        self.accounts = {}
        for whose, said, kind in (
            (self.merchant, OWN, AccountKind.OWN),
            (self.merchant, POOL, AccountKind.POOLED),
            (self.runs, HOLDING, AccountKind.OWN),
        ):
            self.bank.open_account(said, Amount(OPENING if said is OWN else 0, "EUR"))
            self.accounts[said.iban] = BankAccount.objects.create(
                merchant=whose, number=said.iban, currency="EUR", holder=said.owner, kind=kind
            )
        path = Path(self.folder.name)
        self.stages = {whose.pk: Stage(whose, path, at) for whose in (self.merchant, self.runs)}
        self.stage = self.stages[self.merchant.pk]
        self.read: dict[str, int] = {}
        name_operator(self.runs, by="root", at=at, creditor_id="DE98ZZZ09999999999")
        verify_merchant(self.merchant, Verification.VERIFIED, why="seen", by="root", at=at)
        give_mandate(self.merchant, Given(OWN.owner, OWN.iban), by=self.brigitte, at=at)
        save_settings(self.merchant, {"way": way, "waiting_days": 2}, by=self.brigitte, at=at)
        asked = ask_account(self.merchant, "EUR", name="Wollstube", number=PAYOUTS, by=self.brigitte, at=at)
        confirm_account(asked, token(asked), by=self.brigitte, at=at)
        approve_account(asked, by=self.karl, at=at)
        plan = PayoutPlan(rhythm="daily", is_approved=True)
        set_plan(self.accounts[POOL.iban], plan, by=self.brigitte, at=at)
        self.sold: list[str] = []

    # ---- what happens ----------------------------------------------------------------------------------------------

    @rule(cents=CENTS, who=st.sampled_from(BUYERS), place=PLACE, more=st.sampled_from([0, 0, 500]))
    def a_buyer_orders_and_pays(self, cents: int, who: tuple[str, str], place: MerchantAccount, more: int) -> None:
        number = f"7000{len(self.sold):05d}"
        self.sold.append(number)
        self.stage.orders(order(number, f"{cents // 100}.{cents % 100:02d}", who[0]))
        self._pays(place, cents + more, who, f"Bestellung {number}")

    @rule(cents=CENTS, place=PLACE)
    def a_stranger_pays(self, cents: int, place: MerchantAccount) -> None:
        self._pays(place, cents, ("Xaver Unbekannt", SPARE), "danke")

    @rule(cents=CENTS, pick=PICK, twice=st.booleans())
    def a_refund_is_asked_for(self, cents: int, pick: int, twice: bool) -> None:
        asked = Asked(f"office:{next(_numbers)}", Amount(cents, "EUR"))
        with suppress(Refused):
            for _ in range(1 + twice):
                item = self._any(OpenItem, pick).pk
                ask_refund(self.merchant, item, asked, by=self.brigitte.email, at=self.stage.now)

    @rule(pick=PICK)
    def the_buyer_confirms(self, pick: int) -> None:
        with suppress(Refused):
            confirm_refund(self._any(Refund, pick, item__isnull=False), at=self.stage.now)

    @rule(pick=PICK, to=st.sampled_from([iban for _name, iban in BUYERS] + [SPARE, None]))
    def a_person_says_where_it_goes(self, pick: int, to: str | None) -> None:
        goes = GoesTo("Anna Weber", to) if to else None
        with suppress(Refused):
            refund = self._any(Refund, pick, item__isnull=False)
            change_refund(refund, goes=goes, on=self.stage.now.date(), by="brigitte", at=self.stage.now)

    @rule(pick=PICK)
    def a_person_withdraws_a_refund(self, pick: int) -> None:
        with suppress(Refused):
            cancel_refund(self._any(Refund, pick), by="brigitte", at=self.stage.now)

    @rule(pick=PICK)
    def a_payment_goes_back(self, pick: int) -> None:
        with suppress(Refused):
            return_payment(self.merchant, self._any(Payment, pick).pk, by=self.brigitte, at=self.stage.now)

    @rule(pick=PICK)
    def a_person_takes_a_payment_from_its_order(self, pick: int) -> None:
        with suppress(Refused):
            unassign(self.merchant, self._any(Payment, pick).pk, by="brigitte", at=self.stage.now)

    @rule(pick=PICK)
    def a_person_cancels_a_transfer(self, pick: int) -> None:
        with suppress(Refused):
            cancel_payment(self._any(PaymentOrder, pick), by=self.karl, at=self.stage.now)

    @rule(
        iban=st.sampled_from([iban for _name, iban in BUYERS] + [SPARE, PAYOUTS, OWN.iban, POOL.iban]),
        fate=st.sampled_from(FATES),
    )
    def an_account_is_closed_or_open_again(self, iban: str, fate: Fate) -> None:
        self.bank.expect(iban, fate)

    @rule(days=st.integers(1, 4), hands_in=st.booleans())
    def days_pass(self, days: int, hands_in: bool) -> None:
        for _ in range(days):
            if hands_in:
                self._hand_in()
            self._next_day()

    @rule()
    def a_fortnight_passes(self) -> None:
        self.days_pass(14, hands_in=True)

    # ---- what must be true -----------------------------------------------------------------------------------------

    @invariant()
    def our_books_say_what_the_statements_say(self) -> None:
        for iban, account in getattr(self, "accounts", {}).items():
            booked = balance(account.merchant_id, Book.BANK, "EUR", about=account.pk).minor
            assert booked == self._closing(iban), iban
        for stage in getattr(self, "stages", {}).values():
            assert stage.books() == []

    @invariant()
    def nothing_was_paid_twice(self) -> None:
        if hasattr(self, "bank"):
            assert all(times == 1 for times in self.bank.paid().values())

    @invariant()
    def a_refund_is_paid_when_and_only_when_the_bank_has_paid_it(self) -> None:
        """Of all transfers of a refund the bank keeps one executed, or none; told by the statements that were read."""
        if not hasattr(self, "bank"):
            return
        kept = self._kept_by_the_bank()
        for refund in Refund.objects.filter(merchant=self.merchant):
            sources = (f"refund:{refund.pk}:", f"return:{refund.payment_id}:{refund.pk}")
            mine = [each for source in sources for each in PaymentOrder.objects.filter(source__startswith=source)]
            paid = sum(kept.get(each.end_to_end_id, 0) for each in mine)
            assert paid == (-refund.amount_minor if refund.state == RefundState.PAID else 0), refund

    @invariant()
    def what_the_operator_holds_is_what_the_merchant_has_there(self) -> None:
        if not hasattr(self, "bank"):
            return
        theirs = -balance(self.runs.pk, Book.HELD, "EUR").minor
        assert balance(self.merchant.pk, Book.WITH_OPERATOR, "EUR").minor == theirs
        on_its_way = sum(
            each.cover_minor
            for each in RefundCollection.objects.filter(merchant=self.merchant, arrived=None).exclude(transfer=None)
            if self._kept_by_the_bank().get(each.transfer.end_to_end_id)
        )
        assert theirs == self._closing(HOLDING.iban) + on_its_way

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _pays(self, place: MerchantAccount, cents: int, who: tuple[str, str], text: str) -> None:
        self.bank.pay_in(place.iban, Amount(cents, "EUR"), name=who[0], iban=who[1], text=text)

    def _next_day(self) -> None:
        self._work()
        self.bank.move_to(self.bank.today + timedelta(days=1))
        for stage in self.stages.values():
            stage.now += timedelta(days=1)
        for iban, account in self.accounts.items():
            days = self.bank.statements(iban)
            if fresh := days[self.read.get(iban, 0) :]:
                path = Path(self.folder.name) / "day.xml"
                write_camt053(path, fresh)
                assert self.stages[account.merchant_id].receive(path.read_bytes(), "day.xml").error == ""
                self.read[iban] = len(days)
        self._work()

    def _work(self) -> None:
        """A worker does everything that is due about money that leaves."""
        turns = turns_of([Duty.REFUND, Duty.PAY_OUT])
        for _round in range(60):
            worked = [take.__module__ for take, _rest in turns if take(clock=self.stage.clock) is not None]
            if not worked:
                return
        raise AssertionError(f"{worked} find no end.")

    def _hand_in(self) -> None:
        """Somebody approves whatever waits, and all files go to the bank."""
        now = self.stage.now
        for waiting in PaymentOrder.objects.filter(state=OrderState.DRAFTED, merchant__in=self.stages):
            with suppress(Refused):
                approve_payment(waiting, by=self.karl, at=now)
        for account in self.accounts.values():
            if debits_preview(account, at=now).debits:
                self._heard(account, export_debit_file(make_debit_file(account, by="h", at=now), by="h", at=now))
            if transfers_preview(account, at=now).orders:
                self._heard(account, export_file(make_payment_file(account, by="h", at=now), by="h", at=now))

    def _heard(self, account: BankAccount, file: bytes) -> None:
        assert self.stages[account.merchant_id].receive(self.bank.hand_in(file), "answer.xml").error == ""

    def _closing(self, iban: str) -> int:
        """What the newest statement that we have read says."""
        seen = self.bank.statements(iban)[: self.read.get(iban, 0)]
        return seen[-1].closing.minor if seen else 0

    def _kept_by_the_bank(self) -> dict[str, int]:
        """What each of our transfers and collections has moved, by the statements that we have read."""
        sums: dict[str, int] = {}
        for iban in self.accounts:
            for day in self.bank.statements(iban)[: self.read.get(iban, 0)]:
                for one in day.movements:
                    for part in one.parts or (one,):
                        if part.end_to_end_id and part.counterparty not in {OWN.owner, POOL.owner, HOLDING.owner}:
                            sums[part.end_to_end_id] = sums.get(part.end_to_end_id, 0) + part.amount.minor
        return sums

    def _owner(self, email: str) -> Person:
        person = Person.objects.create_user(email, name=email)
        for whose in (self.merchant, self.runs):
            Membership.objects.create(merchant=whose, person=person, role=Role.OWNER)
        return person

    def _any(self, model: type, pick: int, **which: object) -> object:
        found = list(model.objects.filter(merchant=self.merchant, **which).order_by("pk"))
        if not found:
            raise Refused("There is nothing yet.")
        return found[pick % len(found)]


@pytest.mark.slow
class TestAnyRefund(TestCase, Town.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(
        max_examples=6,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking against a database takes minutes
    )
