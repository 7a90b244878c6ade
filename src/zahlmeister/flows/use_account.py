"""A person says which orders are paid to which account, and takes it back."""

from datetime import datetime

from django.db import transaction

from zahlmeister.banking.models import BankAccount
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import is_iban
from zahlmeister.orders.models import Shop
from zahlmeister.receivables.destination import Use
from zahlmeister.receivables.models import AccountUse
from zahlmeister.refusals import Refused


def use_account(account: BankAccount, use: Use, *, by: str, at: datetime) -> AccountUse:
    """Let such orders be paid to this account from now on. What was said of another account before is replaced.

    Raises:
        Refused: buyers cannot pay to this account.
    """
    if not is_iban(account.number):
        raise Refused("Buyers cannot be asked to pay to this account: it has no IBAN.")
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        now, _ = AccountUse.objects.update_or_create(
            merchant_id=account.merchant_id,
            currency=account.currency,
            shop=Shop(pk=use.shop) if use.shop else None,
            country=use.country,
            defaults={"account": account, "created_by": by, "created_at": at},
        )
        facts = {"shop": str(use.shop or ""), "country": use.country, "currency": account.currency}
        record(account.merchant_id, [Happened("account", account.pk, "use_said", by, facts=facts)], at=at)
    return now


def forget_use(merchant: Merchant, use_id: int, *, by: str, at: datetime) -> None:
    """Such orders are no longer paid to that account because of this word.

    Raises:
        Refused: somebody else was quicker.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        use = AccountUse.objects.filter(merchant=merchant, pk=use_id).first()
        if use is None:
            raise Refused("Somebody else has taken this back already.")
        use.delete()
        facts = {"shop": str(use.shop_id or ""), "country": use.country, "currency": use.currency}
        record(merchant.pk, [Happened("account", use.account_id, "use_forgotten", by, facts=facts)], at=at)
