"""An owner says how refunds are made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.flows.settings.noted import noted
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.rules import LONGEST_WAIT
from zahlmeister.refunds.states import RefundState, Way
from zahlmeister.refusals import Refused


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
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by.email, at=at):
            return put_settings(merchant, wanted)


def put_settings(merchant: Merchant, wanted: Mapping[str, Any]) -> RefundSettings:
    """The same inside the caller's transaction and turn; whether somebody may is not asked, nothing is noted."""
    if not 0 <= wanted.get("waiting_days", 0) <= LONGEST_WAIT:
        raise Refused(f"A refund waits at most {LONGEST_WAIT} days.")
    row = settings_of(merchant.pk)
    for name, value in wanted.items():
        setattr(row, name, value)
    if row.way == Way.DEBIT and mandate_from(merchant.pk) is None:
        raise Refused("The operator has no mandate to collect refunds by; sign one first.")
    row.save()
    Refund.objects.filter(merchant=merchant, state=RefundState.PLANNED).update(look_at=None)  # asked about anew
    return row
