"""What is kept of every message to the outside."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.outbox.states import MessageState


class Message(Owned):
    """Something the world has to be told.

    `channel` says how it is told (shop, mail, webhook …), `group` to whom in particular (one shop, one mail server):
    the messages of a group go out together and wait together when the far side is away. Messages of one `subject`
    on one channel go out in the order in which they were written. `key` is what makes it this message and no other:
    it is written once, and the far side recognises it by its key when it comes twice.
    """

    channel = models.CharField(max_length=16)
    group = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    payload = SealedFacts(purpose="message", default=dict)
    state = models.CharField(_("state"), max_length=12, choices=MessageState.choices, default=MessageState.WAITING)
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    answer = models.JSONField(default=dict)
    token = models.BigIntegerField(
        default=0
    )  # of the worker that holds it; a frozen one finds another and writes nothing
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="message_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="message_due"),
            models.Index(
                fields=["merchant", "channel", "group", "due_at"], condition=Q(state="waiting"), name="message_in_group"
            ),
            models.Index(fields=["merchant", "subject", "id"], name="message_by_subject"),
            models.Index(fields=["merchant", "state", "-id"], name="message_by_state"),
        ]

    def __str__(self) -> str:
        return self.key
