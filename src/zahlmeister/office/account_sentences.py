"""What the flows of accounts, rules and mandates refuse, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Buyers cannot be asked to pay to this account: it has no IBAN."),
    gettext_noop("Somebody else has taken this back already."),
)
