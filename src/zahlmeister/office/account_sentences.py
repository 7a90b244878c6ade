"""What the flows of accounts, rules and mandates refuse, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Buyers cannot be asked to pay to this account: it has no IBAN."),
    gettext_noop("Money on a pooled account cannot be ignored; it is for an order, or it goes back."),
    gettext_noop("A pattern has at most 200 letters."),
    gettext_noop("“%(pattern)s” is no pattern that can be used: %(what)s."),
    gettext_noop("This pattern fits an empty text as well, so that it would ignore everything; write more."),
    gettext_noop("Write at least one word of three letters or digits."),
    gettext_noop("Write an IBAN, or a name as the bank writes it."),
    gettext_noop("An amount above zero is needed."),
    gettext_noop("Nothing can be sent back to where this payment came from (%(what)s); enter an account."),
    gettext_noop("Somebody else has taken this back already."),
)
