"""What is refused of settings, said once for translation."""

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("something has to be said here."),
    gettext_noop("on or off is expected."),
    gettext_noop("a whole number from %(least)s to %(most)s is expected."),
    gettext_noop("an amount such as 1234.56 is expected, not below zero and not too large."),
    gettext_noop("one of %(known)s is expected."),
    gettext_noop("a day such as 2026-11-30 is expected."),
    gettext_noop("up to %(most)s whole numbers are expected."),
    gettext_noop("up to %(most)s amounts are expected."),
    gettext_noop("up to %(most)s choices are expected."),
    gettext_noop("There is no setting “%(key)s”."),
    gettext_noop("this is changed on its own page."),
    gettext_noop("you have no right to change this."),
    gettext_noop("this is said elsewhere, for all shops, for each, or on its own page."),
    gettext_noop("there is no shop of this name."),
    gettext_noop("this is no part of such a file."),
    gettext_noop("Only a shop can have what all shops have."),
    gettext_noop("Each shop has its own here."),
    gettext_noop("This is the same for all shops."),
    gettext_noop("More is said than there are reminders; say their days first."),
    gettext_noop("Who the creditor is has to be said before; see the page Collection."),
    gettext_noop("This is no file of settings: it begins with form = %(form)s."),
    gettext_noop("The amounts of this file are in %(theirs)s, and yours in %(mine)s."),
    gettext_noop("This file is too large to be one of settings."),
    gettext_noop("This is no text in UTF-8."),
    gettext_noop("This is no TOML that can be read: %(error)s"),
    gettext_noop("The settings have changed since you looked; hand the file in again."),
    gettext_noop("Choose a file first."),
)
