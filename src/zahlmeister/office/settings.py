"""Every setting on one page: what it means and does, what it stands at, in which shop otherwise, and its change."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.queries import standings
from zahlmeister.flows.settings.change import Author, Said, change, may_change
from zahlmeister.flows.settings.elsewhere import ELSEWHERE
from zahlmeister.flows.settings.noted import SUBJECT, place_of
from zahlmeister.flows.settings.read import Snapshot, default, is_own, snapshot, value_of
from zahlmeister.flows.settings.registry import GROUPS, SWITCHES, switches
from zahlmeister.flows.settings.switch import ONLY_OF_SHOPS, Elsewhere, Place, Store, Switch, Value
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.history.models import Step
from zahlmeister.merchants.rights import Area
from zahlmeister.office import looked_for
from zahlmeister.office.access import OfficeRequest, may_open, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.feedback import told
from zahlmeister.office.listing import ROWS, Address, choice_chip, days_chip, turned
from zahlmeister.office.sentences import in_words as refusal_in_words
from zahlmeister.office.setting_words import Input, from_history, in_words, input_of, understood
from zahlmeister.office.words import actor
from zahlmeister.orders.queries import shops
from zahlmeister.refusals import Refused

#: So many changes stand on the page of what they changed; all of them have a page of their own.
NEWEST = 20
#: Of so many changes of settings, the newest, those of a page are picked.
LOOKED_THROUGH = 500


@dataclass(frozen=True, slots=True)
class Of:
    """A value of a switch: the merchant's, or that of a shop or an account."""

    about: int
    name: str  # empty for the merchant's own
    words: str
    is_own: bool
    is_changed_here: bool
    address: str  # where its form is
    field: Input
    error: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A switch as the page shows it."""

    switch: Switch
    default: str
    general: Of | None
    others: Sequence[Of]

    @property
    def own(self) -> int:
        """How many shops have their own."""
        return sum(one.is_own for one in self.others)

    @property
    def is_default(self) -> bool:
        return self.general is not None and self.general.words == self.default


@dataclass(frozen=True, slots=True)
class Group:
    """Switches that belong together; folded until somebody looks for one of them, or opens it."""

    name: str
    words: str
    rows: Sequence[Row]
    is_open: bool

    @property
    def changed(self) -> int:
        """How many are not as they were to begin with, somewhere."""
        return sum(bool(row.own or (row.general and not row.is_default)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: which setting, whose, and from what to what."""

    name: str
    whose: str
    before: str
    after: str


class _Table:
    """Makes the rows of a page; what somebody typed and was refused stays in its field."""

    def __init__(self, request: OfficeRequest, refused: tuple[Place, Sequence[str], str] | None) -> None:
        self._request, self._refused = request, refused
        self._merchant, self._author = request.merchant, author(request)
        self._kept: Snapshot = snapshot(request.merchant.pk)
        self._shops = {shop.pk: shop.name for shop in shops(request.merchant.pk)}
        self._accounts = {one.account.pk: str(one.account) for one in standings(request.merchant.pk)}

    def row(self, switch: Switch) -> Row:
        """One switch."""
        words = in_words(switch, default(switch, self._merchant.currency), self._merchant.currency)
        general = self._of(switch, 0, "") if is_own(switch, 0) else None
        return Row(switch, words, general, [self._of(switch, *one) for one in self._abouts(switch)])

    def _abouts(self, switch: Switch) -> Iterator[tuple[int, str]]:
        if switch.store is Store.ACCOUNT:
            yield from self._accounts.items()
        elif switch.store is Store.SHOP:
            yield from ((about, name) for about, name in self._shops.items() if Place(switch.key, about) in self._kept)
        elif is_own(switch, 1):
            yield from self._shops.items()

    def _of(self, switch: Switch, about: int, name: str) -> Of:
        place, currency = Place(switch.key, about), self._merchant.currency
        value: Value = value_of(self._kept, switch, about, currency)
        field, error = input_of(switch, value, currency), ""
        if self._refused and self._refused[0] == place:
            field, error = Input(field.kind, self._refused[1], field.choices, field.hint), self._refused[2]
        return Of(
            about=about,
            name=name,
            words=in_words(switch, value, currency),
            is_own=place in self._kept,
            is_changed_here=self._request.may_write and may_change(switch, self._author) and bool(field.values),
            address=_address(self._request, switch, about),
            field=field,
            error=error,
        )


