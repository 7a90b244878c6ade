"""Everything that was brought into the house from outside, in one list: statements, orders, documents of ERPs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from zahlmeister.banking import queries as banking
from zahlmeister.banking.models import StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.erps import queries as erps
from zahlmeister.erps.models import Receipt
from zahlmeister.erps.states import ReceiptState
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.merchants.rights import Area
from zahlmeister.office import erp_words, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.listed import MOST_COUNTED
from zahlmeister.office.listing import ROWS, Address, Chip, Pages, choice_chip, days_chip, turned
from zahlmeister.office.sentences import in_words
from zahlmeister.orders.imports import LONGEST, in_trouble, order_imports, refused_rows
from zahlmeister.orders.models import OrderImport
from zahlmeister.orders.states import ImportKind

#: The answers of the chip of states.
TROUBLE, FINE = "trouble", "fine"
#: So many refused rows stand on the page; all of them are in the file.
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """Something that came in, as the list shows it."""

    at: datetime
    kind: str
    name: str
    by: str
    state: str  # a word of the style sheet
    state_label: str
    result: str
    trouble: str
    address: str
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One of the tables that the list is made of."""

    kinds: Mapping[str, Callable[[], str]]  # word in the address → what it is called
    rows: Callable[[int], QuerySet[Any]]  # newest first
    of_kind: Callable[[str], Q]
    at: str  # the field of its time
    name: str  # the field in which words are looked for
    trouble: Callable[[datetime], Q]
    shown: Callable[[Any], Brought]
    area: Area = Area.ORDERS


def _statement(row: StatementImport) -> Brought:
    state = ImportState(row.state)
    result = ngettext("%(count)s payment", "%(count)s payments", row.recorded) % {"count": row.recorded}
    return Brought(
        row.created_at, pgettext("an import", "Statement"), row.name, words.actor(row.created_by), state.value,
        str(state.label), result,
        in_words(row.error) if row.error else "", reverse("office:statement", args=[row.pk]),
    )  # fmt: skip


def _orders(row: OrderImport) -> Brought:
    result = ngettext("%(count)s new order", "%(count)s new orders", row.new) % {"count": row.new}
    state, label = _how_it_ended(row)
    by = "" if row.kind == ImportKind.SHOP else words.actor(row.created_by)  # its name says it
    return Brought(
        row.created_at, str(row.get_kind_display()), row.name, by, state, label, result,
        in_words(row.error) if row.error else "", reverse("office:import", args=[row.pk]), row.refused,
    )  # fmt: skip


def _document(row: Receipt) -> Brought:
    state = ReceiptState(row.state)
    return Brought(
        row.came_at, _("Document of an ERP"), f"{erp_words.document(row.kind)} {row.number}".strip(),
        str(row.erp or words.actor(row.came_by)), state.value, str(state.label), row.order_number or row.invoice_number,
        in_words(row.why) if row.why else "", reverse("office:erp-document", args=[row.pk]),
    )  # fmt: skip


def _how_it_ended(row: OrderImport) -> tuple[str, str]:
    if row.error:
        return "broken", _("stopped")
    if row.ended_at is None:
        broke_off = row.created_at < timezone.now() - LONGEST
        return ("broken", _("broke off")) if broke_off else ("running", _("being read"))
    return ("refused", _("in part refused")) if row.refused else ("done", _("read to the end"))


def _any(_kind: str) -> Q:
    return Q()


def _in_state(state: str) -> Callable[[datetime], Q]:
    return lambda _now: Q(state=state)


SOURCES = (
    Source(
        {"statement": lambda: _("statements of banks")},
        banking.imports,
        _any,
        "created_at",
        "name",
        _in_state(ImportState.BROKEN),
        _statement,
    ),
    Source(
        {
            ImportKind.FILE: lambda: _("files of orders"),
            ImportKind.SHOP: lambda: _("orders read from shops"),
            ImportKind.PROGRAM: lambda: _("orders of programs"),
        },
        order_imports,
        lambda kind: Q(kind=kind) if kind else Q(),
        "created_at",
        "name",
        in_trouble,
        _orders,
    ),
    Source(
        {"document": lambda: _("documents of ERPs")},
        erps.receipts,
        _any,
        "came_at",
        "number",
        _in_state(ReceiptState.REFUSED),
        _document,
        Area.PURCHASE,
    ),
)


