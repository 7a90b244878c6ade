"""What the accounts of a merchant add to what the matcher is told of a payment."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.propose import propose_each
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Decision, Payment, Proposal
from zahlmeister.matching.folding import compact
from zahlmeister.prepaid.queries import awaited_references
from zahlmeister.receivables.desk import COLLECTED
from zahlmeister.receivables.pay_to import uses_of
from zahlmeister.refunds.queries import being_collected

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
        self._collected = being_collected(merchant_id)
        exclusive = BankAccount.objects.filter(merchant_id=merchant_id, is_exclusive=True)
        uses = uses_of(merchant_id) if exclusive else {}
        self._only_for = {
            account.pk: tuple((use.shop, use.country) for use in uses[account.pk])
            for account in exclusive
            if account.pk in uses
        }

    def propose(self, matcher: Matcher, payments: Sequence[tuple[Payment, int]]) -> list[Proposal]:
        """What the matcher thinks of payments, each with its account.

        What a direct debit of the house's own brings is booked with the collection it was for, and is nobody's to give.
        """
        proposals = propose_each(matcher, [self.told(payment, account) for payment, account in payments])
        return [
            Proposal(Decision.UNMATCHED, (), COLLECTED) if self._is_collected(payment, account) else proposal
            for (payment, account), proposal in zip(payments, proposals, strict=True)
        ]

    def _is_collected(self, payment: Payment, account_id: int) -> bool:
        return self._collected.get(payment.end_to_end_id or "") == (payment.minor, account_id)

    def told(self, payment: Payment, account_id: int) -> Payment:
        """The payment with what its account adds; most accounts add nothing.

        Money that a customer announced for his balance, or that the house has collected, is for no order, however well
        one would fit.
        """
        is_collected = bool(self._collected) and self._is_collected(payment, account_id)
        if is_collected or (self._announced and names_one(payment, self._announced)):
            return replace(payment, may_be_ignored=False, only_for=NO_ORDER)
        is_pooled, only_for = account_id in self._pooled, self._only_for.get(account_id, ())
        if not is_pooled and not only_for:
            return payment
        return replace(payment, may_be_ignored=not is_pooled, only_for=only_for)
