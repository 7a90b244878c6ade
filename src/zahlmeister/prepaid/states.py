"""The lives of what customers do: entries by kind, announced transfers by state."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EntryKind(models.TextChoices):
    """What an entry of an account is."""

    TOP_UP = "top_up", _("topped up")
    TOP_UP_UNDONE = "top_up_undone", _("top-up taken back")
    SURPLUS = "surplus", _("overpayment")
    PROVIDER = "provider", _("topped up by a provider")
    PROVIDER_UNDONE = "provider_undone", _("taken back by a provider")
    INVOICE = "invoice", _("invoice paid")
    INVOICE_UNDONE = "invoice_undone", _("payment of an invoice undone")
    CHARGE = "charge", _("charged")
    CHARGE_UNDONE = "charge_undone", _("charge undone")
    GRANT = "grant", _("credit granted")
    GRANT_WITHDRAWN = "grant_withdrawn", _("credit withdrawn")
    GRANT_EXPIRED = "grant_expired", _("credit expired")
    RAISED = "raised", _("corrected upwards")
    LOWERED = "lowered", _("corrected downwards")
    REFUND = "refund", _("paid back")
    REFUND_UNDONE = "refund_undone", _("not paid back")


#: What takes from a balance, and must never take more than is there.
SPENDS = (
    EntryKind.INVOICE,
    EntryKind.CHARGE,
    EntryKind.GRANT_WITHDRAWN,
    EntryKind.GRANT_EXPIRED,
    EntryKind.LOWERED,
    EntryKind.REFUND,
)
#: What takes from a balance whatever is there: the money is gone.
TAKES_BACK = (EntryKind.TOP_UP_UNDONE, EntryKind.PROVIDER_UNDONE)
#: What a customer gets a numbered confirmation of.
CONFIRMED = (EntryKind.TOP_UP, EntryKind.PROVIDER)


class Purpose(models.TextChoices):
    """What announced money is for."""

    TOP_UP = "top_up", _("top up the balance")
    ITEMS = "items", _("pay invoices")


class Surplus(models.TextChoices):
    """What becomes of more than is open."""

    BALANCE = "balance", _("onto the balance")
    BACK = "back", _("back to the payer")


class TransferState(models.TextChoices):
    """How far an announced transfer is."""

    SENT = "sent", _("reference sent")
    SEEN = "seen", _("money is there")
    CREDITED = "credited", _("credited")
    REJECTED = "rejected", _("rejected")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("withdrawn")


NEXT_TRANSFER = {
    TransferState.SENT: {TransferState.SEEN, TransferState.EXPIRED, TransferState.CANCELLED},
    TransferState.SEEN: {TransferState.CREDITED, TransferState.REJECTED, TransferState.SENT},
    TransferState.CREDITED: {TransferState.SEEN},  # the release was taken back
    TransferState.REJECTED: set(),
    TransferState.EXPIRED: {TransferState.SEEN},  # late money is money
    TransferState.CANCELLED: {TransferState.SEEN},  # likewise
}

#: Money with their reference is looked for.
AWAITED = (TransferState.SENT, TransferState.EXPIRED, TransferState.CANCELLED)


class Release(models.TextChoices):
    """When a top-up by transfer is credited without a person."""

    BY_HAND = "by_hand", _("never: somebody releases each")
    EXACT = "exact", _("when reference and amount are exactly those announced")
    KNOWN = "known", _("and only from an account that this customer has paid from before")


class GivesBack(models.TextChoices):
    """When what was paid in goes back to a customer who asks for it."""

    NEVER = "never", _("never: customers cannot ask for it")
    BY_HAND = "by_hand", _("when somebody has released it")
    KNOWN = "known", _("by itself to where it came from; to another account when somebody has released it")


class Every(models.TextChoices):
    """When an automatic top-up is asked for."""

    THRESHOLD = "threshold", _("when the balance falls below a mark")
    WEEK = "week", _("every week")
    MONTH = "month", _("every month")
