"""The guarantor does not ask for a claim any more: what is open of its item falls away, inside the caller's turn."""

from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.purchase.models import Capture
from zahlmeister.receivables.allocate import cancel
from zahlmeister.receivables.desk import take_out


def drop_open(of: Capture, *, by: str, at: datetime, reason: str) -> None:
    """Let what is open of a claim fall away.

    Raises:
        Refused: nothing is open.
    """
    item = of.item
    desk = take_out(item.merchant_id, item_ids=[item.pk])
    cancel(desk, desk.items[item.pk], by=by, on=localdate(at), reason=reason)
    desk.put_back(at=at)
