"""What is kept of every change of state: one row per step, chained per subject by hash."""

from django.db import models
from django.db.models import Q

from zahlmeister.merchants.models import Owned


class Step(Owned):
    """One step in the life of a subject (an order, a payment, an import).

    `ordinal` counts the steps of one subject from 1 and is unique: of two writers of the same step one loses. Each
    hash covers the row and the hash of the subject's step before it, so that nothing can be changed unnoticed.
    `closing` is the closing of a month that sealed the step; it is given once, and no part of the hash.
    """

    subject = models.CharField(max_length=16)  # item, payment, import, order
    subject_id = models.BigIntegerField()
    ordinal = models.PositiveIntegerField()
    verb = models.CharField(max_length=32)
    actor = models.CharField(max_length=120)  # a person's e-mail address, or "matcher", "import", "system"
    reason = models.CharField(max_length=240, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)
    closing = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "subject", "subject_id", "ordinal"], name="step_once_per_subject"
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="step_by_merchant"),  # what is new, for webhooks
            models.Index(fields=["merchant", "closing"], condition=Q(closing__isnull=False), name="step_by_closing"),
        ]
