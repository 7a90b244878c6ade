"""What others have as a switch and this house has as a list with a page of its own, or as something always so."""

from django.utils.translation import gettext_lazy as _

from zahlmeister.flows.settings.switch import Elsewhere

ELSEWHERE = (
    Elsewhere(
        _("Ignore above an amount"),
        _("A rule of its own, on your own accounts. To begin with there is none."),
        "rule-new",
    ),
    Elsewhere(
        _("Words of instant payment services"),
        _("Rules with words, beside the payment providers that are known. To begin with there is none."),
        "rule-new",
    ),
    Elsewhere(
        _("Be told of what was ignored"),
        _("Each rule says whether you hear of what it ignores. Off to begin with."),
        "learned",
    ),
    Elsewhere(
        _("Access keys of programs"),
        _("Each program has a key of its own with the rights it needs. To begin with there is none."),
        "programs",
    ),
    Elsewhere(
        _("Statuses that a shop is given"),
        _("The mapping of each shop: what paid and cancelled are called there; without a word it is not told."),
        "shops",
    ),
    Elsewhere(_("Words, sender and mail server of letters"), _("For all shops, or for one."), "letters"),
    Elsewhere(
        _("Order of zero or less"),
        _("Always so: it counts as paid, and nobody is asked for anything."),
    ),
    Elsewhere(
        _("Payment of an overdue cash on delivery"),
        _("Always so: it is assigned like any other, and the order is paid."),
    ),
    Elsewhere(
        _("Doubles on an account"),
        _("Always so: an entry is recorded once, however often it comes; honest twins stay two."),
    ),
    Elsewhere(
        _("Ignore everything that is not assigned"),
        _("Never: money that nobody has looked at is not put aside."),
    ),
)
