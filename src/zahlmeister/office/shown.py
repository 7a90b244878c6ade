"""How money, days and account numbers are written for people, in their language.

Plain functions without Django's localisation machinery: a list of fifty rows calls them some hundred times.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import override

from zahlmeister.money.amount import exponent, minor_text

MINUS = "\u2212"
NARROW_BLANK = "\u202f"

_PERIOD = re.compile(
    r"(?P<year>\d{4})-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d)(?P<by_hand>-by-hand)?)?)", re.ASCII
)
_SIGNS = {"de": (".", ","), "en": (",", ".")}  # thousands, decimals


def money_text(minor: int, currency: str, language: str) -> str:
    """An amount without its currency: `1.234,50` in German, `1,234.50` in English, with a real minus."""
    thousands, decimals = _SIGNS.get(language[:2], _SIGNS["en"])
    whole, _dot, part = minor_text(abs(minor), currency).partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands)
    sign = MINUS if minor < 0 else ""
    return f"{sign}{grouped}{decimals}{part}" if part else f"{sign}{grouped}"


def typed_money(minor: int, currency: str, language: str) -> str:
    """An amount as somebody types it into a field: no grouping, a plain minus."""
    text = minor_text(minor, currency)
    return text.replace(".", ",") if language[:2] == "de" else text


def rounded_money(minor: int, currency: str, language: str) -> str:
    """An amount in whole units, for labels in plots where cents only make noise."""
    unit = 10 ** exponent(currency)
    whole = (abs(minor) + unit // 2) // unit
    return ("" if minor >= 0 else MINUS) + number_text(whole, language)


def number_text(number: int, language: str) -> str:
    """A count with grouped thousands."""
    return f"{number:,}".replace(",", _SIGNS.get(language[:2], _SIGNS["en"])[0])


def share_text(thousandths: int, language: str) -> str:
    """A share as a percentage with one decimal: `97.4 %`."""
    whole, tenth = divmod(thousandths, 10)
    return f"{whole}{_SIGNS.get(language[:2], _SIGNS['en'])[1]}{tenth}{NARROW_BLANK}%"


@lru_cache(maxsize=4096)
def day_text(day: date, today: date, language: str) -> str:
    """A day as people say it: today, yesterday, the weekday within a week, else day and month, the year if another."""
    with override(language):
        if day == today:
            return _("today")
        if day == today - timedelta(days=1):
            return _("yesterday")
        if today - timedelta(days=7) < day < today:
            return formats.date_format(day, "D j. N" if language[:2] == "de" else "D j M")
        if day.year == today.year:
            return formats.date_format(day, "j. N" if language[:2] == "de" else "j M")
        return formats.date_format(day, "j. N Y" if language[:2] == "de" else "j M Y")


@lru_cache(maxsize=4096)
def exact_day(day: date, language: str) -> str:
    """A day with everything: `Tuesday, 18 November 2026`."""
    with override(language):
        return formats.date_format(day, "l, j. F Y" if language[:2] == "de" else "l, j F Y")


@lru_cache(maxsize=4096)
def short_day(day: date, language: str) -> str:
    """A day as short as it gets, for axes: `18.11.` or `18 Nov`."""
    with override(language):
        return formats.date_format(day, "j.n." if language[:2] == "de" else "j M")


@lru_cache(maxsize=512)
def month_text(day: date, language: str) -> str:
    """A month written out: `November 2026`."""
    with override(language):
        return formats.date_format(day, "F Y")


def span_text(seconds: int, language: str) -> str:
    """How long something lasts, in the largest unit of which it has two: `90 s`, `12 min`, `30 h`, `3 days`."""
    with override(language):
        for unit, length in ((_("days"), 86_400), (_("h"), 3_600), (_("min"), 60)):
            if seconds >= 2 * length:
                return f"{number_text(seconds // length, language)} {unit}"
        return f"{number_text(seconds, language)} s"


@lru_cache(maxsize=512)
def period_text(name: str, language: str) -> str:
    """The name of a time that is settled, as people say it: `Week 46 of 2026 (9 Nov to 15 Nov)`, a month or a day.

    Args:
        name: `2026-W46`, `2026-11`, `2026-11-09`, or a day with `-by-hand` behind it; another one is told as it is.
        language: of the reader.
    """
    known = _PERIOD.fullmatch(name)
    if known is None:
        return name
    year = int(known["year"])
    with override(language):
        if known["week"]:
            monday = date.fromisocalendar(year, int(known["week"]), 1)
            days = {"first": short_day(monday, language), "last": short_day(monday + timedelta(days=6), language)}
            told = {"week": int(known["week"]), "year": year}
            return _("Week %(week)s of %(year)s (%(first)s to %(last)s)") % (told | days)
        if not known["day"]:
            return month_text(date(year, int(known["month"]), 1), language)
        day = exact_day(date(year, int(known["month"]), int(known["day"])), language)
        return _("%(day)s, by hand") % {"day": day} if known["by_hand"] else day


def periods_called(text: str, names: Iterable[str], language: str) -> list[str]:
    """Those of the times of which every word of a text says something: `week 46` finds `2026-W46`, as `W46` does."""
    asked = text.casefold().split()
    told = {name: f"{name} {period_text(name, language)}".casefold() for name in names}
    return [name for name, words in told.items() if all(word in words for word in asked)]


@lru_cache(maxsize=512)
def short_month(day: date, language: str) -> str:
    """A month as short as it gets, for axes."""
    with override(language):
        return formats.date_format(day, "M Y" if day.month == 1 else "M")
