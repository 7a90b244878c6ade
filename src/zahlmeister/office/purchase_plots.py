"""Plots of guaranteed purchases: what a guarantor carries, of whom, and what the coming settlements are to bring."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _

from zahlmeister.office import shown, words
from zahlmeister.office.plots import Bar, Plot, bars
from zahlmeister.purchase.losses import Loss, Losses
from zahlmeister.purchase.models import GuaranteeTerms, Guarantor
from zahlmeister.purchase.rules import Exposure

#: A longer name would leave no room for its bar.
LONGEST = 16


def exposure(guarantor: Guarantor, carried: Exposure) -> Plot:
    """What is open and what was promised, beside what the guarantor wants to carry at most."""
    currency, limit = guarantor.currency, guarantor.total_limit_minor
    parts = [(_("Open claims"), carried.open, "one"), (_("Promised"), carried.reserved, "two")]
    if limit is not None:
        parts.append((_("Still free"), max(limit - carried.sum, 0), "three"))
    return bars(
        _("What you carry"),
        _("Together %(amount)s.") % {"amount": _short(carried.sum, currency)},
        [Bar(word, minor, _short(minor, currency), tone) for word, minor, tone in parts],
        ["", _("Amount")],
        [[word, _exact(minor, currency)] for word, minor, _tone in parts],
    )


def debtors(guarantor: Guarantor, buyers: Sequence[tuple[str, int]]) -> Plot:
    """The buyers who owe most."""
    currency = guarantor.currency
    return bars(
        _("Buyers who owe most"),
        _("The first owes %(amount)s.") % {"amount": _short(buyers[0][1], currency)},
        [Bar(_clipped(name or "–"), minor, _short(minor, currency)) for name, minor in buyers],
        [_("Buyer"), _("Amount")],
        [[name or "–", _exact(minor, currency)] for name, minor in buyers],
    )


def losses(guarantor: Guarantor, found: Losses) -> Plot:
    """Which share of what was bought in a month was lost."""
    language, currency, whole = words.language(), guarantor.currency, found.whole
    return bars(
        _("Lost, by the month of the invoice"),
        _("%(lost)s of %(bought)s.") % {"lost": _exact(whole.lost, currency), "bought": _exact(whole.bought, currency)},
        [
            Bar(shown.short_month(first, language), loss.per_mille or 0, share(loss), "three")
            for first, loss in found.months
        ],
        [_("Month"), _("Bought"), _("Lost"), _("Overdue"), _("Share")],
        [[shown.month_text(first, language), *sums(loss, currency)] for first, loss in reversed(found.months)],
    )


def sums(loss: Loss, currency: str) -> list[str]:
    """A loss as a row of a table says it."""
    return [*(_exact(minor, currency) for minor in (loss.bought, loss.lost, loss.overdue)), share(loss)]


def share(loss: Loss) -> str:
    """Which share was lost."""
    return "–" if loss.per_mille is None else shown.share_text(loss.per_mille, words.language())


class Coming(Protocol):
    """A settlement to come; see `settlements.Coming`."""

    @property
    def terms(self) -> GuaranteeTerms: ...

    @property
    def on(self) -> date: ...

    @property
    def sum(self) -> int: ...


def calendar(coming: Sequence[Coming]) -> Plot:
    """What the coming settlements transfer at least, day by day."""
    language, currency = words.language(), coming[0].terms.currency
    sums: dict[date, int] = {}
    for one in coming:
        if one.terms.currency == currency:
            sums[one.on] = sums.get(one.on, 0) + one.sum
    days = sorted(sums)
    return bars(
        _("Payouts to come"),
        _("Together %(amount)s.") % {"amount": _short(sum(sums.values()), currency)},
        [Bar(shown.short_day(day, language), max(sums[day], 0), _short(sums[day], currency)) for day in days],
        [_("Day"), _("At least")],
        [[shown.exact_day(day, language), _exact(sums[day], currency)] for day in days],
    )


def _clipped(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _short(minor: int, currency: str) -> str:
    return f"{shown.rounded_money(minor, currency, words.language())}{shown.NARROW_BLANK}{currency}"


def _exact(minor: int, currency: str) -> str:
    return f"{shown.money_text(minor, currency, words.language())}{shown.NARROW_BLANK}{currency}"
