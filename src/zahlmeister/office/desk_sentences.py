"""What is refused at the desk: views of lists, acts on many rows, and visits by the operator; see `sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("The view needs a name."),
    gettext_noop("There are enough views of this list; drop one first."),
    gettext_noop("Choose between one and %(most)s rows."),
    gettext_noop("This was taken back already; look at the list again."),
    gettext_noop("This cannot be taken back."),
    gettext_noop("Only an owner can let the operator look in."),
    gettext_noop("Nobody runs this installation for others, so that nobody has to look in."),
    gettext_noop("Choose between one and %(hours)s hours."),
    gettext_noop("Read the operator's texts and agree to each; they may have changed just now."),
    gettext_noop("Only an owner of who runs this installation may publish these texts."),
    gettext_noop("The day by which merchants agree is over; choose one that comes."),
    gettext_noop("Only an owner may agree for the merchant."),
    gettext_noop("Give the text in German and in English."),
    gettext_noop("A text has at most %(most)s characters."),
    gettext_noop("Say in a few words what for."),
    gettext_noop("The merchant has not agreed to this visit, or does no longer."),
)
