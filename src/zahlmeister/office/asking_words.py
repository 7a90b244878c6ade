"""The words for asking: steps, levels, reasons to wait, and what courts would say to a fee."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.dunning.fees import FeeWarning, SentBy
from zahlmeister.dunning.holds import Hold
from zahlmeister.dunning.plan import BaseDay, Ending, What
from zahlmeister.orders.models import PaymentKind

#: Steps by which a buyer is written to.
ASKING_A_BUYER = (What.REMIND, What.ASK)

BASES = {
    BaseDay.ORDERED: gettext_lazy("the day of the order"),
    BaseDay.INVOICED: gettext_lazy("the day of the invoice; without one nobody is asked"),
    BaseDay.DUE: gettext_lazy("the day on which it is due"),
}
ENDINGS = {
    Ending.NOTHING: gettext_lazy("nothing happens"),
    Ending.CANCEL: gettext_lazy("the order is cancelled; late money still finds it"),
    Ending.OVERDUE: gettext_lazy("the order is marked as overdue"),
}
SENT_BY = {
    SentBy.MAIL: gettext_lazy("by mail"),
    SentBy.LETTER: gettext_lazy("by letter"),
    SentBy.REGISTERED: gettext_lazy("by registered letter"),
}
_HOLDS = {
    Hold.STALE_BANK: gettext_lazy("The bank was not read lately: nobody knows what came in."),
    Hold.WAITING_PAYMENT: gettext_lazy("A payment that may be for it waits for a person."),
    Hold.BLOCKED_ORDER: gettext_lazy("Asking for this order is paused."),
    Hold.BLOCKED_CUSTOMER: gettext_lazy("This customer is not asked."),
    Hold.DISPUTED: gettext_lazy("The buyer objects."),
    Hold.RETURNED: gettext_lazy("Goods are on their way back."),
    Hold.TOO_LITTLE: gettext_lazy("Less is open than you ask for."),
    Hold.WITH_AGENCY: gettext_lazy("A collection agency asks now."),
    Hold.GUARANTEED: gettext_lazy("A guarantor stands for the order, and asks himself."),
    Hold.GONE: gettext_lazy("The shop does not have the order any more."),
    Hold.NO_ADDRESS: gettext_lazy("There is no e-mail address to write to."),
}
_WARNINGS = {
    FeeWarning.FIRST_IS_FREE: gettext_lazy("The first notice puts the buyer in default; no fee can be asked for it."),
    FeeWarning.MAIL_COSTS_NOTHING: gettext_lazy("A mail costs nothing: German courts let no fee stand for it."),
    FeeWarning.ONLY_PAPER_AND_POSTAGE: gettext_lazy(
        "German courts let only paper and postage stand, about 1 to 2.50 EUR; flat sums above are void."
    ),
    FeeWarning.ONLY_IN_PROPORTION: gettext_lazy(
        "In Austria a fee has to be necessary and in proportion to the claim; fixed sums are void against consumers."
    ),
    FeeWarning.ONLY_IF_AGREED: gettext_lazy("In Switzerland a fee is owed only where the contract says so."),
    FeeWarning.UNKNOWN_LAW: gettext_lazy("The law of this country is not known here."),
}


def notice(payment_kind: str, level: int) -> str:
    """What asking is called: who owes an invoice gets a dunning notice, who ordered in advance a reminder."""
    name = _("Dunning notice %(level)s") if payment_kind == PaymentKind.INVOICE else _("Reminder %(level)s")
    return name % {"level": level}


def asking(what: str, payment_kind: str, level: int) -> str:
    """What is done, as a list says it."""
    return {
        What.REMIND: notice(payment_kind, level),
        What.ASK: _("Question about the delivery"),
        What.CANCEL: _("Cancellation"),
        What.OVERDUE: _("Overdue"),
    }[What(what)]


def hold(reason: str) -> str:
    """Why nobody was asked."""
    return str(_HOLDS[Hold(reason)])


def fee_warning(warning: FeeWarning) -> str:
    """Why a fee may not stand."""
    return str(_WARNINGS[warning])


def asking_steps() -> dict[str, str]:
    """What persons steered, by verb of the history."""
    return {
        "asking_paused": _("Reminders paused"),
        "asking_resumed": _("Reminders go on"),
        "asking_left_out": _("A reminder was left out"),
        "asking_after_all": _("The reminder that was left out is sent after all"),
        "asking_counted_from": _("Reminders counted from another day"),
        "asking_asked_again": _("Asked for again"),
    }
