"""Account numbers, before people who need not see them: one place for every page, list and file of the office."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.merchants.rights import Area
from zahlmeister.money.accounts import masked
from zahlmeister.office.areas import Place

_TEXTS = ("text/", "application/json")
#: Files for banks are worth nothing without account numbers.
FOR_BANKS = frozenset({"payment-file-download", "debit-file-download"})
#: What merchants say to buyers in their own words; it is saved as it is shown, and buyers read it anyway.
OWN_WORDS = frozenset({"letter-sender", "letter-sender-of-shop", "letter-text"})
_CUT = re.compile(r"\b[A-Z]{2}…[A-Z0-9]{4}\b")


def refuse_hidden(page: str, typed: Mapping[str, Any]) -> None:
    """Refuse the page of this name to somebody who does not see account numbers, before anything is done.

    Raises:
        PermissionDenied: it gives a file for a bank, or would save a number of which only the ends were shown.
    """
    if page in FOR_BANKS:
        raise PermissionDenied(_("This file holds account numbers, which you have no right to see."))
    if any(_CUT.search(str(value)) for value in typed.values()):
        raise PermissionDenied(_("You see only the ends of an account number in this; nothing was saved."))


def hidden(answer: HttpResponseBase, place: Place | None) -> HttpResponseBase:
    """The answer to somebody who does not see account numbers: of each, country and last four signs are left.

    Books are as they were kept: who may read them reads what the bookkeeper gets.
    """
    is_books = place is not None and place.area is Area.BOOKS
    if is_books or not answer.headers.get("Content-Type", "").startswith(_TEXTS):
        return answer
    if isinstance(answer, StreamingHttpResponse):
        answer.streaming_content = _masked_parts(cast("Iterable[bytes]", answer.streaming_content))
    elif isinstance(answer, HttpResponse):
        answer.content = masked(answer.content.decode(answer.charset)).encode(answer.charset)
    return answer


def hidden_cells(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """The rows of a workbook for somebody who does not see account numbers."""
    for row in rows:
        yield [masked(cell) if isinstance(cell, str) else cell for cell in row]


def _masked_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Each part is made of whole lines, so that no number stands in two of them."""
    for part in parts:
        yield masked(part.decode()).encode()
