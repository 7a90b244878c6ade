"""What is written to the log: one line for each event, for people or as JSON, and nothing that is secret.

Never a whole account number, never the end of a link that is a key, and of people and keys only their numbers.
"""

import json
import logging
import re
from datetime import UTC, datetime

from django.http import HttpRequest

from zahlmeister.money import accounts

#: What follows one of these in an address opens something. A test compares it with the addresses there are.
_LINK = re.compile(
    r"(/(?:pay|refund|review|unsubscribe|invited|register|new-password/\d+|new-address|confirm|in)/)[^/\s?#'\"]+"
)
#: Signs that could end a line or hide what is in it.
_CONTROLS = {sign: f"\\x{sign:02x}" for sign in (*range(32), 127, *range(128, 160), 0x2028, 0x2029)} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}
#: What every line of a traceback begins with, so that none passes for an event.
_BELOW = "  | "


def masked(text: str) -> str:
    """The same text with country and last four characters left of every IBAN, and no keys of links."""
    return _LINK.sub(r"\1…", accounts.masked(text))


class AsLine(logging.Formatter):
    """A line for people; a traceback stands below it, set in."""

    def format(self, record: logging.LogRecord) -> str:
        """The time in UTC, the level, the part of the house, the text, and of a request from whom and where."""
        about = "".join(f" {name}={value}" for name, value in _asked_by(record).items())
        text = masked(record.getMessage()).translate(_CONTROLS)
        line = f"{_at(record)} {record.levelname} {record.name}: {text}{about}"
        trace = masked(self.formatException(record.exc_info)) if record.exc_info else ""
        return "\n".join([line, *(f"{_BELOW}{below.translate(_CONTROLS)}" for below in trace.splitlines())])


class AsJson(logging.Formatter):
    """A JSON object in one line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as `at`, `level`, `from`, `text`, of a request `who` and `where`, and after trouble `trace`."""
        told = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "from": record.name,
            "text": masked(record.getMessage()),
            **_asked_by(record),
        }
        if record.exc_info:
            told["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _asked_by(record: logging.LogRecord) -> dict[str, str]:
    """Of a request, who asked and from where; nothing is looked up for it, because the database may be away."""
    request = getattr(record, "request", None)
    if not isinstance(request, HttpRequest):
        return {}
    told = {"who": _who(request), "where": request.META.get("REMOTE_ADDR") or "", "way": request.method or ""}
    return {name: value.translate(_CONTROLS) for name, value in told.items() if value}


def _who(request: HttpRequest) -> str:
    """`key:7` of a program, `person:7` of somebody signed in; empty for nobody we know."""
    if asked_by := getattr(request, "asked_by", ""):
        return str(asked_by)
    person = getattr(request, "_cached_user", None)  # Django's name for a user who was asked for already
    return f"person:{person.pk}" if person is not None and person.pk else ""
