"""The rows of a list as a file: CSV that German and English spreadsheets open without questions, or a workbook."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import cast

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.flows.book_files import CONTENT_TYPES
from zahlmeister.formats.journals.workbook import Cell, Sheet, workbook
from zahlmeister.money.amount import Amount, minor_text
from zahlmeister.office.access import OfficeRequest
from zahlmeister.office.feedback import refused
from zahlmeister.office.hidden import hidden_cells
from zahlmeister.office.listing import Address

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: A workbook is made in memory; CSV has no end.
MOST_IN_WORKBOOK = 50_000


class _Line:
    """A file that only remembers what was written last."""

    def write(self, text: str) -> str:
        return text


def list_file(
    address: Address, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponseBase | None:
    """The file that the address asks for with `as`; None when it asks for the page.

    Args:
        address: of the list, filters and all.
        name: of the file, without its ending.
        head: the titles of the columns.
        rows: all rows of the list, read as they are written.
    """
    if address.file == "csv":
        return csv_answer(name, head, ([_text(one) for one in row] for row in rows))
    if address.file != "xlsx":
        return None
    reader = cast("OfficeRequest", address.request).rights
    seen = rows if reader.sees_account_numbers else hidden_cells(rows)
    found = list(islice(seen, MOST_IN_WORKBOOK + 1))
    if len(found) > MOST_IN_WORKBOOK:
        refused(address.request, _("A workbook holds 50,000 rows of a list. Narrow the filters, or save it as CSV."))
        return redirect(address.having() if address.is_filtered else address.request.path)
    content = workbook([Sheet(name, head, found)], title=name, made_at=timezone.now())
    told = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(content, content_type=CONTENT_TYPES["xlsx"], headers=told)


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """Send rows as they are read, with a byte order mark and semicolons, so that any number of them fits."""
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def amount_cell(minor: int, currency: str) -> str:
    """An amount without grouping, with the decimal sign of the reader's language."""
    text = minor_text(minor, currency)
    return text.replace(".", ",") if (get_language() or "de").startswith("de") else text


def _text(one: Cell) -> str:
    match one:
        case None:
            return ""
        case Amount(minor=minor, currency=currency):
            return amount_cell(minor, currency)
        case date():
            return one.isoformat()
        case int():
            return str(one)
        case str():
            return cell(one)


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + str(writer.writerow(head))
    for row in rows:
        yield str(writer.writerow(row))
