"""What the house says when a letter cannot be written, sent or kept; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("%(reader)s wants no more notices of this kind."),
    gettext_noop("The invoice of order %(number)s is awaited from its shop."),
    gettext_noop("Nobody is set up to send letters; say in the settings who they come from."),
    gettext_noop("No mail server is set up; mails wait for it."),
    gettext_noop("The installation has no mail server (ZAHLMEISTER_MAIL); mails with a key to an access wait for it."),
    gettext_noop("Enter the password again: the one that is kept is for another address or user."),
    gettext_noop("There is no open order that this letter could be about."),
    gettext_noop("Order %(number)s is paid."),
    gettext_noop("Order %(number)s is cancelled."),
    gettext_noop("Nothing is open on order %(number)s."),
    gettext_noop("Order %(number)s is not paid by transfer; its buyer is not asked to pay."),
    gettext_noop("Order %(number)s has no mail address; add it in the shop and import the order again."),
    gettext_noop("No account in %(currency)s is for order %(number)s; say which one buyers pay to."),
    gettext_noop("“%(address)s” is no mail address: something@domain.example is expected."),
    gettext_noop("“%(colour)s” is no colour: # and six digits such as %(example)s are expected."),
    gettext_noop("The logo has %(size)s kB; at most %(most)s go into each mail."),
    gettext_noop("The logo is no picture that every mail program shows: save it as PNG or JPEG."),
    gettext_noop("A letter needs a subject and a text."),
    gettext_noop("The subject is one line."),
    gettext_noop("There is no placeholder {%(name)s} in this letter; there are %(allowed)s."),
    gettext_noop("{%(name)s} is a whole block: it stands alone in a paragraph of its own."),
    gettext_noop("A curly bracket is open or closed too much; a placeholder is written {so}."),
    gettext_noop("Mails are not sent to %(host)s unencrypted; choose STARTTLS or TLS."),
    gettext_noop("The mail server %(host)s does not take user name or password (%(said)s)."),
    gettext_noop("The mail server %(host)s cannot be reached: %(why)s."),
    gettext_noop("The mail server %(host)s does not take the mail to %(reader)s: %(said)s"),
    gettext_noop("The mail server %(host)s does not let us send as %(sender)s: %(said)s"),
    gettext_noop("The line to the mail server %(host)s broke: %(why)s."),
    gettext_noop("Mails are not read from %(host)s unencrypted; choose STARTTLS or TLS."),
    gettext_noop("The mailbox on %(host)s cannot be read: %(why)s."),
    gettext_noop("The mailbox on %(host)s does not take user name or password (%(said)s)."),
    gettext_noop("The mailbox on %(host)s has no folder “%(folder)s”."),
    gettext_noop(
        "Until you are verified, at most %(most)s letters leave within 24 hours; this one waits. "
        "Hand in on the page “Verification” what proves who you are."
    ),
    gettext_noop("No print service is set up; letters wait for it."),
    gettext_noop("Order %(number)s has no whole postal address; a letter would not arrive."),
    gettext_noop("The print service looks at the letter first."),
    gettext_noop("The letter lies at another print service (%(service)s); look there whether it was printed."),
    gettext_noop("Pingen does not send the letter, which is “%(status)s” there; look at it on Pingen's pages."),
    gettext_noop("Pingen's answer lacks “%(name)s”."),
    gettext_noop("The print folder %(path)s cannot be written: %(why)s."),
)
