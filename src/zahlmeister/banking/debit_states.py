"""The life of a direct debit; that of its file is the same as with transfers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DebitState(models.TextChoices):
    """How far a collection is."""

    DRAFTED = "drafted", _("waits for approval")
    APPROVED = "approved", _("approved")
    IN_FILE = "in_file", _("in a file")
    ACCEPTED = "accepted", _("accepted by the bank")
    COLLECTED = "collected", _("collected")
    REJECTED = "rejected", _("rejected by the bank")
    RETURNED = "returned", _("came back")
    CANCELLED = "cancelled", _("cancelled")


NEXT_DEBIT = {
    DebitState.DRAFTED: {DebitState.APPROVED, DebitState.CANCELLED},
    DebitState.APPROVED: {DebitState.IN_FILE, DebitState.CANCELLED},
    DebitState.IN_FILE: {
        DebitState.ACCEPTED,
        DebitState.COLLECTED,  # a statement may be quicker than the status report
        DebitState.RETURNED,
        DebitState.REJECTED,
        DebitState.APPROVED,  # the file was withdrawn before anybody had it
    },
    DebitState.ACCEPTED: {DebitState.COLLECTED, DebitState.RETURNED, DebitState.REJECTED},
    DebitState.COLLECTED: {DebitState.RETURNED},  # for eight weeks, and for thirteen months without a mandate
    DebitState.REJECTED: set(),
    DebitState.RETURNED: set(),
    DebitState.CANCELLED: set(),
}

#: The bank may have it, so that the mandate counts as used.
USED = (DebitState.IN_FILE, DebitState.ACCEPTED, DebitState.COLLECTED, DebitState.RETURNED)
#: It counts against a mandate that is for one use only.
STANDING = (DebitState.DRAFTED, DebitState.APPROVED, *USED)
