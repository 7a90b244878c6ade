"""JSON as programs write it: amounts stay what was written, and nothing comes in that no database keeps."""

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from zahlmeister.formats.keepable import is_keepable

#: What a program hears when its JSON is none, or holds what cannot be kept.
NOT_READ = "The request cannot be read: JSON in UTF-8 is expected, with finite numbers and without the sign NUL."


class Exact(Parser):
    """Numbers of JSON stay what was written; they are never floats."""

    def parse_body(self, request: HttpRequest) -> Any:
        said = json.loads(request.body, parse_float=Decimal, parse_constant=_no_number)
        if not is_keepable(said):
            raise ValueError("no database keeps the sign NUL, or half a sign")
        return said


def has_nul(request: HttpRequest) -> bool:
    """Whether the sign NUL, which PostgreSQL keeps in no text, stands in a request's address."""
    return "\0" in request.path or any("\0" in said for _, values in request.GET.lists() for said in values)


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
