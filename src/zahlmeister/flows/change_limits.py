"""The owner says from which amount on two people approve a transfer, and how long unclear money may stay."""

from datetime import datetime

from django.db import transaction

from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused

LONGEST_STAY = 365


def change_limits(
    merchant: Merchant, *, four_eyes_above_minor: int, return_after_days: int, by: Person, at: datetime
) -> None:
    """Change both; the same again changes nothing.

    Args:
        merchant: whose.
        four_eyes_above_minor: what goes to one recipient on one day above this needs two people.
        return_after_days: so many days after its booking unclear money on a pooled account goes back.
        by: an owner; whoever may only approve cannot lift the limit.
        at: now.

    Raises:
        Refused: this person is no owner, or a figure makes no sense.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may change these limits.")
    if four_eyes_above_minor < 0 or not 1 <= return_after_days <= LONGEST_STAY:
        raise Refused("An amount of zero or more is needed, and between 1 and 365 days.")
    wanted = {"four_eyes_above_minor": four_eyes_above_minor, "return_after_days": return_after_days}
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        before = Merchant.objects.values(*wanted).get(pk=merchant.pk)
        changed = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
        if changed:
            Merchant.objects.filter(pk=merchant.pk).update(**wanted)
            record(merchant.pk, [Happened("merchant", merchant.pk, "limits_changed", by.email, facts=changed)], at=at)
    merchant.refresh_from_db()
