"""Deliver letters of the outbox on paper: PDF files with the transfer slip behind, handed to the print service.

A letter is written and kept first, then handed in under a name made of its key, then noted. Whoever takes over hands
the very same file in under the same name.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256

from django.conf import settings
from django.utils.timezone import localdate

from zahlmeister.connectors.post.folder import PrintFolder, PrintService
from zahlmeister.correspondence.models import Medium, SentLetter
from zahlmeister.correspondence.sent import content_of, keep, kept, note_sent
from zahlmeister.flows.enclose_invoice import invoice_enclosed
from zahlmeister.flows.write_letter import NotNeeded, NotYet, write
from zahlmeister.letters.paper import Posted, paper, with_behind
from zahlmeister.orders.models import Order
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.refusals import Refused

_UNTIL_SET_UP = timedelta(hours=1)


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Hand the letters of one merchant to the print service.

    Raises:
        Unreachable: it takes nothing.
    """
    if not settings.PRINT_FOLDER:
        return [Later("No print service is set up; letters wait for it.", _UNTIL_SET_UP) for _ in messages]
    service = PrintFolder(settings.PRINT_FOLDER)
    return one_by_one(messages, partial(_deliver, service))


def has_postal_address(order: Order) -> bool:
    """Whether a letter on paper would arrive."""
    return bool((order.name or order.company) and order.street and order.postcode and order.city)


def _deliver(service: PrintService, message: Message) -> Outcome:
    try:
        letter = kept(message) or _written(message)
        if letter.sent_at is None:
            service.hand_in(_name(letter), content_of(letter))
            note_sent(letter, at=claimed_at(message))
    except NotNeeded as settled:
        return Done({"not_needed": str(settled)})
    except NotYet as missing:
        return Later(str(missing), _UNTIL_SET_UP)
    except Refused as refusal:
        return Never(str(refusal))
    return Done({"letter": letter.pk})


def _written(message: Message) -> SentLetter:
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
