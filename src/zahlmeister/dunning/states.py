"""The life of a run, and why asking for an item pauses."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """How far the run of a day has come."""

    RUNNING = "running", _("running")
    DONE = "done", _("done")


class Pause(models.TextChoices):
    """Why a person has asking for an item stopped."""

    DISPUTE = "dispute", _("the buyer objects")
    RETURN = "return", _("goods are on their way back")
    AGREEMENT = "agreement", _("agreed with the buyer")
    OTHER = "other", _("another reason")
