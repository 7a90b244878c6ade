"""What is written to the log: one line each, for people or as JSON, and never a whole account number."""

import json
import logging
import re
from datetime import UTC, datetime

from zahlmeister.money.accounts import is_iban

#: What could be an IBAN: two letters, two digits, and at least eleven more, in groups or not (ISO 13616).
_CANDIDATE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")


def masked(text: str) -> str:
    """The same text with country and last four characters left of every IBAN."""
    return _CANDIDATE.sub(_mask, text)


class AsLine(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record and its traceback, masked."""
        return masked(super().format(record))


class AsJson(logging.Formatter):
    """A JSON object in one line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as `at`, `level`, `from`, `text` and, after trouble, `trace`; masked."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "text": masked(record.getMessage()),
        }
        if record.exc_info:
            told["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def _mask(found: re.Match[str]) -> str:
    """The longest beginning that is an IBAN, masked; what follows it stays."""
    text = found[0]
    for end in range(len(text), 14, -1):
        number = text[:end].replace(" ", "")
        if text[end - 1] != " " and is_iban(number):
            return f"{number[:2]}…{number[-4:]}{text[end:]}"
    return text
