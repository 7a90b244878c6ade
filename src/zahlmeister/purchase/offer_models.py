"""What guarantors offer to merchants, what was agreed on and when it counts: every version, in its order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.purchase.states import OfferState


class GuaranteeOffer(Owned):
    """A version of the terms between a guarantor and a merchant, who is asked; only its state is ever changed.

    `figures` are those columns of `GuaranteeTerms` that both agree on, `from_on` the settlement from which it counts.
    """

    guarantor = models.ForeignKey("purchase.Guarantor", on_delete=models.PROTECT, related_name="offers")
    currency = models.CharField(max_length=3)
    ordinal = models.PositiveIntegerField()
    figures = models.JSONField()
    state = models.CharField(_("state"), max_length=12, choices=OfferState.choices, default=OfferState.OFFERED)
    from_on = models.DateField(_("counts from"), null=True)
    offered_by = models.CharField(max_length=120)
    offered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "guarantor", "ordinal"], name="offer_once"),
            models.UniqueConstraint(
                fields=["merchant", "guarantor"], condition=Q(state="offered"), name="one_offer_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["merchant", "guarantor"], condition=Q(state="agreed"), name="one_agreed_offer_waits"
            ),
            models.UniqueConstraint(
                fields=["merchant", "currency"], condition=Q(state="in_force"), name="one_offer_in_force"
            ),
        ]

    def __str__(self) -> str:
        return str(self.ordinal)
