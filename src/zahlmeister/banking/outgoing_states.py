"""The life of a transfer we order, and of the file it goes to the bank in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """How far a transfer is."""

    DRAFTED = "drafted", _("waits for approval")
    APPROVED = "approved", _("approved")
    IN_FILE = "in_file", _("in a file")
    ACCEPTED = "accepted", _("accepted by the bank")
    EXECUTED = "executed", _("executed")
    REJECTED = "rejected", _("rejected by the bank")
    RETURNED = "returned", _("came back")
    CANCELLED = "cancelled", _("cancelled")


NEXT_ORDER = {
    OrderState.DRAFTED: {OrderState.APPROVED, OrderState.CANCELLED},
    OrderState.APPROVED: {OrderState.IN_FILE, OrderState.CANCELLED},
    OrderState.IN_FILE: {
        OrderState.ACCEPTED,
        OrderState.EXECUTED,  # a statement may be quicker than the status report
        OrderState.RETURNED,
        OrderState.REJECTED,
        OrderState.APPROVED,  # the file was withdrawn before anybody had it, or it falls back
    },
    OrderState.ACCEPTED: {
        OrderState.EXECUTED,
        OrderState.RETURNED,
        OrderState.REJECTED,
        OrderState.APPROVED,  # rejected as an instant transfer only: it goes as an ordinary one
    },
    OrderState.EXECUTED: {OrderState.RETURNED},
    OrderState.REJECTED: set(),
    OrderState.RETURNED: set(),
    OrderState.CANCELLED: set(),
}

#: The money of such a transfer is where it was.
NOT_MADE = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.RETURNED)

#: The bank may have it: the money is on its way, or was.
HANDED_OVER = (OrderState.IN_FILE, OrderState.ACCEPTED, OrderState.EXECUTED, OrderState.RETURNED)


class FileState(models.TextChoices):
    """Where a file for the bank is."""

    MADE = "made", _("made, nobody has it yet")
    EXPORTED = "exported", _("downloaded")
    WITHDRAWN = "withdrawn", _("withdrawn")
    QUEUED = "queued", _("waits to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent to the bank")
    UNSURE = "unsure", _("unsure whether the bank has it")


NEXT_FILE = {
    FileState.MADE: {FileState.EXPORTED, FileState.WITHDRAWN, FileState.QUEUED},
    FileState.EXPORTED: set(),  # whoever has it may hand it in at any time
    FileState.WITHDRAWN: set(),
    FileState.QUEUED: {FileState.SENDING, FileState.MADE},  # nothing has left the house yet
    FileState.SENDING: {
        FileState.SENT,
        FileState.UNSURE,
        FileState.MADE,  # the bank has plainly not taken it
        FileState.QUEUED,  # the line broke before it was handed over
    },
    FileState.UNSURE: {
        FileState.SENT,  # the bank's answer, the statement or a person says so
        FileState.MADE,  # a person has asked the bank, and it has nothing
    },
    FileState.SENT: set(),
}

#: It has left the house for good, and is never handed out anew by itself.
HANDED_OUT = (FileState.EXPORTED, FileState.SENT)

#: The bank may have it, and nobody in the house knows yet.
UNTOLD = (FileState.SENDING, FileState.UNSURE)
