"""The life of a review, and who may ask for one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewState(models.TextChoices):
    """How far a person has come with it."""

    OPEN = "open", _("waits for a person")
    ACCEPTED = "accepted", _("accepted by a person")
    DECLINED = "declined", _("declined by a person")
    LAPSED = "lapsed", _("the order was over before")


NEXT = {
    ReviewState.OPEN: {ReviewState.ACCEPTED, ReviewState.DECLINED, ReviewState.LAPSED},
    ReviewState.LAPSED: set(),
    ReviewState.ACCEPTED: set(),
    ReviewState.DECLINED: set(),
}


class AskedBy(models.TextChoices):
    """Who wants a person to look."""

    RULES = "rules", _("the rules")
    BUYER = "buyer", _("the buyer")
    MERCHANT = "merchant", _("the merchant")


class OnError(models.TextChoices):
    """What a bureau that is not heard comes to."""

    STOP = "stop", _("stop: the rule for a silent bureau speaks")
    CONTINUE = "continue", _("go on as if nobody had been asked")
    FALLBACK = "fallback", _("ask the next bureau")
