"""The words for the steps of a refund and for what is posted of it."""

from django.utils.translation import gettext as _


def refund_steps() -> dict[str, str]:
    """By subject and verb of the history."""
    return {
        "item:surplus_was_refunded": _("What came too much had gone back before"),
        "item:refund_uncovered": _("What was refunded is not covered any more"),
        "refund:promised": _("Promised"),
        "refund:changed": _("Recipient, account or day changed"),
        "refund:confirmed": _("The buyer has confirmed the account"),
        "refund:account_told": _("The buyer has named an account"),
        "refund:asked_again": _("The buyer was asked again"),
        "refund:waits": _("Cannot leave yet"),
        "refund:collecting": _("Collected by direct debit first"),
        "refund:collected": _("The direct debit is good"),
        "payment:held_for_merchant": _("Collected for a merchant"),
        "payment:held_all_the_same": _("Held for a merchant, although it had left already"),
        "collection:balance_recalled": _("Taken off the pooled account again by the bank"),
        "payment:balance_covered": _("Paid in by the operator, because the account was overdrawn"),
        "account:overdrawn": _("Overdrawn; it is collected"),
        "refund:ordered": _("Transfer drafted"),
        "refund:paid": _("The statement shows it"),
        "refund:came_back": _("It came back"),
        "refund:stopped": _("Stopped"),
        "refund:cancelled": _("Withdrawn"),
        "refund:held": _("Held"),
        "refund:let_go_on": _("Let go on"),
        "refund:shop_told": _("Told to the shop"),
    }


def refund_postings() -> dict[str, str]:
    """By the text of the posting."""
    return {
        "refund_promised": _("Refund promised"),
        "refund_withdrawn": _("Refund withdrawn"),
        "refund_made": _("Refund made"),
        "refund_came_back": _("Refund came back"),
        "surplus_was_refunded": _("What came too much had gone back before"),
        "refund_uncovered": _("What was refunded is not covered any more"),
        "refunds_collected": _("Collected for refunds"),
        "refunds_not_collected": _("Not collected for refunds after all"),
        "held_for_merchant": _("Collected for a merchant"),
        "held_all_the_same": _("Held for a merchant, although it had left already"),
        "balance_covered": _("Paid in by the operator"),
        "balance_recalled": _("Taken off the pooled account again by the bank"),
        "paid_for_merchant": _("Paid out for a merchant"),
    }
