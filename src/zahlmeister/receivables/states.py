"""The lives of an open item and of an incoming payment, each as one table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemState(models.TextChoices):
    """What the merchant sees of an order's money."""

    OPEN = "open", _("not paid")
    PART_PAID = "part_paid", _("partly paid")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


class PaymentState(models.TextChoices):
    """What has become of an incoming payment."""

    NEW = "new", _("new")
    ASSIGNED = "assigned", _("assigned")
    PART_ASSIGNED = "part_assigned", _("partly assigned")
    SUGGESTED = "suggested", _("suggested")
    UNCLEAR = "unclear", _("unclear")
    IGNORED = "ignored", _("ignored")
    DIVIDED = "divided", _("divided")
    EARLY = "early", _("before the start")
    GOING_BACK = "going_back", _("goes back")
    PAYOUT = "payout", _("paid out by an agency or a provider")
    TOPPED_UP = "topped_up", _("on a customer's balance")


#: Payments that wait for a person.
NEEDS_A_PERSON = (PaymentState.SUGGESTED, PaymentState.UNCLEAR, PaymentState.PART_ASSIGNED)

#: Their money has left the unclear money although no order has it.
NOT_WAITED_FOR = (PaymentState.IGNORED, PaymentState.GOING_BACK, PaymentState.PAYOUT)

#: Payments that nobody has decided on yet.
UNDECIDED = (PaymentState.NEW, PaymentState.EARLY, PaymentState.UNCLEAR, PaymentState.SUGGESTED)

NEXT_ITEM = {
    ItemState.OPEN: {ItemState.PART_PAID, ItemState.PAID, ItemState.CANCELLED},
    ItemState.PART_PAID: {ItemState.OPEN, ItemState.PART_PAID, ItemState.PAID, ItemState.CANCELLED},
    ItemState.PAID: {ItemState.OPEN, ItemState.PART_PAID, ItemState.PAID, ItemState.CANCELLED},  # undone
    ItemState.CANCELLED: {ItemState.OPEN, ItemState.PART_PAID, ItemState.PAID},  # late money revives it
}

_DECIDABLE = {
    PaymentState.DIVIDED,
    PaymentState.ASSIGNED,
    PaymentState.PART_ASSIGNED,
    PaymentState.SUGGESTED,
    PaymentState.UNCLEAR,
    PaymentState.IGNORED,
    PaymentState.GOING_BACK,
    PaymentState.PAYOUT,
    PaymentState.TOPPED_UP,
}

NEXT_PAYMENT = {
    PaymentState.NEW: {*_DECIDABLE, PaymentState.EARLY},
    PaymentState.EARLY: _DECIDABLE,  # booked before the day its account is settled from
    PaymentState.SUGGESTED: _DECIDABLE - {PaymentState.SUGGESTED},
    PaymentState.UNCLEAR: _DECIDABLE - {PaymentState.UNCLEAR},
    PaymentState.PART_ASSIGNED: {
        PaymentState.ASSIGNED,  # also when what was left of it goes back
        PaymentState.PART_ASSIGNED,
        PaymentState.SUGGESTED,
        PaymentState.UNCLEAR,
        PaymentState.GOING_BACK,  # the assigned part was taken back after the rest had gone
    },
    PaymentState.TOPPED_UP: {PaymentState.UNCLEAR, PaymentState.PART_ASSIGNED},
    PaymentState.ASSIGNED: {PaymentState.SUGGESTED, PaymentState.UNCLEAR, PaymentState.PART_ASSIGNED},
    PaymentState.IGNORED: {PaymentState.UNCLEAR},
    PaymentState.PAYOUT: {PaymentState.UNCLEAR},
    PaymentState.GOING_BACK: {PaymentState.UNCLEAR},  # its transfer was cancelled, rejected or came back
    PaymentState.DIVIDED: set(),
}
