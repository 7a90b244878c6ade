"""The life of a shop connection, and whether a shop still has an order."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ShopState(models.TextChoices):
    """Whether a shop is read and told."""

    CONNECTED = "connected", _("connected")
    TROUBLED = "troubled", _("does not answer, is tried again")
    PAUSED = "paused", _("paused")
    DEACTIVATED = "deactivated", _("switched off after too many errors")
    DEREGISTERED = "deregistered", _("deregistered")


#: States in which a shop is read and told.
AT_WORK = (ShopState.CONNECTED, ShopState.TROUBLED)

NEXT_SHOP = {
    ShopState.CONNECTED: {ShopState.TROUBLED, ShopState.PAUSED, ShopState.DEREGISTERED},
    ShopState.TROUBLED: {ShopState.CONNECTED, ShopState.PAUSED, ShopState.DEACTIVATED, ShopState.DEREGISTERED},
    ShopState.PAUSED: {ShopState.CONNECTED, ShopState.DEREGISTERED},
    ShopState.DEACTIVATED: {ShopState.CONNECTED, ShopState.DEREGISTERED},  # checked anew by a person
    ShopState.DEREGISTERED: set(),  # for good: whoever comes back connects anew
}


class Presence(models.TextChoices):
    """Whether the shop still has an order; of all but the first nothing happens by itself any more."""

    HERE = "here", _("in the shop")
    DISAPPEARED = "disappeared", _("gone from the shop")
    LEGACY = "legacy", _("from before")
    TEST = "test", _("of a test shop")


class ImportKind(models.TextChoices):
    """How orders came together."""

    FILE = "file", _("file of orders")
    SHOP = "shop", _("read from the shop")
    PROGRAM = "program", _("handed in by a program")
