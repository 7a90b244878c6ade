"""Read which mails came back: noted with the letter and its order, and sent on paper where that can be done."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from zahlmeister.connectors.mail.imap import Mark
from zahlmeister.connectors.mail.inbox import inbox
from zahlmeister.connectors.mail.mailgun import heard
from zahlmeister.correspondence.models import MailReturns, SentLetter
from zahlmeister.correspondence.printing import is_printing
from zahlmeister.correspondence.returns import key_of, mailbox_of
from zahlmeister.correspondence.sent import note_bounced
from zahlmeister.flows.deliver_letter import has_postal_address
from zahlmeister.flows.deliver_outbox import Clock
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.bounce import Bounce, read_bounce
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused, Unreachable

#: So often a mailbox is looked into.
EVERY = timedelta(minutes=5)


def read_folder(*, clock: Clock) -> int | None:
    """A worker's turn: read what has come back into the installation's folder; None when nothing has.

    A mail is marked as read after what it says is kept: whoever takes over reads it again, and nothing is said twice.

    Raises:
        Unreachable: the folder cannot be read.
        Refused: no folder is named that could be.
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


def read_mailbox(*, clock: Clock) -> int | None:
    """A worker's turn: look into one mailbox that was left alone for a while; how many mails were new, None without it.

    How far it was read is kept behind each mail: whoever takes over goes on there, and nothing is said twice.
    """
    now = clock()
    due = MailReturns.objects.exclude(host="").exclude(looked_at__gt=now - EVERY).order_by("looked_at", "pk")
    returns = due.first()
    if returns is None:
        return None
    unchanged = MailReturns.objects.filter(pk=returns.pk, looked_at=returns.looked_at)
    if not unchanged.update(looked_at=now):
        return None
    mine = MailReturns.objects.filter(pk=returns.pk, looked_at=now)  # not any more when a person names another mailbox
    error, count = "", 0
    try:
        for mark, data in mailbox_of(returns).news(Mark(returns.numbering, returns.last)):
            bounce = read_bounce(data)
            if bounce is not None and bounce.is_final:
                _note(bounce, clock(), merchant_id=returns.merchant_id)
            if not mine.update(numbering=mark.numbering, last=mark.last):
                return count
            count += 1
    except (Unreachable, Refused) as trouble:
        error = str(trouble)[:400]
    mine.update(error=error)
    return count


def hear_mailgun(returns_id: int, body: bytes, *, at: datetime) -> None:
    """A mail provider says what became of a mail.

    Raises:
        Refused: nobody listens to it here, or it is not signed as agreed.
    """
    returns = MailReturns.objects.filter(pk=returns_id, has_key=True).first()
    if returns is None:
        raise Refused("Nobody listens at this address.")
    failed = heard(body, key_of(returns), at=at)
    if failed is not None and failed.is_final:
        _note(Bounce(*failed), at, merchant_id=returns.merchant_id)


def _note(bounce: Bounce, at: datetime, *, merchant_id: int | None = None) -> None:
    """Keep that a mail came back; whose word it is may be taken for one merchant's mails only."""
    mine = SentLetter.objects.filter(message_id=bounce.message_id).first()
    if mine is None or (merchant_id is not None and mine.merchant_id != merchant_id):
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
    """The same message by post, where that is wanted, a print service is set up and the letter would arrive."""
    message = Message.objects.filter(merchant_id=letter.merchant_id, key=letter.key).first()
    if message is None or not is_printing(letter.merchant_id) or not has_postal_address(item.order):
        return
    if not Merchant.objects.filter(pk=letter.merchant_id, posts_what_bounced=True).exists():
        return
    said = Said("letter", f"order:{item.order_id}", f"paper:{letter.key}"[:120], message.payload)
    tell(letter.merchant_id, [said], at=at)
