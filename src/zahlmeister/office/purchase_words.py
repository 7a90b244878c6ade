"""The words of guaranteed purchases: books, postings, steps of the history, conditions, and the law on terms."""

from collections.abc import Mapping

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from zahlmeister.connectors.erps.documents import Kind
from zahlmeister.flows.purchase.release import RELEASE
from zahlmeister.ledger.rules import Book
from zahlmeister.office import shown
from zahlmeister.purchase.rules import Condition, CreditLaw

BOOKS = {
    Book.SELLERS: gettext_lazy("Owed to sellers"),
    Book.WITH_GUARANTOR: gettext_lazy("With the guarantor"),
    Book.GUARANTEE_FEES: gettext_lazy("Fees of guarantees"),
    Book.LOSSES: gettext_lazy("Claims lost"),
}
CONDITIONS = {
    Condition.SHIPPED: gettext_lazy("No shipment was reported."),
    Condition.IN_TIME: gettext_lazy("The invoice was reported too late."),
    Condition.NO_DISPUTE: gettext_lazy("The buyer objects."),
    Condition.NO_RETURN: gettext_lazy("Goods are on their way back."),
    Condition.RETURN_IN_TIME: gettext_lazy("A return was reported too late."),
}
CREDIT_LAW = {
    CreditLaw.THIRD_PARTY: gettext_lazy("Somebody else than the seller stands behind it and buys the claims."),
    CreditLaw.TERM_TOO_LONG: gettext_lazy("Buyers have more than 50 days to pay, or 14 with a large online seller."),
    CreditLaw.CHARGED: gettext_lazy("Buyers are charged for paying later."),
}


DOCUMENTS = {
    Kind.INVOICE: gettext_lazy("Invoice"),
    Kind.SHIPMENT: gettext_lazy("Shipment"),
    Kind.RETURN_ANNOUNCED: gettext_lazy("Return announced"),
    Kind.RETURN_RECEIVED: gettext_lazy("Return received"),
    Kind.CREDIT_NOTE: gettext_lazy("Credit note"),
    Kind.CANCELLATION: gettext_lazy("Cancellation"),
    Kind.DIRECT_PAYMENT: gettext_lazy("Direct payment"),
    RELEASE: gettext_lazy("Part let go"),
}


WEEKDAYS = (
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
)


def agreed(figures: Mapping[str, int], currency: str) -> list[tuple[str, str]]:
    """What guarantor and merchant agree on, as a page says it."""
    days = _("%(days)s days")
    fee = f"{percent(figures['fee_basis_points'])} % + {_money(figures['fee_minor'], currency)}"
    shipment = _("must be reported") if figures["needs_shipment"] else _("need not be reported")
    return [
        (_("An authorisation is good for"), days % {"days": figures["valid_days"]}),
        (_("Buyers pay within"), days % {"days": figures["term_days"]}),
        (_("The merchant is paid within"), days % {"days": figures["guarantee_days"]}),
        (_("Invoices reported within"), days % {"days": figures["report_within_days"]}),
        (_("Returns reported within"), days % {"days": figures["return_within_days"]}),
        (pgettext("terms", "Shipments"), shipment),
        (_("Fee for each invoice"), fee),
        (_("Tax on the fee"), f"{percent(figures['fee_tax_basis_points'])} %"),
        (pgettext("terms", "Settled on"), str(dict(WEEKDAYS)[figures["weekday"]])),
    ]


def percent(basis_points: int) -> str:
    """A share in basis points as a percentage, as it is typed."""
    text = f"{basis_points // 100}.{basis_points % 100:02d}"
    return text.replace(".", ",") if _language().startswith("de") else text


def _money(minor: int, currency: str) -> str:
    return f"{shown.money_text(minor, currency, _language())} {currency}"


def _language() -> str:
    return get_language() or "de"


def postings() -> dict[str, str]:
    """The occasions of postings."""
    return {
        "claim_bought": _("Claim bought"),
        "claim_bought_less": _("Claim bought for less"),
        "claim_sold": _("Claim sold"),
        "claim_sold_less": _("Claim sold for less"),
        "paid_to_seller": _("Paid to the seller"),
        "paid_to_us": _("Paid to us instead of the guarantor"),
        "seller_charged": _("Fee of the guarantee"),
        "seller_tax_charged": _("Tax on the fee of the guarantee"),
        "guarantee_charged": _("Fee of the guarantee"),
        "guarantee_tax_charged": _("Tax on the fee of the guarantee"),
        "sellers_paid": _("Week settled"),
        "sellers_not_paid": _("Week not paid after all"),
        "guarantor_paid": _("Settlement of the guarantor"),
        "claim_lost": _("Claim given up"),
        "claim_not_lost": _("Claim not given up after all"),
    }


