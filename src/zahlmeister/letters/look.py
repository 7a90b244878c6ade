"""How a merchant's letters look, and who they come from."""

import re
from dataclasses import dataclass

from zahlmeister.refusals import Refused

HOUSE_COLOUR = "#0b5a66"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LARGEST_LOGO = 300_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


@dataclass(frozen=True, slots=True)
class Look:
    """The sender as the reader sees it. `imprint` is what the law wants at the foot of a business letter.

    `colour` is of buttons and lines; `logo` a PNG or JPEG, empty for none.
    """

    name: str
    address: str = ""  # the mail address
    reply_to: str = ""
    colour: str = HOUSE_COLOUR
    logo: bytes = b""
    imprint: str = ""
    postal: tuple[str, ...] = ()  # the sender's postal address, for letters on paper

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise Refused(f"“{self.colour[:20]}” is no colour: # and six digits such as {HOUSE_COLOUR} are expected.")
        if self.logo:
            logo_kind(self.logo)

    @property
    def ink(self) -> str:
        """Black or white, whichever can be read better on the colour (WCAG 2, relative luminance)."""
        red, green, blue = (_linear(int(self.colour[i : i + 2], 16)) for i in (1, 3, 5))
        luminance = 2126 * red + 7152 * green + 722 * blue
        return "#ffffff" if luminance < 1_791_000_000 else "#000000"


def logo_kind(data: bytes) -> str:
    """`png` or `jpeg`, by the first bytes.

    Raises:
        Refused: it is neither, or too large for a mail.
    """
    if len(data) > _LARGEST_LOGO:
        raise Refused(f"The logo has {len(data) // 1000} kB; at most {_LARGEST_LOGO // 1000} go into each mail.")
    for head, kind in _KINDS.items():
        if data.startswith(head):
            return kind
    raise Refused("The logo is no picture that every mail program shows: save it as PNG or JPEG.")


def _linear(part: int) -> int:
    """A part of a colour, 0 to 255, as light in millionths of the brightest; squared, which is near enough to sRGB."""
    return part * part * 1_000_000 // (255 * 255)
