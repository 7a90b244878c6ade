"""A person says what an account is called, how the bank calls its holder, and what its money may pay."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.history.record import Happened, record


@dataclass(frozen=True, slots=True)
class Said:
    """What a person may say of an account; `is_exclusive`: its money pays its own orders only, unless a person says."""

    name: str = ""
    holder: str = ""
    bic: str = ""
    is_exclusive: bool = False
    kind: AccountKind = AccountKind.OWN


def change_account(account: BankAccount, said: Said, *, by: str, at: datetime) -> None:
    """Change what differs; the same again changes nothing."""
    wanted = asdict(said)
    changed = {field: [getattr(account, field), value] for field, value in wanted.items()}
    changed = {field: pair for field, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return
    with transaction.atomic(durable=True):
        BankAccount.objects.filter(pk=account.pk).update(**wanted)
        record(account.merchant_id, [Happened("account", account.pk, "changed", by, facts=changed)], at=at)
