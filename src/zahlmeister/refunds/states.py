"""The life of a refund, and of the direct debit that several of them are paid from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RefundState(models.TextChoices):
    """How far a refund is."""

    ACCOUNT_MISSING = "account_missing", _("waits for bank details")
    PLANNED = "planned", _("planned")
    SHORT = "short", _("waits for the balance")
    COLLECTING = "collecting", _("waits for the direct debit")
    ORDERED = "ordered", _("being transferred")
    PAID = "paid", _("paid back")
    STOPPED = "stopped", _("stopped")
    CANCELLED = "cancelled", _("cancelled")


NEXT_REFUND = {
    RefundState.ACCOUNT_MISSING: {RefundState.PLANNED, RefundState.STOPPED, RefundState.CANCELLED},
    RefundState.PLANNED: {
        RefundState.SHORT,
        RefundState.COLLECTING,
        RefundState.ORDERED,
        RefundState.STOPPED,  # no bank would take such a transfer, or what was paid is gone
        RefundState.CANCELLED,
    },
    RefundState.SHORT: {RefundState.PLANNED, RefundState.STOPPED, RefundState.CANCELLED},
    RefundState.COLLECTING: {
        RefundState.PLANNED,  # the debit is good: it is due now
        RefundState.STOPPED,  # the debit came back
    },
    RefundState.ORDERED: {
        RefundState.PAID,
        RefundState.ACCOUNT_MISSING,  # the account cannot take it: another one is asked for
        RefundState.STOPPED,  # somebody cancelled the transfer, or the bank rejected it for another reason
        RefundState.CANCELLED,  # likewise, of a payment: that one waits for a person again
    },
    RefundState.PAID: {RefundState.ACCOUNT_MISSING, RefundState.STOPPED, RefundState.CANCELLED},  # it came back
    RefundState.STOPPED: {RefundState.PLANNED, RefundState.ACCOUNT_MISSING, RefundState.CANCELLED},
    RefundState.CANCELLED: set(),
}

#: Nothing has been told to a bank yet: date, recipient and account can be changed.
EDITABLE = (RefundState.ACCOUNT_MISSING, RefundState.PLANNED, RefundState.SHORT, RefundState.STOPPED)
#: The buyer has not got the money yet.
OWED = (*EDITABLE, RefundState.COLLECTING, RefundState.ORDERED)
#: A person has to do something about it.
NEEDS_A_PERSON = (RefundState.STOPPED,)


class Origin(models.TextChoices):
    """Who asked for a refund."""

    OFFICE = "office", _("a person in the office")
    SHOP = "shop", _("the shop's credit note")
    PROGRAM = "program", _("a program")
    HOUSE = "house", _("by itself")


class Way(models.TextChoices):
    """How refunds of orders that were paid to the merchant's own account leave."""

    TRANSFER = "transfer", _("by transfers from that account, which somebody approves")
    DEBIT = "debit", _("by the operator, who collects the sum by direct debit first")


class CollectionState(models.TextChoices):
    """How far the direct debit is that refunds are paid from."""

    ASKED = "asked", _("being collected")
    GOOD = "good", _("collected for good")
    FAILED = "failed", _("not collected")


NEXT_COLLECTION = {
    CollectionState.ASKED: {CollectionState.GOOD, CollectionState.FAILED},
    CollectionState.GOOD: {CollectionState.FAILED},  # a debtor may take it back for eight weeks
    CollectionState.FAILED: set(),
}
