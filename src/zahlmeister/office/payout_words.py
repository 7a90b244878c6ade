"""The words of payouts, fees and verification: books, postings and steps of the history."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from zahlmeister.ledger.rules import Book

BOOKS = {
    Book.PAID_OUT: gettext_lazy("Paid out to the merchant"),
    Book.FEES: gettext_lazy("Fees of the operator"),
    Book.INPUT_TAX: gettext_lazy("Input tax"),
    Book.OPERATOR: gettext_lazy("Owed to the operator"),
    Book.OUTPUT_TAX: gettext_lazy("Output tax"),
}


def postings() -> dict[str, str]:
    """The occasions of postings."""
    return {
        "paid_out": _("Paid out"),
        "not_paid_out": _("Not paid out after all"),
        "fees_charged": _("Fees charged"),
        "tax_charged": _("Tax on fees charged"),
        "fees_paid": _("Fees paid"),
        "fees_not_paid": _("Fees not paid after all"),
        "tax_owed": _("Tax of an invoice"),
    }


def steps() -> dict[str, str]:
    """The steps of the history."""
    return {
        "transfer:approved_by_policy": _("Approved in advance"),
        "transfer:sanctioned": _("The recipient may be on a list of sanctions"),
        "transfer:unusual": _("Much more leaves than on other days"),
        "payout:made": pgettext("a payout", "Made"),
        "payout:not_made": pgettext("a payout", "Its transfer was not made, or came back"),
        "payout_plan:changed": pgettext("a plan of payouts", "Changed"),
        "payout_account:asked": pgettext("an account", "Entered"),
        "payout_account:confirmed": pgettext("an account", "Confirmed by the link in the mail"),
        "payout_account:approved": pgettext("an account", "Approved by a second person"),
        "payout_account:refused": pgettext("an account", "Refused"),
        "payout_account:active": pgettext("an account", "Used from now on"),
        "payout_account:replaced": pgettext("an account", "Replaced"),
        "merchant:verification_verified": _("Verified"),
        "merchant:verification_failed": _("Verification failed"),
        "merchant:verification_submitted": _("Documents handed in"),
        "merchant:plan_agreed": _("Plan agreed"),
        "merchant:billing_changed": _("Address for invoices changed"),
        "merchant:vat_id_valid": _("VAT id found valid"),
        "merchant:vat_id_invalid": _("VAT id not found valid"),
        "invoice:issued": pgettext("an invoice", "Issued"),
        "invoice:paid": pgettext("an invoice", "Paid"),
        "invoice:not_paid": pgettext("an invoice", "Not paid after all"),
        "invoice:not_settled": pgettext("an invoice", "Could not be settled"),
        "merchant:text_published": _("Text put in force"),
        "merchant:text_agreed": _("Operator's text agreed to"),
        "merchant:named_operator": _("Named operator"),
    }
