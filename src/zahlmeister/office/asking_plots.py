"""Plots of asking: what each reminder brought, and how long buyers take."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from zahlmeister.dunning.figures import Brought, Patience
from zahlmeister.office import shown, words
from zahlmeister.office.plots import Bar, Plot, bars, up_to

#: The last days of each bar of `days_to_pay`.
BOUNDS = (1, 3, 7, 14, 30)


def success(levels: Sequence[Brought]) -> Plot:
    """Which share of the orders was paid after each reminder and before the next."""
    language = words.language()
    percents = [1000 * one.paid // one.sent for one in levels]
    paid, sent = sum(one.paid for one in levels), sum(one.sent for one in levels)
    names = [_("Reminder %(level)s") % {"level": one.level} for one in levels]
    return bars(
        _("What reminders brought in the last year"),
        _("%(paid)s of %(sent)s reminders were followed by payment.")
        % {"paid": shown.number_text(paid, language), "sent": shown.number_text(sent, language)},
        [Bar(name, share, f"{share // 10}{shown.NARROW_BLANK}%") for name, share in zip(names, percents, strict=True)],
        [_("Reminder"), _("sent"), _("paid before the next")],
        [
            [name, shown.number_text(one.sent, language), shown.number_text(one.paid, language)]
            for name, one in zip(names, levels, strict=True)
        ],
    )


def patience(found: Sequence[Patience]) -> Plot:
    """How many days passed from order to payment."""
    language = words.language()
    total = sum(one.count for one in found)
    return bars(
        _("Days from order to payment, last 90 days"),
        _("%(count)s orders paid.") % {"count": shown.number_text(total, language)},
        [Bar(_days(one), one.count, shown.number_text(one.count, language) if one.count else "–") for one in found],
        [_("days"), _("Number")],
        [[_days(one), shown.number_text(one.count, language)] for one in found],
    )


def _days(one: Patience) -> str:
    if one.last is None:
        return _("over %(days)s days") % {"days": one.first - 1}
    return up_to(one.last) if not one.first else f"{one.first}–{one.last}"
