"""Every day each merchant's outlook is worked out anew: what the next thirty days are likely to bring."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import BY_CHANCE, take_first
from zahlmeister.receivables import outlook
from zahlmeister.receivables.models import OpenItem, Outlook

Clock = Callable[[], datetime]


def look_ahead_next(*, clock: Clock) -> Merchant | None:
    """A worker's turn: work out the outlook of one merchant with orders who has none of today."""
    now = clock()
    today = timezone.localdate(now)
    mine = {"merchant": OuterRef("pk"), "currency": OuterRef("currency")}
    has_orders = Exists(OpenItem.objects.filter(**mine))
    is_done = Exists(Outlook.objects.filter(**mine, first=today))
    waiting = Merchant.objects.filter(has_orders).exclude(is_done).order_by(BY_CHANCE)
    return take_first("look_ahead", waiting, lambda merchant: look_ahead(merchant, at=now), at=now)


def look_ahead(merchant: Merchant, *, at: datetime) -> Outlook:
    """Work the outlook from today on out, in the merchant's currency, and keep it; done again it is the same row.

    It is worked out before the writing begins: at a million orders that takes seconds, and nobody has to wait for them.
    """
    first = timezone.localdate(at)
    found = outlook.work_out(merchant.pk, merchant.currency, first)
    past = outlook.add_up_past(merchant.pk, merchant.currency, first)
    with transaction.atomic(durable=True):
        return outlook.keep(merchant.pk, merchant.currency, first, found, past)
