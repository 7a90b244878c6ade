"""A letter as a mail: text and HTML side by side, code and logo within, the transfer slip attached."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from unicodedata import normalize

from zahlmeister.letters.as_html import CODE_ID, LOGO_ID, as_html
from zahlmeister.letters.as_text import as_text
from zahlmeister.letters.compose import Details, Letter
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.look import Look, logo_kind
from zahlmeister.refusals import Refused

_MAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,190}\.[^\s@<>\"(),:;\[\]\\.]{2,63}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail goes to and by which id it is known; `unsubscribe` is the page that stops such notices."""

    to: str
    to_name: str
    message_id: str
    at: datetime
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along, as PDF or as another kind of *application*."""

    name: str
    data: bytes
    kind: str = "pdf"


def mail(letter: Letter, look: Look, envelope: Envelope, enclosures: Sequence[Enclosure] = ()) -> EmailMessage:
    """Put a letter into a mail.

    Raises:
        Refused: the address of the reader or of the sender cannot be one.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message["From"] = _address(look.address, look.name, "sender")
    message["To"] = _address(envelope.to, envelope.to_name, "reader")
    if look.reply_to:
        message["Reply-To"] = _address(look.reply_to, look.name, "reply")
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = f"<{envelope.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices do not answer
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(as_text(letter, look))
    message.add_alternative(as_html(letter, look), subtype="html")
    _add_pictures(message, letter, look)
    for enclosure in enclosures:
        message.add_attachment(enclosure.data, maintype="application", subtype=enclosure.kind, filename=enclosure.name)
    message["Content-Language"] = spoken(letter.language)  # last: building the parts moves such headers into them
    return message


def is_mail_address(text: str) -> bool:
    """Whether a text can be a mail address: one @, a domain with a dot, nothing that ends a header."""
    return bool(_MAIL.fullmatch(text)) and ".." not in text and not text.startswith(".")


def code_picture(letter: Letter) -> bytes:
    """The picture of the code to scan; empty when the letter has none."""
    for block in letter.blocks:
        if isinstance(block, Details) and block.code:
            return block.code.png()
    return b""


def _add_pictures(message: EmailMessage, letter: Letter, look: Look) -> None:
    html = message.get_payload(1)
    assert isinstance(html, EmailMessage), "the second part was added as HTML above"
    code = code_picture(letter)
    if code:
        html.add_related(code, "image", "png", cid=f"<{CODE_ID}>", disposition="inline", filename="code.png")
    if look.logo:
        kind = logo_kind(look.logo)
        html.add_related(look.logo, "image", kind, cid=f"<{LOGO_ID}>", disposition="inline", filename=f"logo.{kind}")


def _address(text: str, name: str, whose: str) -> Address:
    if not is_mail_address(text):
        raise Refused(f"“{text[:80]}” is no mail address ({whose}): something@domain.example is expected.")
    user, _, domain = text.rpartition("@")
    return Address(" ".join(name.split()), user, ".".join(_label(part) for part in domain.split(".")))


def _label(part: str) -> str:
    """A part of a domain as mail servers want it (IDNA 2008, in which `ß` is a letter of its own)."""
    return part if part.isascii() else "xn--" + normalize("NFC", part).lower().encode("punycode").decode()
