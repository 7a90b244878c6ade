"""The owner says how much may leave with how many people's approval, and how long unclear money may stay."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.flows.settings.noted import noted
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.receivables.going_back import LONGEST_STAY
from zahlmeister.refusals import Refused


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
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by.email, at=at):
            Merchant.objects.filter(pk=merchant.pk).update(**asdict(limits))
    merchant.refresh_from_db()
