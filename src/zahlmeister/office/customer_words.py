"""The words for customers' accounts: books, occasions of postings, and steps."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.ledger.rules import Book
from zahlmeister.prepaid.states import EntryKind

BOOKS = {
    Book.PREPAID: gettext_lazy("Customers' balances, paid in"),
    Book.GRANTED: gettext_lazy("Customers' balances, granted"),
    Book.GOODWILL: gettext_lazy("Credit granted to customers"),
    Book.USAGE: gettext_lazy("Charged to balances"),
}


def postings() -> dict[str, str]:
    """The occasions of postings."""
    return {
        "topped_up": _("Paid in on a customer's account"),
        "top_up_taken_back": _("Deposit taken back"),
        "paid_from_balance": _("Paid from a customer's balance"),
        "not_paid_from_balance": _("Not paid from the balance after all"),
        "balance_charged": _("Charged to a customer's balance"),
        "balance_charge_undone": _("Charge to a balance undone"),
        "credit_granted": _("Credit granted"),
        "credit_withdrawn": _("Granted credit withdrawn"),
        "balance_corrected": _("Balance corrected by hand"),
        "balance_goes_back": _("Balance goes back to the customer"),
        "balance_stays": _("Balance stays with us after all"),
    }


def steps() -> dict[str, str]:
    """The steps of the history."""
    return {
        **{f"account:{kind.value}": str(kind.label) for kind in EntryKind},
        "account:opened": _("Account opened"),
        "account:automatic_on": _("The customer wants top-ups by itself"),
        "account:automatic_off": _("The customer does not want top-ups by itself any more"),
        "account:charging_over": _("Nothing is charged by itself any more"),
        "account:charge_failed": _("A top-up by itself could not be charged"),
        "customer:let_in": _("Given access"),
        "customer:signed_in": _("Signed in"),
        "customer:sent_by_shop": _("Sent by the shop"),
        "customer:password_set": _("Password and second factor set"),
        "customer:session_ended": _("Signed out elsewhere"),
        "customer:password_taken": _("Lost password and second factor taken away"),
        "customer:locked": _("Too many wrong passwords"),
        "customer:blocked": _("May not sign in any more"),
        "customer:unblocked": _("May sign in again"),
        "payment:topped_up": _("Put onto a customer's balance"),
        "refund:released": _("Released"),
        "merchant:centre_changed": _("The customer centre was changed"),
    }
