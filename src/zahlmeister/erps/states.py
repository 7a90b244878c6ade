"""How an ERP is connected, and the life of a document that came from it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How documents come."""

    PROGRAM = "program", _("by its own program (REST)")
    FOLDER = "folder", _("as files in a folder of this machine")
    SFTP = "sftp", _("as files on an SFTP server")
    TRYTON = "tryton", _("asked from Tryton")


#: Connections that are looked at; a program comes by itself.
LOOKED_AT = (Way.FOLDER, Way.SFTP, Way.TRYTON)
FILES = (Way.FOLDER, Way.SFTP)


class ReceiptState(models.TextChoices):
    """What became of a document that came in."""

    WAITING = "waiting", _("being taken")
    TAKEN = "taken", _("taken")
    REFUSED = "refused", _("refused")
    DROPPED = "dropped", _("not needed any more")


NEXT_RECEIPT = {
    ReceiptState.WAITING: {ReceiptState.TAKEN, ReceiptState.REFUSED},
    ReceiptState.REFUSED: {ReceiptState.WAITING, ReceiptState.DROPPED},  # tried anew, or let go
    ReceiptState.TAKEN: set(),
    ReceiptState.DROPPED: set(),
}