def steps() -> dict[str, str]:
    """The steps of the history."""
    order = {
        "review": pgettext("a purchase", "Waits for a person"),
        "accepted": pgettext("a purchase", "Accepted"),
        "declined": pgettext("a purchase", "Declined"),
        "declined_final": pgettext("a purchase", "Declined for good"),
        "confirmed": pgettext("a purchase", "Confirmed"),
        "changed": pgettext("a purchase", "Changed"),
        "captured": pgettext("a purchase", "Billed"),
        "released": pgettext("a purchase", "Released in part"),
        "cancelled": pgettext("a purchase", "Cancelled"),
        "expired": pgettext("a purchase", "Its time was over"),
    }
    invoice = {
        "captured": pgettext("a purchase", "Billed"),
        "shipped": pgettext("a claim", "Shipped"),
        "return_announced": pgettext("a claim", "A return was announced"),
        "returned": pgettext("a claim", "Goods have come back"),
        "credited": pgettext("a claim", "Credited"),
        "credited_elsewhere": pgettext("a claim", "Credited after it went back to the merchant"),
        "paid_directly": pgettext("a claim", "Paid to the merchant"),
        "paid": pgettext("a claim", "Paid by the buyer"),
        "payment_taken_back": pgettext("a claim", "A payment was taken back"),
        "overdue": pgettext("a claim", "Overdue"),
        "dunned": pgettext("a claim", "The buyer was reminded"),
        "in_collection": pgettext("a claim", "With a collection agency"),
        "written_off": pgettext("a claim", "Nothing more is asked for"),
        "given_up": pgettext("a claim", "Given up by the guarantor"),
        "lost": pgettext("a claim", "Booked as a loss of the guarantor"),
        "not_lost": pgettext("a claim", "No loss after all"),
        "disputed": pgettext("a claim", "The buyer objects"),
        "dispute_ended": pgettext("a claim", "The objection has ended"),
        "promised": pgettext("a claim", "The buyer has promised to pay"),
        "guaranteed": pgettext("a claim", "The guarantor pays"),
        "withheld": pgettext("a claim", "The guarantor does not pay yet"),
        "recourse": pgettext("a claim", "Went back to the merchant"),
        "in_payout": pgettext("a claim", "Settled, being paid out"),
        "paid_out": pgettext("a claim", "Settled"),
    }
    return {
        **{f"authorisation:{verb}": words for verb, words in order.items()},
        **{f"capture:{verb}": words for verb, words in invoice.items()},
        "guarantor:changed": pgettext("a guarantor", "Changed"),
        "guarantor:decided": pgettext("a guarantor", "Decided with what other merchants sold"),
        "guarantee_terms:changed": pgettext("an agreement", "Changed"),
        "guarantee_terms:switched": pgettext("an agreement", "Switched"),
        "guarantee_offer:offered": pgettext("an agreement", "Offered"),
        "guarantee_offer:offer_declined": pgettext("an agreement", "Declined"),
        "guarantee_offer:agreed": pgettext("an agreement", "Agreed"),
        "guarantee_offer:in_force": pgettext("an agreement", "In force"),
        "settlement:made": pgettext("a settlement", "Made"),
        "settlement:paid": pgettext("a settlement", "Its transfer was made"),
        "settlement:not_made": pgettext("a settlement", "Its transfer was not made, or came back"),
        "settlement_received": _("Was the settlement of a guarantor"),
        "erp:connected": pgettext("an ERP", "Connected"),
        "erp:changed": pgettext("an ERP", "Changed"),
        "erp:paused": pgettext("an ERP", "Rests"),
        "erp:resumed": pgettext("an ERP", "Goes on"),
        "erp:signing_renewed": pgettext("an ERP", "Calls are signed with a new key"),
        "receipt:replayed": pgettext("a document", "Tried anew by hand"),
        "receipt:let_go": pgettext("a document", "Not needed any more"),
    }


def condition(word: str) -> str:
    """Why a guarantor does not pay."""
    return str(CONDITIONS[Condition(word)])
