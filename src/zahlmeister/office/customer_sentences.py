"""What is refused about customers and their accounts, to be translated; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("There is no such customer; look again."),
    gettext_noop("There is no such account; look again."),
    gettext_noop("There is no such transfer; look again."),
    gettext_noop("“%(address)s” is no mail address; the way in is a link by mail."),
    gettext_noop("Only an owner may say how the customer centre is."),
    gettext_noop("The least top-up is higher than the highest."),
    gettext_noop("The least top-up is higher than the highest balance."),
    gettext_noop("Say why the balance is changed; the customer reads it on the statement."),
    gettext_noop("An amount above zero is needed to change a balance."),
    gettext_noop("Say why it is not credited; the customer is told."),
    gettext_noop("Say why the credit is taken back."),
    gettext_noop("This transfer was not credited; look again."),
    gettext_noop("The money of this transfer is not there, or was used for something else; look again."),
    gettext_noop("The balance is %(held)s; that is not enough."),
    gettext_noop("The balance is %(held)s; %(amount)s are more than that."),
    gettext_noop("This was entered before with another account or amount; use a new key."),
    gettext_noop("No invoice was paid by this entry; look again."),
    gettext_noop("Nothing can be spent from this account at present; ask the shop."),
    gettext_noop("Nothing is open on this account."),
    gettext_noop("The customer centre of this merchant is closed."),
    gettext_noop("This customer may not sign in."),
    gettext_noop("This key was used for another charge; use a new one."),
    gettext_noop("Nothing was charged under this key."),
)
