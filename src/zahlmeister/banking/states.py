"""The life of a statement import."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """How far a file has come."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being read")
    DONE = "done", _("done")
    BROKEN = "broken", _("stopped at an error")


NEXT = {
    ImportState.WAITING: {ImportState.RUNNING},
    ImportState.RUNNING: {
        ImportState.DONE,
        ImportState.BROKEN,
        ImportState.RUNNING,
    },  # again after a lost lease
    ImportState.BROKEN: {ImportState.WAITING},  # tried again by a person
    ImportState.DONE: set(),
}
