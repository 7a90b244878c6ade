"""What a mail server says about a mail it could not deliver (RFC 3464): which one, for whom, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back. `is_final` is false while the server still tries."""

    message_id: str
    reader: str
    is_final: bool
    why: str


def read_bounce(data: bytes) -> Bounce | None:
    """Read a mail that may be a report of non-delivery; None when it is anything else, or names no mail."""
    mail = message_from_bytes(data)  # the old policy reads any header, however broken
    if mail.get_content_type() != "multipart/report":
        return None
    said = next(_said_of_readers(mail), None)
    message_id = _message_id(mail)
    if said is None or not message_id:
        return None
    action = str(said.get("Action", "")).strip().lower()
    status = str(said.get("Status", "")).strip()
    why = " ".join(str(said.get("Diagnostic-Code", "") or status).split())
    is_final = action == "failed" and not status.startswith("4")
    return Bounce(message_id, _plain(str(said.get("Final-Recipient", ""))), is_final, _plain(why)[:300])


def _said_of_readers(mail: Message) -> Iterator[Message]:
    """The blocks about one reader each; the first block of the part is about the whole mail."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if isinstance(block, Message) and block.get("Final-Recipient"):
                    yield block


def _message_id(mail: Message) -> str:
    """The id of the mail that came back: of the copy of it, or of its headers, that the report carries."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            if isinstance(inner, Message) and inner.get("Message-ID"):
                return str(inner["Message-ID"]).strip().strip("<>")
        if part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            headers = message_from_bytes(raw if isinstance(raw, bytes) else b"")
            return str(headers.get("Message-ID", "")).strip().strip("<>")
    return ""


def _plain(said: str) -> str:
    """Without the type in front: `rfc822; anna@post.example`, `smtp; 550 unknown`."""
    return said.partition(";")[2].strip() or said.strip()
