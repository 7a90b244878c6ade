"""The orders an outlook rests on, and the one that is kept."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta

from django.db.models import Count, Sum

from zahlmeister.receivables import outlook_rules as rules
from zahlmeister.receivables.figures import DayMoney, money_in_per_day
from zahlmeister.receivables.models import OpenItem, Outlook
from zahlmeister.receivables.queries import OWED

#: What the start page draws, and what of it is added up while somebody waits.
PAST, LIVE = timedelta(weeks=9), timedelta(days=7)


def work_out(merchant_id: int, currency: str, first: date) -> rules.Outlook | None:
    """What the thirty days from `first` on are likely to bring; None when too little is known.

    Reads every order of the last nine months: some seconds at a million of them, so that it is done once a day.
    """
    mine = OpenItem.objects.filter(merchant_id=merchant_id, currency=currency).order_by()
    since = first - timedelta(days=rules.HISTORY + max(rules.LOOKED_BACK))
    known = mine.filter(opened_on__gte=since, opened_on__lt=first)
    told = known.values_list("order__payment_kind", "opened_on", "settled_on").annotate(Count("pk"), Sum("total_minor"))
    cells = [rules.Cell(kind, on, paid_on, count, minor) for kind, on, paid_on, count, minor in told.iterator()]
    owed = mine.filter(state__in=OWED, opened_on__lt=first).values_list("order__payment_kind", "opened_on")
    still_open = {(kind, on): minor for kind, on, minor in owed.annotate(Sum("open_minor"))}
    return rules.look_ahead(cells, still_open, first)


def keep(
    merchant_id: int, currency: str, first: date, found: rules.Outlook | None, past: Sequence[DayMoney]
) -> Outlook:
    """Keep the outlook of a day, and the days before, in place of those before; inside the caller's transaction."""
    told = {"days": [], "curves": {}, "tried": []} if found is None else _told(found)
    told["past"] = [[one.day.isoformat(), *astuple(one)[1:]] for one in past]
    row, _new = Outlook.objects.update_or_create(
        merchant_id=merchant_id, currency=currency, defaults={"first": first, **told}
    )
    return row


def past_days(merchant_id: int, currency: str, today: date) -> list[DayMoney]:
    """What came in on each day of the nine weeks until today: the last week as it is, those before as of last night.

    Where nothing was worked out in the last two days, all of them as they are.
    """
    since = today - PAST
    row = Outlook.objects.filter(merchant_id=merchant_id, currency=currency, first__gte=today - timedelta(days=1))
    found = row.values_list("first", "past").first()
    known = [DayMoney(date.fromisoformat(day), *more) for day, *more in found[1]] if found else []
    live = found[0] - LIVE if found else since
    return [*(one for one in known if one.day >= since), *money_in_per_day(merchant_id, currency, live, today)]


def add_up_past(merchant_id: int, currency: str, first: date) -> list[DayMoney]:
    """What came in on each of the days that `past_days` will not add up again."""
    return money_in_per_day(merchant_id, currency, first - PAST, first - LIVE - timedelta(days=1))


def kept(merchant_id: int, currency: str, today: date) -> rules.Outlook | None:
    """The newest outlook, read again; None without one, when it is older than a week or when too little was known."""
    row = Outlook.objects.filter(merchant_id=merchant_id, currency=currency).first()
    if row is None or not row.days or row.first < today - timedelta(days=7):
        return None
    days = [rules.Expected(*pair) for pair in row.days]
    tried = [rules.Tried(date.fromisoformat(first), expected, came) for first, expected, came in row.tried]
    curves = {kind: rules.Curve(tuple(rates)) for kind, rates in row.curves.items()}
    return rules.Outlook(row.first, days, curves, tried)


def _told(found: rules.Outlook) -> dict[str, object]:
    return {
        "days": [[day.open_minor, day.new_minor] for day in found.days],
        "curves": {kind: list(curve.rates) for kind, curve in found.curves.items()},
        "tried": [[one.first.isoformat(), one.expected_minor, one.came_minor] for one in found.tried],
    }
