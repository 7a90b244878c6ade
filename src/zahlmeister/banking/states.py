"""The life of a statement import, and of a connection that brings statements."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """How far a file has come."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being read")
    DONE = "done", _("done")
    BROKEN = "broken", _("stopped at an error")
    DISCARDED = "discarded", _("set aside")


NEXT = {
    ImportState.WAITING: {ImportState.RUNNING},
    ImportState.RUNNING: {
        ImportState.DONE,
        ImportState.BROKEN,
        ImportState.RUNNING,
    },  # again after a lost lease
    ImportState.BROKEN: {ImportState.WAITING, ImportState.DISCARDED},  # tried again or set aside by a person
    ImportState.DISCARDED: {ImportState.WAITING},
    ImportState.DONE: set(),
}


class ConnectionState(models.TextChoices):
    """Whether a connection brings statements."""

    CONNECTED = "connected", _("connected")
    TROUBLED = "troubled", _("does not answer, is tried again")
    STUCK = "stuck", _("waits for a person")
    ASKING = "asking", _("asks you something")
    PAUSED = "paused", _("paused")


NEXT_CONNECTION = {
    ConnectionState.CONNECTED: {
        ConnectionState.TROUBLED,
        ConnectionState.STUCK,
        ConnectionState.ASKING,
        ConnectionState.PAUSED,
    },
    ConnectionState.TROUBLED: {
        ConnectionState.CONNECTED,
        ConnectionState.STUCK,
        ConnectionState.ASKING,
        ConnectionState.PAUSED,
    },
    ConnectionState.ASKING: {
        ConnectionState.CONNECTED,  # answered, and done
        ConnectionState.TROUBLED,
        ConnectionState.STUCK,  # nobody answered in time
        ConnectionState.PAUSED,
    },
    ConnectionState.STUCK: {ConnectionState.CONNECTED, ConnectionState.PAUSED},  # checked anew by a person
    ConnectionState.PAUSED: {ConnectionState.CONNECTED},
}
