"""Brigitte's letters in the demo: who they come from, and the ones of the last days on their way.

They go into a mail folder (Maildir) beside the demo's files, and nowhere else: nobody in the demo exists.
"""

from datetime import date, datetime, timedelta

from zahlmeister.correspondence.models import Language, Sender
from zahlmeister.flows.deliver_mail import deliver
from zahlmeister.flows.deliver_outbox import Clock, deliver_next
from zahlmeister.flows.letter_settings import keep_rule, keep_sender
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import PaymentKind, Shop

#: Brigitte has switched payment information on so many days ago; the buyers before that were told by her shop.
DAYS = 5
BY = "demo"


def set_up_letters(merchant: Merchant, shop: Shop, *, today: date, at: datetime) -> None:
    """Set up the sender, and payment information for prepayment and invoices."""
    sender = Sender(
        merchant=merchant,
        name="Brigittes Wollstube",
        address="zahlung@wollstube.example",
        language=Language.GERMAN,
        colour="#7a2f52",
        street="Spinnradgasse 3",
        postcode="79098",
        city="Freiburg im Breisgau",
        country="DE",
        imprint=(
            "Brigittes Wollstube, Inhaberin Brigitte Berger · Spinnradgasse 3 · 79098 Freiburg im Breisgau\n"
            "USt-IdNr. DE000000000 · zahlung@wollstube.example"
        ),
    )
    keep_sender(merchant, sender, by=BY, at=at)
    wanted = {"is_on": True, "since": today - timedelta(days=DAYS), "payable_days": 7, "again_after_days": 6}
    for kind in (PaymentKind.PREPAYMENT, PaymentKind.INVOICE):
        keep_rule(shop, kind, wanted, by=BY, at=at)


def deliver_letters(*, clock: Clock) -> int:
    """Send what is due; returns how many messages were looked at. Buyers who have paid meanwhile get none."""
    delivered = 0
    while (messages := deliver_next(clock=clock, deliverers={"mail": deliver})) is not None:
        delivered += len(messages)
    return delivered
