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
    gettext_noop("A direct debit that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("A direct debit that is “%(state)s” does not change any more."),
    gettext_noop("Only an owner may change these limits."),
    gettext_noop("An amount of zero or more is needed, and between 1 and 365 days."),
    gettext_noop("Somebody else has just changed this direct debit; look again."),
    gettext_noop("Mandate %(reference)s was revoked on %(day)s; a new one must be signed."),
    gettext_noop("Mandate %(reference)s is signed on %(day)s, after the day of collection."),
    gettext_noop("Mandate %(reference)s has lapsed on %(day)s, unused for 36 months; a new one must be signed."),
    gettext_noop("Mandate %(reference)s was used for the last time; a new one must be signed."),
    gettext_noop("Mandate %(reference)s is signed in the future."),
    gettext_noop("There is another mandate %(reference)s already; a reference is used once."),
    gettext_noop("The debtor is told between 1 and 60 days before."),
    gettext_noop("The debtor was not told yet."),
    gettext_noop("A SEPA direct debit collects euro to an account kept in euro."),
    gettext_noop("You have no right to approve direct debits of this merchant."),
    gettext_noop("No approved direct debit of this account can be handed in now."),
    gettext_noop("%(day)s has not come yet."),
    gettext_noop("Somebody else has taken this back already."),
    gettext_noop("Choose one of your accounts."),
    gettext_noop("This account is kept in %(one)s, the other one in %(other)s."),
    gettext_noop("Two accounts with an IBAN each are not one account."),
    gettext_noop("Somebody has said already that this account is yours; its money is in the books."),
    gettext_noop(
        "%(file)s: nobody has said yet that account %(number)s is yours; its statement is read when somebody does."
    ),
    gettext_noop("%(file)s: somebody has said that account %(number)s is not yours; its statement is not read."),
)
