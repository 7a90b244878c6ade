"""Every letter as it left us: kept before it is sent, so that whoever takes over sends the same one and not another."""

from datetime import datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from zahlmeister.connectors.post.contract import Posting
from zahlmeister.correspondence.models import Medium, SentLetter
from zahlmeister.outbox.models import Message


def message_id(message: Message, sender: str) -> str:
    """The id a mail is known by everywhere: always the same for the same message of the outbox."""
    known = sha256(f"{message.merchant_id}:{message.key}".encode()).hexdigest()[:32]
    return f"{known}@{sender.rpartition('@')[2]}"


def kept(message: Message) -> SentLetter | None:
    """What was kept of a message before; None when it was never written."""
    return SentLetter.objects.filter(merchant_id=message.merchant_id, key=message.key).first()


def keep(message: Message, letter: SentLetter, content: bytes) -> SentLetter:
    """Keep a letter before it is sent. One that is kept already stays as it is."""
    ending = "eml" if letter.medium == Medium.MAIL else "pdf"
    name = sha256(message.key.encode()).hexdigest()[:40]
    letter.path = default_storage.save(f"letters/{message.merchant_id}/{name}.{ending}", ContentFile(content))
    row, _ = SentLetter.objects.get_or_create(
        merchant_id=message.merchant_id,
        key=message.key,
        defaults={
            "order_id": letter.order_id, "kind": letter.kind, "medium": letter.medium, "reader": letter.reader[:254],
            "subject": letter.subject[:400], "message_id": letter.message_id, "path": letter.path,
            "tells_default": letter.tells_default,
        },
    )  # fmt: skip
    return row


def content_of(letter: SentLetter) -> bytes:
    """The letter as it left us."""
    with default_storage.open(letter.path) as file:
        return bytes(file.read())


def note_sent(letter: SentLetter, *, at: datetime) -> None:
    """The far side has taken it."""
    SentLetter.objects.filter(pk=letter.pk, sent_at=None).update(sent_at=at)


def note_place(letter: SentLetter, place: str) -> None:
    """A print service has the letter and prints nothing yet; whoever was first with that stays right."""
    SentLetter.objects.filter(pk=letter.pk, place="").update(place=place)
    letter.refresh_from_db(fields=["place"])


def note_posting(letter: SentLetter, posting: Posting, *, at: datetime) -> None:
    """What the print service says of a letter; taken, it has left us."""
    told: dict[str, object] = {"print_status": posting.status}
    if posting.price is not None:
        told |= {"price_minor": posting.price.minor, "price_currency": posting.price.currency}
    SentLetter.objects.filter(pk=letter.pk).update(**told)
    if posting.is_taken:
        note_sent(letter, at=at)


def note_bounced(message_id: str, *, at: datetime, why: str) -> SentLetter | None:
    """A mail came back; None when it is none of ours, or had come back before."""
    mine = SentLetter.objects.filter(message_id=message_id, medium=Medium.MAIL, bounced_at=None)
    letter = mine.first()
    if letter is None or not mine.filter(pk=letter.pk).update(bounced_at=at, bounce=why[:400]):
        return None
    return letter
