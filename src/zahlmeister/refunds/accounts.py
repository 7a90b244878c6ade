"""Where the money of an order came from, and whether it can go back there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from zahlmeister.banking.models import BankAccount, BankTransaction
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.banking.payer_account import Unusable, unusable
from zahlmeister.orders.models import PaymentKind
from zahlmeister.receivables.going_back import origin_of
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.receivables.queries import all_allocations, standing
from zahlmeister.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class GoesTo:
    """Where a refund goes; without an account `why` says why the buyer must be asked."""

    name: str = ""
    iban: str = ""
    bic: str = ""
    why: Unusable | None = None


def goes_to(item: OpenItem, *, never: Sequence[str] = ()) -> GoesTo:
    """The account that has paid an order; of several the one that paid the most.

    Cash on delivery came through a carrier, whoever the bank names: the buyer is always asked.

    Args:
        item: with its order.
        never: accounts that a refund came back from.
    """
    if item.order.payment_kind == PaymentKind.COD:
        return GoesTo(why=Unusable.CARRIER)
    sums: dict[str, int] = defaultdict(int)
    last: dict[str, BankTransaction] = {}
    why = Unusable.NONE
    for row in _paid(item):
        assert row.payment is not None  # only those that a statement shows were asked for
        said = row.payment.transaction
        stands_in_the_way = Unusable.CARRIER if row.payment.kept_minor else unusable(origin_of(said))
        if stands_in_the_way is not None:
            why = stands_in_the_way
        elif said.counterparty_number not in never:
            sums[said.counterparty_number] += row.applied_minor + row.surplus_minor
            last[said.counterparty_number] = said
    if not sums:
        return GoesTo(why=why)
    said = last[max(sums, key=lambda number: sums[number])]
    return GoesTo(said.counterparty, said.counterparty_number, said.counterparty_bic)


def paid_minor(item: OpenItem) -> int:
    """What was paid on an order, whether a statement shows it or a person said so."""
    rows = standing(all_allocations(item.merchant_id, item=item.pk))
    return sum(row.applied_minor + row.surplus_minor for row in rows)


def came_in_on(item: OpenItem) -> BankAccount | None:
    """The account of ours that an order was paid to; of several the one that got the most."""
    sums: dict[int, int] = defaultdict(int)
    accounts: dict[int, BankAccount] = {}
    for row in _paid(item):
        assert row.payment is not None  # only those that a statement shows were asked for
        account = row.payment.transaction.account
        sums[account.pk] += row.applied_minor + row.surplus_minor
        accounts[account.pk] = account
    return accounts[max(sums, key=lambda number: sums[number])] if sums else None


#: What of a refund `leaves_from` looks at.
LEAVES_FROM = ("item__order__merchant", "item__order__shop")


def leaves_from(refund: Refund) -> BankAccount | None:
    """The account that a refund's money had come in on; else the one its order is paid to, else any in its currency."""
    found = refund.account or (account_for(refund.item.order) if refund.item else None)
    if found is not None and found.currency == refund.currency:
        return found
    return next((each for each in paying_accounts(refund.merchant_id) if each.currency == refund.currency), None)


def _paid(item: OpenItem) -> list[Allocation]:
    """What payments give an order."""
    rows = Allocation.objects.filter(merchant_id=item.merchant_id, item=item, reverses=None, reversal=None)
    rows = rows.filter(payment__isnull=False, waived_minor=0)
    return list(rows.select_related("payment__transaction__account__merchant").order_by("id"))
