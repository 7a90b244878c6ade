"""What banks and the ways to them refuse, to be said in the reader's language; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("The bank asks nothing any more; look again."),
    gettext_noop("Choose one of the answers offered."),
    gettext_noop("The TAN is missing."),
    gettext_noop("This answer is too long."),
    gettext_noop("The PIN is missing; enter it anew."),
    gettext_noop("“%(name)s” has no PIN."),
    gettext_noop("“%(code)s” is no German bank code: eight digits are expected."),
    gettext_noop("“%(address)s” is no address that begins with https://; the PIN is told to no other."),
    gettext_noop(
        "FinTS needs the number under which this installation is registered with the German banks; the operator sets "
        "it (ZAHLMEISTER_FINTS)."
    ),
    gettext_noop(
        "The bank does not accept this user name and PIN. They are not tried again, because banks lock an access after "
        "three attempts; enter the PIN anew. The bank says: %(said)s"
    ),
    gettext_noop("The bank has locked this access; unlock it at your bank first. The bank says: %(said)s"),
    gettext_noop("The bank says: %(said)s"),
    gettext_noop("The bank's answer cannot be read: %(why)s."),
    gettext_noop("The line to the bank broke behind the order; the bank may have it. Ask the bank."),
    gettext_noop("The bank's answer to the order cannot be read; the bank may have it. Ask the bank."),
    gettext_noop("The house was stopped while the file was handed over; the bank may have it. Ask the bank."),
    gettext_noop("Nobody confirmed in time that we know of; the bank may have it. Ask the bank."),
    gettext_noop("The bank's question was not answered in time; the bank has nothing of it."),
    gettext_noop("The payee's name was not confirmed; the bank has nothing of it."),
    gettext_noop(
        "Nobody answered the bank's question in time. Connect again when you have at hand what you sign with."
    ),
    gettext_noop("The bank shows no account for this user; ask the bank whether FinTS is enabled for it."),
    gettext_noop("The bank does not offer this sort of order by FinTS."),
    gettext_noop(
        "By FinTS direct debits of one creditor id, sort and day go together. Withdraw this file and make one for each."
    ),
    gettext_noop("By FinTS only direct debits for anybody (core) are sent, none for companies (B2B)."),
    gettext_noop("By FinTS transfers of one day and one speed go together. Withdraw this file and make one for each."),
    gettext_noop("By FinTS instant transfers go one by one. Withdraw this file and make one for each."),
    gettext_noop("By FinTS only euro from a German account are sent."),
    gettext_noop("By FinTS a transfer is executed at once; this file is for %(day)s. Send it then."),
    gettext_noop("There is no consent to be renewed now."),
    gettext_noop("The consent was not given at the bank. Connect again to be asked anew."),
    gettext_noop("The bank shows no account with this consent."),
    gettext_noop("The bank's consent has ended: %(said)s"),
    gettext_noop("%(host)s wants fewer questions (429)."),
    gettext_noop("The aggregator's answer has no “%(name)s”."),
    gettext_noop("%(host)s cannot be reached: %(why)s."),
    gettext_noop("%(host)s does not answer as a bank does (%(status)s)."),
)
