"""A merchant's life, day by day, with whatever goes wrong in it; the clock is ours, so 400 days take minutes.

`python -m tests.faults.year --days 400 --seed 7` prints the seed and what is wrong in the end.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest

from tests.connectors.mail_server import Post
from tests.dying import Killed, dying
from tests.faults.far_side import Program
from zahlmeister.banking.accounts import account_for
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.cli.duties import Duty, turns_of
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.let_program_in import call_program_at, let_program_in
from zahlmeister.flows.new_merchant import new_merchant
from zahlmeister.formats.orders_csv import read_orders
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order, Shop
from zahlmeister.outbox.models import Message
from zahlmeister.sandbox import bank, shop
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.letters import set_up_letters
from zahlmeister.sandbox.movements import Statement
from zahlmeister.sandbox.shop import SandboxOrder

BEGIN = date(2026, 1, 7)
#: Refunds, payouts and debits would need a bank of their own; they have tests that kill them.
DUTIES = (Duty.BANK, Duty.TELL, Duty.ASK, Duty.BOOKS)
#: Of a hundred days so many have each of these.
CHANCES = {"dies": 40, "frozen": 10, "statement again": 15, "statement late": 12, "orders again": 15, "program away": 5,
           "mailboxes full": 5, "clock back": 5}  # fmt: skip
LEASE = timedelta(minutes=2)
_MOST_TURNS = 500


@dataclass(frozen=True, slots=True)
class Year:
    """What happened, and everything that is wrong with it."""

    days: int
    orders: int
    lines: int
    letters: int
    calls: int
    went_wrong: Counter[str]
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Life:
    """One merchant, whom a program and a mail server listen to, and a clock that we move."""

    merchant: Merchant
    shop: Shop
    folder: Path
    heard: Program
    post: Post
    roll: random.Random
    now: datetime
    done: Counter[str] = field(default_factory=Counter)
    late: list[Statement] = field(default_factory=list)
    files: int = 0
    wrong: list[str] = field(default_factory=list)

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def happens(self, what: str) -> bool:
        """Whether this goes wrong now; counted when it does."""
        does = self.roll.randrange(100) < CHANCES[what]
        self.done[what] += does
        return does

    def day(self, on: date, orders: Sequence[SandboxOrder], statements: Sequence[Statement]) -> None:
        """Orders come in, statements arrive as banks send them, and workers do what is due, as well as they can."""
        self.now = max(self.now, datetime.combine(on, time(7), UTC))
        self.heard.is_away = self.happens("program away")
        self.post.busy = {order.email for order in orders} if self.happens("mailboxes full") else set()
        for _ in range(1 + self.happens("orders again")):
            self._import(orders)
        self._deliver(statements)
        if self.happens("clock back"):
            self.now -= timedelta(hours=3)
        deaths = self.roll.randint(1, 3) if self.happens("dies") else 0
        for _ in range(deaths):
            moment, at = self.roll.choice(("before", "after")), self.roll.randint(1, 30)
            with suppress(Killed), pytest.MonkeyPatch.context() as patch, dying(patch, at=at, moment=moment):
                self._work()
            self.now += LEASE
        self._work()
        self.now += timedelta(hours=8)
        self._work()

    def _import(self, orders: Sequence[SandboxOrder]) -> None:
        if orders:
            file = self.folder / "orders.csv"
            shop.write_orders_csv(orders, file)
            import_orders(self.shop, read_orders(file), by="shop", clock=self.clock)

    def _deliver(self, statements: Sequence[Statement]) -> None:
        come = [*statements, *self.late]
        self.late = []
        for each in come:
            if each in statements and self.happens("statement late"):
                self.late.append(each)
                continue
            for _ in range(1 + self.happens("statement again")):
                self._hand_in(each)

    def _hand_in(self, statement: Statement) -> None:
        """The same lines in a file of another name and time each time."""
        self.files += 1
        file = self.folder / "statement.xml"
        write_camt053(file, [statement])
        content = file.read_bytes() + f"<!-- {self.files} -->".encode()
        hand_in_statement(self.merchant, BytesIO(content), f"{self.files}.xml", by="bank", at=self.clock())

    def _work(self) -> None:
        for take, _ in turns_of(DUTIES):
            for _ in range(_MOST_TURNS):
                if take(clock=self.clock) is None:
                    break
            else:
                self.wrong.append(f"{self.now:%Y-%m-%d}: {take.__name__} never ends")

    def finish(self) -> None:
        """Time passes, and nothing goes wrong any more."""
        self.heard.is_away, self.post.busy = False, set()
        self._deliver_late()
        for _ in range(4):
            self.now += timedelta(days=1)
            self._work()

    def _deliver_late(self) -> None:
        for each in self.late:
            self._hand_in(each)


def live(folder: Path, heard: Program, post: Post, *, days: int, seed: int, a_day: int = 4) -> Year:
    """Live so many days from the seed; the database is empty and ours."""
    merchant = new_merchant("Wollstube", email="brigitte@wollstube.example", password="wolle-und-garn", person_name="")
    begin = datetime.combine(BEGIN, time(6), UTC)
    let_program_in(merchant, "Wollstube", by="test", at=begin)
    call_program_at(merchant, "Wollstube", f"http://127.0.0.1:{heard.port}/paid", "", by="test", at=begin)
    there = Shop.objects.get(merchant=merchant)
    set_up_letters(merchant, there, today=BEGIN, at=begin)
    orders = list(_orders(seed, days, a_day))
    said = bank.statements(seed, orders, BEGIN + timedelta(days=days))
    for number, currency in {(each.account.iban, each.account.currency) for each in said}:
        account_for(merchant.pk, number, currency)
    life = Life(merchant, there, folder, heard, post, random.Random(seed), begin)
    for on in (BEGIN + timedelta(days=number) for number in range(days + 1)):
        came = [order for order in orders if order.date == on]
        life.day(on, came, [each for each in said if each.on == on - timedelta(days=1)])
        if on.day == 1 and (findings := check_books(merchant)):
            life.wrong.append(f"{on}: {findings}")
    life.finish()
    return _verdict(life, orders, said, days)


def _orders(seed: int, days: int, a_day: int) -> Iterator[SandboxOrder]:
    """The shop plays 45 days at a time; each of its seasons counts its numbers on from another thousand."""
    for season in range(-(-days // shop.DAYS)):
        until = BEGIN + timedelta(days=shop.DAYS * (season + 1))
        for order in shop.orders(seed + season, a_day * shop.DAYS, until):
            if order.date < BEGIN + timedelta(days=days):
                yield replace(
                    order,
                    number=_shifted(order.number, season),
                    invoice_number=order.invoice_number and _shifted(order.invoice_number, season),
                    customer_number=_shifted(order.customer_number, season),
                )


def _shifted(number: str, season: int) -> str:
    start, _, last = number.rpartition("-")
    return f"{start}-{int(last) + 1000 * season:05d}" if start else str(int(last) + 1000 * season)


def _verdict(life: Life, orders: Sequence[SandboxOrder], said: Sequence[Statement], days: int) -> Year:
    movements = list(chain.from_iterable(each.movements for each in said))
    lines = BankTransaction.objects.filter(merchant=life.merchant)
    calls = set(Message.objects.filter(channel="webhook", state="delivered").values_list("key", flat=True))
    sent = set(SentLetter.objects.filter(sent_at__isnull=False).values_list("message_id", flat=True))
    arrived = [name.strip("<>") for name in life.post.ids]
    deaths = life.done["dies"] * 3
    for what, is_there, expected in (
        ("orders", sorted(Order.objects.values_list("number", flat=True)), sorted(order.number for order in orders)),
        ("bank lines", lines.count(), len(movements)),
        ("their sum", sum(lines.values_list("amount_minor", flat=True)), sum(each.amount.minor for each in movements)),
        ("files not read", StatementImport.objects.exclude(state="done").count(), 0),
        ("findings in the books", check_books(life.merchant), []),
        ("messages stuck", list(Message.objects.filter(state="stuck").values_list("error", flat=True)[:3]), []),
        ("calls nobody has heard", sorted(calls - life.heard.keys), []),
        ("letters that arrived", sorted(set(arrived)), sorted(sent)),
        ("letters twice without a death", max(len(arrived) - len(set(arrived)) - deaths, 0), 0),
    ):
        if is_there != expected:
            life.wrong.append(f"{what}: {_short(is_there)}, expected {_short(expected)}")
    told = (len(set(arrived)), len(life.heard.keys))
    return Year(days, len(orders), len(movements), *told, life.done, tuple(life.wrong))


def _short(value: object) -> str:
    return f"{value!r}"[:300]
