"""Rows as a CSV file that German and English spreadsheets open without questions."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils.translation import get_language

from zahlmeister.money.amount import minor_text

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file that only remembers what was written last."""

    def write(self, text: str) -> str:
        return text


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


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + str(writer.writerow(head))
    for row in rows:
        yield str(writer.writerow(row))