@signed_in
def imports(request: OfficeRequest) -> HttpResponseBase:
    """What came in, newest first, whatever it is; `kind`, `state`, days and words narrow it."""
    address = Address(request, file_at="")
    seen = [source for source in SOURCES if request.rights.reads(source.area)]
    found = [(source, _narrowed(request.merchant.pk, source, address)) for source in _asked(seen, address)]
    if file := list_file(address, _("imports"), _head(), _cells(found)):
        return file
    page, rows = _page(found, address)
    context = {"address": address, "chips": _chips(address, seen), "page": page, "rows": rows}
    return render(request, "office/imports.html", context)


@signed_in
def one(request: OfficeRequest, order_import_id: int) -> HttpResponseBase:
    """One import of orders: who brought it, what came of it, and why some rows were not taken."""
    row = order_imports(request.merchant.pk).filter(pk=order_import_id).first()
    if row is None:
        raise Http404
    address = Address(request, file_at="")
    rows = refused_rows(row)
    head = [_("File"), _("Line"), _("Why it was refused")]
    cells = ([row.name, each.line or None, in_words(each.why)] for each in rows.iterator(chunk_size=2000))
    if file := list_file(address, _("refused rows"), head, cells):
        return file
    state, label = _how_it_ended(row)
    context = {"address": address, "import": row, "state": state, "label": label, "refused": rows[:SHOWN]}
    return render(request, "office/import.html", context)


def _asked(seen: Sequence[Source], address: Address) -> list[Source]:
    """The sources that have rows of the kind asked for; all of them where none is."""
    kind = address.get("kind")
    having = [source for source in seen if kind in source.kinds]
    return having or list(seen)


def _narrowed(merchant_id: int, source: Source, address: Address) -> QuerySet[Any]:
    kind = address.get("kind")
    rows = source.rows(merchant_id).filter(source.of_kind(kind if kind in source.kinds else ""))
    if address.q:
        rows = rows.filter(**{f"{source.name}__icontains": address.q})
    if address.get("state") == TROUBLE:
        rows = rows.filter(source.trouble(timezone.now()))
    elif address.get("state") == FINE:
        rows = rows.exclude(source.trouble(timezone.now()))
    first, last = address.days()
    if first:
        rows = rows.filter(**{f"{source.at}__date__gte": first})
    if last:
        rows = rows.filter(**{f"{source.at}__date__lte": last})
    return rows.order_by(f"-{source.at}", "-pk")


Found = Sequence[tuple[Source, QuerySet[Any]]]


def _page(found: Found, address: Address) -> tuple[Pages, list[Brought]]:
    """A page of all of them together: each is read as far as the page could reach into it, by its index."""
    count = sum(rows.order_by()[: MOST_COUNTED + 1].count() for _source, rows in found)
    page = turned(address, count, MOST_COUNTED)
    until = page.page * ROWS
    keys = [
        [(at, pk, place) for at, pk in rows.values_list(source.at, "pk")[:until]]
        for place, (source, rows) in enumerate(found)
    ]
    wanted = list(islice(merge(*keys, reverse=True), until - ROWS, until))
    known = [rows.in_bulk([pk for _at, pk, of in wanted if of == place]) for place, (_source, rows) in enumerate(found)]
    page.ids.extend(pk for _at, pk, _place in wanted)
    return page, [found[place][0].shown(known[place][pk]) for _at, pk, place in wanted]


def _chips(address: Address, seen: Sequence[Source]) -> list[Chip]:
    kinds = [(word, called()) for source in seen for word, called in source.kinds.items()]
    states = [(TROUBLE, _("with something refused or stopped")), (FINE, _("taken in full"))]
    return [
        choice_chip(address, "kind", _("of any kind"), kinds),
        choice_chip(address, "state", _("however it ended"), states),
        days_chip(address, timezone.localdate()),
    ]


def _head() -> list[str]:
    return [_("Came in"), _("Kind"), _("Name"), _("by"), _("State"), _("What came of it"), _("Refused"), _("Why")]


def _cells(found: Found) -> Iterator[list[Cell]]:
    for source, rows in found:
        for row in rows.iterator(chunk_size=2000):
            each = source.shown(row)
            yield [
                _day(each.at),
                each.kind,
                each.name,
                each.by,
                each.state_label,
                each.result,
                each.refused,
                each.trouble,
            ]


def _day(at: datetime) -> date:
    return timezone.localdate(at)
