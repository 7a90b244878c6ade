"""The life of a case, told on four axes that move on their own: the hand-over, the stage, the work, and the money."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class HandOver(models.TextChoices):
    """How far the hand-over itself has come."""

    SUBMITTED = "submitted", _("handed over, not answered yet")
    QUERIED = "queried", _("the agency asks something")
    ACCEPTED = "accepted", _("with the agency")
    REJECTED = "rejected", _("not taken")
    WITHDRAWN = "withdrawn", _("taken back before the answer")
    ENDED = "ended", _("ended")


NEXT = {
    HandOver.SUBMITTED: {HandOver.QUERIED, HandOver.ACCEPTED, HandOver.REJECTED, HandOver.WITHDRAWN},
    HandOver.QUERIED: {HandOver.SUBMITTED, HandOver.ACCEPTED, HandOver.REJECTED, HandOver.WITHDRAWN},
    HandOver.ACCEPTED: {HandOver.QUERIED, HandOver.ENDED},
    HandOver.ENDED: {HandOver.ACCEPTED},  # money that was taken back wakes it up again
    HandOver.REJECTED: set(),
    HandOver.WITHDRAWN: set(),
}

#: The merchant asks nobody himself as long as an agency does.
WITH_THE_AGENCY = (HandOver.SUBMITTED, HandOver.QUERIED, HandOver.ACCEPTED)


class Stage(models.TextChoices):
    """How far the law has been taken."""

    EXTRAJUDICIAL = "extrajudicial", _("out of court")
    COURT_ORDER = "court_order", _("court order asked for")
    ENFORCEMENT = "enforcement", _("enforcement")
    MONITORING = "monitoring", _("long-term watch")
    ENDED = "ended", _("ended")


class Work(models.TextChoices):
    """Whether the agency works on it."""

    IN_PROGRESS = "in_progress", _("in progress")
    PAUSED = "paused", _("paused")
    CANCEL_ASKED = "cancel_asked", _("end asked for")
    CANCELLED_BY_CLIENT = "cancelled_by_client", _("ended by the merchant")
    CANCELLED_BY_AGENCY = "cancelled_by_agency", _("ended by the agency")
    CLOSED = "closed", _("closed")


class Money(models.TextChoices):
    """What the debtor has paid, to the agency or directly."""

    UNPAID = "unpaid", _("nothing paid")
    PART_PAID = "part_paid", _("paid in part")
    PAID = "paid", _("paid")
    SETTLED = "settled", _("settled for less")


class Closed(StrEnum):
    """With what result a case was closed; the words for it are the office's."""

    PAID_FULL = "paid_full"
    PAID_PARTIAL = "paid_partial"
    PAID_BEFORE = "paid_before"
    SETTLED = "settled"
    UNSUCCESSFUL = "unsuccessful"
    INSOLVENT = "insolvent"
    DECEASED = "deceased"
    NO_ADDRESS = "no_address"
    DISPUTED = "disputed"
    NOT_ENFORCEABLE = "not_enforceable"
    CANCELLED_CLIENT = "cancelled_client"
    CANCELLED_AGENCY = "cancelled_agency"
    SOLD = "sold"
    MONITORING = "monitoring"
    UNANSWERED = "unanswered"  # a question of the agency's
    OTHER = "other"
