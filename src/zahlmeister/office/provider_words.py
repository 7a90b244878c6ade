"""The words for payments at providers: books, occasions of postings, steps, and what a provider said."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zahlmeister.connectors.providers.contract import Key, Kind, Method
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
        "intent:ordered_by_itself": _("Ordered by itself, as the customer has agreed"),
        "intent:charge_declined": _("The charge was declined"),
        "intent:charge_called_off": _("The charge was called off before it was made"),
        "intent:charge_unknown": _("Whether it was charged could not be found out"),
        "intent:refund_asked": _("A refund was asked for"),
        "intent:refund_approved": _("A second person has approved the refund"),
        "intent:refund_declined": _("The provider declined the refund"),
        "intent:refund_stopped": _("The refund stopped"),
        **{f"intent:{name.value}": str(word).capitalize() for name, word in KINDS.items()},
        "item:paid_elsewhere": _("Paid elsewhere"),
        "item:not_paid_elsewhere": _("Not paid elsewhere after all"),
        "provider:connected": _("Connected"),
        "provider:changed": _("Changed"),
        "provider:switched_on": _("Buyers can pay with it"),
        "provider:switched_off": _("Buyers can no longer pay with it"),
        "paid_out_by_provider": _("Found to be the provider's payout"),
        "not_paid_out_by_provider": _("Not the provider's payout after all"),
    }


def offered(name: str) -> str:
    """What is ticked when buyers can pay so."""
    return {
        Method.PAYPAL: _("pay with PayPal"),
        Method.CARD: _("pay with a card"),
        Method.INSTANT: _("pay at once from a bank account"),
    }[Method(name)]


_KEYS = {
    "client ID": gettext_lazy("Client ID"),
    "secret": gettext_lazy("Secret"),
    "webhook ID": gettext_lazy("Webhook ID"),
    "secret key": gettext_lazy("Secret key"),
    "signing secret": gettext_lazy("Signing secret"),
    "API key": gettext_lazy("API key"),
    "organisation access token": gettext_lazy("Organisation access token"),
    "from developer.paypal.com, Apps & Credentials": gettext_lazy("From developer.paypal.com, Apps & Credentials."),
    "shown when the webhook address is entered there": gettext_lazy("Shown when the webhook address is entered there."),
    "sk_live_… or a restricted key": gettext_lazy("sk_live_… or a restricted key."),
    "whsec_…, shown when the webhook address is entered there": gettext_lazy(
        "whsec_…, shown when the webhook address is entered there."
    ),
    "live_…": gettext_lazy("live_…"),
    "access_…, only to read the payouts; without it they are found by hand": gettext_lazy(
        "access_…, only to read the payouts; without it you find them by hand."
    ),
}


def key_label(key: Key) -> str:
    """What a key is called on the form."""
    return str(_KEYS[key.label])


def key_hint(key: Key) -> str:
    """Where a key is found."""
    return str(_KEYS[key.hint]) if key.hint else ""


def calls(system: str) -> str:
    """What has to be set at the provider so that it calls us."""
    return {
        "paypal": _(
            "Enter this address at PayPal under Apps & Credentials, Webhooks, "
            "for all events of checkout, payments and disputes."
        ),
        "stripe": _(
            "Enter this address at Stripe under Developers, Webhooks, "
            "for the events of checkout.session, refund, charge.refunded, charge.dispute and payout.paid."
        ),
        "mollie": _("Mollie is told this address with each payment; nothing has to be entered there."),
    }[system]
