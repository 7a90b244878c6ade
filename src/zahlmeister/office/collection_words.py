"""The words for collection: why not, how a case stands, what was said, and what does not add up."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.collection.eligible import Hindrance
from zahlmeister.collection.states import Closed
from zahlmeister.connectors.agencies.contract import Heard, Tell
from zahlmeister.ledger.rules import Book

BOOKS = {Book.AGENCIES: gettext_lazy("With collection agencies")}
HINDRANCES = {
    Hindrance.HANDED_OVER: gettext_lazy("It is with an agency already."),
    Hindrance.NOT_OWED: gettext_lazy("Nothing is open on it."),
    Hindrance.NOT_ON_INVOICE: gettext_lazy("It was not bought on invoice."),
    Hindrance.TEST_SHOP: gettext_lazy("It comes from a test shop."),
    Hindrance.GONE: gettext_lazy("The shop does not have the order any more."),
    Hindrance.NOT_REMINDED: gettext_lazy("No notice was sent after the day on which it was due."),
    Hindrance.LEVELS_LEFT: gettext_lazy("Your own notices are not at their end yet."),
    Hindrance.NOT_IN_DEFAULT: gettext_lazy("The buyer is not in default yet."),
    Hindrance.DISPUTED: gettext_lazy("The buyer objects."),
    Hindrance.RETURNED: gettext_lazy("Goods are on their way back."),
    Hindrance.BLOCKED: gettext_lazy("Asking for this order, or this customer, is paused."),
    Hindrance.WAITING_PAYMENT: gettext_lazy("A payment that may be for it waits for a person."),
    Hindrance.STALE_BANK: gettext_lazy("The bank was not read lately: nobody knows what came in."),
    Hindrance.TOO_LITTLE: gettext_lazy("Less is open than you hand over."),
    Hindrance.TOO_OLD: gettext_lazy("The debt is so old that the buyer may refuse to pay."),
    Hindrance.NO_NAME: gettext_lazy("The buyer has no name."),
    Hindrance.NO_POSTAL_ADDRESS: gettext_lazy("The buyer's postal address is not whole."),
    Hindrance.NO_INVOICE_NUMBER: gettext_lazy("There is no invoice number."),
    Hindrance.NO_AGENCY: gettext_lazy("None of your agencies takes claims of this country, currency and amount."),
    Hindrance.CREDITOR_INCOMPLETE: gettext_lazy("Your own data as creditor are not whole."),
    Hindrance.NOT_VERIFIED: gettext_lazy("You are not verified yet."),
}
CLOSED = {
    Closed.PAID_FULL: gettext_lazy("paid in full"),
    Closed.PAID_PARTIAL: gettext_lazy("paid in part"),
    Closed.PAID_BEFORE: gettext_lazy("paid before the agency began"),
    Closed.SETTLED: gettext_lazy("settled for less"),
    Closed.UNSUCCESSFUL: gettext_lazy("without success"),
    Closed.INSOLVENT: gettext_lazy("the debtor is insolvent"),
    Closed.DECEASED: gettext_lazy("the debtor has died"),
    Closed.NO_ADDRESS: gettext_lazy("the debtor cannot be found"),
    Closed.DISPUTED: gettext_lazy("the debtor objects"),
    Closed.NOT_ENFORCEABLE: gettext_lazy("nothing to be had"),
    Closed.CANCELLED_CLIENT: gettext_lazy("ended by you"),
    Closed.CANCELLED_AGENCY: gettext_lazy("ended by the agency"),
    Closed.SOLD: gettext_lazy("the claim was sold"),
    Closed.MONITORING: gettext_lazy("without success so far, the agency goes on watching"),
    Closed.UNANSWERED: gettext_lazy("a question was not answered"),
    Closed.OTHER: gettext_lazy("for another reason"),
}
_SAID: dict[str, object] = {
    Heard.ACCEPTED: gettext_lazy("The agency has taken the case."),
    Heard.REJECTED: gettext_lazy("The agency does not take the case."),
    Heard.QUERY: gettext_lazy("The agency asks something."),
    Heard.PROGRESS: gettext_lazy("The agency reports."),
    Heard.STAGE: gettext_lazy("Another stage has begun."),
    Heard.WORK: gettext_lazy("The work on it has changed."),
    Heard.COLLECTED: gettext_lazy("The debtor has paid the agency."),
    Heard.REVERSED: gettext_lazy("A payment to the agency was taken back."),
    Heard.BALANCE: gettext_lazy("What is owed now, by the agency's account."),
    Heard.CLOSED: gettext_lazy("The agency has closed the case."),
    Heard.PAID_OUT: gettext_lazy("The agency pays out."),
    Tell.DIRECT_PAYMENT: gettext_lazy("Told the agency: the debtor has paid us directly."),
    Tell.PAYMENT_REVERSED: gettext_lazy("Told the agency: that payment was taken back."),
    Tell.CREDIT_NOTE: gettext_lazy("Told the agency: the invoice is smaller now."),
    Tell.ADDRESS_CHANGED: gettext_lazy("Told the agency: the debtor has another address."),
    Tell.DISPUTED: gettext_lazy("Told the agency: the debtor objects."),
    Tell.ANSWER: gettext_lazy("Answered the agency."),
    Tell.CANCEL: gettext_lazy("Asked the agency to end the case."),
    Tell.WITHDRAW: gettext_lazy("Taken back."),
}
_DOUBTS = {
    "more_reversed_than_collected": gettext_lazy("More was taken back than was ever collected. Ask the agency."),
    "closed_without_payment": gettext_lazy("Closed as paid in full, but less was paid than was owed. Ask the agency."),
    "balance_below_zero": gettext_lazy("The agency's account of what is owed is below zero. Ask the agency."),
    "more_than_owed": gettext_lazy("More was paid on the invoice than was owed. Ask the agency."),
}
COMPONENTS = {
    "principal": gettext_lazy("Invoice"),
    "fees": gettext_lazy("Fees of your notices"),
    "flat": gettext_lazy("Flat sum between businesses"),
    "interest": gettext_lazy("Default interest"),
    "agency_costs": gettext_lazy("Costs of the agency"),
    "success_fee": gettext_lazy("Kept by the agency as its share"),
}


def hindrance(reason: str) -> str:
    """Why an order is not handed over."""
    return str(HINDRANCES[Hindrance(reason)])


def said(kind: str) -> str:
    """What one event of a case is."""
    found = _SAID.get(kind)
    return str(found) if found else _("Something that could not be read")


def doubt(word: str) -> str:
    """What does not add up."""
    return str(_DOUBTS.get(word, word))


def closed(word: str) -> str:
    """With what result a case was closed."""
    return str(CLOSED[Closed(word)]) if word else ""


def step(name: str) -> str:
    """A step of the way from hand-over to payment."""
    return {
        "reminded": _("Asked for after the due day"),
        "handed_over": _("Handed over"),
        "accepted": _("Taken by the agency"),
        "part_paid": _("Paid at least in part"),
        "paid": _("Paid in full or settled"),
    }[name]


def postings() -> dict[str, str]:
    """The occasions of postings."""
    return {
        "agency_collected": _("Collected by an agency"),
        "agency_gave_back": _("Taken back from the agency"),
        "agency_collected_fees": _("Fees collected by an agency"),
        "agency_gave_fees_back": _("Fees taken back from the agency"),
        "agency_kept_share": _("Share kept by the agency"),
        "agency_gave_share_back": _("Share given back by the agency"),
        "agency_paid_out": _("Paid out by the agency"),
        "agency_did_not_pay_out": _("Not the agency's payout after all"),
    }


def steps() -> dict[str, str]:
    """The steps of the history."""
    return {
        "handed_over": _("Handed over to a collection agency"),
        "agency_said": _("The agency reported"),
        "agency_told": _("The agency was told"),
        "case_end_asked": _("The agency is to end the case"),
        "case_accepted": _("Taken by the agency"),
        "case_queried": _("The agency asks something"),
        "case_submitted": _("The agency has the answer"),
        "case_rejected": _("Not taken by the agency"),
        "case_withdrawn": _("Taken back from the agency"),
        "case_ended": _("The agency's case has ended"),
        "paid_out": _("Was an agency's payout"),
        "not_paid_out": _("Was no agency's payout after all"),
    }
