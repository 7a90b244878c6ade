"""An owner says how refunds are made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.states import RefundState, Way
from zahlmeister.refusals import Refused

#: A refund does not wait longer than this.
LONGEST_WAIT = 60


def save_settings(merchant: Merchant, wanted: Mapping[str, Any], *, by: Person, at: datetime) -> RefundSettings:
    """Keep how a merchant wants refunds. The same again changes nothing.

    Args:
        merchant: whose refunds.
        wanted: columns of `RefundSettings` that are to change; refunds that were promised keep their day.
        by: an owner.
        at: now.

    Raises:
        Refused: the person is no owner, the wait is too long, or the operator has no mandate to collect by.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may say how refunds are made.")
    if not 0 <= wanted.get("waiting_days", 0) <= LONGEST_WAIT:
        raise Refused(f"A refund waits at most {LONGEST_WAIT} days.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        row = settings_of(merchant.pk)
        changed = {name: str(value) for name, value in wanted.items() if getattr(row, name) != value}
        for name, value in wanted.items():
            setattr(row, name, value)
        if row.way == Way.DEBIT and mandate_from(merchant.pk) is None:
            raise Refused("The operator has no mandate to collect refunds by; sign one first.")
        row.save()
        Refund.objects.filter(merchant=merchant, state=RefundState.PLANNED).update(look_at=None)  # asked about anew
        if changed:
            step = Happened("merchant", merchant.pk, "refund_settings_changed", by.email, "", changed)
            record(merchant.pk, [step], at=at)
    return row
