"""A customer is charged by itself no more, because his money goes back to him, or nobody knows what became of it.

Else the next look would charge what has just gone back. He is told, and may switch it on again.
"""

from datetime import datetime
from enum import StrEnum

from zahlmeister.flows.centre.tell import tell_of_end
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.stored import drop_stored
from zahlmeister.prepaid.models import Account, AutomaticTopUp


class Because(StrEnum):
    """Why nothing is charged any more; the customer reads it in his language."""

    CHARGED_BACK = "charged_back"
    GOES_BACK = "goes_back"
    UNKNOWN = "unknown"


def stop_charging(account: Account, because: Because, *, key: str, at: datetime) -> None:
    """Switch top-ups by charge off, inside the caller's turn; those that are off or asked for by mail stay so.

    Args:
        account: whose.
        because: why.
        key: names what has happened, so that it is told once.
        at: now.
    """
    charged = AutomaticTopUp.objects.filter(account=account, is_on=True).exclude(way="")
    if not charged.update(is_on=False):
        return
    drop_stored(account.merchant_id, account.pk, at=at)
    tell_of_end(account, because.value, key=key, at=at)
    step = Happened("account", account.pk, "charging_over", "house", "", {"because": because.value})
    record(account.merchant_id, [step], at=at)
