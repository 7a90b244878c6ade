"""What is refused about the export for the bookkeeper, listed for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Nobody has said yet which program the bookkeeper uses; the page Books, Bookkeeper asks it."),
    gettext_noop("Say first which program the bookkeeper uses."),
    gettext_noop("“%(program)s” is no program that files can be written for."),
    gettext_noop("“%(key)s” is no tax key: up to eight letters and digits are expected."),
    gettext_noop("“%(key)s” is no tax key: up to four digits are expected."),
    gettext_noop("No statement file and no invoice of these days is kept."),
    gettext_noop("The consultant's number is between 1001 and 9999999."),
    gettext_noop("The client's number is between 1 and 99999."),
    gettext_noop("Accounts of the general ledger have 4 to 8 digits."),
    gettext_noop("A month is a number from 1 to 12."),
    gettext_noop("A debtor's account has %(digits)s digits, one more than the others."),
    gettext_noop("Only an owner may change the bookkeeper's accounts."),
    gettext_noop("“%(number)s” is no account of these books: up to %(digits)s digits are expected."),
    gettext_noop("The account %(number)s has more digits than the client's books; they have %(digits)s."),
    gettext_noop("No customer has an account of his own yet; the first export with such accounts gives them."),
    gettext_noop("All numbers of debtors are used up; let all customers share one account, or use longer accounts."),
    gettext_noop(
        "Line %(line)s, %(column)s: “%(text)s” has more than %(longest)s signs. Cut off it could be the number of "
        "another invoice; give the order a shorter number."
    ),
    gettext_noop("Nobody has said yet how the files go out."),
    gettext_noop("This was tried less than a minute ago; wait a moment."),
    gettext_noop("The day of a month is between 1 and 28."),
    gettext_noop("“%(path)s” is no folder that this program can see."),
    gettext_noop("“%(folder)s” takes no file (%(why)s)."),
    gettext_noop("Another file lies under the name “%(name)s”; move it away."),
    gettext_noop("Nothing is kept of “%(email)s”."),
    gettext_noop("Only an owner closes a month."),
    gettext_noop("The month %(month)s is not over yet."),
    gettext_noop("The month %(month)s is still open; close it first."),
    gettext_noop("The month %(month)s lies before one that is closed."),
    gettext_noop("The books do not add up, so that the month stays open: %(finding)s"),
    gettext_noop("The closing of %(month)s does not follow the one before it."),
    gettext_noop(
        "What was closed as %(month)s was changed: %(postings)s postings and %(steps)s steps were closed, %(there)s "
        "and %(left)s are there."
    ),
    gettext_noop("The signature of the closing of %(month)s is not right."),
    gettext_noop("“%(account)s”: the statement of %(day)s says %(bank)s, the books say %(books)s; %(left)s are left."),
    gettext_noop("“%(account)s”: a statement is missing between %(after)s and %(before)s; it moved %(minor)s."),
    gettext_noop("“%(account)s”: no statement of %(day)s says a balance, and none before."),
    gettext_noop("“%(account)s”: no statement of %(day)s is there; the newest is of %(newest)s."),
    gettext_noop("The books hold %(books)s at the bank, and what that is made of comes to %(made)s."),
    gettext_noop("The operator's books say that %(his)s are held for merchants, the merchants' books say %(theirs)s."),
    gettext_noop("What is kept of the batch %(number)s is not what was exported; look into a backup."),
    gettext_noop("The rows make %(said)s of %(book)s, the books %(booked)s."),
    gettext_noop("The invoices make %(said)s of %(book)s, the books %(booked)s."),
    gettext_noop("Account %(account)s shows %(cached)s, its postings make %(derived)s."),
    gettext_noop("The history of %(subject)s %(number)s was changed from step %(ordinal)s on."),
    gettext_noop("The balance of account %(account)s was changed from entry %(ordinal)s on."),
    gettext_noop("The lines of invoice %(invoice)s do not make what is due of it."),
    gettext_noop("The lines of settlement %(week)s do not make its sum."),
)
