"""Passwords that were stolen elsewhere, looked up in a file of the operator's, without asking anybody.

The file is the list of Have I Been Pwned as its own downloader writes it: lines `SHA-1 in capitals:count`, in order.
It has some forty gigabytes, so it is neither part of the house nor read as a whole.
"""

import re
from hashlib import sha1
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_HASH = re.compile(rb"[0-9A-F]{40}")
_LONGEST = 100  # bytes of a line


class NotStolen:
    """Refuses a password that the operator's list knows (`ZAHLMEISTER_STOLEN`); without a list it refuses none."""

    def validate(self, password: str, user: object = None) -> None:
        """Look at a password that somebody wants to have.

        Raises:
            ValidationError: it was stolen somewhere, or nobody can say because the list cannot be read.
        """
        del user
        if not settings.STOLEN_PASSWORDS:
            return
        try:
            is_stolen = is_listed(password, Path(settings.STOLEN_PASSWORDS))
        except OSError as error:
            raise ValidationError(
                _(
                    "The list of stolen passwords cannot be read, so no new password is taken. Tell whoever runs this "
                    "installation."
                )
            ) from error
        if is_stolen:
            raise ValidationError(_("This password was stolen somewhere else and is tried by thieves. Take another."))

    def get_help_text(self) -> str:
        """What Django shows beside a field."""
        return ""


def trouble_with_list() -> str | None:
    """Why the operator's list refuses every new password or none, and what to do; None when it can be used."""
    if not settings.STOLEN_PASSWORDS:
        return None
    path = Path(settings.STOLEN_PASSWORDS)
    try:
        with path.open("rb") as lines:
            first = lines.readline(_LONGEST).partition(b":")[0].strip()
    except OSError as error:
        return (
            f"ZAHLMEISTER_STOLEN names “{path}”, which cannot be read ({error.strerror}), so that every new password "
            "is refused; name the list, or leave the setting empty."
        )
    if not _HASH.fullmatch(first):
        return (
            f"ZAHLMEISTER_STOLEN names “{path}”, which has no lines “SHA-1:count”, so that no stolen password is "
            "found; fetch the list anew with its own downloader."
        )
    return None


def is_listed(password: str, path: Path) -> bool:
    """Whether a list holds this password: some forty steps, however long the list is.

    Raises:
        OSError: the list cannot be read.
    """
    wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:  # the line that begins behind `middle` lies within, or all behind it is later
            middle = (low + high) // 2
            found = _line_behind(lines, middle)
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        return _line_behind(lines, low) == wanted


def _line_behind(lines: BinaryIO, place: int) -> bytes:
    """The hash of the first line that begins at this byte or later; empty behind the last."""
    lines.seek(max(place - 1, 0))
    if place:
        lines.readline()
    return lines.readline().partition(b":")[0].strip()
