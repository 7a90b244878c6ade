"""A guarantor is set up, and a merchant agrees with it on what is guaranteed, when it is paid and what it costs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.purchase.models import GuaranteeTerms, Guarantor
from zahlmeister.purchase.rules import LONGEST_VALIDITY, next_settlement
from zahlmeister.refusals import Refused

_SAID = (
    "is_on", "valid_days", "term_days", "guarantee_days", "report_within_days", "return_within_days",
    "needs_shipment", "fee_basis_points", "fee_minor", "fee_tax_basis_points", "weekday", "is_approved",
    "is_large_seller",
)  # fmt: skip


def name_guarantor(party: Merchant, wanted: Guarantor, *, by: str, at: datetime) -> Guarantor:
    """Say that a party carries risks, and how much of them. The same again changes nothing.

    Args:
        party: a merchant row of its own, with a bank account, senders and books of its own.
        wanted: kind, licence and limits; the rest is ignored.
        by: who says so.
        at: now.

    Raises:
        Refused: a limit below zero.
    """
    if any(limit is not None and limit < 0 for limit in (wanted.debtor_limit_minor, wanted.total_limit_minor)):
        raise Refused("A limit is an amount of zero or more, or none.")
    said = {name: getattr(wanted, name) for name in ("kind", "licence", "debtor_limit_minor", "total_limit_minor")}
    said["currency"] = wanted.currency or party.currency
    with transaction.atomic(durable=True):
        lock(party.pk)
        row, is_new = Guarantor.objects.get_or_create(merchant=party, defaults=said)
        changed = {name: [getattr(row, name), value] for name, value in said.items() if getattr(row, name) != value}
        if changed:
            Guarantor.objects.filter(pk=row.pk).update(**said)
        if changed or is_new:
            facts = {name: str(value) for name, value in said.items()}
            record(party.pk, [Happened("guarantor", row.pk, "changed", by, facts=facts)], at=at)
    row.refresh_from_db()
    return row


def agree_terms(
    merchant: Merchant, guarantor: Guarantor, wanted: GuaranteeTerms, *, by: str, at: datetime
) -> GuaranteeTerms:
    """Keep what was agreed; the next settlement is on the next of its weekdays. The same again changes nothing.

    Args:
        merchant: who sells.
        guarantor: who carries the risk; the merchant's own book is a party of its own, too.
        wanted: what of `GuaranteeTerms` people say; the rest is ignored.
        by: who says so.
        at: now.

    Raises:
        Refused: a figure makes no sense, or merchant and guarantor are one row.
    """
    _check(merchant, guarantor, wanted)
    said = {name: getattr(wanted, name) for name in _SAID}
    with transaction.atomic(durable=True):
        for number in sorted({merchant.pk, guarantor.merchant_id}):
            lock(number)
        row = GuaranteeTerms.objects.filter(merchant=merchant, currency=guarantor.currency).first()
        if row is None:
            shop, _ = Shop.objects.get_or_create(merchant_id=guarantor.merchant_id, name=merchant.name)
            row = GuaranteeTerms(merchant=merchant, guarantor=guarantor, shop=shop, currency=guarantor.currency)
        elif row.guarantor_id != guarantor.pk:
            raise Refused("Another guarantor stands behind this merchant; claims cannot change hands by that.")
        if row.due_on is None or any(getattr(row, name) != value for name, value in said.items()):
            _keep(row, said, by, at)
    return row


def _keep(row: GuaranteeTerms, said: Mapping[str, Any], by: str, at: datetime) -> None:
    for name, value in said.items():
        setattr(row, name, value)
    row.due_on, row.set_by = next_settlement(row.weekday, localdate(at)), by
    row.look_at, row.stopped_by = None, ""
    row.save()
    facts = {name: str(value) for name, value in said.items()}
    record(row.merchant_id, [Happened("guarantee_terms", row.pk, "changed", by, facts=facts)], at=at)


def _check(merchant: Merchant, guarantor: Guarantor, wanted: GuaranteeTerms) -> None:
    if merchant.pk == guarantor.merchant_id:
        raise Refused(
            "The guarantor's claims and money are kept apart from the merchant's: also for a book of his own, name a "
            "party of its own with a bank account of its own."
        )
    if not 1 <= wanted.valid_days <= LONGEST_VALIDITY or wanted.term_days < 1:
        raise Refused(f"An authorisation is good for 1 to {LONGEST_VALIDITY} days, and buyers have a day or more.")
    if wanted.guarantee_days < 8 or not 1 <= wanted.weekday <= 5:
        raise Refused("What is settled weekly is paid within 8 days or more, on a weekday from Monday to Friday.")
    if wanted.fee_minor < 0 or wanted.fee_basis_points > 10_000 or wanted.fee_tax_basis_points > 10_000:
        raise Refused("A fee is an amount of zero or more, and at most the whole invoice.")
