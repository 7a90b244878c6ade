"""What is refused about collection, to be translated; see `office.sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop(
        "Adapt paths and fields to the document you were given; a profile of the same name in the folder “agencies” of "
        "the installation counts before this one."
    ),
    gettext_noop("An answer needs a text."),
    gettext_noop("The agency asks nothing about this case; look again."),
    gettext_noop("This case does not exist."),
    gettext_noop("This case has ended already."),
    gettext_noop("The agency was asked to end this case already."),
    gettext_noop("This agency does not exist."),
    gettext_noop("There is an agency “%(name)s” already; choose another name."),
    gettext_noop("The buyer is not in default yet; an agency could not ask for anything."),
    gettext_noop("This payout does not exist."),
    gettext_noop("This payout has its payment already, or there is no such payment; look again."),
    gettext_noop("The payout is %(amount)s, and of the payment %(open)s are free."),
    gettext_noop("This payout has no payment; look again."),
    gettext_noop("For this agency “%(name)s” is missing; fill it in on its page."),
    gettext_noop("Folders of this machine are used only where the operator allows it; use SFTP."),
    gettext_noop("%(agency)s takes only new claims by file; tell it yourself."),
    gettext_noop("%(agency)s takes no %(what)s by this way; tell it yourself."),
)
