"""What every list has: an address that carries its filters, chips that read as a sentence, and pages of fifty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.desk.models import View
from zahlmeister.desk.queries import views
from zahlmeister.merchants.models import Person
from zahlmeister.office import looked_for, shown, typed

ROWS = 50
MOST_PAGES = 20_000
#: What an address calls the page of a list.
PAGE = "page"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a chip: its words and the address that shows it."""

    words: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field in a chip of days or amounts."""

    name: str
    label: str
    value: str
    is_day: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the sentence. It has choices, or fields; `others` are the filters its form carries along."""

    words: str
    is_set: bool
    choices: Sequence[Choice] = ()
    fields: Sequence[Field] = ()
    others: Sequence[tuple[str, str]] = ()
    clear: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A view that was kept, as a list shows it."""

    view: View
    is_chosen: bool
    is_mine: bool


class Address:
    """The filters of a list as they stand in its address.

    `file_at` is where the list is had as a file, seen from its page; empty for the page itself, None for nowhere.
    """

    def __init__(self, request: HttpRequest, file_at: str | None = None) -> None:
        self.request = request
        self._file_at = file_at
        self._query = request.GET.copy()
        for name in ("page", "as"):
            self._query.pop(name, None)
        self.page_text = request.GET.get("page", "1")
        self.file = request.GET.get("as", "")

    def get(self, name: str) -> str:
        text = str(self._query.get(name, ""))
        if name == "q":
            return looked_for.as_typed(text, getattr(self.request, "merchant", None))
        return typed.plain(text).strip()[:120]

    def number(self, name: str) -> int | None:
        text = self.get(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def days(self) -> tuple[date | None, date | None]:
        return typed.day(self.get("from")), typed.day(self.get("to"))

    def currency(self) -> str:
        """Which currency is asked for, as ISO 4217 has it; empty for all."""
        said = self.get("currency")
        return said if len(said) == 3 and said.isascii() and said.isalpha() and said.isupper() else ""

    def amounts(self, currency: str) -> tuple[int | None, int | None]:
        return typed.minor(self.get("min"), currency), typed.minor(self.get("max"), currency)

    def having(self, **changes: str) -> str:
        """The address with some filters changed; an empty one is taken away."""
        query = self._query.copy()
        for name, value in changes.items():
            if value:
                query[name] = value
            else:
                query.pop(name, None)
        return f"?{query.urlencode()}"

    def others(self, *names: str) -> list[tuple[str, str]]:
        """The filters that a form with fields of these names must carry along."""
        return [(name, value) for name, value in self._pairs() if name not in names and value]

    @property
    def q(self) -> str:
        """What somebody looks for in this list."""
        return self.get("q")

    @property
    def is_part_of_iban(self) -> bool:
        """Whether what is looked for has to be typed to its end."""
        return typed.is_part_of_iban(self.q)

    @property
    def others_q(self) -> list[tuple[str, str]]:
        """The filters that the search field carries along."""
        return self.others("q")

    @property
    def csv(self) -> str:
        """Where the list is had as CSV; empty where it is not."""
        return self._as_file("csv")

    @property
    def xlsx(self) -> str:
        """Where the list is had as a workbook; empty where it is not."""
        return self._as_file("xlsx")

    @property
    def page_name(self) -> str:
        """The name of the list's page, under which its views are kept."""
        match = self.request.resolver_match
        return (match.url_name if match else "") or ""

    @property
    def keeps_views(self) -> bool:
        """Whether views of it are kept: of lists that are pages of their own, not of one thing's rows."""
        match = self.request.resolver_match
        return match is not None and not match.kwargs

    @property
    def query(self) -> str:
        """What stands behind the question mark, without the page that is turned to."""
        return self._query.urlencode()

    @cached_property
    def views(self) -> list["Kept"]:
        """The views of this list that whoever looks has kept, and those for everybody."""
        merchant, person = getattr(self.request, "merchant", None), self.request.user
        if merchant is None or not isinstance(person, Person):
            return []
        kept = views(merchant.pk, person.pk, self.page_name)
        return [Kept(view, view.query == self.query, view.person_id == person.pk) for view in kept]

    @property
    def view(self) -> "Kept | None":
        """The view that is shown, if it is one."""
        return next((kept for kept in self.views if kept.is_chosen), None)

    def _as_file(self, kind: str) -> str:
        return "" if self._file_at is None else f"{self._file_at}{self.having(**{'as': kind})}"

    @property
    def is_filtered(self) -> bool:
        return any(value for _name, value in self._pairs())

    def choices(self, name: str, answers: Sequence[tuple[str, str]]) -> list[Choice]:
        chosen = self.get(name)
        return [Choice(words, self.having(**{name: value}), value == chosen) for value, words in answers]

    def _pairs(self) -> list[tuple[str, str]]:
        query: QueryDict = self._query
        return [(name, str(value)) for name, values in query.lists() for value in values]


