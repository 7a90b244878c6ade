"""What the readers of files say, listed for translation: without the place, which stands before the colon.

A sentence that is not listed is shown as it was said, in English.
"""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("the file is empty; fetch it from the bank again."),
    gettext_noop("this is no text, so it is no statement of a kind we know."),
    gettext_noop("this is XML, but no camt.052, camt.053 or camt.054: none of their elements is in its first part."),
    gettext_noop(
        "this is a web page, perhaps the bank's login page saved in place of the statement; "
        "download the statement again while logged in."
    ),
    gettext_noop("this is a payment file or payment status report (%(kind)s), not a statement."),
    gettext_noop("this is an OFX file, which is not read yet; ask the bank for camt.053 or MT940."),
    gettext_noop("this is a QIF file, which is not read; ask the bank for camt.053 or MT940."),
    gettext_noop("this looks like %(what)s, not a statement file."),
    gettext_noop("this is an Excel workbook; export CSV, camt or MT940 from the online banking."),
    gettext_noop("this looks like an Office file. Ask the online banking for camt.053, MT940 or CSV."),
    gettext_noop(
        "this is no statement of a kind we know. If it is a CSV export, its columns are not known yet; ask the online "
        "banking for camt.053 or MT940. It has the columns %(columns)s. CSV exports that are read: %(banks)s."
    ),
    gettext_noop(
        "this is no statement of a kind we know. If it is a CSV export, its columns are not known yet; ask the online "
        "banking for camt.053 or MT940. CSV exports that are read: %(banks)s."
    ),
    gettext_noop("this looks like a LibreOffice file. Save the sheet as CSV."),
    gettext_noop("this looks like %(what)s."),
    gettext_noop("the archive is locked with a password; unpack it and give the file inside."),
    gettext_noop("the archive holds %(count)s files, more than any bank delivers at once."),
    gettext_noop("its files claim to be %(whole)s MB together, far more than it can hold."),
    gettext_noop("the archive holds no statement."),
    gettext_noop("the archive is damaged here (%(error)s); fetch it again."),
    gettext_noop("the ZIP archive is damaged (%(error)s); fetch it again."),
    gettext_noop("archives within archives within archives are not opened; unpack it first."),
    gettext_noop(
        "the file declares its own document type or entities (<!DOCTYPE …), which no bank does and which can be used "
        "for an attack; it was not read."
    ),
    gettext_noop("a line of more than a million characters is no bank statement."),
    gettext_noop(
        "the file says its characters are “%(declared)s”, which is no encoding of a bank statement; ask the bank for "
        "UTF-8."
    ),
    gettext_noop("the entry has no date, and neither has its statement; ask the bank."),
    gettext_noop("an entry stands outside of any statement."),
    gettext_noop("an entry comes before any statement: none of :20:, :25: and :60F: stands before it."),
    gettext_noop(
        "the statement names no currency (neither :60F: nor :34F: nor :25: does), so the amount means nothing."
    ),
    gettext_noop(
        "“%(text)s” is no entry line: value date, C or D, amount with a comma and the kind of booking are expected."
    ),
    gettext_noop("“%(text)s” is no balance: C or D, date, currency and amount are expected."),
    gettext_noop("“%(text)s” is no amount: digits and one comma such as 1234,56 are expected."),
    gettext_noop("“%(text)s” is no amount: digits such as 1.234,56 or 1234.56 are expected."),
    gettext_noop("“%(text)s” has more than the %(places)s decimal places of %(currency)s."),
    gettext_noop("“%(text)s” has more digits than any amount of money."),
    gettext_noop("“%(text)s” can be read two ways; write %(one)s or %(other)s."),
    gettext_noop("“%(text)s” is no currency: three capital letters such as EUR are expected."),
    gettext_noop("“%(text)s” is no day of the calendar: a date such as 28.06.2026 is expected."),
    gettext_noop("the row has no amount."),
    gettext_noop("the row names no currency."),
    gettext_noop("the row has no booking day; is it a total and no booking?"),
    gettext_noop("the row has %(count)s columns where %(width)s are expected; is it cut off?"),
    gettext_noop("the line is no CSV (%(error)s)."),
    gettext_noop("the row has two amounts, one going out and one coming in."),
    gettext_noop("“%(word)s” is neither a debit nor a credit."),
    gettext_noop("the running balance does not follow from the row beside it; rows may be missing."),
    gettext_noop("“%(text)s” is no booking; the line was passed over."),
    gettext_noop(
        "dates such as “%(text)s” can be read two ways, and no row tells whether the day or the month stands first; "
        "export a whole month."
    ),
    gettext_noop("this statement stands in the file twice and is read once."),
    gettext_noop("The balance is left out: %(why)s"),
    gettext_noop("The opening balance is left out: %(why)s"),
    gettext_noop("The closing balance is left out: %(why)s"),
    gettext_noop(
        "The statement begins with %(opening)s where the one before ended with %(closing)s; one may be missing "
        "between them."
    ),
    gettext_noop(
        "The page begins with %(opening)s where the one before ended with %(closing)s; one may be missing between them."
    ),
    gettext_noop("The closing balance is missing: the file may be cut off; fetch it from the bank again."),
    gettext_noop("Its last page goes on on another, which is not in this file: it may be missing."),
    gettext_noop("An error inside Zahlmeister stopped the reading; what was read before is kept. Please report it."),
    gettext_noop("“%(name)s” is no longer in the file store; please hand it in again."),
    gettext_noop("“%(name)s” was changed or cut in the file store; put it back from a copy."),
    gettext_noop("“%(name)s” was sealed with another secret.key; put that file back."),
)
