"""The demo's pooled account: buyers of Brigitte's second brand pay to a trustee, who pays her out once a week.

Three weeks are played at a bank of the sandbox: payments come in, some money goes back, a payout leaves, and what came
since waits.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.utils.timezone import localdate

from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.check_nightly import check_today
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.flows.pay_out import pay_out, set_plan
from zahlmeister.flows.payout_account import approve_account, ask_account, confirm_account
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.money.amount import Amount
from zahlmeister.orders.record import shop_called
from zahlmeister.payouts.accounts import token
from zahlmeister.payouts.models import PayoutPlan
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.cast import iban
from zahlmeister.sandbox.chance import dice
from zahlmeister.sandbox.demo_refunds import play_refunds
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.names import BANKS, Country
from zahlmeister.sandbox.paying_bank import SandboxBank

SHOP = "Garnkiste"
KARL = "karl@wollstube.example"
BY = "demo"
#: Number, amount in cents, who orders, and how many days ago the money came; None: not yet.
ORDERS = (
    ("G-3001", 2990, "Ines Albers", 17),
    ("G-3002", 6450, "Kai Beck", 16),
    ("G-3003", 1895, "Lena Cordes", 15),
    ("G-3004", 8990, "Malte Dietz", 13),
    ("G-3005", 4275, "Nora Evers", 11),
    ("G-3006", 12900, "Ole Frank", 10),
    ("G-3007", 3350, "Pia Graf", 5),
    ("G-3008", 7780, "Rolf Hahn", 4),
    ("G-3009", 2460, "Sina Ihde", 2),
    ("G-3010", 5515, "Tom Jahn", None),
)
#: What nobody can place: amount in cents, who pays, text, days ago.
STRANGE = ((4200, "Ute Kern", "wie besprochen", 6), (1500, "Veit Lange", "Danke", 3))

Clock = Callable[[], datetime]


def open_pooled_account(merchant: Merchant, brigitte: Person, folder: Path, *, clock: Clock) -> BankAccount:
    """Play the three weeks; the demo is a new one."""
    now = clock()
    roll = dice(7, "pooled")
    pool = MerchantAccount(
        "Treuhand Brigittes Wollstube", iban(roll, BANKS[Country.GERMANY][0]), "TRHNDEFFXXX", "Treuhand", "EUR"
    )
    account = BankAccount.objects.create(
        merchant=merchant,
        number=pool.iban,
        currency="EUR",
        name="Sammelkonto",
        holder=pool.owner,
        kind=AccountKind.POOLED,
    )
    _set_up(merchant, account, brigitte, iban(roll, BANKS[Country.GERMANY][1]), now - timedelta(days=20))
    import_orders(shop_called(merchant.pk, SHOP), list(_orders(localdate(now))), by=BY, clock=clock)
    bank = SandboxBank(today=localdate(now) - timedelta(days=20))
    bank.open_account(pool, Amount(0, "EUR"))
    for ago in range(19, -1, -1):
        day = now - timedelta(days=ago)
        _day(merchant, account, bank, folder, day, ago)
        play_refunds(account, bank, ago=ago, by=brigitte.email, at=day)
    return account


def _set_up(merchant: Merchant, account: BankAccount, brigitte: Person, number: str, at: datetime) -> None:
    karl, _ = Person.objects.get_or_create(email=KARL, defaults={"name": "Karl Berger"})
    Membership.objects.get_or_create(merchant=merchant, person=karl, defaults={"role": Role.OWNER})
    asked = ask_account(merchant, "EUR", name="Brigittes Wollstube", number=number, by=brigitte, at=at)
    confirm_account(asked, token(asked), by=brigitte, at=at)
    approve_account(asked, by=karl, at=at)
    plan = PayoutPlan(rhythm="weekly", day=at.isoweekday(), minimum_minor=1000, reserve_minor=2500, is_approved=True)
    set_plan(account, plan, by=brigitte, at=at)


def _orders(today: date) -> list[OrderRow]:
    return [
        OrderRow(line, number, Amount(minor, "EUR"), today - timedelta(days=(ago or 1) + 2), name=name, country="DE")
        for line, (number, minor, name, ago) in enumerate(ORDERS, start=2)
    ]


def _day(merchant: Merchant, account: BankAccount, bank: SandboxBank, folder: Path, at: datetime, ago: int) -> None:
    roll = dice(7, f"pooled {ago}")
    came = [(minor, name, number) for number, minor, name, when in ORDERS if when == ago]
    came += [(minor, name, text) for minor, name, text, when in STRANGE if when == ago]
    for minor, name, text in came:
        payer = iban(roll, BANKS[Country.GERMANY][2])
        bank.pay_in(account.number, Amount(minor, "EUR"), name=name, iban=payer, text=text)
    bank.move_to(localdate(at))
    if came or ago in {8, 0}:
        _read(merchant, account, bank, folder, at)
    if ago == 8:
        check_today(merchant, at=at)
        plan = PayoutPlan.objects.select_related("account__merchant").get(account=account)
        pay_out(plan, localdate(at), by="house", at=at)
        bank.hand_in(export_file(make_payment_file(account, by=BY, at=at), by=BY, at=at))
    if ago == 0:
        check_today(merchant, at=at)


def _read(merchant: Merchant, account: BankAccount, bank: SandboxBank, folder: Path, at: datetime) -> None:
    said = bank.statements(account.number)
    if not said:
        return
    path = folder / f"pooled-{at:%Y-%m-%d}.xml"
    write_camt053(path, said)
    handed_in = hand_in_statement(merchant, BytesIO(path.read_bytes()), path.name, by=BY, at=at)
    work = claim(at, only=handed_in.statement_import.pk)
    if work is not None:
        receive_statement(work, clock=lambda: at)
