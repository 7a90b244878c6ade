"""The demo's refunds: one that arrived, one that came back from a closed account, and one that waits for its day."""

from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_queries import ready_orders
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.execute_refunds import execute_next
from zahlmeister.flows.follow_refunds import follow_next
from zahlmeister.flows.make_payment_file import export_file, make_payment_file
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem
from zahlmeister.sandbox.bank_books import Fate
from zahlmeister.sandbox.paying_bank import SandboxBank

BY = "demo"
#: Days ago, order, amount in cents, and the reason for which the buyer's bank sends it back.
REFUNDS = ((12, "G-3002", 2000, ""), (10, "G-3004", 8990, "AC04"), (2, "G-3006", 4000, ""))
#: Refunds that are older than the usual waiting period leave on the day they are asked for.
WAITS = 7


def play_refunds(account: BankAccount, bank: SandboxBank, *, ago: int, by: str, at: datetime) -> None:
    """What is refunded from the pooled account on one day of the demo, and what became of earlier ones."""
    for when, number, minor, reason in REFUNDS:
        if when == ago:
            item = OpenItem.objects.get(merchant=account.merchant_id, order__number=number)
            asked = Asked(f"demo:{number}", Amount(minor, "EUR"), due_on=localdate(at) if ago > WAITS else None)
            refund = ask_refund(account.merchant, item.pk, asked, by=by, at=at)
            bank.expect(refund.iban, Fate(returns=reason or None, after_days=1))
    while follow_next(clock=lambda: at) or execute_next(clock=lambda: at):
        pass
    if ready_orders(account, localdate(at)):
        bank.hand_in(export_file(make_payment_file(account, by=BY, at=at), by=BY, at=at))
