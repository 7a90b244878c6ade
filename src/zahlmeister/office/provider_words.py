"""The words for payments at providers: books, occasions of postings, steps, and what a provider said."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zahlmeister.connectors.providers.contract import Kind, Method
from zahlmeister.ledger.rules import Book

BOOKS = {
    Book.PROVIDERS: gettext_lazy("With payment providers"),
    Book.PROVIDER_FEES: gettext_lazy("Fees of payment providers"),
}
METHODS = {
    Method.PAYPAL: gettext_lazy("PayPal"),
    Method.CARD: gettext_lazy("card"),
    Method.INSTANT: gettext_lazy("instant bank payment"),
}
KINDS = {
    Kind.PROCESSING: pgettext_lazy("a payment", "on its way"),
    Kind.SUCCEEDED: pgettext_lazy("a payment", "paid"),
    Kind.FAILED: pgettext_lazy("a payment", "failed"),
    Kind.CANCELLED: pgettext_lazy("a payment", "cancelled by the buyer"),
    Kind.EXPIRED: pgettext_lazy("a payment", "expired"),
    Kind.REFUNDED: pgettext_lazy("a payment", "refunded"),
    Kind.REFUND_FAILED: pgettext_lazy("a payment", "refund came back"),
    Kind.DISPUTED: pgettext_lazy("a payment", "disputed"),
    Kind.CHARGED_BACK: pgettext_lazy("a payment", "charged back"),
    Kind.CHARGEBACK_WON: pgettext_lazy("a payment", "dispute won"),
    Kind.PAID_OUT: pgettext_lazy("a payment", "paid out"),
    Kind.OTHER: pgettext_lazy("a payment", "something else"),
}


def method(name: str) -> str:
    """What a buyer paid with."""
    return str(METHODS[Method(name)])


def kind(name: str) -> str:
    """What an event told, or what a move was."""
    return str(KINDS[Kind(name)])


def postings() -> dict[str, str]:
    """The occasions of postings."""
    return {
        "provider_took": _("Paid at a provider"),
        "provider_charged_back": _("Charged back by the buyer"),
        "provider_kept_fee": _("Fee of the provider"),
        "provider_gave_fee_back": _("Fee given back by the provider"),
        "provider_refunded": _("Refunded by the provider"),
        "provider_did_not_refund": _("Refund came back to the provider"),
        "provider_paid_out": _("Paid out by the provider"),
        "provider_did_not_pay_out": _("Not the provider's payout after all"),
    }


def steps() -> dict[str, str]:
    """The steps of the history."""
    return {
        "intent:created": _("A buyer was sent to the provider"),
        "intent:became_awaiting_payment": _("Waits for the buyer"),
        "intent:became_processing": _("On its way"),
        "intent:became_succeeded": _("Paid"),
        "intent:became_failed": _("Failed"),
        "intent:became_cancelled": _("Cancelled by the buyer"),
        "intent:became_expired": _("Nobody paid in time"),
        "intent:became_partially_refunded": _("Refunded in part"),
        "intent:became_refunded": _("Refunded"),
        "intent:became_charged_back": _("Charged back"),
        "intent:refund_asked": _("A refund was asked for"),
        "intent:refund_declined": _("The provider declined the refund"),
        **{f"intent:{name.value}": str(word).capitalize() for name, word in KINDS.items()},
        "provider:connected": _("Connected"),
        "provider:changed": _("Changed"),
        "provider:switched_on": _("Buyers can pay with it"),
        "provider:switched_off": _("Buyers can no longer pay with it"),
        "paid_out_by_provider": _("Found to be the provider's payout"),
        "not_paid_out_by_provider": _("Not the provider's payout after all"),
    }
