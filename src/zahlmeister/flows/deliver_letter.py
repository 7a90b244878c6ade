"""Deliver letters of the outbox on paper: PDF files with the transfer slip behind, handed to the print service.

A letter is written and kept first, then laid down at the print service and its place there noted, then handed in and
noted as sent. Each is a step of its own, and whoever takes over from a dead worker goes on at the last one noted.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.utils.timezone import localdate

from zahlmeister.connectors.post.contract import PrintService
from zahlmeister.correspondence.models import Medium, SentLetter
from zahlmeister.correspondence.printing import print_service
from zahlmeister.correspondence.sent import content_of, keep, kept, note_place, note_posting
from zahlmeister.flows.before_verified import check_letter
from zahlmeister.flows.enclose_invoice import invoice_enclosed
from zahlmeister.flows.write_letter import NotNeeded, NotYet, write
from zahlmeister.letters.paper import Posted, paper, with_behind
from zahlmeister.orders.models import Order
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.refusals import Refused

_UNTIL_SET_UP = timedelta(hours=1)
#: How long a print service is left alone with a letter that it looks at.
_UNTIL_LOOKED_AT = timedelta(minutes=1)


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Hand the letters of one merchant to the print service.

    Raises:
        Unreachable: it takes nothing.
    """
    try:
        service = print_service(messages[0].merchant_id)
    except Refused as refusal:
        return [Later(str(refusal), _UNTIL_SET_UP) for _ in messages]
    if service is None:
        return [Later("No print service is set up; letters wait for it.", _UNTIL_SET_UP) for _ in messages]
    return one_by_one(messages, partial(_deliver, service))


def has_postal_address(order: Order) -> bool:
    """Whether a letter on paper would arrive."""
    return bool((order.name or order.company) and order.street and order.postcode and order.city)


def _deliver(service: PrintService, message: Message) -> Outcome:
    try:
        letter = kept(message) or _written(message)
        if letter.sent_at is None and not _is_posted(service, letter, claimed_at(message)):
            return Later("The print service looks at the letter first.", _UNTIL_LOOKED_AT)
    except NotNeeded as settled:
        return Done({"not_needed": str(settled)})
    except NotYet as missing:
        return Later(str(missing), _UNTIL_SET_UP)
    except Refused as refusal:
        return Never(str(refusal))
    return Done({"letter": letter.pk})


def _is_posted(service: PrintService, letter: SentLetter, at: datetime) -> bool:
    """Whether the service has taken the letter, which is noted."""
    if not letter.place:
        name = service.lay_down(_name(letter), content_of(letter))
        note_place(letter, f"{service.known_as}:{name}")
    known_as, _, place = letter.place.rpartition(":")
    if known_as != service.known_as:
        raise Refused(f"The letter lies at another print service ({known_as}); look there whether it was printed.")
    posting = service.hand_in(place)
    note_posting(letter, posting, at=at)
    return posting.is_taken


def _written(message: Message) -> SentLetter:
    check_letter(message.merchant_id, at=claimed_at(message))
    written = write(message)
    order = written.item.order
    if not has_postal_address(order):
        raise Refused(f"Order {order.number} has no whole postal address; a letter would not arrive.")
    posted = Posted(_lines(order), localdate(claimed_at(message)))
    pdf = paper(written.letter, written.look, posted, asked=written.asked, country=order.country.upper())
    at, language = claimed_at(message), written.letter.language
    invoice = invoice_enclosed(order, written.kind, language, since=message.created_at, at=at)
    if invoice is not None:
        pdf = with_behind(pdf, invoice.data)
    letter = SentLetter(
        order_id=order.pk,
        kind=written.kind.value,
        medium=Medium.LETTER,
        reader=", ".join(_lines(order)),
        subject=written.letter.subject,
        tells_default=written.tells_default,
    )
    return keep(message, letter, pdf)


def _lines(order: Order) -> tuple[str, ...]:
    """The address as the post wants it; the country only when it is abroad."""
    name = order.name if order.name != order.company else ""
    abroad = order.country.upper() if order.country.upper() not in {"", order.merchant.country} else ""
    lines = (order.company, name, order.street, f"{order.postcode} {order.city}", abroad)
    return tuple(line for line in lines if line)


def _name(letter: SentLetter) -> str:
    """The name of the file: the order for people, the key for machines."""
    number = re.sub(r"[^A-Za-z0-9-]", "", letter.order.number if letter.order else "")
    return f"{number}-{sha256(f'{letter.merchant_id}:{letter.key}'.encode()).hexdigest()[:16]}.pdf"
