"""Plots of collection: the way from hand-over to payment, and what came of debts by their age and by agency."""

from django.utils.translation import gettext as _

from zahlmeister.collection import queries
from zahlmeister.office import collection_words, shown, words
from zahlmeister.office.plots import Bar, Plot, bars


def plots(merchant_id: int, currency: str) -> list[Plot]:
    """All three, in the merchant's currency."""
    return [_funnel(merchant_id, currency), _by_age(merchant_id, currency), _by_agency(merchant_id, currency)]


def _funnel(merchant_id: int, currency: str) -> Plot:
    steps = queries.funnel(merchant_id, currency)
    language = words.language()
    names = [collection_words.step(one.name) for one in steps]
    return bars(
        _("From the first notice to the payment"),
        _("%(paid)s of %(all)s cases are paid.")
        % {"paid": shown.number_text(steps[-1].count, language), "all": shown.number_text(steps[1].count, language)},
        [
            Bar(name, one.count, shown.number_text(one.count, language) if one.count else "–")
            for name, one in zip(names, steps, strict=True)
        ],
        [_("Step"), _("Number"), _("Owed")],
        [
            [name, shown.number_text(one.count, language), _money(one.minor, currency)]
            for name, one in zip(names, steps, strict=True)
        ],
    )


def _by_age(merchant_id: int, currency: str) -> Plot:
    found = queries.recovery_by_age(merchant_id, currency)
    names = [_age(upper) for upper, _owed, _came in found]
    return _shares(_("What came of debts, by their age when handed over"), names, [one[1:] for one in found], currency)


def _age(upper: int | None) -> str:
    if upper is None:
        return _("over %(days)s days") % {"days": queries.AGES[-1]}
    return _("up to %(days)s days") % {"days": upper}


def _by_agency(merchant_id: int, currency: str) -> Plot:
    found = [one for one in queries.recovered(merchant_id) if one.currency == currency]
    figures = [(one.handed_over, min(one.collected + one.direct, one.handed_over)) for one in found]
    return _shares(_("What came of debts, by agency"), [one.agency for one in found], figures, currency)


def _shares(title: str, names: list[str], figures: list[tuple[int, int]], currency: str) -> Plot:
    promille = [1000 * came // owed if owed else 0 for owed, came in figures]
    owed, came = sum(one for one, _came in figures), sum(one for _owed, one in figures)
    return bars(
        title,
        _("%(came)s of %(owed)s.") % {"came": _money(came, currency), "owed": _money(owed, currency)},
        [
            Bar(name, share, f"{share // 10}{shown.NARROW_BLANK}%" if figure[0] else "–")
            for name, share, figure in zip(names, promille, figures, strict=True)
        ],
        [title, _("Owed"), _("Brought in")],
        [[name, _money(one[0], currency), _money(one[1], currency)] for name, one in zip(names, figures, strict=True)],
    )


def _money(minor: int, currency: str) -> str:
    return f"{shown.money_text(minor, currency, words.language())}{shown.NARROW_BLANK}{currency}"
