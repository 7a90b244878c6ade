"""What is refused about asking buyers, to be translated; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Asking for this order is not paused; look again."),
    gettext_noop("This notice is not the next one any more; look again."),
    gettext_noop("This notice is not the one that was left out last; look again."),
    gettext_noop("Waiting for this order has not ended; look again."),
    gettext_noop("No costs of delay are asked for this order any more; look again."),
    gettext_noop("This customer does not exist."),
    gettext_noop("This customer is not blocked; look again."),
    gettext_noop("%(count)s reminders are too many; five is the most."),
    gettext_noop("Each interval is between one day and %(days)s days."),
    gettext_noop("Only prepaid orders can be cancelled by themselves: otherwise the goods are with the buyer."),
    gettext_noop("This shop does not exist."),
)
