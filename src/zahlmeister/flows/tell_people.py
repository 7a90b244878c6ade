"""Mails from the house to the people of a merchant: the channel “people”, written with what became true.

They come from the operator where there is one. Like every mail they are kept before they are sent. Those that hold a
key to somebody's access go by themselves, and never through a merchant's own mail server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from zahlmeister.accounting.models import Batch
from zahlmeister.connectors.mail.server import Line, Rejected
from zahlmeister.correspondence.models import Medium, Sender, SentLetter
from zahlmeister.correspondence.pages import office_page
from zahlmeister.correspondence.senders import look_of, sender_of
from zahlmeister.correspondence.sent import content_of, keep, kept, message_id, note_sent
from zahlmeister.correspondence.ways import way_of, way_of_house
from zahlmeister.flows.before_verified import TO_STRANGERS, check_letter
from zahlmeister.flows.export_books import batch_file
from zahlmeister.flows.write_letter import NotYet
from zahlmeister.letters.compose import Block, Link
from zahlmeister.letters.figures import day, money
from zahlmeister.letters.house import KEYS, HouseKind, house_letter
from zahlmeister.letters.mail import Enclosure, Envelope, mail
from zahlmeister.merchants.models import Membership, Role
from zahlmeister.merchants.operator import operator
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.deliver import claimed_at, one_by_one
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.outbox.write import Said
from zahlmeister.refusals import Refused

CHANNEL = "people"
#: What a placeholder can stand for: words as they are, words by language, an amount, or a day.
Value = str | Mapping[str, str] | Amount | date
_UNTIL_SET_UP = timedelta(hours=1)
#: The group of mails that hold a key: told apart, so that neither sort waits for the server of the other.
_KEYS = "keys"
_NO_WAY = "No mail server is set up; mails wait for it."
_NO_HOUSE_WAY = "The installation has no mail server (ZAHLMEISTER_MAIL); mails with a key to an access wait for it."


def said(
    kind: HouseKind, key: str, reader: str, values: Mapping[str, Value], *, page: str = "", batch: int = 0
) -> Said:
    """A mail to somebody, to be written with the books.

    Args:
        kind: what it is about.
        key: names what became true, so that it is told once.
        reader: whom it goes to.
        values: what its placeholders stand for; amounts, days and words get their language when the mail is written.
        page: the way to a page of the office, with its slash.
        batch: a file for the bookkeeper that goes with it.
    """
    kept = {name: _kept(value) for name, value in values.items()}
    payload: dict[str, object] = {"kind": kind.value, "reader": reader, "values": kept, "page": page}
    payload |= {"batch": batch} if batch else {}
    group = _KEYS if kind in KEYS else ""
    return Said(CHANNEL, f"{kind}:{reader}"[:64], f"{key}:{reader}"[:120], payload, group)


def spoken_in(mail: Said, language: str) -> Said:
    """The same mail in the language of who asked for it, and not in that of who sends it."""
    return replace(mail, payload={**mail.payload, "language": language})


def owners(merchant_id: int) -> list[str]:
    """The mail addresses of the merchant's owners."""
    rows = Membership.objects.filter(merchant_id=merchant_id, role=Role.OWNER, person__is_active=True)
    return sorted(rows.values_list("person__email", flat=True))


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Send the mails of one merchant.

    Raises:
        Unreachable: the mail server does not answer, or lets us send nothing.
    """
    merchant_id = messages[0].merchant_id
    runs = operator()
    writer = next((each for each in (runs.pk if runs else 0, merchant_id) if sender_of(each, None)), None)
    if writer is None:
        return [
            Later("Nobody is set up to send letters; say in the settings who they come from.", _UNTIL_SET_UP)
            for _message in messages
        ]
    sender = sender_of(writer, None)
    assert sender is not None, "it was just found"
    holds_key = any(message.payload["kind"] in KEYS for message in messages)
    try:
        way = way_of_house() if holds_key else way_of(writer)
    except Refused as refusal:
        return [Later(str(refusal), _UNTIL_SET_UP) for _message in messages]
    if way is None:
        return [Later(_NO_HOUSE_WAY if holds_key else _NO_WAY, _UNTIL_SET_UP) for _message in messages]
    with way.open() as line:
        return one_by_one(messages, partial(_deliver, line, sender))


def _deliver(line: Line, sender: Sender, message: Message) -> Outcome:
    try:
        letter = kept(message) or _written(message, sender)
        if letter.sent_at is None:
            parsed = message_from_bytes(content_of(letter), _class=EmailMessage, policy=SMTP)
            line.send(parsed, sender=sender.address, reader=letter.reader)
            note_sent(letter, at=claimed_at(message))
    except NotYet as missing:
        return Later(str(missing), _UNTIL_SET_UP)
    except Refused as refusal:
        return Never(str(refusal))
    except Rejected as rejected:
        return Never(str(rejected)) if rejected.is_final else Later(str(rejected))
    return Done({"letter": letter.pk})


def _written(message: Message, sender: Sender) -> SentLetter:
    payload = message.payload
    if payload["kind"] in TO_STRANGERS:
        check_letter(message.merchant_id, at=claimed_at(message))
    language = payload.get("language") or sender.language
    told = payload["values"].items()
    values: dict[str, str | Block] = {name: _spoken(value, language) for name, value in told}
    if payload["page"]:
        with override(language):
            values["office_page"] = Link(_("Open the page"), office_page(payload["page"]))
    letter = house_letter(HouseKind(payload["kind"]), language, values)
    look = look_of(sender)
    envelope = Envelope(payload["reader"], "", message_id(message, look.address), claimed_at(message))
    row = SentLetter(
        kind=payload["kind"],
        medium=Medium.MAIL,
        reader=envelope.to,
        subject=letter.subject,
        message_id=envelope.message_id,
    )
    return keep(message, row, mail(letter, look, envelope, _enclosed(message)).as_bytes())


def _kept(value: Value) -> str | dict[str, str | int]:
    """A value as the message keeps it."""
    if isinstance(value, Amount):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value if isinstance(value, str) else dict(value)


def _spoken(value: str | Mapping[str, Any], language: str) -> str:
    """A kept value as people of a language write it; English for all who do not write German."""
    language = "de" if language.startswith("de") else "en"
    if isinstance(value, str):
        return value
    if "minor" in value:
        return money(Amount(value["minor"], value["currency"]), language)
    return day(date.fromisoformat(value["day"]), language) if "day" in value else str(value[language])


def _enclosed(message: Message) -> list[Enclosure]:
    number = message.payload.get("batch", 0)
    rows = Batch.objects.filter(merchant=message.merchant_id, pk=number) if number else []
    return [Enclosure(row.name, batch_file(row), "octet-stream") for row in rows]
