"""The words of refunds: of what one is, and why it is where it is."""

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.banking.payer_account import Unusable
from zahlmeister.formats.payments.reasons import reason
from zahlmeister.office import words
from zahlmeister.office.sentences import in_words
from zahlmeister.prepaid.queries import customer_of
from zahlmeister.refunds.models import Refund

#: Why a refund waits or stopped, by the word that stands with it.
WHY = {
    "short": gettext_lazy("The balance of the pooled account does not hold it yet; it is tried again every hour."),
    "not_verified": gettext_lazy("The merchant is not verified any more; it leaves when that is settled."),
    "no_account": gettext_lazy("No account of yours in this currency can be paid from."),
    "doubt": gettext_lazy("The bank contradicts itself about an earlier transfer of it: that one may have been paid."),
    "no_operator": gettext_lazy("Nobody runs this installation who could collect it."),
    "no_mandate": gettext_lazy("There is no mandate by which the operator could collect it."),
    "debit_failed": gettext_lazy("The direct debit for it was not collected, so that nothing is paid out."),
    "not_approved": gettext_lazy("A second person has not approved it. Withdraw it, or let it go on."),
    "held": gettext_lazy("Somebody holds it. Let it go on, or withdraw it."),
    "payment_gone": gettext_lazy("What was paid on the order is gone again. Look whether anything is to go back."),
    "to_release": gettext_lazy("A customer wants his balance back; release or reject it among the customers."),
    "cancelled:": gettext_lazy("Its transfer was cancelled. Let it go on, or withdraw it."),
}


def of_what(refund: Refund) -> str:
    """Of which order, or of whose payment."""
    if refund.item is not None:
        return _("Order %(number)s") % {"number": refund.item.order.number}
    if refund.prepaid is not None:
        return _("Balance of %(customer)s") % {"customer": customer_of(refund.prepaid)}
    assert refund.payment is not None  # of one of the three, the database says so
    payer = refund.payment.transaction.counterparty
    return _("Payment from %(payer)s") % {"payer": payer or _("unknown payer")}


def why(refund: Refund) -> str:
    """Why it is where it is; empty when there is nothing to say."""
    word = refund.reason
    if not word:
        return ""
    if word in WHY:
        return str(WHY[word])
    if word in set(Unusable):
        return str(words.UNUSABLE[Unusable(word)])
    state, _colon, code = word.partition(":")
    if state in {"returned", "rejected"}:
        return reason(code).sentence(get_language() or "en") if code else ""
    return in_words(word)
