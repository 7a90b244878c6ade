"""A person says what an account is called, and how the bank calls its holder."""

from datetime import datetime

from django.db import transaction

from zahlmeister.banking.models import BankAccount
from zahlmeister.history.record import Happened, record


def change_account(account: BankAccount, *, name: str, holder: str, bic: str, by: str, at: datetime) -> None:
    """Change these three; the same again changes nothing."""
    wanted = {"name": name, "holder": holder, "bic": bic}
    changed = {field: [getattr(account, field), value] for field, value in wanted.items()}
    changed = {field: pair for field, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return
    with transaction.atomic(durable=True):
        BankAccount.objects.filter(pk=account.pk).update(**wanted)
        record(account.merchant_id, [Happened("account", account.pk, "changed", by, facts=changed)], at=at)
