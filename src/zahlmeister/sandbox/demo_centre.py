"""The demo's customers: Lena pays and keeps a balance, Moritz tops up and waits, Nele wants her money back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.flows.centre.announce import Wanted, announce
from zahlmeister.flows.centre.let_in import let_in, open_accounts
from zahlmeister.flows.centre.pay import FromBalance, pay_from_balance
from zahlmeister.flows.centre.pay_back import OTHER, BackWanted, ask_back
from zahlmeister.flows.centre.release import release
from zahlmeister.flows.centre.take import take_next
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import last_banking_day
from zahlmeister.orders.models import Shop
from zahlmeister.prepaid.models import Account, CentreSettings
from zahlmeister.prepaid.states import EntryKind, Purpose
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.cast import iban
from zahlmeister.sandbox.chance import dice
from zahlmeister.sandbox.movements import MerchantAccount
from zahlmeister.sandbox.names import BANKS, Country
from zahlmeister.sandbox.paying_bank import SandboxBank

BY = "demo"
#: Number, amount in cents, who ordered, how many days ago.
INVOICES = (
    ("K-4001", 4990, "Lena Lang", 24),
    ("K-4002", 12400, "Lena Lang", 12),
    ("K-4003", 2750, "Lena Lang", 3),
    ("K-4004", 8900, "Moritz Maurer", 9),
    ("K-4005", 3120, "Nele Neumann", 15),
)
TERM = 14
#: Who has transferred how much, how many days ago at least, and whether somebody has released it. They are so far apart
#: that banks book on different days, whatever holidays there are.
TOP_UPS = (("Lena Lang", 10_000, 12, True), ("Nele Neumann", 5_000, 7, True), ("Moritz Maurer", 7_500, 2, False))

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Till:
    """The account that customers pay to, and its bank."""

    account: BankAccount
    bank: SandboxBank
    folder: Path

    def receives(self, minor: int, name: str, text: str, at: datetime) -> None:
        """Somebody has transferred so much the day before, on which banks booked, and its statement is read."""
        payer = iban(dice(7, name), BANKS[Country.GERMANY][2])
        self.bank.move_to(localdate(at) - timedelta(days=1))
        self.bank.pay_in(self.account.number, Amount(minor, "EUR"), name=name, iban=payer, text=text)
        self.bank.move_to(localdate(at))
        path = self.folder / f"customers-{at:%Y-%m-%d}.xml"
        write_camt053(path, self.bank.statements(self.account.number))
        handed_in = hand_in_statement(self.account.merchant, BytesIO(path.read_bytes()), path.name, by=BY, at=at)
        work = claim(at, only=handed_in.statement_import.pk)
        if work is not None:
            receive_statement(work, clock=lambda: at)


def open_demo_centre(merchant: Merchant, shop: Shop, folder: Path, *, clock: Clock) -> None:
    """Open the customer centre, and let its first weeks happen.

    Args:
        merchant: whose.
        shop: where its customers have ordered.
        folder: where the statements are written.
        clock: the demo's clock.
    """
    now = clock()
    till = _till(merchant, folder, now)
    CentreSettings.objects.create(merchant=merchant, is_on=True)
    import_orders(shop, [_row(line, one, localdate(now)) for line, one in enumerate(INVOICES, 2)], by=BY, clock=clock)
    accounts = {name: _account(merchant, name, now) for name in dict.fromkeys(one[2] for one in INVOICES)}
    for name, minor, days, is_released in TOP_UPS:
        _tops_up(accounts[name], minor, _morning_after(days, now), till, is_released=is_released)
    lena, nele = accounts["Lena Lang"], accounts["Nele Neumann"]
    gift = Adjustment(EntryKind.GRANT, 500, "Willkommen im Kundencenter", "demo", localdate(now) + timedelta(days=60))
    adjust(merchant, lena.pk, gift, by=BY, at=now - timedelta(days=9))
    pay_from_balance(lena, FromBalance(4990, "demo"), by="customer", at=now - timedelta(days=2))
    announce(lena, Wanted(Purpose.ITEMS, 12400, "demo-items"), by="customer", at=now - timedelta(days=1))
    ask_back(nele, BackWanted(2500, "demo", OTHER, "Nele Neumann", "DE75512108001245126199"), at=now)


def _till(merchant: Merchant, folder: Path, now: datetime) -> Till:
    number = iban(dice(7, "customers"), BANKS[Country.GERMANY][0])
    account = BankAccount.objects.create(
        merchant=merchant, number=number, currency="EUR", name="Kundenkonto", holder=merchant.name
    )
    bank = SandboxBank(today=localdate(_morning_after(TOP_UPS[0][2], now)) - timedelta(days=1))
    bank.open_account(MerchantAccount(merchant.name, number, "KNDNDEFFXXX", "Kundenbank", "EUR"), Amount(0, "EUR"))
    return Till(account, bank, folder)


def _account(merchant: Merchant, name: str, at: datetime) -> Account:
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        customer = let_in(merchant, _mail_of(name), name, "de", by=BY, at=at)
        [account] = open_accounts(customer, at=at)
    return Account.objects.select_related("merchant", "customer").get(pk=account.pk)


def _tops_up(account: Account, minor: int, at: datetime, till: Till, *, is_released: bool) -> None:
    transfer = announce(account, Wanted(Purpose.TOP_UP, minor, f"demo-{minor}"), by="customer", at=at)
    till.receives(minor, account.customer.name, transfer.reference, at)
    while take_next(clock=partial(_instant, at)):
        pass
    transfer.refresh_from_db()
    if is_released and transfer.payment_id is not None:
        release(account.merchant, transfer.pk, by=BY, at=at)


def _morning_after(days: int, now: datetime) -> datetime:
    """The day after the last one on which banks booked so many days ago, at this hour."""
    today = localdate(now)
    booked_on = last_banking_day(today - timedelta(days=days))
    return now - (today - booked_on - timedelta(days=1))


def _instant(at: datetime) -> datetime:
    return at


def _mail_of(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@post.example"


def _row(line: int, told: tuple[str, int, str, int], today: date) -> OrderRow:
    number, minor, name, days = told
    ordered_on = today - timedelta(days=days)
    return OrderRow(
        line=line,
        number=number,
        amount=Amount(minor, "EUR"),
        name=name,
        ordered_on=ordered_on,
        due_on=ordered_on + timedelta(days=TERM),
        payment_kind="invoice",
        invoice_number=f"RE-{number[2:]}",
        customer_number=f"KD-{number[-2:] if name != 'Lena Lang' else '01'}",
        email=_mail_of(name),
    )
