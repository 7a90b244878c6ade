"""Plots drawn by the server: plain SVG in the colours of the page, with the same figures as a table behind each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zahlmeister.office import shown, words
from zahlmeister.receivables.figures import Age, DayMoney
from zahlmeister.receivables.guarantee import Month
from zahlmeister.receivables.outlook_rules import Outlook, error_per_mille

WIDTH, HEIGHT = 480, 170
TOP, BOTTOM, RIGHT = 26, 148, 44
#: A bar that stands alone is no thicker than this.
THICKEST = 40


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with its title, what the colours mean, and the table behind it."""

    title: str
    svg: SafeString
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    keys: Sequence[tuple[str, str]] = ()  # css class, words
    links: Sequence[str] = ()  # where each row of the table leads, where it leads anywhere

    @property
    def linked(self) -> list[tuple[str, Sequence[str]]]:
        """The rows of the table, each with where it leads."""
        return [(self.links[place] if self.links else "", row) for place, row in enumerate(self.rows)]


def money_in(days: Sequence[DayMoney], currency: str, only: str = "") -> Plot:
    """What came in per booking day, stacked: settled by itself, by hand, waiting.

    `only` is added to the addresses of the rows, so that they are of this currency.
    """
    language = words.language()
    most = max(day.for_orders_minor for day in days) or 1
    step = WIDTH / len(days)
    marks = SafeString("")
    for place, day in enumerate(days):
        low = 1.0 * BOTTOM
        for kind, minor in (("one", day.by_itself_minor), ("two", day.by_hand_minor), ("three", day.waits_minor)):
            tall = (BOTTOM - TOP) * minor / most
            low -= tall
            marks += _bar(kind, ((place + 0.14) * step, low, step * 0.72, tall))
    peak = max(range(len(days)), key=lambda i: days[i].for_orders_minor)
    marks += _label((peak + 0.5) * step, TOP - 9, _money(days[peak].for_orders_minor, currency), strong=True)
    if peak != len(days) - 1 and len(days) - 1 - peak > 5:
        last = days[-1].for_orders_minor
        text = _money(last, currency)
        height = TOP + (BOTTOM - TOP) * (1 - last / most)
        if last >= max(day.for_orders_minor for day in days[-math.ceil(_room([text]) / step) :]):  # no bar behind it
            marks += _label(WIDTH, height - 7, text, anchor="end")
    return Plot(
        title=_("Money for orders, per booking day"),
        svg=_svg(
            _("%(count)s booking days; the most on %(day)s with %(amount)s.")
            % {
                "count": len(days),
                "day": shown.exact_day(days[peak].day, language),
                "amount": _money(days[peak].for_orders_minor, currency),
            },
            marks + _days_axis([day.day for day in days], step),
        ),
        head=[_("Day"), _("By itself"), _("By hand"), _("Waiting"), _("Together")],
        rows=[
            [
                shown.short_day(day.day, language),
                *(
                    shown.money_text(minor, currency, language)
                    for minor in (day.by_itself_minor, day.by_hand_minor, day.waits_minor, day.for_orders_minor)
                ),
            ]
            for day in reversed(days)
        ],
        keys=[("one", _("settled by itself")), ("two", _("by hand")), ("three", _("waiting"))],
        links=[rows_of("payments", day.day, day.day) + only for day in reversed(days)],
    )


def outlook(found: Outlook, currency: str) -> Plot:
    """What the next days are likely to bring, stacked: for orders that are open, and for orders still to come."""
    language = words.language()
    days = [found.first + timedelta(days=place) for place in range(len(found.days))]
    together = [day.open_minor + day.new_minor for day in found.days]
    most, step = max(together) or 1, WIDTH / len(days)
    marks = SafeString("")
    for place, day in enumerate(found.days):
        low = 1.0 * BOTTOM
        for kind, minor in (("one", day.open_minor), ("two", day.new_minor)):
            tall = (BOTTOM - TOP) * minor / most
            low -= tall
            marks += _bar(kind, ((place + 0.14) * step, low, step * 0.72, tall))
    sum_ = _money(sum(together), currency)
    off = error_per_mille(found.tried)
    label = sum_ if off is None else f"{sum_} ±{shown.NARROW_BLANK}{shown.share_text(off, language)}"
    marks += _label(WIDTH, TOP - 9, label, anchor="end", strong=True)
    return Plot(
        title=_("Expected in the next 30 days"),
        svg=_svg(_("Together about %(amount)s.") % {"amount": label}, marks + _days_axis(days, step)),
        head=[_("Day"), _("For open orders"), _("For orders to come"), _("Together")],
        rows=[
            [
                shown.short_day(on, language),
                *(shown.money_text(minor, currency, language) for minor in (day.open_minor, day.new_minor, both)),
            ]
            for on, day, both in zip(days, found.days, together, strict=True)
        ],
        keys=[("one", _("for orders that are open")), ("two", _("for orders still to come"))],
    )