def choice_chip(address: Address, name: str, any_words: str, answers: Sequence[tuple[str, str]]) -> Chip:
    """A chip with one answer out of several; the first of all is “any”."""
    chosen = address.get(name)
    words = dict(answers).get(chosen)
    return Chip(
        words=words or any_words,
        is_set=words is not None,
        choices=address.choices(name, [("", any_words), *answers]),
    )


def days_chip(address: Address, today: date) -> Chip:
    """The chip of the days, in words."""
    first, last = address.days()
    language = get_language() or "en"
    words = _("on any day") if not address.get("from") + address.get("to") else _("on a day not understood")
    if first and first == last:
        words = _("on %(day)s") % {"day": shown.day_text(first, today, language)}
    elif first and last:
        words = _("from %(first)s to %(last)s") % {
            "first": shown.day_text(first, today, language),
            "last": shown.day_text(last, today, language),
        }
    elif first:
        words = _("since %(day)s") % {"day": shown.day_text(first, today, language)}
    elif last:
        words = _("until %(day)s") % {"day": shown.day_text(last, today, language)}
    return _span(address, words, ("from", _("First day")), ("to", _("Last day")), is_day=True)


def currency_chips(address: Address, known: Sequence[str]) -> list[Chip]:
    """In which currency, where there are several."""
    if len(known) < 2 and not address.currency():
        return []
    return [choice_chip(address, "currency", _("in any currency"), [(one, _("in %s") % one) for one in known])]


def amounts_chip(address: Address, currency: str) -> Chip:
    """The chip of the amounts, in words."""
    least, most = address.amounts(currency)
    language = get_language() or "en"
    words = _("of any amount") if not address.get("min") + address.get("max") else _("of an amount not understood")
    if least is not None and most is not None:
        words = _("of %(least)s to %(most)s") % {
            "least": shown.money_text(least, currency, language),
            "most": shown.money_text(most, currency, language),
        }
    elif least is not None:
        words = _("of %(least)s and more") % {"least": shown.money_text(least, currency, language)}
    elif most is not None:
        words = _("of up to %(most)s") % {"most": shown.money_text(most, currency, language)}
    return _span(address, words, ("min", _("At least")), ("max", _("At most")), is_day=False)


@dataclass(frozen=True, slots=True)
class Pages:
    """Where in a list somebody is, and the addresses to turn the page."""

    ids: list[int]
    count: int
    page: int
    last: int
    newer: str
    older: str
    is_more: bool  # than were counted
    is_second: bool = False  # below another list of the same page, whose keys turn that one

    @property
    def first_row(self) -> int:
        return (self.page - 1) * ROWS + 1 if self.ids else 0

    @property
    def last_row(self) -> int:
        return (self.page - 1) * ROWS + len(self.ids)


def pages(
    rows: QuerySet[Any],
    address: Address,
    counted_to: int | None = None,
    counted: QuerySet[Any] | None = None,
    name: str = PAGE,
) -> Pages:
    """One page of a list: its row numbers, fetched from the index alone, and how many there are.

    `counted_to` ends the counting where it costs more than it says; the list then ends there too. `counted` are the
    same rows in another way, which is counted sooner. A second list on a page has a `name` of its own, which is the id
    of its heading, too.
    """
    each = (rows if counted is None else counted).order_by()
    found = each.count() if counted_to is None else each[: counted_to + 1].count()
    page = turned(address, found, counted_to, name)
    if page.count:
        page.ids.extend(rows.values_list("pk", flat=True)[(page.page - 1) * ROWS : page.page * ROWS])
    return page


def turned(address: Address, found: int, counted_to: int | None = None, name: str = PAGE) -> Pages:
    """Which page of so many rows the address asks for; its row numbers are to be filled in."""
    count = found if counted_to is None else min(found, counted_to)
    last = max(1, min(MOST_PAGES, -(-count // ROWS)))
    is_second = name != PAGE
    text, there = (address.get(name), f"#{name}") if is_second else (address.page_text, "")
    page = min(max(1, int(text)), last) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return Pages(
        ids=[],
        count=count,
        page=page,
        last=last,
        newer=address.having(**{name: str(page - 1) if page > 2 else ""}) + there if page > 1 else "",
        older=address.having(**{name: str(page + 1)}) + there if page < last else "",
        is_more=found > count,
        is_second=is_second,
    )


def _span(address: Address, words: str, *fields: tuple[str, str], is_day: bool) -> Chip:
    names = [name for name, _label in fields]
    return Chip(
        words=words,
        is_set=any(address.get(name) for name in names),
        fields=[Field(name, label, address.get(name), is_day) for name, label in fields],
        others=address.others(*names),
        clear=address.having(**dict.fromkeys(names, "")),
    )
