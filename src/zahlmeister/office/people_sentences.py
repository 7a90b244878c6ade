"""What is refused about people and their access, for translation; see `sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("“%(name)s” is larger than 10 MB; scan it with fewer dots."),
    gettext_noop("“%(name)s” is damaged; save or scan it again."),
    gettext_noop("“%(name)s” holds a program or another file; print it to a new PDF and hand that in."),
    gettext_noop("“%(name)s” has more than 60 million dots; scan it with fewer."),
    gettext_noop("“%(name)s” is none of PDF, PNG or JPEG, or is damaged."),
    gettext_noop("There are %(count)s documents already; write to the operator."),
    gettext_noop("Say first what your business is."),
    gettext_noop("Something is still missing; the list says what."),
    gettext_noop("Only the operator may decide about a verification."),
    gettext_noop("Nobody decides about a merchant they work for."),
    gettext_noop("Only an owner may hand in what proves who you are."),
    gettext_noop("The documents are being looked at, or were accepted; nothing can be changed now."),
    gettext_noop("You have no right to change what people may do."),
    gettext_noop("Nobody can give more rights than their own; ask an owner."),
    gettext_noop("You have no right to change what this person may do."),
    gettext_noop("This person does not work for this merchant."),
    gettext_noop("The last owner stays owner; make somebody else owner first."),
    gettext_noop("Only an owner may say whether everybody needs a second factor."),
    gettext_noop("“%(email)s” works for this merchant already."),
    gettext_noop(
        "Until you are verified, at most %(most)s invitations are sent within 24 hours, and as many may be open. "
        "Withdraw one, wait, or hand in on the page “Verification” what proves who you are."
    ),
    gettext_noop(
        "Until you are verified, at most %(most)s new addresses are written to within 24 hours, those of invitations "
        "among them. Wait, or hand in on the page “Verification” what proves who you are."
    ),
    gettext_noop("This invitation is over; invite anew."),
    gettext_noop("This invitation is over; ask for another one."),
    gettext_noop("There is an access with this address already; sign in, and open the link again."),
    gettext_noop("“%(email)s” cannot be used here."),
    gettext_noop("This link is used up or too old; ask for the change again."),
    gettext_noop("This link is used up or too old; ask for another one."),
    gettext_noop("“%(name)s” is larger than 5 MB; connect the shop, or have it read at the terminal."),
    gettext_noop("Say how you made sure who it is."),
    gettext_noop("“%(email)s” has no second factor."),
    gettext_noop("“%(email)s” works for nobody."),
    gettext_noop("Another owner has to agree: neither who asks for it nor who lost it."),
    gettext_noop("This is over: it was agreed to, withdrawn, or is older than a week."),
    gettext_noop("Only an owner may do this."),
    gettext_noop("Only an owner may ask for this, and only for somebody else."),
    gettext_noop("This person works for others, too; only the operator may ask for this."),
    gettext_noop("Choose the country where your business sits."),
)
