"""The life of a message, and what can become of an attempt to deliver it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """What has become of a message."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    STUCK = "stuck", _("not delivered")
    DROPPED = "dropped", _("not needed any more")


NEXT_MESSAGE = {
    MessageState.WAITING: {MessageState.DELIVERED, MessageState.STUCK, MessageState.DROPPED},
    MessageState.STUCK: {MessageState.WAITING, MessageState.DROPPED},  # a person has it tried anew, or lets it go
    MessageState.DELIVERED: set(),
    MessageState.DROPPED: set(),
}


@dataclass(frozen=True, slots=True)
class Done:
    """The far side has it. `answer` are the facts it answered with, plain JSON."""

    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Not now, and why. `after` is how long the far side wants to be left alone; ours otherwise."""

    why: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """Trying again cannot help, and why: a person has to look."""

    why: str


Outcome = Done | Later | Never
