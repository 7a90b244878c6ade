"""How an ERP is connected, and the life of a document that came from it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How documents come."""

    PROGRAM = "program", _("by its own program (REST)")
    FOLDER = "folder", _("as files in a folder of this machine")
    SFTP = "sftp", _("as files on an SFTP server")
    TRYTON = "tryton", _("asked from Tryton")
    ODOO = "odoo", _("asked from Odoo")


#: Connections that are looked at; a program comes by itself.
FILES = (Way.FOLDER, Way.SFTP)
ASKED = (Way.TRYTON, Way.ODOO)
LOOKED_AT = (*FILES, *ASKED)


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
    ReceiptState.DROPPED: {ReceiptState.WAITING},  # sent once more
}
