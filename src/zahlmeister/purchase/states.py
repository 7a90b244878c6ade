"""The lives of an authorisation, of a guarantee, and of a weekly settlement, each as one table."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class GuarantorKind(models.TextChoices):
    """Who carries the risk."""

    EXTERNAL = "external", _("a party of its own, which buys the claims")
    OWN_BOOK = "own_book", _("the merchant himself, in a book of its own")


class OfferState(models.TextChoices):
    """What became of terms that a guarantor has offered."""

    OFFERED = "offered", _("waits for the merchant")
    AGREED = "agreed", _("agreed, and counts from the next settlement")
    IN_FORCE = "in_force", _("in force")
    REPLACED = "replaced", _("replaced by later terms")
    DECLINED = "declined", pgettext_lazy("an offer", "declined")
    WITHDRAWN = "withdrawn", _("replaced by a later offer")


_O = OfferState
NEXT_OFFER = {
    _O.OFFERED: {_O.AGREED, _O.DECLINED, _O.WITHDRAWN},
    _O.AGREED: {_O.IN_FORCE, _O.REPLACED},
    _O.IN_FORCE: {_O.REPLACED},
    _O.REPLACED: set(),
    _O.DECLINED: set(),
    _O.WITHDRAWN: set(),
}


class AuthorisationState(models.TextChoices):
    """How far an order is that somebody wants to buy on invoice."""

    REVIEW = "review", _("waits for a person")
    ACCEPTED = "accepted", _("accepted")
    CONFIRMED = "confirmed", _("confirmed")
    PART_CAPTURED = "part_captured", _("partly billed")
    CAPTURED = "captured", _("billed")
    DECLINED = "declined", _("declined")
    DECLINED_FINAL = "declined_final", _("declined for good")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


_A = AuthorisationState
NEXT_AUTHORISATION = {
    _A.REVIEW: {_A.ACCEPTED, _A.DECLINED, _A.DECLINED_FINAL, _A.CANCELLED, _A.EXPIRED},
    _A.ACCEPTED: {_A.CONFIRMED, _A.CANCELLED, _A.EXPIRED},
    _A.CONFIRMED: {_A.PART_CAPTURED, _A.CAPTURED, _A.CANCELLED, _A.EXPIRED},
    _A.PART_CAPTURED: {_A.PART_CAPTURED, _A.CAPTURED},
    _A.CAPTURED: set(),
    _A.DECLINED: {_A.ACCEPTED},  # a person looked at it again
    _A.DECLINED_FINAL: {_A.ACCEPTED},
    _A.CANCELLED: set(),
    _A.EXPIRED: set(),
}

#: Their uncaptured remainder is reserved.
LIVE = (_A.REVIEW, _A.ACCEPTED, _A.CONFIRMED, _A.PART_CAPTURED)
#: What was confirmed can be billed.
BILLABLE = (_A.CONFIRMED, _A.PART_CAPTURED)


class GuaranteeState(models.TextChoices):
    """What the merchant has of a capture: its whole price, or not yet."""

    PENDING = "pending", _("waits for the buyer or the day")
    PAYABLE = "payable", _("payable")
    IN_PAYOUT = "in_payout", _("being paid out")
    PAID_OUT = "paid_out", _("paid out")
    RECOURSE = "recourse", _("taken back")


_G = GuaranteeState
NEXT_GUARANTEE = {
    _G.PENDING: {_G.PAYABLE, _G.PAID_OUT, _G.RECOURSE},  # paid out at once where all of it was netted
    _G.PAYABLE: {_G.PENDING, _G.IN_PAYOUT, _G.PAID_OUT, _G.RECOURSE},  # pending again when a payment is taken back
    _G.IN_PAYOUT: {_G.PENDING, _G.PAYABLE, _G.PAID_OUT, _G.RECOURSE},  # payable again when the transfer is not made
    _G.PAID_OUT: {_G.PENDING, _G.PAYABLE, _G.RECOURSE},
    _G.RECOURSE: set(),
}


class ClaimState(models.TextChoices):
    """How far the guarantor is with the buyer."""

    OPEN = "open", _("open")
    OVERDUE = "overdue", _("overdue")
    DUNNED = "dunned", _("reminded")
    IN_COLLECTION = "in_collection", _("with an agency")
    PAID = "paid", _("paid")
    WRITTEN_OFF = "written_off", _("written off")


class Dispute(models.TextChoices):
    """What a buyer objects."""

    RETURN = "return", _("returned")
    NOT_RECEIVED = "goods_not_received", _("goods not received")
    FAULTY = "faulty_goods", _("faulty goods")
    ALREADY_PAID = "already_paid", _("already paid")
    INCORRECT = "incorrect_invoice", _("incorrect invoice")
    UNAUTHORISED = "unauthorized_purchase", _("did not buy it")


class Recourse(models.TextChoices):
    """Why a claim goes back to the merchant."""

    DISPUTE_LOST = "dispute_lost", _("the buyer was right")
    NOT_SHIPPED = "not_shipped", _("no proof that it was shipped")
    RETURN_UNREPORTED = "return_unreported", _("a return was not reported")
    BREACH = "breach", _("against the agreement")


class DueKind(models.TextChoices):
    """Why something is due between guarantor and merchant."""

    PAYMENT = "payment", _("Paid by the buyer")
    GUARANTEE = "guarantee", _("Guaranteed")
    CREDIT_NOTE = "credit_note", _("Credit note")
    DIRECT_PAYMENT = "direct_payment", _("Paid to the merchant")
    PAYMENT_TAKEN_BACK = "payment_taken_back", _("Payment taken back")
    RECOURSE = "recourse", _("Taken back")
    FEE = "fee", _("Fee")
    FEE_TAX = "fee_tax", _("Tax on the fee")
    NOT_MADE = "not_made", _("Transfer not made")


class SettlementState(models.TextChoices):
    """What became of a settlement."""

    NOTHING = "nothing", _("nothing to transfer")
    ORDERED = "ordered", _("being transferred")
    PAID = "paid", _("paid")
    NOT_MADE = "not_made", _("not made")


_S = SettlementState
NEXT_SETTLEMENT = {
    _S.NOTHING: set(),
    _S.ORDERED: {_S.PAID, _S.NOT_MADE},
    _S.PAID: {_S.NOT_MADE},  # it came back
    _S.NOT_MADE: set(),
}


class EventKind(models.TextChoices):
    """What an ERP is told."""

    DECIDED = "decided", _("decided")
    CONFIRMED = "confirmed", _("confirmed")
    CHANGED = "changed", _("changed")
    RELEASED = "released", _("remainder released")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")
    CAPTURED = "captured", _("billed")
    SHIPPED = "shipped", _("shipped")
    RETURN_ANNOUNCED = "return_announced", _("return announced")
    RETURNED = "returned", _("return received")
    CREDITED = "credited", _("credited")
    DIRECT_PAYMENT = "direct_payment", _("paid to the merchant")
    PAID = "paid", _("paid")
    PAYMENT_TAKEN_BACK = "payment_taken_back", _("payment taken back")
    OVERDUE = "overdue", _("overdue")
    DUNNED = "dunned", _("reminded")
    IN_COLLECTION = "in_collection", _("with an agency")
    WRITTEN_OFF = "written_off", _("written off")
    DISPUTED = "disputed", _("disputed")
    DISPUTE_ENDED = "dispute_ended", _("dispute ended")
    PROMISED = "promised", _("promise to pay")
    PAYABLE = "payable", _("payable")
    WITHHELD = "withheld", _("withheld")
    PAYOUT = "payout", _("paid out")
    PAYOUT_NOT_MADE = "payout_not_made", _("payout not made")
    RECOURSE = "recourse", _("taken back")
