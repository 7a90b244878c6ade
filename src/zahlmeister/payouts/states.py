"""The life of an account that is paid out to, and what the lines of a statement are."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.payouts.rules import Rhythm


class RhythmChoice(models.TextChoices):
    """How often is paid out."""

    BY_HAND = Rhythm.BY_HAND.value, _("when somebody says so")
    DAILY = Rhythm.DAILY.value, _("daily")
    WEEKLY = Rhythm.WEEKLY.value, _("weekly")
    MONTHLY = Rhythm.MONTHLY.value, _("monthly")


class AccountState(models.TextChoices):
    """How far an account is that somebody wants payouts to go to."""

    ASKED = "asked", _("waits for the link in the mail")
    CONFIRMED = "confirmed", _("waits for a second person")
    APPROVED = "approved", _("approved, and used after the waiting period")
    ACTIVE = "active", _("in use")
    REPLACED = "replaced", _("replaced")
    REFUSED = "refused", _("refused")


NEXT_ACCOUNT = {
    AccountState.ASKED: {AccountState.CONFIRMED, AccountState.REFUSED},
    AccountState.CONFIRMED: {AccountState.APPROVED, AccountState.REFUSED},
    AccountState.APPROVED: {AccountState.ACTIVE, AccountState.REFUSED},
    AccountState.ACTIVE: {AccountState.REPLACED, AccountState.REFUSED},
    AccountState.REPLACED: set(),
    AccountState.REFUSED: set(),
}

#: On its way to being used; there is one of them at a time.
WANTED = (AccountState.ASKED, AccountState.CONFIRMED, AccountState.APPROVED)


class LineKind(models.TextChoices):
    """What a movement on a pooled account was."""

    PAYMENT = "payment", _("Payments in")
    SENT_BACK = "sent_back", _("Sent back to payers")
    REFUND = "refund", _("Refunds")
    FEE = "fee", _("Fees")
    PAYOUT = "payout", _("Payouts")
    CAME_BACK = "came_back", _("Transfers that came back")
    CORRECTION = "correction", _("Corrections")


#: The sources of transfers (see `PaymentOrder.source`), and what they are to the merchant.
KIND_OF_SOURCE = {
    "return": LineKind.SENT_BACK,
    "refund": LineKind.REFUND,
    "invoice": LineKind.FEE,
    "payout": LineKind.PAYOUT,
}
