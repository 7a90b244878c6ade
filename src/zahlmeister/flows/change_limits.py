"""The owner says how much may leave with how many people's approval, and how long unclear money may stay."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused

LONGEST_STAY = 365


@dataclass(frozen=True, slots=True)
class Limits:
    """What an owner says of money that leaves.

    Above `four_eyes_above_minor` to one recipient on one day two people approve; unclear money on a pooled account goes
    back `return_after_days` after its booking. The caps are of all transfers of a day, in all and to one recipient.
    """

    four_eyes_above_minor: int
    return_after_days: int
    day_cap_minor: int | None = None
    recipient_cap_minor: int | None = None


def change_limits(merchant: Merchant, limits: Limits, *, by: Person, at: datetime) -> None:
    """Change what differs; the same again changes nothing.

    Args:
        merchant: whose.
        limits: as they are to be.
        by: an owner; whoever may only approve cannot lift the limit.
        at: now.

    Raises:
        Refused: this person is no owner, or a figure makes no sense.
    """
    if not Membership.objects.filter(merchant=merchant, person=by, role=Role.OWNER).exists():
        raise Refused("Only an owner may change these limits.")
    caps = [cap for cap in (limits.day_cap_minor, limits.recipient_cap_minor) if cap is not None]
    if min(limits.four_eyes_above_minor, *caps, 0) < 0 or not 1 <= limits.return_after_days <= LONGEST_STAY:
        raise Refused("An amount of zero or more is needed, and between 1 and 365 days.")
    wanted = asdict(limits)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        before = Merchant.objects.values(*wanted).get(pk=merchant.pk)
        changed = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
        if changed:
            Merchant.objects.filter(pk=merchant.pk).update(**wanted)
            record(merchant.pk, [Happened("merchant", merchant.pk, "limits_changed", by.email, facts=changed)], at=at)
    merchant.refresh_from_db()
