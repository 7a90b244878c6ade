"""What the accounts of a merchant add to what the matcher is told of a payment."""

from collections.abc import Iterable
from dataclasses import replace

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.matching.facts import Payment
from zahlmeister.matching.folding import compact
from zahlmeister.prepaid.queries import awaited_references
from zahlmeister.receivables.pay_to import uses_of

#: A shop that no order has.
NO_ORDER = ((0, ""),)


def names_one(payment: Payment, references: Iterable[str]) -> bool:
    """Whether a payment's text names one of these references."""
    said = compact(f"{payment.remittance} {payment.end_to_end_id}")
    return any(compact(reference) in said for reference in references)


class AccountRules:
    """The rules of a merchant's accounts, read once for any number of payments."""

    def __init__(self, merchant_id: int) -> None:
        pooled = BankAccount.objects.filter(merchant_id=merchant_id, kind=AccountKind.POOLED)
        self._pooled = frozenset(pooled.values_list("pk", flat=True))
        self._announced = awaited_references(merchant_id)
        exclusive = BankAccount.objects.filter(merchant_id=merchant_id, is_exclusive=True)
        uses = uses_of(merchant_id) if exclusive else {}
        self._only_for = {
            account.pk: tuple((use.shop, use.country) for use in uses[account.pk])
            for account in exclusive
            if account.pk in uses
        }

    def told(self, payment: Payment, account_id: int) -> Payment:
        """The payment with what its account adds; most accounts add nothing.

        Money that a customer announced for his balance is for no order, however well one would fit.
        """
        if self._announced and names_one(payment, self._announced):
            return replace(payment, may_be_ignored=False, only_for=NO_ORDER)
        is_pooled, only_for = account_id in self._pooled, self._only_for.get(account_id, ())
        if not is_pooled and not only_for:
            return payment
        return replace(payment, may_be_ignored=not is_pooled, only_for=only_for)