def rows_of(page: str, first: date, last: date, **more: str) -> str:
    """The address of a list with the rows of these days."""
    return f"{reverse(f'office:{page}')}?{urlencode({'from': first.isoformat(), 'to': last.isoformat(), **more})}"


def settled_share(days: Sequence[DayMoney]) -> Plot:
    """Which share of the payments settled by itself, per calendar week; ignored ones do not count."""
    language = words.language()
    weeks = _weeks(days)
    share = [(first, 1000 * auto // all_) for first, auto, all_ in weeks if all_]
    if not share:
        share = [(days[-1].day, 0)]
    step = (WIDTH - RIGHT) / max(1, len(share) - 1)
    points = [(place * step, BOTTOM - (BOTTOM - TOP) * part / 1000) for place, (_first, part) in enumerate(share)]
    path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
    last_x, last_y = points[-1]
    label = shown.share_text(share[-1][1], language)
    marks = format_html(
        '<polyline class="line" points="{}"/><circle class="one" cx="{}" cy="{}" r="3.5"/>',
        path,
        _px(last_x),
        _px(last_y),
    )
    axis = _axis([(place * step, shown.short_day(first, language)) for place, (first, _part) in enumerate(share)])
    return Plot(
        title=_("Settled by itself, per week"),
        svg=_svg(
            _("In the last week %(share)s of the payments settled by themselves.") % {"share": label},
            _levels() + marks + _label(last_x, last_y + 20, label, anchor="end", strong=True) + axis,
        ),
        head=[_("Week from"), _("Payments"), _("By itself"), _("Share")],
        rows=[
            [
                shown.short_day(first, language), shown.number_text(all_, language), shown.number_text(auto, language),
                shown.share_text(1000 * auto // all_, language) if all_ else "–",
            ]
            for first, auto, all_ in reversed(weeks)
        ],
    )  # fmt: skip


def guarantee(months: Sequence[Month]) -> Plot:
    """Payments that were missed per month, stacked by hand and wrongly, with the share that was not above each."""
    language = words.language()
    most = max(month.missed for month in months) or 1
    step = WIDTH / len(months)
    marks = SafeString("")
    for place, month in enumerate(months):
        low = 1.0 * BOTTOM
        for kind, count in (("two", month.by_hand), ("three", month.wrong)):
            tall = (BOTTOM - TOP - 14) * count / most
            low -= tall
            marks += _bar(kind, ((place + 0.3) * step, low, step * 0.4, tall))
        if month.assignable:
            is_last = place == len(months) - 1
            marks += _label(
                (place + 0.5) * step, low - 7, shown.share_text(month.per_mille or 0, language), strong=is_last
            )
        marks += _label((place + 0.5) * step, HEIGHT - 3, shown.short_month(month.first, language))
    last = months[-1]
    return Plot(
        title=_("Missed per month, and the share assigned by itself"),
        svg=_svg(
            _("In the last month %(count)s of %(all)s payments were missed.")
            % {"count": last.missed, "all": last.assignable},
            marks + format_html('<path class="axis" d="M0 {}H{}"/>', BOTTOM + 0.5, WIDTH),
        ),
        head=[_("Month"), _("Could be assigned"), _("By itself"), _("By hand"), _("Wrongly"), _("Share")],
        rows=[
            [
                shown.month_text(month.first, language),
                *(
                    shown.number_text(count, language)
                    for count in (month.assignable, month.automatic, month.by_hand, month.wrong)
                ),
                shown.share_text(month.per_mille, language) if month.per_mille is not None else "–",
            ]
            for month in reversed(months)
        ],
        keys=[("two", _("by hand")), ("three", _("wrongly"))],
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot: what it stands for, how long it is, the figure beside it, and its class."""

    label: str
    value: int
    figure: str
    tone: str = "one"


def bars(
    title: str,
    summary: str,
    drawn: Sequence[Bar],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    links: Sequence[str] = (),
) -> Plot:
    """One bar below the other, each with its figure beside it."""
    most = max((bar.value for bar in drawn), default=0) or 1
    tall = min((HEIGHT - 8) / max(len(drawn), 1), THICKEST)
    left, right = (_room([getattr(bar, words) for bar in drawn]) for words in ("label", "figure"))
    inside = SafeString("")
    for place, bar in enumerate(drawn):
        y = place * tall + 4
        wide = max((WIDTH - left - right) * bar.value / most, 1.5 if bar.value else 0)
        middle = y + tall / 2 + 4
        inside += _label(0, middle, bar.label, anchor="start")
        inside += _bar(bar.tone, (left, y + tall * 0.2, wide, tall * 0.6))
        inside += _label(left + wide + 8, middle, bar.figure, anchor="start")
    return Plot(title=title, svg=_svg(summary, inside, round(len(drawn) * tall) + 8), head=head, rows=rows, links=links)


def columns(
    title: str,
    summary: str,
    drawn: Sequence[tuple[date, int]],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Plot:
    """One column beside the other, one for each day, with the figure above the highest."""
    most, step = max((count for _day, count in drawn), default=0) or 1, WIDTH / max(len(drawn), 1)
    marks = SafeString("")
    for place, (_day, count) in enumerate(drawn):
        tall = (BOTTOM - TOP) * count / most
        marks += _bar("three", ((place + 0.14) * step, BOTTOM - tall, step * 0.72, tall))
    peak = max(range(len(drawn)), key=lambda place: drawn[place][1])
    if drawn[peak][1]:
        marks += _label((peak + 0.5) * step, TOP - 9, str(drawn[peak][1]), strong=True)
    axis = _days_axis([day for day, _count in drawn], step)
    return Plot(title=title, svg=_svg(summary, marks + axis), head=head, rows=rows)


def _room(words: Sequence[str]) -> int:
    """How wide words can get, with a gap: the largest letters are those of a phone, nine and a half wide at most."""
    return max(map(len, words), default=0) * 19 // 2 + 8


def ages(
    title: str, unit: str, buckets: Sequence[Age], currency: str, leads_to: Callable[[Age], str] | None = None
) -> Plot:
    """Money by age, one bar per age, the figure beside it; each age `leads_to` its rows."""
    language = words.language()
    total = sum(age.minor for age in buckets)
    return bars(
        title,
        _("Together %(amount)s.") % {"amount": _money(total, currency)},
        [
            Bar(
                _days(age),
                age.minor,
                _money(age.minor, currency) if age.minor else "–",
                "one" if place < len(buckets) - 2 else "three",
            )
            for place, age in enumerate(buckets)
        ],
        [unit, _("Number"), _("Amount")],
        [
            [_days(age), shown.number_text(age.count, language), shown.money_text(age.minor, currency, language)]
            for age in buckets
        ],
        [leads_to(age) for age in buckets] if leads_to else (),
    )


def _svg(summary: str, inside: SafeString, tall: int = HEIGHT) -> SafeString:
    return format_html('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>', WIDTH, tall, summary, inside)


def _bar(kind: str, box: tuple[float, float, float, float]) -> SafeString:
    x, y, wide, tall = box
    if not tall or not wide:
        return SafeString("")
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', kind, _px(x), _px(y), _px(wide), _px(tall)
    )


def _levels() -> SafeString:
    """The lines of half and of all."""
    levels = SafeString("")
    for level in (50, 100):
        y = BOTTOM - (BOTTOM - TOP) * level // 100
        levels += format_html('<path class="grid" d="M0 {}H{}"/>', y, WIDTH - RIGHT)
        levels += _label(WIDTH, y + 4, f"{level}{shown.NARROW_BLANK}%", anchor="end")
    return levels


def _days_axis(days: Sequence[date], step: float) -> SafeString:
    language = words.language()
    return _axis([((place + 0.5) * step, shown.short_day(day, language)) for place, day in enumerate(days)])


def _axis(places: Sequence[tuple[float, str]]) -> SafeString:
    """The base line with the first, the middle and the last label, so that they never touch."""
    chosen = [(places[0], "start"), (places[-1], "end")] if len(places) > 1 else [(places[0], "start")]
    if len(places) > 6:
        chosen.insert(1, (places[len(places) // 2], "middle"))
    labels = SafeString("")
    for (x, text), anchor in chosen:
        at = {"start": max(0, x - 8), "end": min(WIDTH, x + 8)}.get(anchor, x)
        labels += _label(at, HEIGHT - 3, text, anchor=anchor)
    return format_html('<path class="axis" d="M0 {}H{}"/>', BOTTOM + 0.5, WIDTH) + labels


def _label(x: float, y: float, text: str, *, anchor: str = "middle", strong: bool = False) -> SafeString:
    if anchor == "middle":
        anchor = "start" if x < 40 else "end" if x > WIDTH - 40 else "middle"
        x = max(0, min(WIDTH, x))
    return format_html(
        '<text{} x="{}" y="{}" text-anchor="{}">{}</text>',
        SafeString(' class="strong"') if strong else "", _px(x), _px(y), anchor, text,
    )  # fmt: skip


def _weeks(days: Sequence[DayMoney]) -> list[tuple[date, int, int]]:
    """Per calendar week: its Monday, payments settled by themselves, payments that were for an order."""
    weeks: dict[date, tuple[int, int]] = {}
    for day in days:
        monday = day.day - timedelta(days=day.day.weekday())
        auto, all_ = weeks.get(monday, (0, 0))
        weeks[monday] = (auto + day.by_itself, all_ + day.count - day.ignored)
    return [(monday, *weeks[monday]) for monday in sorted(weeks)]


def up_to(days: int) -> str:
    """The shortest of several spans of days."""
    return ngettext("up to %(days)s day", "up to %(days)s days", days) % {"days": days}


def _days(age: Age) -> str:
    if age.last is None:
        return _("over %(days)s days") % {"days": age.first - 1}
    if age.first == 0:
        return up_to(age.last)
    return f"{age.first}–{age.last}"


def _money(minor: int, currency: str) -> str:
    return f"{shown.rounded_money(minor, currency, words.language())}{shown.NARROW_BLANK}{currency}"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
