"""Deliver mails of the outbox through the merchant's mail server.

A mail is written and kept first, then handed to the server, then noted as sent, each in a step of its own. Whoever
takes over from a dead worker sends the very same mail under the same Message-ID, and none that was noted as sent. Only
a worker that dies between the server's answer and the note leaves a mail that goes out a second time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from zahlmeister.connectors.mail.server import Line, Rejected
from zahlmeister.correspondence.models import Medium, SentLetter
from zahlmeister.correspondence.sent import content_of, keep, kept, message_id, note_sent
from zahlmeister.correspondence.stops import is_stopped, stop_page
from zahlmeister.correspondence.ways import way_of
from zahlmeister.flows.before_verified import check_letter
from zahlmeister.flows.enclose_invoice import invoice_enclosed
from zahlmeister.flows.write_letter import NotNeeded, NotYet, Written, write
from zahlmeister.letters.compose import Letter, Link
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.mail import Enclosure, Envelope, mail
from zahlmeister.letters.slips.slip import transfer_slip
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.refusals import Refused

#: How long a mail waits when something has to be set up first.
_UNTIL_SET_UP = timedelta(hours=1)
_NO_MORE = {"de": "Keine solchen Nachrichten mehr erhalten", "en": "Get no more notices of this kind"}
_SLIPS = {"de": "Überweisung.pdf", "en": "Transfer.pdf", "fr": "Paiement.pdf", "it": "Pagamento.pdf"}


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Send the mails of one merchant.

    Raises:
        Unreachable: the mail server does not answer, or lets us send nothing.
    """
    try:
        way = way_of(messages[0].merchant_id)
    except Refused as refusal:
        return [Later(str(refusal), _UNTIL_SET_UP) for _ in messages]
    if way is None:
        return [Later("No mail server is set up; mails wait for it.", _UNTIL_SET_UP) for _ in messages]
    with way.open() as line:
        return one_by_one(messages, partial(_deliver, line))


def _deliver(line: Line, message: Message) -> Outcome:
    try:
        letter = kept(message) or _written(message)
        if letter.sent_at is None:
            parsed = message_from_bytes(content_of(letter), _class=EmailMessage, policy=SMTP)
            line.send(parsed, sender=_address(parsed, "From"), reader=_address(parsed, "To"))
            note_sent(letter, at=claimed_at(message))
    except NotNeeded as settled:
        return Done({"not_needed": str(settled)})
    except NotYet as missing:
        return Later(str(missing), _UNTIL_SET_UP)
    except Refused as refusal:
        return Never(str(refusal))
    except Rejected as rejected:
        return Never(str(rejected)) if rejected.is_final else Later(str(rejected))
    return Done({"letter": letter.pk})


def _written(message: Message) -> SentLetter:
    """Write the mail and keep it."""
    test_reader = str(message.payload.get("reader", ""))
    if not test_reader:
        check_letter(message.merchant_id, at=claimed_at(message))
    written = write(message)
    order = written.item.order
    stop = stop_page(message.merchant_id, test_reader, written.kind) if test_reader else ""
    if stop and not message.key.startswith("test:") and is_stopped(message.merchant_id, test_reader, written.kind):
        raise NotNeeded(f"{test_reader} wants no more notices of this kind.")
    envelope = Envelope(
        test_reader or str(message.payload.get("to", "")) or order.email,
        "" if test_reader else order.name or order.company,
        message_id(message, written.look.address),
        claimed_at(message),
        stop,
    )
    since, at = message.created_at, claimed_at(message)
    invoice = invoice_enclosed(order, written.kind, written.letter.language, since=since, at=at)
    made = mail(
        _with_stop(written.letter, stop),
        written.look,
        envelope,
        [*enclosures(written), *([invoice] if invoice else [])],
    )
    letter = SentLetter(
        order_id=None if test_reader else order.pk,
        kind=written.kind.value,
        medium=Medium.MAIL,
        reader=envelope.to,
        subject=written.letter.subject,
        tells_default=written.tells_default,
        message_id=envelope.message_id,
    )
    return keep(message, letter, made.as_bytes())


def _with_stop(letter: Letter, address: str) -> Letter:
    """A notice with the way to get no more of them at its end."""
    label = _NO_MORE.get(spoken(letter.language), _NO_MORE["en"])
    return replace(letter, blocks=(*letter.blocks, Link(label, address))) if address else letter


def enclosures(written: Written) -> list[Enclosure]:
    """The transfer slip of the buyer's country, where something is to be paid."""
    if written.asked is None:
        return []
    language = written.letter.language
    slip = transfer_slip(written.asked, country=written.item.order.country.upper(), language=language)
    return [Enclosure(_SLIPS[spoken(language)], slip)]


def _address(message: EmailMessage, header: str) -> str:
    return str(message[header].addresses[0].addr_spec)
