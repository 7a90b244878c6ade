"""Whatever people and banks do, in whatever order: the books balance and every cent is somewhere.

A small model of plain dictionaries says what must be; the house is compared with it after every step.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.stage import Paid, camt, order

from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import BankTransaction
from zahlmeister.flows.assign_payment import assign, ignore, unassign, unignore
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.divide_payment import divide, hand_in_list, look_at
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.flows.steer_dunning import leave_costs
from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.record import shop_called
from zahlmeister.receivables.costs import Costs, ask_costs
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.refusals import Refused

NAMES = ["Anna Weber", "Bernd Krause", "Cora Lindner"]
CENTS = st.integers(1, 9_999)
PICK = st.integers(0, 10_000)
BY = "brigitte"


class House(RuleBasedStateMachine):
    """Everything a merchant can do, by chance."""

    def __init__(self) -> None:
        super().__init__()
        Merchant.objects.all()
        self.merchant = Merchant.objects.create(name="Wollstube", slug=f"w{Merchant.objects.count()}")
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.totals: dict[str, int] = {}
        self.received = 0
        self.keys = 0
        self.files: list[bytes] = []

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    @rule(cents=CENTS, who=st.sampled_from(NAMES), again=st.booleans(), pick=PICK)
    def an_order_comes_or_changes(self, cents: int, who: str, again: bool, pick: int) -> None:
        if again and self.totals:
            number = sorted(self.totals)[pick % len(self.totals)]
            if self._item(number).cancelled_minor:
                return
        else:
            number = f"7000{len(self.totals):04d}"
        self.totals[number] = cents
        row = order(number, f"{cents // 100}.{cents % 100:02d}", who)
        import_orders(shop_called(self.merchant.pk, "Wollstube"), [row], by="shop", clock=self.clock)

    @rule(cents=CENTS, who=st.sampled_from(NAMES), pick=PICK, named=st.booleans(), twice=st.booleans())
    def money_comes(self, cents: int, who: str, pick: int, named: bool, twice: bool) -> None:
        number = sorted(self.totals)[pick % len(self.totals)] if self.totals else "none"
        line = Paid(cents, f"Bestellung {number}" if named else "danke", who, on=date(2026, 11, 19))
        lines = [line, line] if twice else [line]
        self.files.append(camt(lines, number=len(self.files) + 1))
        self.received += cents * len(lines)
        # distinct days keep files from looking like repetitions of each other
        self.files[-1] = self.files[-1].replace(b"2026-11-19", f"{2000 + len(self.files)}-11-19".encode())
        self._hand_in(self.files[-1])

    @precondition(lambda self: self.files)
    @rule(pick=PICK)
    def an_old_file_comes_again(self, pick: int) -> None:
        content = self.files[pick % len(self.files)]
        self._hand_in(content)
        self._hand_in(content.replace(b"<MsgId>", b"<MsgId>again-"))

    @rule(pick=PICK, pick_item=PICK, cents=CENTS)
    def a_person_assigns(self, pick: int, pick_item: int, cents: int) -> None:
        self.keys += 1
        self._try(
            lambda: assign(
                self.merchant,
                self._payment(pick).pk,
                [(self._any_item(pick_item).pk, cents)],
                by=BY,
                at=self.clock(),
                source=f"k{self.keys}",
            )
        )

    @rule(pick=PICK, items=st.lists(PICK, min_size=1, max_size=4), fee=st.integers(0, 300), keeps_rest=st.booleans())
    def a_carriers_list_divides(self, pick: int, items: list[int], fee: int, keeps_rest: bool) -> None:
        self.keys += 1
        self._try(lambda: self._divide(self._payment(pick), items, fee, keeps_rest=keeps_rest))

    def _divide(self, payment: Payment, picks: list[int], fee: int, *, keeps_rest: bool) -> None:
        rows = [self._any_item(pick) for pick in picks]
        lines = "".join(f"{row.order.number};{row.open_minor / 100:.2f};{fee / 100:.2f}\n" for row in rows)
        text = f"Auftragsnummer;Betrag;Gebuehr\n{lines}"
        advice = hand_in_list(self.merchant, payment.pk, text.encode(), "liste.csv", by=BY, at=self.clock())
        chosen = [row.said.line for row in look_at(advice).rows if row.is_assignable]
        for _ in range(2):
            divide(advice, chosen, by=BY, at=self.clock(), source=f"d{self.keys}", keeps_rest=keeps_rest)

    @rule(pick=PICK)
    def a_person_takes_back(self, pick: int) -> None:
        self._try(lambda: unassign(self.merchant, self._payment(pick).pk, by=BY, at=self.clock()))

    @rule(pick=PICK, back=st.booleans())
    def a_person_ignores(self, pick: int, back: bool) -> None:
        verb = unignore if back else ignore
        self._try(lambda: verb(self.merchant, self._payment(pick).pk, by=BY, at=self.clock()))

    @rule(pick=PICK, verb=st.sampled_from([unmark_paid, cancel_item, reopen_item]))
    def a_person_decides_on_an_order(self, pick: int, verb: object) -> None:
        self._try(lambda: verb(self.merchant, self._any_item(pick).pk, by=BY, at=self.clock()))  # type: ignore[operator]

    @rule(pick=PICK, cents=st.integers(1, 500), is_claimed=st.booleans(), twice=st.booleans())
    def a_notice_asks_for_a_fee(self, pick: int, cents: int, is_claimed: bool, twice: bool) -> None:
        self.keys += 1
        found = OpenItem.objects.filter(merchant=self.merchant, open_minor__gt=0)
        for _ in range(1 + twice):
            with suppress(Refused), transaction.atomic():
                asked = Costs(self._of(found, pick).pk, cents, f"n{self.keys}", is_claimed)
                ask_costs(self.merchant.pk, [asked], by=BY, on=date(2026, 11, 20), at=self.clock())

    @rule(pick=PICK)
    def a_person_drops_the_fees(self, pick: int) -> None:
        self._try(lambda: leave_costs(self.merchant, self._any_item(pick).pk, by=BY, at=self.clock()))

    @rule(pick=PICK)
    def a_person_marks_paid(self, pick: int) -> None:
        self.keys += 1
        item = lambda: self._any_item(pick).pk  # noqa: E731 - read where it is used
        self._try(lambda: mark_paid(self.merchant, item(), by=BY, at=self.clock(), source=f"m{self.keys}"))

    @invariant()
    def the_books_balance(self) -> None:
        assert check_books(self.merchant) == []
        assert sum(amount.minor for _, _, amount in balances(self.merchant.pk)) == 0

    @invariant()
    def every_cent_that_came_is_in_the_bank(self) -> None:
        booked = dict.fromkeys(Book, 0)
        for book, _, amount in balances(self.merchant.pk):
            booked[book] += amount.minor
        # every invented statement begins with 1,000.00, but the account's books begin only once
        assert booked[Book.BANK] == self.received + (100_000 if self.received else 0)
        assert (
            sum(BankTransaction.objects.filter(merchant=self.merchant).values_list("amount_minor", flat=True))
            == self.received
        )

    @invariant()
    def an_order_owes_what_it_asked_less_what_came(self) -> None:
        for item in OpenItem.objects.filter(merchant=self.merchant).select_related("order"):
            given = sum(
                (-1 if row.reverses_id else 1) * (row.applied_minor + row.surplus_minor + row.waived_minor)
                for row in item.allocations.all()
            )
            assert item.total_minor == self.totals[item.order.number]
            owed = item.total_minor + item.costs_minor
            assert item.open_minor + item.cancelled_minor - item.surplus_minor == owed - given
            asked = sum(item.delay_costs.values_list("minor", flat=True))
            assert asked == item.costs_asked_minor
            if item.claims_costs and not item.cancelled_minor:
                assert item.costs_minor == asked
            elif not item.claims_costs:
                assert not (item.open_minor and item.costs_minor), "what comes is for the order first"
                assert not (item.surplus_minor and item.costs_minor < asked), "a fee that is paid is no surplus"

    def _hand_in(self, content: bytes) -> None:
        handed_in = hand_in_statement(self.merchant, BytesIO(content), "day.xml", by=BY, at=self.clock())
        work = claim(self.clock(), only=handed_in.statement_import.pk)
        if work is not None:
            done = receive_statement(work, clock=self.clock)
            assert not done.error

    def _item(self, number: str) -> OpenItem:
        return OpenItem.objects.get(merchant=self.merchant, order__number=number)

    def _any_item(self, pick: int) -> OpenItem:
        return self._of(OpenItem.objects.filter(merchant=self.merchant), pick)

    def _payment(self, pick: int) -> Payment:
        return self._of(Payment.objects.filter(merchant=self.merchant), pick)

    def _of(self, rows: object, pick: int) -> object:
        found = list(rows.order_by("id"))  # type: ignore[attr-defined]
        if not found:
            raise Refused("There is nothing yet.")
        return found[pick % len(found)]

    def _try(self, action: object) -> None:
        try:
            action()  # type: ignore[operator]
        except Refused as refusal:
            # a refusal is a sentence, and changes nothing: the invariants look
            assert str(refusal).endswith(".")  # noqa: PT017 - both outcomes are right


@pytest.mark.slow
class TestAnySequence(TestCase, House.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking against a database takes minutes
    )