@signed_in
def settings(request: OfficeRequest) -> HttpResponseBase:
    """Show the settings that have the words of `q`. A POST changes `key` of the shop `about` to `value`."""
    refused = _changed(request) if request.method == "POST" else None
    query = looked_for.as_typed(request.GET.get("q", ""), request.merchant)
    if request.method == "POST" and refused is None:
        told(request, _("The setting is changed."))
        key = request.POST["key"]
        opened = {"q": query} if query else {"group": switches()[key].group}
        return redirect(f"{reverse('office:settings')}?{urlencode(opened)}#{key}")
    table = _Table(request, refused)
    mine = [one for one in SWITCHES if request.rights.reads(one.area)]
    found = [one for one in mine if _has(query, GROUPS[one.group], one.name, one.meaning, one.effect, one.key)]
    wanted = request.GET.get("group", "")
    groups = [
        Group(name, str(GROUPS[name]), [table.row(one) for one in rows], bool(query or refused or name == wanted))
        for name, rows in groupby(found, _group)
    ]
    elsewhere = [(one, _elsewhere(request, one)) for one in ELSEWHERE if _has(query, one.name, one.meaning)]
    context = {"groups": groups, "elsewhere": elsewhere, "q": query, "only_of_shops": ONLY_OF_SHOPS}
    return render(request, "office/settings.html", context, status=422 if refused else 200)


@signed_in
def history(request: OfficeRequest) -> HttpResponseBase:
    """Every change of what one may read, with what it was before and after, the newest first; a page or a file.

    A row is a change, on the page as in the file: who saves ten settings at once has made ten.
    """
    address, names = Address(request, file_at=""), _names(request)
    only = _sought(address)
    every = _steps(request.merchant.pk, address)
    if file := list_file(address, _("settings"), _head(), _cells(every, names, request, only)):
        return file
    found = [
        (number, told_name)
        for number, facts in every.values_list("pk", "facts")
        for told_name in facts
        if _is_told(told_name, request, only)
    ]
    page = turned(address, len(found))
    shown = found[(page.page - 1) * ROWS : page.page * ROWS]
    page.ids.extend(dict.fromkeys(number for number, _told_name in shown))
    steps = every.in_bulk(page.ids)
    told_ = [
        (steps[number], [_change(steps[number], told_name, names, request) for _number, told_name in changes])
        for number, changes in groupby(shown, itemgetter(0))
    ]
    groups = [(name, str(words)) for name, words in GROUPS.items()]
    authors = _steps(request.merchant.pk).order_by().values_list("actor", flat=True).distinct()
    chips = [
        choice_chip(address, "group", _("of any kind"), groups),
        choice_chip(address, "by", _("by anybody"), [(one, actor(one)) for one in sorted(authors)]),
        days_chip(address, timezone.localdate()),
    ]
    context = {"address": address, "chips": chips, "page": page, "steps": told_}
    return render(request, "office/settings_history.html", context)


def _steps(merchant_id: int, address: Address | None = None) -> QuerySet[Step]:
    """The changes of settings by whom and in the days that the address asks for, newest first."""
    rows = Step.objects.filter(merchant=merchant_id, subject=SUBJECT).order_by("-ordinal")
    first, last = address.days() if address else (None, None)
    if address and address.get("by"):
        rows = rows.filter(actor=address.get("by"))
    if first:
        rows = rows.filter(at__date__gte=first)
    return rows.filter(at__date__lte=last) if last else rows


def _sought(address: Address) -> Collection[str] | None:
    """The switches of the group and with the words that the address asks for; None for all."""
    group = address.get("group") if address.get("group") in GROUPS else ""
    if not group and not address.q:
        return None
    mine = [one for one in SWITCHES if not group or one.group == group]
    return {one.key for one in mine if _has(address.q, GROUPS[one.group], one.name, one.key)} or {""}


def _is_told(told_name: str, request: OfficeRequest, only: Collection[str] | None) -> bool:
    """Whether a change is of one of these switches, of whatever shop or account, and of what the person may read."""
    key, rights = place_of(told_name).key, request.rights
    if only is not None and key not in only:
        return False
    switch = switches().get(key)
    if switch is None:  # a setting that is no more
        return all(rights.reads(area) for area in Area)
    return rights.reads(switch.area)


def _head() -> list[str]:
    return [_("Day"), _("By"), _("Setting"), _("Of"), _("Before"), _("After")]


def _cells(
    rows: QuerySet[Step], names: dict[int, str], request: OfficeRequest, only: Collection[str] | None
) -> Iterator[list[Cell]]:
    for step in rows.iterator(chunk_size=2000):
        for one in _changes(step, names, request, only):
            yield [timezone.localdate(step.at), actor(step.actor), one.name, one.whose, one.before, one.after]


