"""Plots of the credit check: how many are accepted, and how many of those do not pay."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from zahlmeister.flows.purchase.credit_figures import Approvals, Cohort
from zahlmeister.office import shown, words
from zahlmeister.office.plots import Bar, Plot, bars


def approval_rate(months: Sequence[Approvals]) -> Plot:
    """Which share of the decided orders was accepted, month by month."""
    language = words.language()
    accepted, decided = sum(one.accepted for one in months), sum(one.decided for one in months)
    return bars(
        _("Accepted, by month"),
        _("%(accepted)s of %(decided)s orders were accepted.")
        % {"accepted": shown.number_text(accepted, language), "decided": shown.number_text(decided, language)},
        [Bar(shown.short_month(one.first, language), one.per_mille or 0, _share(one.per_mille)) for one in months],
        [_("Month"), _("Accepted"), _("Declined"), _("Waiting"), _("Share")],
        [
            [
                shown.month_text(one.first, language),
                *(shown.number_text(count, language) for count in (one.accepted, one.declined, one.review)),
                _share(one.per_mille),
            ]
            for one in reversed(months)
        ],
    )


def default_rate(cohorts: Sequence[Cohort], currency: str) -> Plot:
    """What of the money sold to those accepted in a month was lost; young months may still get worse."""
    language = words.language()
    sold, lost = sum(one.sold_minor for one in cohorts), sum(one.lost_minor for one in cohorts)
    return bars(
        _("Not paid, by the month of the decision"),
        _("%(lost)s of %(sold)s.") % {"lost": _money(lost, currency), "sold": _money(sold, currency)},
        [
            Bar(
                shown.short_month(one.first, language) + (" *" if one.is_young else ""),
                one.per_mille or 0,
                _share(one.per_mille),
                "two" if one.is_young else "three",
            )
            for one in cohorts
        ],
        [_("Month"), _("Accepted"), _("Sold"), _("Open 60 days after it was due"), _("Share")],
        [
            [
                shown.month_text(one.first, language) + (" *" if one.is_young else ""),
                shown.number_text(one.accepted, language),
                _money(one.sold_minor, currency),
                _money(one.lost_minor, currency),
                _share(one.per_mille),
            ]
            for one in reversed(cohorts)
        ],
    )


def _share(per_mille: int | None) -> str:
    return "–" if per_mille is None else shown.share_text(per_mille, words.language())


def _money(minor: int, currency: str) -> str:
    return f"{shown.money_text(minor, currency, words.language())}{shown.NARROW_BLANK}{currency}"
