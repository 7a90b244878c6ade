"""The life of a payment that a buyer makes at a provider, and of the money of it that goes back there."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What the money is for."""

    ITEMS = "items", _("open orders")
    TOP_UP = "top_up", _("a prepaid account")


class IntentState(models.TextChoices):
    """How far a payment is."""

    CREATED = "created", _("being prepared")
    AWAITING = "awaiting_payment", _("waits for the buyer")
    PROCESSING = "processing", _("on its way")
    SUCCEEDED = "succeeded", _("paid")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")
    PARTIALLY_REFUNDED = "partially_refunded", _("refunded in part")
    REFUNDED = "refunded", _("refunded")
    CHARGED_BACK = "charged_back", _("charged back")


_PAID = {
    IntentState.SUCCEEDED,
    IntentState.PARTIALLY_REFUNDED,
    IntentState.REFUNDED,
    IntentState.CHARGED_BACK,
}
_OVER = {IntentState.FAILED, IntentState.CANCELLED, IntentState.EXPIRED}

#: Money counts whenever it comes, also for a payment that was given up: the buyer was quicker than the news of it.
NEXT_INTENT = {
    IntentState.CREATED: {IntentState.AWAITING, IntentState.PROCESSING, *_PAID, *_OVER},
    IntentState.AWAITING: {IntentState.PROCESSING, *_PAID, *_OVER},
    IntentState.PROCESSING: {IntentState.AWAITING, *_PAID, *_OVER},
    IntentState.FAILED: {IntentState.PROCESSING, *_PAID, *_OVER},  # a declined card, then another one
    IntentState.CANCELLED: _PAID,
    IntentState.EXPIRED: _PAID,
    IntentState.SUCCEEDED: _PAID,
    IntentState.PARTIALLY_REFUNDED: _PAID,
    IntentState.REFUNDED: _PAID,  # a refund came back
    IntentState.CHARGED_BACK: _PAID,  # a dispute was won
}

#: The buyer can still pay.
OPEN = (IntentState.CREATED, IntentState.AWAITING, IntentState.PROCESSING)
#: Money came in, whatever became of it.
PAID = tuple(_PAID)
#: Nobody has paid, and nobody will.
OVER = tuple(_OVER)


class StoredState(models.TextChoices):
    """How far something is that a provider has stored."""

    USABLE = "usable", _("can be charged")
    LEAVING = "leaving", _("is being forgotten")
    GONE = "gone", _("gone")


class GoesBack(models.TextChoices):
    """How far money is that goes back at the provider."""

    ASKED = "asked", _("to be sent back")
    DONE = "done", _("sent back")
    FAILED = "failed", _("did not go back")


NEXT_GOES_BACK = {
    GoesBack.ASKED: {GoesBack.DONE, GoesBack.FAILED},
    GoesBack.DONE: {GoesBack.FAILED},  # the buyer's bank gave it back
    GoesBack.FAILED: set(),
}
