"""What is refused at the desk: views of lists, acts on many rows, and visits by the operator; see `sentences`."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("The view needs a name."),
    gettext_noop("There are enough views of this list; drop one first."),
    gettext_noop("Choose between one and %(most)s rows."),
    gettext_noop("This was taken back already; look at the list again."),
    gettext_noop("Only an owner can let the operator look in."),
    gettext_noop("Nobody runs this installation for others, so that nobody has to look in."),
    gettext_noop("Choose between one and %(hours)s hours."),
    gettext_noop("Say in a few words what for."),
    gettext_noop("The merchant has not agreed to this visit, or does no longer."),
)
