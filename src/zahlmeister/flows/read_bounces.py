"""Read which mails came back: noted with the letter and its order, and sent on paper where that can be done."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from zahlmeister.connectors.mail.inbox import inbox
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.correspondence.sent import note_bounced
from zahlmeister.flows.deliver_letter import has_postal_address
from zahlmeister.flows.deliver_outbox import Clock
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.bounce import Bounce, read_bounce
from zahlmeister.merchants.lock import lock
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import OpenItem


def read_bounces(*, clock: Clock) -> int | None:
    """A worker's turn: read what has come back; None when nothing has.

    A mail is marked as read after what it says is kept: whoever takes over reads it again, and nothing is said twice.
    """
    place = inbox(settings.BOUNCES)
    if place is None:
        return None
    count = 0
    for name, data in place.unread():
        bounce = read_bounce(data)
        if bounce is not None and bounce.is_final:
            _note(bounce, clock())
        place.read(name)
        count += 1
    return count or None


def _note(bounce: Bounce, at: datetime) -> None:
    mine = SentLetter.objects.filter(message_id=bounce.message_id).first()
    if mine is None:
        return
    with transaction.atomic(durable=True):
        lock(mine.merchant_id)
        letter = note_bounced(bounce.message_id, at=at, why=bounce.why)
        if letter is None:
            return
        item = OpenItem.objects.select_related("order").filter(order=letter.order_id).first()
        if item is not None:
            record(letter.merchant_id, [Happened("item", item.pk, "mail_came_back", "mail server", bounce.why)], at=at)
            _send_on_paper(letter, item, at)


def _send_on_paper(letter: SentLetter, item: OpenItem, at: datetime) -> None:
    """The same message by post, where a print service is set up and the letter would arrive."""
    message = Message.objects.filter(merchant_id=letter.merchant_id, key=letter.key).first()
    if message is None or not settings.PRINT_FOLDER or not has_postal_address(item.order):
        return
    said = Said("letter", f"order:{item.order_id}", f"paper:{letter.key}"[:120], message.payload)
    tell(letter.merchant_id, [said], at=at)
