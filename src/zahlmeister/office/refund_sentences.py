"""What is refused about refunds, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("An amount above zero is needed to send back."),
    gettext_noop("%(granted)s were paid with granted credit and never go back as money; %(left)s may."),
    gettext_noop("At most %(left)s may still go back; of %(most)s in all, earlier refunds count."),
    gettext_noop("The reference %(reference)s was used for another refund; choose a new one."),
    gettext_noop("This was asked for before as %(reference)s, with another order or amount."),
    gettext_noop("The order is in %(order)s; nothing can go back in %(asked)s."),
    gettext_noop("A refund that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("A refund that is “%(state)s” does not change any more."),
    gettext_noop("A refund that is “%(state)s” cannot be held."),
    gettext_noop("This goes back by the way it was paid and cannot be held."),
    gettext_noop("This refund is not held any more; look again."),
    gettext_noop("Somebody else has just changed this refund; look again."),
    gettext_noop("This link is not valid any more; ask for a new one."),
    gettext_noop("Only an owner may say how refunds are made."),
    gettext_noop("A refund waits at most %(days)s days."),
    gettext_noop("The operator has no mandate to collect refunds by; sign one first."),
    gettext_noop("The planned date must lie in the future."),
    gettext_noop("Nobody knows where this refund goes; enter an account."),
    gettext_noop("This refund came back from that account; it needs another one."),
    gettext_noop(
        "Money of order %(number)s has gone back or is promised (%(refunds)s), so that what was paid on it cannot be "
        "taken back; withdraw the refund first if it has not left."
    ),
    gettext_noop(
        "This payment was for order %(number)s, of which money has gone back or is promised; assign it to that order "
        "again, or withdraw the refund first."
    ),
    gettext_noop("The recipient's name is missing; the bank compares it with the account."),
)
