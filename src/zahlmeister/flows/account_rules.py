"""What the accounts of a merchant add to what the matcher is told of a payment."""

from dataclasses import replace

from zahlmeister.banking.models import BankAccount
from zahlmeister.matching.facts import Payment
from zahlmeister.receivables.pay_to import uses_of


class AccountRules:
    """The rules of a merchant's accounts, read once for any number of payments."""

    def __init__(self, merchant_id: int) -> None:
        exclusive = BankAccount.objects.filter(merchant_id=merchant_id, is_exclusive=True)
        uses = uses_of(merchant_id) if exclusive else {}
        self._only_for = {
            account.pk: tuple((use.shop, use.country) for use in uses[account.pk])
            for account in exclusive
            if account.pk in uses
        }

    def told(self, payment: Payment, account_id: int) -> Payment:
        """The payment with what its account adds; most accounts add nothing."""
        only_for = self._only_for.get(account_id)
        return replace(payment, only_for=only_for) if only_for else payment