def changed_here(request: OfficeRequest, group: str) -> dict[str, object]:
    """What `office/changes_here.html` shows on the page of a group of switches.

    The newest changes that the person may read, the newest first, and whether he may read all of them.
    """
    return {"steps": _changes_in(request, group), "leads_on": may_open(request.rights, "settings-history")}


def _changes_in(request: OfficeRequest, group: str) -> Sequence[tuple[Step, Sequence[Change]]]:
    keys = {switch.key for switch in SWITCHES if switch.group == group}
    rows = Step.objects.filter(merchant=request.merchant, subject=SUBJECT).order_by("-ordinal")[:LOOKED_THROUGH]
    names = _names(request)
    found = ((step, list(_changes(step, names, request, keys))) for step in rows)
    return list(islice(((step, changes) for step, changes in found if changes), NEWEST))


def author(request: OfficeRequest) -> Author:
    """Who asks, with the rights they have."""
    return Author(request.user.email, request.rights)


def name_of(place: Place, names: dict[int, str]) -> tuple[str, str]:
    """What a value is called: the switch with its group, and whose it is."""
    switch = switches()[place.key]
    return f"{GROUPS[switch.group]} · {switch.name}", names.get(place.about, "")


def _changed(request: OfficeRequest) -> tuple[Place, Sequence[str], str] | None:
    """Change what a form asks for; where it was refused, the place, what was typed, and the sentence."""
    switch, texts = switches().get(request.POST.get("key", "")), request.POST.getlist("value")[:5]
    about = request.POST.get("about", "0")
    if switch is None or not (about.isascii() and about.isdigit() and len(about) < 19):
        raise Http404
    place = Place(switch.key, int(about))
    if place.about and place.about not in {shop.pk for shop in shops(request.merchant.pk)}:
        raise Http404
    try:
        value = Said.AS_ALL if "as_all" in request.POST else understood(switch, texts, request.merchant.currency)
    except Refused as why:
        return place, texts, refusal_in_words(str(why).removeprefix(f"{switch.key}: "))
    outcome = change(request.merchant, {place: value}, author(request), at=timezone.now())
    if outcome.refused:
        return place, texts, refusal_in_words(outcome.refused[0][1].removeprefix(f"{switch.key}: "))
    return None


def _names(request: OfficeRequest) -> dict[int, str]:
    """What shops and accounts are called."""
    names = {shop.pk: shop.name for shop in shops(request.merchant.pk)}
    return names | {one.account.pk: str(one.account) for one in standings(request.merchant.pk)}


def _changes(
    step: Step, names: dict[int, str], request: OfficeRequest, only: Collection[str] | None
) -> Iterator[Change]:
    return (_change(step, name, names, request) for name in step.facts if _is_told(name, request, only))


def _change(step: Step, told_name: str, names: dict[int, str], request: OfficeRequest) -> Change:
    place, both = place_of(told_name), step.facts[told_name]
    switch, currency = switches().get(place.key), request.merchant.currency
    if switch is None:  # a setting that is no more
        return Change(told_name, "", *map(str, both))
    was, now = (in_words(switch, from_history(switch, one), currency) for one in both)
    return Change(*name_of(place, names), was, now)


def _address(request: OfficeRequest, switch: Switch, about: int) -> str:
    """The form that changes a value, too; empty where there is none but this page, or the person may not open it."""
    page, numbers = switch.page, [about] if about else []
    match switch.store, bool(about):
        case Store.ASKING, True:
            page = f"reminder-rule-of-shop-{switch.of}"
        case Store.INFORMATION, True:
            return reverse("office:letter-rule", args=[about, switch.of])
        case Store.SHOP, True:
            page = "shop"
        case Store.ACCOUNT, True:
            page = "account"
        case _:
            numbers = []
    return "" if page in {"settings", "letter-rule"} or not may_open(request.rights, page) else _reverse(page, numbers)


def _reverse(page: str, numbers: list[int]) -> str:
    return reverse(f"office:{page}", args=numbers)


def _elsewhere(request: OfficeRequest, one: Elsewhere) -> str:
    return reverse(f"office:{one.page}") if one.page and may_open(request.rights, one.page) else ""


def _has(query: str, *texts: object) -> bool:
    """Whether every word that was typed stands in one of the texts."""
    told_ = " ".join(str(text) for text in texts).casefold()
    return all(word in told_ for word in query.casefold().split())


def _group(switch: Switch) -> str:
    return switch.group
